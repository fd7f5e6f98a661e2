// The small label beside a seat: what it is, what it costs, and why it can't be had.

export class SeatTip {
  constructor({ node, frame }) {
    this.node = node;
    frame.addEventListener("scroll", () => this.hide());
  }

  show(box, title, text, refused = false) {
    const [heading, line] = this.node.children;
    heading.textContent = title;
    line.textContent = text;
    this.node.classList.toggle("is-refusal", refused);
    this.node.hidden = false;
    this.place(box);
  }

  hide() {
    this.node.hidden = true;
  }

  place(box) {
    const panel = this.node.offsetParent.getBoundingClientRect();
    const half = this.node.offsetWidth / 2;
    const left = box.left + box.width / 2 - panel.left;
    const above = box.top - panel.top - this.node.offsetHeight - 8;
    this.node.style.left = `${Math.min(Math.max(left, half + 4), panel.width - half - 4)}px`;
    this.node.style.top = `${above > 0 ? above : box.bottom - panel.top + 8}px`;
  }
}
