/**
 * The tab's title and icon while a job runs: `42 % · Essay` and a ring that closes.
 *
 * Called by the element when it carries the attribute `tab`. Gives both back when it is done with them.
 */

const RADIUS = 12;
const LENGTH = 2 * Math.PI * RADIUS;
/** Fixed colours: a tab strip has the browser's scheme, not the page's. */
const COLOURS = { working: "#2a8a57", failed: "#c2372e", done: "#2a8a57" };

/** @param {number} percent @param {string} colour */
function ring(percent, colour) {
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke-width="6">` +
    `<circle cx="16" cy="16" r="${RADIUS}" stroke="#8888" />` +
    `<circle cx="16" cy="16" r="${RADIUS}" stroke="${colour}" transform="rotate(-90 16 16)" ` +
    `stroke-dasharray="${((LENGTH * percent) / 100).toFixed(2)} ${LENGTH.toFixed(2)}" /></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

export class Tab {
  #title = document.title;
  /** @type {HTMLLinkElement} */
  #icon;
  #href;
  #own = false;

  constructor() {
    const found = /** @type {HTMLLinkElement | null} */ (document.querySelector('link[rel~="icon"]'));
    this.#icon = found ?? document.head.appendChild(Object.assign(document.createElement("link"), { rel: "icon" }));
    this.#own = !found;
    this.#href = this.#icon.getAttribute("href") ?? "";
  }

  /**
   * @param {string} mark      What goes before the page's title.
   * @param {number} percent
   * @param {"working" | "done" | "failed"} mood
   */
  show(mark, percent, mood) {
    document.title = `${mark} · ${this.#title}`;
    this.#icon.href = ring(percent, COLOURS[mood]);
  }

  restore() {
    document.title = this.#title;
    if (this.#own) this.#icon.remove();
    else this.#icon.setAttribute("href", this.#href);
  }
}
