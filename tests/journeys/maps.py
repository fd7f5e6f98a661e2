"""Seats on a map whose rows are paths: how each one looks, and where it is."""

from typing import Any

from playwright.sync_api import Error, Page, Position

# Reads the plan of the page, and asks the paths which of them has the middle of each seat in it.
SEATS = """(root) => {
  const data = document.querySelector("#seat-map-data, #log-data");
  const { layout, drawing } = JSON.parse(data.textContent);
  const paths = [...root.querySelectorAll("g[data-appearance]:not(.is-pointed) .seat-shape")];
  const unit = root.getBoundingClientRect().width / root.viewBox.baseVal.width;
  return layout.plan.split("\\n").flatMap((line, y) => {
    const places = (line.split(":")[1] ?? "").replace(
      /(\\d+)(.)/g, (_, count, letter) => letter.repeat(count));
    return [...places].flatMap((letter, x) => {
      if (letter === ".") return [];
      const middle = new DOMPoint((x + 0.5) * drawing.cell, (y + 0.4) * drawing.cell);
      const path = paths.find((each) => each.isPointInFill(middle));
      return [{
        appearance: path?.closest("[data-appearance]").dataset.appearance,
        x: (drawing.side + middle.x) * unit,
        y: (drawing.top + middle.y) * unit,
        size: drawing.cell * unit,
      }];
    });
  });
}"""
MAP = "[data-seat-map]"


def seats_of(page: Page) -> list[dict[str, Any]]:
    """Return the seats of the page's map in the order of their numbers; none while it loads.

    `x`, `y` and `size` are in pixels from the corner of the map.
    """
    try:
        seats: list[dict[str, Any]] = page.eval_on_selector(MAP, SEATS)
    except Error:
        return []
    return seats


def appearances(page: Page) -> list[str | None]:
    """Return how each seat looks, in the order of their numbers."""
    return [seat.get("appearance") for seat in seats_of(page)]


def place_of(page: Page, seat_number: int) -> Position:
    """Return where a seat is on its map."""
    seat = seats_of(page)[seat_number - 1]
    return {"x": seat["x"], "y": seat["y"]}
