// The seats selected, their total, how many seats there are of each appearance, and all seats as a list.

const LISTED_AT_ONCE = 100;

// Makes an HTML element with these properties and children.
function element(name, properties = {}, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

export function summarize(root, find, store) {
  let drawn = "";

  function update() {
    const { selection, seats, bookable } = store;
    const count = selection.length;
    const isHeld = selection.every((seatNumber) => store.isHeld(seatNumber));
    find("nothing-chosen").hidden = count > 0;
    find("chosen-count").textContent =
      count === 0 ? "No seats yet" : (count === 1 ? "1 seat" : `${count} seats`) + (isHeld ? "" : ", not held yet");
    find("total").textContent = seats.total(selection);
    find("continue").disabled = count === 0 || !bookable;
    // Only when the seats are others, lest a button vanish under a finger or lose the focus.
    if (String(selection) !== drawn) find("chosen").replaceChildren(...selection.map((seatNumber) => chip(seats, seatNumber)));
    drawn = String(selection);
    for (const { classList, children } of find("chosen").children) {
      const isPending = !store.isHeld(Number(children[3].value));
      classList.toggle("is-pending", isPending);
      children[2].hidden = !isPending;
    }
    showCounts(root, find, store);
  }

  find("chosen").addEventListener("click", ({ target, detail }) => {
    const button = target.closest("button");
    // After the first click of two another seat's button may have come under the pointer.
    if (button && detail < 2) store.take(Number(button.value));
  });
  store.subscribe(({ seats, facts, over }) => {
    if (facts) drawn = "";
    if (seats) update();
    if (over) close(root, find, store.end);
  });
  update();
}

function chip(seats, seatNumber) {
  const seat = seats.get(seatNumber);
  const button = element("button", { type: "button", value: seatNumber, ariaLabel: `Give back seat ${seat.label}` }, "×");
  const price = element("span", {}, `${seats.kind(seat)}, ${seats.price(seat)}`);
  return element("li", {}, element("strong", {}, seat.label), price, element("em", {}, "not held yet"), button);
}

function showCounts(root, find, { counts, letters, bookable }) {
  for (const node of root.querySelectorAll("[data-count]")) node.textContent = counts[node.dataset.count] ?? 0;
  if (!bookable) return;
  find("seats-left").textContent = counts.free === 0 ? "No seats left" : `${counts.free} of ${letters.length} seats left`;
  find("sold-out").hidden = counts.free > 0;
}

// The show has started, or is called off.
function close(root, find, why) {
  const kicker = document.querySelector("[data-kicker]");
  if (kicker) kicker.textContent = why;
  find("over").firstElementChild.textContent = `${why}. Its seats can’t be booked any more.`;
  root.classList.add("is-over");
  find("seats-left").textContent = "Box office closed";
  find("sold-out").hidden = true;
  find("over").hidden = false;
}

// Shows the seats as checkboxes to those who prefer a list to the map: whole rows, some at a time.
export function listSeats(details, store) {
  const drawn = new Map();
  const parts = partsOf(store.seats.rows);
  const options = parts.map(([[first], ...others]) => {
    const last = others.at(-1)?.[0] ?? first;
    return element("option", {}, first === last ? `Row ${first.row}` : `Rows ${first.row}–${last.row}`);
  });
  const choice = element("select", { hidden: parts.length === 1, ariaLabel: "Rows in the list" }, ...options);
  const list = element("div");

  function update(seatNumber) {
    if (!drawn.has(seatNumber)) return;
    const { box, text } = drawn.get(seatNumber);
    const appearance = store.appearance(seatNumber);
    box.checked = store.wanted.has(seatNumber);
    box.disabled = !["free", "choosing", "chosen"].includes(appearance);
    text.textContent = store.seats.describe(store.seats.get(seatNumber), appearance);
  }

  function drawSeat({ seat_number: seatNumber }) {
    const box = element("input", { type: "checkbox", value: seatNumber });
    const text = element("span");
    drawn.set(seatNumber, { box, text });
    update(seatNumber);
    return element("label", {}, box, text);
  }

  function draw() {
    drawn.clear();
    const rows = parts[choice.selectedIndex];
    list.replaceChildren(
      ...rows.map((row) => element("fieldset", {}, element("legend", {}, `Row ${row[0].row}`), ...row.map(drawSeat))),
    );
  }

  details.addEventListener("toggle", () => {
    if (!list.isConnected) details.append(choice, list);
    draw();
  });
  choice.addEventListener("change", draw);
  list.addEventListener("change", ({ target }) => {
    store.take(Number(target.value));
    update(Number(target.value));
  });
  store.subscribe(({ seats = [] }) => [...seats].forEach(update));
}

function partsOf(rows) {
  /** @type {any[][]} */
  const parts = [[]];
  for (const row of rows) {
    const part = parts.at(-1) ?? [];
    if (part.length > 0 && part.flat().length + row.length > LISTED_AT_ONCE) parts.push([row]);
    else part.push(row);
  }
  return parts;
}
