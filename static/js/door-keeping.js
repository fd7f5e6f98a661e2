// What a phone keeps of a door, so that a reload loses nothing: the list of the show until the film is over, and what is not
// sent yet until it is. Where the browser keeps nothing, the page knows only what it has read itself.

const QUEUE = "door-queue";
const LEAD = "door-lead";
const LIST = /^door-list-/;

export class DoorKeeping {
  constructor(showId, until) {
    this.name = `door-list-${showId}`;
    this.until = until;
    this.mine = new Set();
  }

  open() {
    this.#forgetPastLists();
    const { list = null, troubles = [] } = read(this.name) ?? {};
    const queue = read(QUEUE) ?? [];
    this.mine = keysOf(queue);
    return { list, troubles, queue };
  }

  keep({ list, troubles, queue }) {
    write(this.name, { list, troubles, until: this.until });
    // What another tab noted meanwhile is its to send, and stays.
    const others = (read(QUEUE) ?? []).filter(({ key }) => !this.mine.has(key) && !keysOf(queue).has(key));
    write(QUEUE, [...others, ...queue]);
    this.mine = keysOf(queue);
  }

  // The server's clock decides, as it was when the two last met.
  noteTime(date) {
    if (date) write(LEAD, Date.parse(date) - Date.now());
  }

  now() {
    return Date.now() + (read(LEAD) ?? 0);
  }

  #forgetPastLists() {
    try {
      for (const name of Object.keys(localStorage).filter((each) => LIST.test(each))) {
        if (!(read(name)?.until > this.now())) localStorage.removeItem(name);
      }
    } catch {
      // There is nothing to forget.
    }
  }
}

const keysOf = (queue) => new Set(queue.map(({ key }) => key));

function read(name) {
  try {
    return JSON.parse(localStorage.getItem(name) ?? "null");
  } catch {
    return null;
  }
}

function write(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // Full, or forbidden.
  }
}
