// What connects a page to the server, with a plug that can be pulled: then nothing comes in, as in a tunnel.

// Has all that connection.js asks of a browser. `heard(frame)` is told of each frame that comes in.
export class Plug {
  isPulled = false;
  #wake = [];
  #sleep = [];
  #connection = null;

  constructor(browser, heard) {
    this.browser = browser;
    this.heard = heard;
  }

  pull() {
    this.isPulled = true;
    this.#connection = null;
    for (const sleep of this.#sleep) sleep();
  }

  put() {
    this.isPulled = false;
    for (const wake of this.#wake) wake();
  }

  openSocket = (url) => this.#listen(this.browser.openSocket(url));
  openStream = (url) => this.#listen(this.browser.openStream(url));

  #listen(connection) {
    this.#connection = connection;
    connection.addEventListener("message", ({ data }) => connection === this.#connection && this.heard(JSON.parse(data)));
    return connection;
  }

  // Nothing wakes a page while its plug is pulled.
  onWake(callback) {
    this.#wake.push(callback);
    this.browser.onWake(() => this.isPulled || callback());
  }

  onSleep(callback) {
    this.#sleep.push(callback);
    this.browser.onSleep(callback);
  }

  setTimeout = (callback, delay) => this.browser.setTimeout(callback, delay);
  clearTimeout = (timer) => this.browser.clearTimeout(timer);
  random = () => this.browser.random();
  isHidden = () => this.browser.isHidden();
  onHidden = (callback) => this.browser.onHidden(callback);
  onOffline = (callback) => this.browser.onOffline(callback);
}
