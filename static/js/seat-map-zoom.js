// Zooms the seat map inside its scrolling frame: dragging is the browser's own scrolling on touch screens.

const MAX_CELL_PX = 64;
const PICKING_CELL_PX = 44;
const MIN_TARGET_PX = 40;
const DRAG_THRESHOLD_PX = 5;

export class SeatMapZoom {
  constructor({ frame, root, cellsAcross }) {
    Object.assign(this, { frame, root, cellsAcross });
    this.scale = 1;
    this.dragged = false;
    frame.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
    frame.addEventListener("touchmove", (event) => this.onPinch(event), { passive: false });
    frame.addEventListener("touchend", () => (this.pinch = null));
    frame.addEventListener("pointerdown", (event) => this.onPointerDown(event));
    new ResizeObserver(() => this.apply()).observe(frame);
  }

  get cellPx() {
    return (this.frame.clientWidth * this.scale) / this.cellsAcross;
  }

  // Whether a finger could not tell one seat from the next.
  get tooSmallToPick() {
    return this.cellPx < MIN_TARGET_PX;
  }

  // Keeps the point at (x, y) of the frame, in pixels, where it is.
  to(scale, x = this.frame.clientWidth / 2, y = this.frame.clientHeight / 2) {
    const before = this.scale;
    const largest = (MAX_CELL_PX * this.cellsAcross) / this.frame.clientWidth;
    this.scale = Math.max(1, Math.min(scale, largest));
    const ratio = this.scale / before;
    const left = (this.frame.scrollLeft + x) * ratio - x;
    const top = (this.frame.scrollTop + y) * ratio - y;
    this.apply();
    this.frame.scrollTo(left, top);
  }

  // Zooms until a finger can tell the seats apart, with this one in the middle.
  toPicking(node) {
    this.to((PICKING_CELL_PX * this.cellsAcross) / this.frame.clientWidth);
    node.scrollIntoView({ block: "center", inline: "center" });
  }

  apply() {
    this.root.style.width = `${this.scale * 100}%`;
    this.root.classList.toggle("shows-positions", this.cellPx >= 24);
    this.frame.classList.toggle("is-zoomed", this.scale > 1.01);
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
    this.to(this.scale * factor, clientX - box.left, clientY - box.top);
  }

  // A mouse has no scrolling of its own by dragging.
  onPointerDown(event) {
    this.dragged = false;
    if (event.pointerType !== "mouse" || event.button !== 0 || this.scale <= 1.01) return;
    const start = { x: event.clientX, y: event.clientY, left: this.frame.scrollLeft, top: this.frame.scrollTop };
    const drag = new AbortController();
    const move = ({ clientX, clientY }) => {
      if (Math.hypot(clientX - start.x, clientY - start.y) > DRAG_THRESHOLD_PX) this.dragged = true;
      if (this.dragged) this.frame.scrollTo(start.left + start.x - clientX, start.top + start.y - clientY);
    };
    addEventListener("pointermove", move, { signal: drag.signal });
    addEventListener("pointerup", () => drag.abort(), { signal: drag.signal });
  }
}
