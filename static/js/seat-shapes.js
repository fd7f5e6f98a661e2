// What a map is drawn of: nodes of an SVG, and the data of its paths.

const SVG = "http://www.w3.org/2000/svg";
const RADIUS = 11.5;

export function svg(name, attributes = {}, children = []) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

// Returns what draws a symbol of the page at a place: its moves are absolute, and all else in it is relative.
export function symbol(path) {
  const moves = [...path.getAttribute("d").matchAll(/M([\d.]+) ([\d.]+)([^M]*)/g)];
  return (x, y) => moves.map(([, dx, dy, rest]) => `M${x + Number(dx)} ${y + Number(dy)}${rest}`).join("");
}

// A part of a ring, from the top clockwise.
export function arc(x, y, share) {
  const angle = 2 * Math.PI * share;
  const to = `${(RADIUS * Math.sin(angle)).toFixed(1)} ${(RADIUS * (1 - Math.cos(angle))).toFixed(1)}`;
  return `M${x} ${y}a${RADIUS} ${RADIUS} 0 ${share > 0.5 ? 1 : 0} 1 ${to}`;
}
