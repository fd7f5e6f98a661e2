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
    new SeatMapGestures(this);
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

  // Zooms to the row that is nearest to a tap.
  toRow({ clientX, clientY }) {
    const { seats } = this.view;
    const at = this.view.placeAt(clientX, clientY);
    const distance = ([{ y }]) => Math.abs(y + 0.5 - at.y);
    const row = seats.rows.reduce((nearest, each) => (distance(each) < distance(nearest) ? each : nearest));
    this.toPart(row[0].x, row.at(-1).x + 1, row[0].y + 0.5, at.x);
  }

  // Zooms until a finger can tell seats apart, or until the part between `left` and `right` fills the frame if it is short. If
  // it is long, what is `at` comes to the middle.
  toPart(left, right, y, at = (left + right) / 2) {
    const { frame, view } = this;
    const cellPx = Math.max(PICKING_CELL_PX, frame.clientWidth / (right - left + 1));
    this.to((cellPx * view.cellsAcross) / frame.clientWidth);
    const middle = (right - left) * this.cellPx > frame.clientWidth ? at : (left + right) / 2;
    const box = view.boxOf({ x: middle, y });
    const inside = frame.getBoundingClientRect();
    frame.scrollLeft += box.left - inside.left - frame.clientWidth / 2;
    frame.scrollTop += box.top - inside.top - frame.clientHeight / 2;
    frame.scrollIntoView({ block: "center" });
  }

  apply() {
    this.view.root.style.width = `${this.scale * 100}%`;
    this.frame.classList.toggle("is-zoomed", this.scale > 1.01);
    this.tellSeen();
  }

  tellSeen() {
    // A frame that is not laid out yet, or not shown, has no part of the map in sight.
    if (this.frame.clientWidth === 0) return;
    const { left, top, right, bottom } = this.frame.getBoundingClientRect();
    const [start, end] = [this.view.placeAt(left, top), this.view.placeAt(right, bottom)];
    this.view.drawFor(this.cellPx);
    this.view.labels.show({ left: start.x, top: start.y, right: end.x, bottom: end.y }, this.cellPx);
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
