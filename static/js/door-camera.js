// Reads QR codes with the phone's camera. One reader for all browsers: those that have one of their own differ too much.

import { BarcodeDetector, prepareZXingModule } from "../vendor/barcode-detector/ponyfill.js";

const LOOK_EVERY_MS = 150;
// A code that stays in view is read once; away for so long, it is shown anew.
const AWAY_MS = 1_500;
const LENS = "door-lens";

export class DoorCamera {
  constructor(video, lenses, onCode, wasmUrl) {
    this.video = video;
    this.lenses = lenses;
    this.onCode = onCode;
    prepareZXingModule({ overrides: { locateFile: () => wasmUrl } });
    this.detector = new BarcodeDetector({ formats: ["qr_code"] });
    this.code = "";
    this.seenAt = -Infinity;
    lenses.addEventListener("change", () => this.#choose(lenses.selectedOptions[0]));
  }

  // Rejects where there is no camera, or none may be used.
  async start() {
    if (!navigator.mediaDevices) throw new Error("A camera needs https.");
    await this.#lookThrough({ facingMode: "environment" });
    const chosen = [...this.lenses.options].find(({ text }) => text === remembered());
    if (chosen && !chosen.selected) await this.#lookThrough({ deviceId: { exact: chosen.value } });
  }

  async #lookThrough(which) {
    this.stop();
    this.video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { ...which, width: { ideal: 1280 } } });
    await this.video.play();
    await this.#listLenses();
    this.timer = setTimeout(() => this.#look());
  }

  stop() {
    clearTimeout(this.timer);
    this.video.srcObject?.getTracks().forEach((track) => track.stop());
  }

  // Browsers may give each lens another id whenever the page is loaded; its name stays.
  async #choose({ value, text }) {
    try {
      localStorage.setItem(LENS, text);
    } catch {
      // It is asked again next time.
    }
    await this.#lookThrough({ deviceId: { exact: value } });
  }

  async #listLenses() {
    const devices = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === "videoinput");
    const used = this.video.srcObject.getVideoTracks()[0]?.getSettings().deviceId;
    const options = devices.map(({ deviceId, label }, n) => new Option(label || `Camera ${n + 1}`, deviceId, false, deviceId === used));
    this.lenses.replaceChildren(...options);
    this.lenses.hidden = devices.length < 2;
  }

  async #look() {
    const [found] = await this.detector.detect(this.video).catch(() => []);
    if (found) this.see(found.rawValue, performance.now());
    this.timer = setTimeout(() => this.#look(), LOOK_EVERY_MS);
  }

  see(code, at) {
    const isNew = code !== this.code || at - this.seenAt > AWAY_MS;
    this.code = code;
    this.seenAt = at;
    if (isNew) this.onCode(code);
  }
}

function remembered() {
  try {
    return localStorage.getItem(LENS);
  } catch {
    return null;
  }
}
