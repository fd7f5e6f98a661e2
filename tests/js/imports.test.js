// What the browser's modules import: no circle, nothing that is not there, nothing that no page loads.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*"\.\/([^"]+)"/g;
const OUTSIDE = /\b(?:document|window|location|fetch|WebSocket|addEventListener|setTimeout|setInterval)\b[.(]/;
const SCRIPT = /<script[^>]*\bsrc="{% static 'js\/([^']+)' %}"/g;

function texts(folder, ending) {
  const names = readdirSync(folder, { recursive: true }).map(String).filter((name) => name.endsWith(ending));
  return new Map(names.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

function matches(text, pattern) {
  return [...text.matchAll(pattern)].map((match) => match[1]);
}

// Returns a circle as the names along it, or null.
function circle(imports, name, path = []) {
  if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
  for (const other of imports.get(name) ?? []) {
    const found = circle(imports, other, [...path, name]);
    if (found) return found;
  }
  return null;
}

// Returns all that the modules import, themselves included.
function reached(imports, names) {
  const found = new Set(names);
  for (const name of found) for (const other of imports.get(name) ?? []) found.add(other);
  return found;
}

const modules = texts(join(ROOT, "static/js"), ".js");
const imports = new Map([...modules].map(([name, text]) => [name, matches(text, IMPORT)]));
const loaded = [...texts(join(ROOT, "templates"), ".html").values()].flatMap((text) => matches(text, SCRIPT));

test("no module imports itself by way of others", () => {
  for (const name of imports.keys()) assert.equal(circle(imports, name), null);
});

test("pages load all modules, and only those that are there", () => {
  assert.deepEqual([...reached(imports, loaded)].sort(), [...modules.keys()].sort());
});

test("the store, and what it imports, knows no page and no network", () => {
  for (const name of reached(imports, ["store.js"])) assert.doesNotMatch(modules.get(name) ?? "", OUTSIDE, name);
});

test("a circle and what is reached are found", () => {
  const imports = new Map([["page", ["store"]], ["store", ["seats"]], ["seats", ["store"]], ["left", []]]);
  assert.deepEqual(circle(imports, "page"), ["store", "seats", "store"]);
  assert.deepEqual([...reached(imports, ["page"])], ["page", "store", "seats"]);
});
