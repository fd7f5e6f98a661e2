// Zooms the seat map inside its scrolling frame: dragging is the browser's own scrolling on touch screens.

const MAX_CELL_PX = 64;
const MIN_TARGET_PX = 40;

export class SeatMapZoom {
  constructor({ frame, root, cellsAcross }) {
    Object.assign(this, { frame, root, cellsAcross });
    this.scale = 1;
    this.dragged = false;
    for (const first of ["wheel", "touchstart", "pointerenter"]) {
      frame.addEventListener(first, () => this.loadGestures(), { once: true, passive: true });
    }
    new ResizeObserver(() => this.apply()).observe(frame);
  }

  loadGestures() {
    this.gestures ??= import("./seat-map-gestures.js").then(({ SeatMapGestures }) => new SeatMapGestures(this));
    return this.gestures;
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

  // Zooms to the row at a tap.
  toRow(tap) {
    return this.loadGestures().then((gestures) => gestures.toRow(tap));
  }

  apply() {
    this.root.style.width = `${this.scale * 100}%`;
    this.root.classList.toggle("shows-positions", this.cellPx >= 24);
    this.frame.classList.toggle("is-zoomed", this.scale > 1.01);
  }
}
