// The sections of a big hall to start from: a press zooms to one.

export function showSections(group, view, zoom) {
  if (!group) return;
  const sections = [...group.querySelectorAll("button")].map((button) => {
    const [left, top, right, bottom] = button.dataset.section.split(" ").map(Number);
    button.addEventListener("click", () => zoom.toPart(left, right, (top + bottom) / 2));
    const rows = view.seats.rows.filter(([{ y }]) => y >= top && y < bottom);
    const seats = rows.flatMap((row) => row.filter(({ x }) => x >= left && x < right));
    return { seats, text: button.lastElementChild };
  });

  function count() {
    for (const { seats, text } of sections) {
      text.textContent = `${seats.filter((seat) => view.shown[seat.seat_number] === "free").length} free`;
    }
  }

  view.store.subscribe(({ seats }) => seats && count());
  count();
}
