// Where a key leads from a seat, after the grid pattern of WAI-ARIA: aisles are skipped. Pure.

export function seatInDirection(rows, seat, key) {
  const rowIndex = rows.findIndex((row) => row[0].y === seat.y);
  const row = rows[rowIndex];
  const index = row.indexOf(seat);
  if (key === "ArrowLeft") return row[index - 1] ?? seat;
  if (key === "ArrowRight") return row[index + 1] ?? seat;
  if (key === "Home") return row[0];
  if (key === "End") return row.at(-1);
  if (key === "ArrowUp") return nearest(rows[rowIndex - 1], seat);
  if (key === "ArrowDown") return nearest(rows[rowIndex + 1], seat);
  return null;
}

function nearest(row = [], seat) {
  return row.reduce(
    (best, candidate) => (Math.abs(candidate.x - seat.x) < Math.abs(best.x - seat.x) ? candidate : best),
    row[0] ?? seat,
  );
}
