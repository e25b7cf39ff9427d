/**
 * The novel page: drop books, see what they take, confirm, watch them fill, read and correct.
 *
 * The address holds the book at hand (`/novel?job=ID`), so that a reload, another tab and Back lead to the same place.
 */
import { TERMINAL, ask, duration, number } from "/static/headway.js";
import { Desk, hrefOf } from "/static/desk.js";
import { complain, complaintsOf, dropZone, newKey, onSubmit } from "/static/forms.js";
import { _, at, h, lang, middle, ngettext } from "/static/page.js";
import { heading } from "./book.js";
import { Work } from "./chunks.js";
import { showEarlier } from "./earlier.js";
import { Table } from "./table.js";
import { Shelf } from "./upload.js";

/**
 * @typedef {import("/static/headway/types.js").Snapshot} Snapshot
 * @typedef {import("./table.js").Book} Book
 * @typedef {import("./upload.js").Tier} Tier
 */

const SETTINGS = "headway.novel.settings";
const LOOK_MS = 1_500;

const form = /** @type {HTMLFormElement} */ (at("form"));
const input = /** @type {HTMLInputElement} */ (at("file"));
const start = /** @type {HTMLButtonElement} */ (at("start"));
const limit = /** @type {HTMLInputElement} */ (at("sentence_length_limit"));
const range = /** @type {HTMLInputElement} */ (at("limit-range"));
const work = new Work();
const cost = at("price").textContent ?? "";

/** Books that this page has handed in, in their order. @type {{id: string, name: string, status: string}[]} */
let queue = [];

/* ---- the form ---- */

const CHOICES = ["ignore_dialogue", "preserve_formatting", "fix_hyphenation"];

/** @returns {Record<string, string>} */
function filled() {
  const data = new FormData(form);
  /** @type {Record<string, string>} */
  const fields = {};
  for (const name of ["sentence_length_limit", "min_sentence_length", "gemini_model"]) fields[name] = String(data.get(name) ?? "");
  for (const name of CHOICES) fields[name] = String(data.has(name));
  return fields;
}

/** @returns {Tier} */
const tier = () => /** @type {Tier} */ (filled().gemini_model || "balanced");

const shelf = new Shelf(at("books"), filled, tier, price);

/** What everything on the shelf takes together, beside the button. */
function price() {
  const ready = shelf.ready;
  const line = at("price");
  start.disabled = !ready.length;
  start.textContent = ready.length > 1 ? ngettext("Shorten {n} book", "Shorten {n} books", ready.length, { n: number(lang, ready.length) }) : _("Shorten");
  if (!ready.length) {
    line.textContent = shelf.pending ? _("Reading for a quote…") : cost;
    return;
  }
  const quotes = ready.map((book) => book.quote).filter((quote) => quote !== null);
  const credits = quotes.reduce((sum, quote) => sum + quote.by_model[tier()].credits, 0);
  const offline = quotes.every((quote) => quote.provider === "offline");
  const models = new Set(quotes.map((quote) => quote.by_model[tier()].model));
  const free = offline ? _("free, on this machine") : _("free");
  const seconds = quotes.reduce((sum, quote) => sum + quote.by_model[tier()].seconds, 0);
  const pages = quotes.reduce((sum, quote) => sum + quote.pages, 0);
  line.textContent = [
    ngettext("{n} page", "{n} pages", pages, { n: number(lang, pages) }),
    credits ? ngettext("{n} credit held at most", "{n} credits held at most", credits, { n: number(lang, credits) }) : free,
    ...(offline ? [] : [_("by {model}", { model: [...models].join(", ") })]),
    _("about {time}", { time: duration(lang, Math.max(1, Math.ceil(seconds))) }),
  ].join(" · ");
  at("offline-hint").hidden = !offline;
  const every = new Set(quotes.flatMap((quote) => Object.values(quote.by_model).map((one) => one.model)));
  at("same-hint").hidden = offline || every.size > 1;
  at("same-hint").textContent = _("Here each of them is {model}: only the price differs.", { model: [...every].join(", ") });
}

function remember() {
  try {
    localStorage.setItem(SETTINGS, JSON.stringify(filled()));
  } catch {
    // storage is off: the settings are those of the page, every time
  }
}

function recall() {
  let kept = null;
  try {
    kept = JSON.parse(localStorage.getItem(SETTINGS) ?? "null");
  } catch {
    return;
  }
  for (const [name, value] of Object.entries(kept ?? {})) {
    for (const field of /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll(`[name="${CSS.escape(name)}"]`))) {
      if (field.type === "radio") field.checked = field.value === value;
      else if (field.type === "checkbox") field.checked = value === "true";
      else if (field.type !== "file" && field.type !== "hidden") field.value = String(value);
    }
  }
  range.value = limit.value;
}

async function handIn() {
  if (start.disabled) return;
  complain([]);
  remember();
  start.disabled = true;
  /** @type {Snapshot | null} */
  let first = null;
  for (const book of shelf.ready) {
    try {
      const snapshot = await shelf.send(book);
      queue.push({ id: snapshot.id, name: book.quote?.title || book.file.name, status: snapshot.status });
      shelf.remove(book);
      first ??= snapshot;
      if (first === snapshot) desk.go(snapshot.id, snapshot);
      drawQueue();
    } catch (error) {
      if (error instanceof DOMException) continue; // it was taken off
      complain(complaintsOf(error));
      break;
    }
  }
  price();
  void showEarlier(desk.id);
}

/* ---- several books ---- */

function drawQueue() {
  const nav = at("queue");
  nav.hidden = queue.length < 2;
  nav.replaceChildren(
    ...queue.map(({ id, name, status }) => {
      const link = h("a", { href: `?job=${encodeURIComponent(id)}`, "aria-current": id === desk.id ? "true" : null }, h("span", { class: "state", "data-status": status }, middle(name, 24)));
      link.addEventListener("click", (/** @type {MouseEvent} */ event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        desk.go(id);
      });
      return link;
    }),
  );
}

/** Looks how the other books of the queue are while one is shown. */
async function lookAround() {
  const others = queue.filter(({ id, status }) => id !== desk.id && !TERMINAL.has(status));
  for (const one of others) {
    const job = await ask(hrefOf(one.id), { lang }).catch(() => null);
    if (job) one.status = job.status;
  }
  if (others.length) {
    drawQueue();
    if (others.some(({ status }) => TERMINAL.has(status))) void showEarlier(desk.id);
  }
  setTimeout(lookAround, LOOK_MS);
}

/* ---- the book at hand ---- */

/** How the book at hand was when it was last heard of. @type {string | null} */
let before = null;

const desk = new Desk(
  "novel",
  {
    turned(id) {
      before = null;
      drawQueue();
      if (id === null) at("work").hidden = true;
      else work.watch(hrefOf(id));
    },
    moved(job) {
      work.follow(job);
      const known = queue.find((one) => one.id === job.id);
      if (known && known.status !== job.status) {
        known.status = job.status;
        drawQueue();
      }
      if (before && before !== job.status) void showEarlier(desk.id);
      before = job.status;
    },
    async result(href) {
      /** @type {Book} */
      const book = await ask(`${href}/result`, { lang });
      return [...heading(href, book), new Table(href, book).node];
    },
    part: async (href, job) => (job.processed_chunks ? finished(await ask(`${href}/sentences`, { lang })) : []),
  },
  at("book"),
);

/** What was finished of a book that failed or was cancelled. @param {{sentences: {normalized: string}[]}} part */
function finished({ sentences }) {
  if (!sentences.length) return [];
  const lines = sentences.map((row) => row.normalized);
  const save = h("a", { class: "button", download: "headway.txt", href: URL.createObjectURL(new Blob([`${lines.join("\n")}\n`], { type: "text/plain;charset=utf-8" })) }, _("Save as text"));
  return [
    h("div", { class: "head" }, h("h2", { id: "h-book" }, _("What was finished")), save),
    h("p", { class: "note" }, ngettext("{n} sentence of the finished chunks is kept. Retry goes on from here; what is done is not done or paid again.", "{n} sentences of the finished chunks are kept. Retry goes on from here; what is done is not done or paid again.", lines.length, { n: number(lang, lines.length) })),
    h("div", { class: "panel read", lang: "fr", dir: "ltr" }, h("p", {}, lines.slice(0, 60).join(" "), lines.length > 60 ? " […]" : "")),
  ];
}

/* ---- begin ---- */

dropZone(at("zone"), input);
input.addEventListener("change", () => {
  shelf.add([...(input.files ?? [])], newKey);
  input.value = "";
});
range.addEventListener("input", () => (limit.value = range.value));
limit.addEventListener("input", () => (range.value = limit.value));
at("tiers").addEventListener("change", () => {
  for (const book of shelf.books) shelf.show(book);
  price();
});
form.addEventListener("change", remember);
onSubmit(form, handIn);
at("history-list").addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const id = new URL(link.href).searchParams.get("job");
  if (id) desk.go(id);
});

recall();
price();
desk.listen();
void showEarlier(desk.id);
setTimeout(lookAround, LOOK_MS);
