// The last look before booking, and another one when the show has changed meanwhile.

import { Wording } from "./terms.js";

const DOUBLE_CLICK_MS = 600;

// Shows what seats cost, in the bill of this name.
function showBill(find, name, seats, seatNumbers) {
  find(name).replaceChildren();
  for (const seat of seatNumbers.map((seatNumber) => seats.get(seatNumber))) {
    const row = find(name).insertRow();
    const label = Object.assign(document.createElement("span"), { className: "seat-label", textContent: seat.label });
    row.insertCell().append("Seat ", label);
    row.insertCell().append(seats.kind(seat));
    row.insertCell().append(seats.price(seat));
  }
  find(`${name}-total`).textContent = seats.total(seatNumbers);
}

// Names what the form is sent for, so that sending it again books nothing more. `randomUUID` is missing on plain http.
function newKey() {
  return crypto.getRandomValues(new Uint32Array(4)).join("-");
}

// Asks who buys, or shows the seats with their prices.
export class Review {
  constructor(find, store, holding) {
    this.find = find;
    this.store = store;
    this.holding = holding;
    this.dialog = find("account-dialog") ?? find("review-dialog");
    find("as-guest")?.addEventListener("click", () => {
      this.dialog.close();
      this.dialog = find("review-dialog");
      this.open();
    });
    // A second click would book the seats a second time, and be refused.
    find("book-form").addEventListener("submit", ({ submitter }) => {
      submitter.disabled = true;
      submitter.textContent = "One moment…";
    });
    find("continue").addEventListener("click", () => this.open());
    // Without seats there is nothing to look at.
    store.subscribe(({ seats }) => seats && !store.hold && this.dialog.close());
  }

  async open() {
    const { find, dialog, store } = this;
    await this.holding.settle();
    if (!store.hold || dialog.open) return;
    showBill(find, "bill", store.seats, store.selection);
    find("seats-field").value = store.selection.map((seat) => [seat, store.types[seat] ?? []].flat().join(":")).join(",");
    find("key-field").value = newKey();
    // Where nothing is to be paid, Enter books, too.
    const isFree = store.seats.total(store.selection) === store.seats.total([]);
    for (const way of find("book-form").querySelectorAll("[formaction], [data-to-pay]")) {
      way.hidden = isFree;
      way.type = isFree ? "button" : "submit";
    }
    find("terms-field").value = store.show.terms;
    // The second click of two on the button that opens it falls beside it.
    dialog.setAttribute("closedby", "closerequest");
    setTimeout(() => dialog.setAttribute("closedby", "any"), DOUBLE_CLICK_MS);
    dialog.showModal();
  }
}

// Asks whether a moviegoer still wants seats of a show that has changed, by a bill of what they cost now.
export function askAnew(find, store, review, timeZone) {
  const wording = new Wording({ currency: store.show.currency, timeZone });
  const dialog = find("terms-dialog");
  /** @type {{ want?: number[], isReviewed?: boolean } | null} */
  let question = null;

  // About the seats to `want`, or else those selected for as long as they are.
  function ask(sentence, about) {
    question = about;
    if (find("review-dialog").open) find("review-dialog").close();
    store.tell(sentence);
    find("terms-text").textContent = sentence;
    showBill(find, "terms-bill", store.seats, about.want ?? store.selection);
    if (!dialog.open) dialog.showModal();
  }

  dialog.addEventListener("close", () => {
    const { returnValue } = dialog;
    dialog.returnValue = "";
    if (returnValue === "give-back") store.want([]);
    if (returnValue === "agree" && question?.want) store.want(question.want, { orNearest: true });
    if (returnValue === "agree" && question?.isReviewed) review.open();
  });
  store.subscribe(({ answer, was, seats, over }) => {
    // The server held nothing, since the page did not know what the seats are sold for by now.
    if (answer?.code === "terms_changed") ask(answer.detail, { want: answer.bill.seats.map((seat) => seat.seat_number) });
    const sentence = was && wording.sentence(was, store.show);
    if (was && store.wanted.size === 0) store.tell(sentence);
    else if (was) ask(sentence, { isReviewed: review.dialog.open });
    else if (seats && dialog.open && !question?.want) showBill(find, "terms-bill", store.seats, store.selection);
    if (dialog.open && (over || (!question?.want && store.wanted.size === 0))) dialog.close();
  });
  // What the server refused to book, it asks for by a dialog of its own, which needs no script.
  /** @type {HTMLDialogElement | null} */
  const refusal = document.querySelector("[data-terms-refusal]");
  refusal?.close();
  refusal?.showModal();
}
