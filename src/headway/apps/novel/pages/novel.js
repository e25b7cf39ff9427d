/**
 * The novel page: drop books, see what they take, confirm, watch them fill, read and correct.
 *
 * The address holds the book at hand (`/novel?job=ID`), so that a reload, another tab and Back lead to the same place.
 */
import { Problem, TERMINAL, ask, duration, number } from "/static/headway.js";
import { complain, complaintsOf, dropZone, newKey, onSubmit } from "/static/forms.js";
import { _, at, face, h, lang, middle, ngettext } from "/static/page.js";
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
const outcome = at("book");
const work = new Work();
const cost = at("price").textContent ?? "";

/** @type {string | null} */
let shown = null;
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
      if (first === snapshot) {
        history.pushState(null, "", `?job=${encodeURIComponent(snapshot.id)}`);
        show(snapshot.id, snapshot);
        at("progress").scrollIntoView({ block: "nearest" });
      }
      drawQueue();
    } catch (error) {
      if (error instanceof DOMException) continue; // it was taken off
      complain(complaintsOf(error));
      break;
    }
  }
  price();
  void showEarlier(shown);
}

/* ---- several books ---- */

function drawQueue() {
  const nav = at("queue");
  nav.hidden = queue.length < 2;
  nav.replaceChildren(
    ...queue.map(({ id, name, status }) => {
      const link = h("a", { href: `?job=${encodeURIComponent(id)}`, "aria-current": id === shown ? "true" : null }, h("span", { class: "state", "data-status": status }, middle(name, 24)));
      link.addEventListener("click", (/** @type {MouseEvent} */ event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        history.pushState(null, "", `?job=${encodeURIComponent(id)}`);
        show(id);
      });
      return link;
    }),
  );
}

/** Looks how the other books of the queue are while one is shown. */
async function lookAround() {
  const others = queue.filter(({ id, status }) => id !== shown && !TERMINAL.has(status));
  for (const one of others) {
    const job = await ask(`/api/jobs/${encodeURIComponent(one.id)}`, { lang }).catch(() => null);
    if (job) one.status = job.status;
  }
  if (others.length) {
    drawQueue();
    if (others.some(({ status }) => TERMINAL.has(status))) void showEarlier(shown);
  }
  setTimeout(lookAround, LOOK_MS);
}

/* ---- the book at hand ---- */

/** @param {string | null} id @param {Snapshot | null} [snapshot] */
function show(id, snapshot = null) {
  shown = id;
  const progress = at("progress");
  at("nothing").hidden = id !== null;
  progress.hidden = id === null;
  outcome.hidden = true;
  outcome.replaceChildren();
  progress.replaceChildren();
  drawQueue();
  if (id === null) {
    at("work").hidden = true;
    return;
  }
  const url = `/api/jobs/${encodeURIComponent(id)}`;
  work.watch(url);
  const { title, stations } = face("novel");
  const element = /** @type {import("/static/headway.js").HeadwayJob} */ (h("headway-job", { tab: true, notify: true, label: title }));
  element.stations = stations;
  /** @type {string | undefined} */
  let before;
  element.addEventListener("headway:snapshot", (event) => {
    const { snapshot: job } = /** @type {CustomEvent<{snapshot: Snapshot}>} */ (event).detail;
    work.follow(job);
    const known = queue.find((one) => one.id === id);
    if (known && known.status !== job.status) {
      known.status = job.status;
      drawQueue();
    }
    if (before && before !== job.status) void showEarlier(shown);
    before = job.status;
    if (!TERMINAL.has(job.status)) outcome.hidden = true;
  });
  element.addEventListener("headway:done", (event) => {
    const { snapshot: job } = /** @type {CustomEvent<{snapshot: Snapshot}>} */ (event).detail;
    if (job.status === "completed") void showBook(job);
    else if (job.processed_chunks) void showPart(job);
  });
  if (snapshot) element.snapshot = snapshot;
  element.setAttribute("href", url);
  const more = h("p", { class: "small noprint" }, h("a", { href: `/jobs/${encodeURIComponent(id)}` }, _("Everything about this job")));
  progress.append(h("div", { class: "stack" }, element, more));
}

/** @param {Snapshot} job */
async function showBook(job) {
  const url = `/api/jobs/${encodeURIComponent(job.id)}`;
  try {
    /** @type {Book} */
    const book = await ask(`${url}/result`, { lang });
    if (shown !== job.id) return;
    outcome.replaceChildren(...heading(url, book), new Table(url, book).node);
    outcome.hidden = false;
  } catch (error) {
    if (shown !== job.id) return;
    const said = error instanceof Problem && error.status ? error.message : _("The result could not be fetched.");
    const again = h("button", { type: "button" }, _("Try again"));
    again.addEventListener("click", () => showBook(job));
    outcome.replaceChildren(h("div", { class: "panel stack", role: "alert" }, h("p", {}, said), h("div", {}, again)));
    outcome.hidden = false;
  }
}

/** What was finished of a book that failed or was cancelled. @param {Snapshot} job */
async function showPart(job) {
  const { sentences } = await ask(`/api/jobs/${encodeURIComponent(job.id)}/sentences`, { lang }).catch(() => ({ sentences: [] }));
  if (shown !== job.id || !sentences.length) return;
  const lines = /** @type {{normalized: string}[]} */ (sentences).map((row) => row.normalized);
  const save = h("a", { class: "button", download: "headway.txt", href: URL.createObjectURL(new Blob([`${lines.join("\n")}\n`], { type: "text/plain;charset=utf-8" })) }, _("Save as text"));
  outcome.replaceChildren(
    h("div", { class: "head" }, h("h2", { id: "h-book" }, _("What was finished")), save),
    h("p", { class: "note" }, ngettext("{n} sentence of the finished chunks is kept. Retry goes on from here; what is done is not done or paid again.", "{n} sentences of the finished chunks are kept. Retry goes on from here; what is done is not done or paid again.", lines.length, { n: number(lang, lines.length) })),
    h("div", { class: "panel read", lang: "fr", dir: "ltr" }, h("p", {}, lines.slice(0, 60).join(" "), lines.length > 60 ? " […]" : "")),
  );
  outcome.hidden = false;
}

/* ---- begin ---- */

const jobInAddress = () => new URLSearchParams(location.search).get("job");

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
  history.pushState(null, "", link.getAttribute("href"));
  show(jobInAddress());
  at("outcome").scrollIntoView({ block: "nearest" });
});
addEventListener("popstate", () => jobInAddress() !== shown && show(jobInAddress()));

recall();
price();
show(jobInAddress());
void showEarlier(shown);
setTimeout(lookAround, LOOK_MS);
