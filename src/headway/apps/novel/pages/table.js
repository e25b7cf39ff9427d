/**
 * The shortened book: search, sort, choose, correct. A page of rows at a time, however long the book is.
 */
import { Problem, ask, number } from "/static/headway.js";
import { _, h, lang, ngettext, toast } from "/static/page.js";
import { editor } from "./editor.js";
import { Finding } from "./finding.js";
import { saidOf } from "./upload.js";
import { fold, marked } from "./words.js";

/**
 * @typedef {"long" | "short" | "fragment" | "fallback"} Flag
 * @typedef {{normalized: string, original: string, page: number, chunk: number, source: number, flags: Flag[], edited: boolean, made: string | null}} Row
 * @typedef {{title: string, pages: number, words: number, chunks: number, sentences: Row[], coverage: number, unreadable_pages: number[],
 *   failed_chunks: {chunk: number, first_page: number, last_page: number, error: string}[], provider: string, model: string,
 *   settings: {sentence_length_limit: number, min_sentence_length: number}}} Book
 * @typedef {import("./finding.js").Order} Order
 * @typedef {import("./finding.js").Filter} Filter
 */

const ROWS = 100;
const SEARCH_MS = 150;

/** The words for a row's remarks. @returns {Record<string, string>} */
const marks = () => ({ long: _("over the limit"), short: _("under the minimum"), fragment: _("not a whole sentence"), fallback: _("by rules"), edited: _("edited") });

export class Table {
  #url;
  #book;
  /** @type {number[]} */
  #shown = [];
  /** @type {Set<number>} */
  #chosen = new Set();
  #last = -1;
  #page = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #due;
  /** @type {(() => void) | null} A search that was typed and has not been made yet. */
  #search = null;
  #finding;
  #body = h("tbody");
  #found = h("p", { class: "hint num", role: "status" });
  #pager = h("div", { class: "pager" });
  #bulk = h("div", { class: "bulk", hidden: true });
  /** @type {HTMLInputElement} */
  #all = h("input", { type: "checkbox", "aria-label": _("Choose every sentence that is found") });
  /** @type {Map<string, HTMLElement>} */
  #heads = new Map();
  #chips = h("div", { class: "chips", role: "group", "aria-label": _("Show") });

  /** @param {string} url   `/api/jobs/ID`. @param {Book} book */
  constructor(url, book) {
    this.#url = url;
    this.#book = book;
    this.#finding = new Finding(book.sentences);
    this.#all.addEventListener("change", () => this.#chooseAll(this.#all.checked));
    this.#body.addEventListener("click", (/** @type {MouseEvent} */ event) => this.#clicked(event));
    this.node = h("div", { class: "stack" }, this.#tools(), h("div", { class: "panel flush" }, this.#table(), this.#pager), this.#bulk);
    this.#select();
  }

  #tools() {
    const box = h("input", { type: "search", placeholder: _("Search the sentences"), "aria-label": _("Search the sentences"), dir: "auto" });
    box.addEventListener("input", () => {
      clearTimeout(this.#due);
      this.#search = () => {
        this.#search = null;
        this.#finding.query = fold(box.value.trim());
        this.#select();
      };
      this.#due = setTimeout(() => this.#search?.(), SEARCH_MS);
    });
    const glass = h("svg:svg", { viewBox: "0 0 16 16", fill: "none", "aria-hidden": "true", "stroke-width": 2 });
    glass.append(h("svg:circle", { cx: 7, cy: 7, r: 5 }), h("svg:path", { d: "M11 11l4 4" }));
    const originals = h("input", { type: "checkbox" });
    originals.addEventListener("change", () => {
      this.#finding.originals = originals.checked;
      this.#select();
    });
    this.#drawChips();
    return h(
      "div",
      { class: "stack noprint" },
      h("div", { class: "tools" }, h("div", { class: "search" }, box, glass), h("label", { class: "check" }, originals, _("Show the originals"))),
      h("div", { class: "row spread" }, this.#chips, this.#found),
    );
  }

  #drawChips() {
    const rows = this.#book.sentences;
    /** @param {Flag} flag */
    const flagged = (flag) => rows.filter((row) => row.flags.includes(flag)).length;
    /** @type {[Filter, string, number][]} */
    const all = [
      ["all", _("All"), rows.length],
      ["long", _("Over the limit"), flagged("long")],
      ["fragment", _("Not whole"), flagged("fragment")],
      ["fallback", _("By rules"), flagged("fallback")],
      ["edited", _("Edited"), rows.filter((row) => row.edited).length],
    ];
    const kept = all.filter(([name, , n]) => n || name === "all" || name === this.#finding.filter);
    this.#chips.replaceChildren(
      ...kept.map(([name, word, n]) => {
        const chip = h("button", { type: "button", "aria-pressed": String(this.#finding.filter === name) }, word, h("span", { class: "muted num" }, number(lang, n)));
        chip.addEventListener("click", () => {
          this.#finding.filter = name;
          this.#drawChips();
          this.#select();
          /** @type {HTMLElement | undefined} */ ([...this.#chips.children][kept.findIndex(([one]) => one === name)])?.focus();
        });
        return chip;
      }),
    );
  }

  #table() {
    /** @type {[Order, string, string][]} */
    const columns = [
      ["text", "c-text", _("Short sentence")],
      ["page", "c-page", _("Page")],
      ["words", "c-words", _("Words")],
    ];
    const heads = columns.map(([order, cls, word]) => {
      const button = h("button", { type: "button" }, word);
      button.addEventListener("click", () => this.#sort(order));
      const head = h("th", { scope: "col", class: cls }, button);
      this.#heads.set(order, head);
      return head;
    });
    const first = h("th", { scope: "col", class: "c-check" }, h("label", { class: "check" }, this.#all));
    return h(
      "table",
      { class: "table rows" },
      h("caption", { class: "sr" }, _("The short sentences of the book")),
      h("thead", {}, h("tr", {}, first, ...heads, h("th", { scope: "col", class: "c-marks" }, _("Remarks")))),
      this.#body,
    );
  }

  /** @param {Order} order */
  #sort(order) {
    this.#finding.turn(order);
    for (const [name, head] of this.#heads) {
      if (name === this.#finding.order) head.setAttribute("aria-sort", this.#finding.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
    this.#select();
  }

  /** Finds and orders the rows anew. @param {boolean} [stay]   Keep the page. */
  #select(stay = false) {
    this.#shown = this.#finding.found();
    if (!stay) this.#page = 0;
    this.#last = -1;
    this.#draw();
  }

  #draw() {
    const pages = Math.max(1, Math.ceil(this.#shown.length / ROWS));
    this.#page = Math.min(this.#page, pages - 1);
    const from = this.#page * ROWS;
    const part = this.#shown.slice(from, from + ROWS);
    this.#body.replaceChildren(...part.map((n, place) => this.#row(n, part[place - 1])));
    if (!part.length) this.#body.replaceChildren(h("tr", {}, h("td", { colspan: 5 }, h("p", { class: "muted" }, _("No sentence is like that.")))));
    this.#found.textContent = ngettext("{n} sentence", "{n} sentences", this.#shown.length, { n: number(lang, this.#shown.length) });
    this.#drawPager(pages, from, part.length);
    this.#drawBulk();
  }

  /** @param {number} pages @param {number} from @param {number} size */
  #drawPager(pages, from, size) {
    this.#pager.hidden = pages === 1;
    /** @param {string} word @param {number} to */
    const turn = (word, to) => {
      const button = h("button", { type: "button", disabled: to < 0 || to >= pages }, word);
      button.addEventListener("click", () => {
        this.#page = to;
        this.#draw();
        this.node.scrollIntoView({ block: "start" });
      });
      return button;
    };
    const where = _("{first} to {last} of {total}", { first: number(lang, from + 1), last: number(lang, from + size), total: number(lang, this.#shown.length) });
    this.#pager.replaceChildren(turn(_("Before"), this.#page - 1), h("p", { class: "hint num" }, where), turn(_("Next"), this.#page + 1));
  }

  /** One original is shown once, above its pieces. @param {number} n @param {number} [above]   The row above it. */
  #row(n, above) {
    const row = /** @type {Row} */ (this.#book.sentences[n]);
    const check = h("input", { type: "checkbox", "data-choose": n, "aria-label": _("Choose sentence {n}", { n: number(lang, n + 1) }) });
    check.checked = this.#chosen.has(n);
    const text = h("button", { type: "button", class: "text", "data-edit": n, lang: "fr", dir: "ltr", title: this.#finding.originals ? null : row.original }, ...marked(row.normalized, this.#finding.query));
    const hint = h("span", { class: "sr", lang, dir: "auto" }, _("Correct this sentence"));
    text.append(hint);
    const same = above !== undefined && this.#book.sentences[above]?.source === row.source;
    const original = this.#finding.originals && !same ? h("p", { class: "original", lang: "fr", dir: "ltr" }, ...marked(row.original, this.#finding.query)) : null;
    const names = marks();
    const flags = [...row.flags, ...(row.edited ? ["edited"] : [])];
    const tags = flags.map((flag) => h("span", { class: flag === "edited" ? "tag own" : flag === "long" ? "tag warn" : "tag" }, names[flag] ?? flag));
    return h(
      "tr",
      { "data-n": n, class: this.#chosen.has(n) ? "chosen" : null },
      h("td", {}, h("label", { class: "check" }, check)),
      h("td", { class: "c-text" }, original, text),
      h("td", { class: "num" }, number(lang, row.page)),
      h("td", { class: "num" }, number(lang, this.#finding.words(n))),
      h("td", { class: "c-marks" }, tags.length ? h("div", { class: "marks" }, ...tags) : null),
    );
  }

  /* ---- choosing ---- */

  /** @param {MouseEvent} event */
  #clicked(event) {
    if (!(event.target instanceof HTMLElement)) return;
    const check = event.target.closest("input[data-choose]");
    if (check instanceof HTMLInputElement) return this.#choose(Number(check.dataset.choose), check.checked, event.shiftKey);
    const text = event.target.closest("button[data-edit]");
    if (text instanceof HTMLElement) {
      this.#search?.(); // or it would draw the rows anew under the editor
      const there = this.#body.querySelector(`[data-edit="${text.dataset.edit}"]`);
      if (there instanceof HTMLElement) this.#edit(Number(there.dataset.edit), there);
    }
  }

  /** With Shift: everything between this and the last one. @param {number} n @param {boolean} on @param {boolean} whole */
  #choose(n, on, whole) {
    const [a, b] = [this.#shown.indexOf(this.#last), this.#shown.indexOf(n)].sort((x, y) => x - y);
    const range = whole && a !== undefined && a >= 0 ? this.#shown.slice(a, (b ?? a) + 1) : [n];
    for (const one of range) {
      if (on) this.#chosen.add(one);
      else this.#chosen.delete(one);
    }
    this.#last = n;
    this.#drawChosen();
  }

  /** @param {boolean} on */
  #chooseAll(on) {
    this.#chosen = new Set(on ? this.#shown : []);
    this.#drawChosen();
  }

  #drawChosen() {
    for (const line of this.#body.querySelectorAll("tr[data-n]")) {
      const on = this.#chosen.has(Number(line.dataset.n));
      line.classList.toggle("chosen", on);
      line.querySelector("input").checked = on;
    }
    this.#drawBulk();
  }

  #drawBulk() {
    const n = this.#chosen.size;
    this.#all.checked = n > 0 && n >= this.#shown.length;
    this.#all.indeterminate = n > 0 && !this.#all.checked;
    this.#bulk.hidden = !n;
    if (!n) return;
    /** @param {string} word @param {() => unknown} act */
    const button = (word, act) => {
      const made = h("button", { type: "button" }, word);
      made.addEventListener("click", act);
      return made;
    };
    const chosen = [...this.#chosen].sort((a, b) => a - b);
    const edited = chosen.filter((one) => this.#book.sentences[one]?.edited);
    this.#bulk.replaceChildren(
      h("b", { class: "num", role: "status" }, ngettext("{n} sentence chosen", "{n} sentences chosen", n, { n: number(lang, n) })),
      button(_("Copy"), () => this.#copy(chosen)),
      button(_("Save as text"), () => this.#save(chosen)),
      ...(edited.length ? [button(ngettext("Undo {n} edit", "Undo {n} edits", edited.length, { n: number(lang, edited.length) }), () => this.#undo(edited))] : []),
      button(_("Choose none"), () => this.#chooseAll(false)),
    );
  }

  /** @param {number[]} chosen */
  #lines(chosen) {
    return `${chosen.map((n) => this.#book.sentences[n]?.normalized ?? "").join("\n")}\n`;
  }

  /** @param {number[]} chosen */
  async #copy(chosen) {
    try {
      await navigator.clipboard.writeText(this.#lines(chosen));
      toast(ngettext("Copied {n} sentence", "Copied {n} sentences", chosen.length, { n: number(lang, chosen.length) }));
    } catch {
      toast(_("This browser does not let a page copy. Save them as text instead."));
    }
  }

  /** @param {number[]} chosen */
  #save(chosen) {
    const url = URL.createObjectURL(new Blob([this.#lines(chosen)], { type: "text/plain;charset=utf-8" }));
    h("a", { href: url, download: `${this.#book.title || "headway"}.txt` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  /* ---- correcting ---- */

  /** @param {number} n @param {HTMLElement} button */
  #edit(n, button) {
    const row = /** @type {Row} */ (this.#book.sentences[n]);
    const close = () => {
      const old = node.closest("tr");
      const before = old?.previousElementSibling;
      const line = this.#row(n, before instanceof HTMLElement ? Number(before.dataset.n) : undefined);
      old?.replaceWith(line);
      line.querySelector("button.text").focus();
    };
    const { node, begin } = editor(row, this.#book.settings.sentence_length_limit, (text) => this.#keep(n, text), close);
    button.closest("td")?.replaceChildren(node);
    begin();
  }

  /** Saves one row's text (null: as it was made) and takes the server's answer in. @param {number} n @param {string | null} text */
  async #keep(n, text) {
    const kept = /** @type {Row} */ (await ask(`${this.#url}/sentences/${n}`, { method: "PATCH", body: { normalized: text }, lang }));
    this.#book.sentences[n] = kept;
    this.#finding.changed(n);
    this.#drawChips();
  }

  /** @param {number[]} rows */
  async #undo(rows) {
    let done = 0;
    try {
      for (const n of rows) {
        await this.#keep(n, null);
        done++;
      }
      toast(ngettext("{n} edit is taken back", "{n} edits are taken back", done, { n: number(lang, done) }));
    } catch (error) {
      toast(error instanceof Problem ? saidOf(error) : String(error));
    }
    this.#select(true);
  }
}
