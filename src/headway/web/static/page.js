/**
 * What every page shares: texts in the reader's language, small DOM helpers, copy buttons, the offline notice.
 *
 * Imported by the page modules and loaded by `base.html`. Holds no state of a job.
 */
import { TERMINAL, number } from "/static/headway.js";

/** The language of the page. */
export const lang = document.documentElement.lang;

/** @type {Record<string, string | string[]>} */
const texts = block("texts") ?? {};
const plurals = new Intl.PluralRules(lang);
/** @type {Intl.LDMLPluralRule[]} */
const ORDER = ["zero", "one", "two", "few", "many", "other"];
const forms = ORDER.filter((category) => plurals.resolvedOptions().pluralCategories.includes(category));

/**
 * The JSON of a data block of the page, or null where there is none.
 *
 * @param {string} id
 * @returns {any}
 */
export function block(id) {
  const node = document.getElementById(id);
  return node ? JSON.parse(node.textContent ?? "null") : null;
}

/**
 * A text in the reader's language, with `{name}` filled in.
 *
 * @param {string} msgid
 * @param {Record<string, string | number>} [args]
 */
export function _(msgid, args = {}) {
  const text = texts[msgid];
  return fill(typeof text === "string" ? text : msgid, args);
}

/**
 * The form for `n` things.
 *
 * @param {string} singular
 * @param {string} plural
 * @param {number} n
 * @param {Record<string, string | number>} [args]
 */
export function ngettext(singular, plural, n, args = {}) {
  const list = texts[singular];
  const english = n === 1 ? singular : plural;
  return fill(Array.isArray(list) ? (list[forms.indexOf(plurals.select(n))] ?? english) : english, { n, ...args });
}

/** @param {string} text @param {Record<string, string | number>} args */
function fill(text, args) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(args[name] ?? whole));
}

/**
 * Builds an element. Text is always text, never markup.
 *
 * @param {string} tag   `svg:rect` for an element of SVG.
 * @param {Record<string, string | number | boolean | null | undefined>} [attributes]   false, null, undefined: left out.
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {any}
 */
export function h(tag, attributes = {}, ...children) {
  const node = tag.startsWith("svg:")
    ? document.createElementNS("http://www.w3.org/2000/svg", tag.slice(4))
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/**
 * The element with that id, which the page's template has.
 *
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
export function at(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`the page has no #${id}`);
  return /** @type {T} */ (node);
}

/**
 * Title, stations and file formats of a kind of job, and whether its page shows shared results; of an unknown kind its own
 * name, and nothing else.
 *
 * @param {string} kind
 * @returns {{title: string, stations: {at: number, name: string}[], formats: string[], shared: boolean}}
 */
export function face(kind) {
  return block("kinds")?.[kind] ?? { title: kind, stations: [], formats: [], shared: false };
}

/** A share in hundredths, as it is written in the reader's language. @param {number} hundredths @param {number} [digits]   After the point, at most. */
export const percent = (hundredths, digits = 1) => _("{n} %", { n: number(lang, hundredths, { maximumFractionDigits: digits }) });

/** The word for a status, as in the lists. @param {import("/static/headway/types.js").Snapshot} job */
export function statusWord(job) {
  if (job.cancel_requested && !TERMINAL.has(job.status)) return _("Cancelling…");
  /** @type {Record<import("/static/headway/types.js").Status, string>} */
  const words = {
    pending: _("Waiting"),
    processing: _("Working"),
    completed: _("Done"),
    failed: _("Failed"),
    cancelled: _("Cancelled"),
  };
  return words[job.status];
}

/** Keeps a text's own direction inside a drawing, which runs from left to right in every language. @param {string} text */
export const isolated = (text) => `\u2068${text}\u2069`;

/** A long name cut in the middle; the whole stays in the title. @param {string} text @param {number} [most] */
export function middle(text, most = 20) {
  const points = [...text];
  if (points.length <= most) return text;
  const half = Math.floor((most - 1) / 2);
  return `${points.slice(0, half).join("")}…${points.slice(-half).join("")}`;
}

/**
 * A long name cut in the middle; the whole of it when the link that holds it has the focus or the pointer, and for whoever
 * listens.
 *
 * @param {string} text
 * @param {number} [most]
 * @returns {HTMLElement}
 */
export function cut(text, most = 56) {
  const short = middle(text, most);
  if (short === text) return h("span", { dir: "auto" }, text);
  return h("span", { class: "cut", dir: "auto" }, h("span", { "aria-hidden": "true" }, short), h("span", { class: "whole" }, text));
}

/**
 * Copies, and says so on the button for a moment.
 *
 * @param {HTMLElement} button
 * @param {string} text
 */
export async function copy(button, text) {
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = _("Copied");
  } catch {
    button.textContent = _("Select and copy it yourself"); // no permission, or not a secure context
  }
  setTimeout(() => (button.textContent = before), 2_000);
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let toastTimer;

/**
 * Says in a few words, for a few seconds, what has just been done.
 *
 * @param {string} text
 */
export function toast(text) {
  const node = document.getElementById("toast") ?? document.body.appendChild(h("p", { id: "toast", class: "toast", role: "status", hidden: true }));
  node.hidden = false;
  node.textContent = text;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (node.hidden = true), 4_000);
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
  if (button instanceof HTMLElement) void copy(button, at(button.dataset.copy ?? "").textContent ?? "");
});

const offline = document.getElementById("offline");
const sayWhetherOnline = () => offline && (offline.hidden = navigator.onLine);
addEventListener("online", sayWhetherOnline);
addEventListener("offline", sayWhetherOnline);
sayWhetherOnline();

// Without a script the link asks for the page in the next colours; with one they change at once, and the address stays.
const theme = document.getElementById("theme");
theme?.addEventListener("click", async (event) => {
  event.preventDefault();
  const response = await fetch(/** @type {HTMLAnchorElement} */ (theme).href);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const root = document.documentElement;
  const next = page.documentElement.dataset.theme;
  if (next) root.dataset.theme = next;
  else delete root.dataset.theme;
  const fresh = page.getElementById("theme");
  if (!fresh) return;
  theme.setAttribute("href", fresh.getAttribute("href") ?? "");
  theme.setAttribute("title", fresh.title);
  theme.replaceChildren(...fresh.childNodes);
});

// A menu closes when something else is meant.
const menus = /** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll("details.menu"));
for (const menu of menus) {
  const close = () => (menu.open = false);
  document.addEventListener("click", (event) => !menu.contains(/** @type {Node} */ (event.target)) && close());
  menu.addEventListener("focusout", (event) => event.relatedTarget && !menu.contains(/** @type {Node} */ (event.relatedTarget)) && close());
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    close();
    menu.querySelector("summary")?.focus();
  });
}

// On a narrow screen the pages are a strip that scrolls: the present one is brought into it.
const [strip, present] = [document.querySelector(".top nav"), document.querySelector(".top nav [aria-current]")];
if (strip && present) {
  const [room, own] = [strip.getBoundingClientRect(), present.getBoundingClientRect()];
  strip.scrollBy({ left: own.x + own.width / 2 - (room.x + room.width / 2) });
}

// What scrolls sideways can be scrolled with the keyboard too: it takes focus as long as it is wider than its place.
function reachScrollers() {
  for (const box of document.querySelectorAll(".scroll:not([tabindex])")) {
    if (box.scrollWidth > box.clientWidth + 1) box.setAttribute("tabindex", "0");
  }
}
/** @type {number | undefined} */
let looking;
const lookSoon = () => (looking ??= requestAnimationFrame(() => ((looking = undefined), reachScrollers())));
addEventListener("resize", lookSoon);
new MutationObserver(lookSoon).observe(document.body, { childList: true, subtree: true });
lookSoon();

/** @type {HTMLElement | null} */
const summary = document.querySelector("[data-focus]:not([hidden])");
summary?.focus();
