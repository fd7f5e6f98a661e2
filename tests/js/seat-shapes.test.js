import assert from "node:assert/strict";
import { test } from "node:test";

import { arc, symbol } from "../../static/js/seat-shapes.js";

const path = (d) => ({ getAttribute: () => d });

test("a symbol is drawn at a place: its moves move, all else stays", () => {
  assert.equal(symbol(path("M12 5h16zM3.5 17a2 2 0 0 1 4 0z"))(40, 80), "M52 85h16zM43.5 97a2 2 0 0 1 4 0z");
});

test("a ring runs down from the top clockwise", () => {
  assert.equal(arc(20, 4.5, 0.25), "M20 4.5a11.5 11.5 0 0 1 11.5 11.5");
  assert.equal(arc(20, 4.5, 0.75), "M20 4.5a11.5 11.5 0 1 1 -11.5 11.5");
});
