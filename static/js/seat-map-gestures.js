// Pinching, dragging, tapping and turning the wheel on the seat map. Loaded when a pointer first comes near it.

const DRAG_THRESHOLD_PX = 5;
const PICKING_CELL_PX = 44;

export class SeatMapGestures {
  constructor(zoom) {
    Object.assign(this, { zoom, frame: zoom.frame });
    const { frame } = zoom;
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
    zoom.to((cellPx * zoom.cellsAcross) / frame.clientWidth);
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
    const rows = [...this.zoom.root.querySelectorAll("[role=row]")];
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
