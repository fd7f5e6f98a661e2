// Zooms the seat map inside its scrolling frame: dragging is the browser's own scrolling on touch screens.

const MAX_CELL_PX = 64;
const MIN_TARGET_PX = 40;
const DRAG_THRESHOLD_PX = 5;
const PICKING_CELL_PX = 44;

export class SeatMapZoom {
  constructor(frame, view) {
    this.frame = frame;
    this.view = view;
    this.scale = 1;
    this.dragged = false;
    this.gestures = new SeatMapGestures(this);
    new ResizeObserver(() => this.apply()).observe(frame);
    frame.addEventListener("scroll", () => this.tellSeen(), { passive: true });
  }

  get cellPx() {
    return (this.frame.clientWidth * this.scale) / this.view.cellsAcross;
  }

  // Whether a finger could not tell one seat from the next.
  get tooSmallToPick() {
    return this.cellPx < MIN_TARGET_PX;
  }

  // Keeps the point at (x, y) of the frame, in pixels, where it is.
  to(scale, x = this.frame.clientWidth / 2, y = this.frame.clientHeight / 2) {
    const before = this.scale;
    const largest = (MAX_CELL_PX * this.view.cellsAcross) / this.frame.clientWidth;
    this.scale = Math.max(1, Math.min(scale, largest));
    const ratio = this.scale / before;
    const left = (this.frame.scrollLeft + x) * ratio - x;
    const top = (this.frame.scrollTop + y) * ratio - y;
    this.apply();
    this.frame.scrollTo(left, top);
  }

  // Zooms to the row at a tap.
  toRow(tap) {
    this.gestures.toRow(tap);
  }

  apply() {
    this.view.root.style.width = `${this.scale * 100}%`;
    this.view.root.classList.toggle("shows-positions", this.cellPx >= 24);
    this.frame.classList.toggle("is-zoomed", this.scale > 1.01);
    this.tellSeen();
  }

  tellSeen() {
    const { scrollLeft, clientWidth } = this.frame;
    // A frame that is not laid out yet, or not shown, has no part of the map in sight.
    if (clientWidth === 0) return;
    const width = clientWidth * this.scale;
    this.view.pinLetters(scrollLeft / width, (scrollLeft + clientWidth) / width);
  }
}

// Pinching, dragging, tapping and turning the wheel on the seat map.
class SeatMapGestures {
  constructor(zoom) {
    const { frame } = zoom;
    this.zoom = zoom;
    this.frame = frame;
    this.pinch = null;
    frame.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
    frame.addEventListener("touchmove", (event) => this.onPinch(event), { passive: false });
    frame.addEventListener("touchend", () => (this.pinch = null));
    frame.addEventListener("pointerdown", (event) => this.onPointerDown(event));
  }

  onWheel(event) {
    if (!event.ctrlKey) return;
    event.preventDefault();
    this.around(event.clientX, event.clientY, Math.exp(-event.deltaY / 200));
  }

  onPinch(event) {
    if (event.touches.length !== 2) return;
    event.preventDefault();
    const [one, other] = event.touches;
    const distance = Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
    const middle = [(one.clientX + other.clientX) / 2, (one.clientY + other.clientY) / 2];
    if (this.pinch) this.around(...middle, distance / this.pinch);
    this.pinch = distance;
  }

  around(clientX, clientY, factor) {
    const box = this.frame.getBoundingClientRect();
    this.zoom.to(this.zoom.scale * factor, clientX - box.left, clientY - box.top);
  }

  // Zooms until a finger can tell the seats of the row apart that is nearest to the tap, or until the row fills the frame
  // if it is short. Of a long row the tapped part comes to the middle.
  toRow({ clientX, clientY }) {
    const { zoom, frame } = this;
    const node = this.rowAt(clientY);
    const row = node.getBoundingClientRect();
    const along = (clientX - row.left) / row.width;
    const cellPx = Math.max(PICKING_CELL_PX, frame.clientWidth / (row.width / zoom.cellPx + 1));
    zoom.to((cellPx * zoom.view.cellsAcross) / frame.clientWidth);
    node.scrollIntoView({ block: "center", inline: "center" });
    const zoomed = node.getBoundingClientRect();
    if (zoomed.width <= frame.clientWidth) return;
    const middle = frame.getBoundingClientRect().left + frame.clientWidth / 2;
    frame.scrollLeft += zoomed.left + along * zoomed.width - middle;
  }

  rowAt(clientY) {
    const distance = (node) => {
      const { top, height } = node.getBoundingClientRect();
      return Math.abs(top + height / 2 - clientY);
    };
    const rows = [...this.zoom.view.root.querySelectorAll("[role=row]")];
    return rows.reduce((nearest, node) => (distance(node) < distance(nearest) ? node : nearest));
  }

  // A mouse has no scrolling of its own by dragging.
  onPointerDown(event) {
    this.zoom.dragged = false;
    if (event.pointerType !== "mouse" || event.button !== 0 || this.zoom.scale <= 1.01) return;
    const start = { x: event.clientX, y: event.clientY, left: this.frame.scrollLeft, top: this.frame.scrollTop };
    const drag = new AbortController();
    const move = ({ clientX, clientY }) => {
      if (Math.hypot(clientX - start.x, clientY - start.y) > DRAG_THRESHOLD_PX) this.zoom.dragged = true;
      if (this.zoom.dragged) this.frame.scrollTo(start.left + start.x - clientX, start.top + start.y - clientY);
    };
    addEventListener("pointermove", move, { signal: drag.signal });
    addEventListener("pointerup", () => drag.abort(), { signal: drag.signal });
  }
}
