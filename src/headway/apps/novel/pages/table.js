/**
 * The shortened book: search, sort, choose, correct. A page of rows at a time, however long the book is.
 */
import { Problem, ask, number } from "/static/headway.js";
import { _, h, lang, ngettext, toast } from "/static/page.js";
import { saidOf } from "./upload.js";
import { countWords, fold, marked } from "./words.js";

/**
 * @typedef {"long" | "short" | "fragment" | "fallback"} Flag
 * @typedef {{normalized: string, original: string, page: number, chunk: number, source: number, flags: Flag[], edited: boolean, made: string | null}} Row
 * @typedef {{title: string, pages: number, words: number, chunks: number, sentences: Row[], coverage: number, unreadable_pages: number[],
 *   failed_chunks: {chunk: number, first_page: number, last_page: number, error: string}[], provider: string, model: string,
 *   settings: {sentence_length_limit: number, min_sentence_length: number}}} Book
 * @typedef {"book" | "page" | "words" | "text"} Order
 * @typedef {"all" | "long" | "fragment" | "fallback" | "edited"} Filter
 */

const ROWS = 100;
const SEARCH_MS = 150;

/** The words for a row's remarks. @returns {Record<string, string>} */
const marks = () => ({ long: _("over the limit"), short: _("under the minimum"), fragment: _("no verb"), fallback: _("by rules"), edited: _("edited") });

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
  #query = "";
  /** @type {Filter} */
  #filter = "all";
  /** @type {Order} */
  #order = "book";
  #down = false;
  #originals = false;
  /** @type {string[]} */
  #folded;
  /** Made when originals are first shown: only what is shown is searched. @type {string[]} */
  #foldedOriginals = [];
  /** @type {number[]} */
  #lengths;
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
    this.#folded = book.sentences.map((row) => fold(row.normalized));
    this.#lengths = book.sentences.map((row) => countWords(row.normalized));
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
        this.#query = fold(box.value.trim());
        this.#select();
      };
      this.#due = setTimeout(() => this.#search?.(), SEARCH_MS);
    });
    const glass = h("svg:svg", { viewBox: "0 0 16 16", fill: "none", "aria-hidden": "true", "stroke-width": 2 });
    glass.append(h("svg:circle", { cx: 7, cy: 7, r: 5 }), h("svg:path", { d: "M11 11l4 4" }));
    const originals = h("input", { type: "checkbox" });
    originals.addEventListener("change", () => {
      this.#originals = originals.checked;
      if (this.#originals && !this.#foldedOriginals.length) this.#foldedOriginals = this.#book.sentences.map((row) => fold(row.original));
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
      ["fragment", _("No verb"), flagged("fragment")],
      ["fallback", _("By rules"), flagged("fallback")],
      ["edited", _("Edited"), rows.filter((row) => row.edited).length],
    ];
    const kept = all.filter(([name, , n]) => n || name === "all" || name === this.#filter);
    this.#chips.replaceChildren(
      ...kept.map(([name, word, n]) => {
        const chip = h("button", { type: "button", "aria-pressed": String(this.#filter === name) }, word, h("span", { class: "muted num" }, number(lang, n)));
        chip.addEventListener("click", () => {
          this.#filter = name;
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

  /** A third press gives the book's own order back. @param {Order} order */
  #sort(order) {
    if (this.#order !== order) [this.#order, this.#down] = [order, order === "words"];
    else if (this.#down === (order === "words")) this.#down = !this.#down;
    else [this.#order, this.#down] = ["book", false];
    for (const [name, head] of this.#heads) {
      if (name === this.#order) head.setAttribute("aria-sort", this.#down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
    this.#select();
  }

  /** Finds and orders the rows anew. @param {boolean} [stay]   Keep the page. */
  #select(stay = false) {
    const rows = this.#book.sentences;
    const found = [];
    for (let n = 0; n < rows.length; n++) {
      const row = /** @type {Row} */ (rows[n]);
      if (this.#filter === "edited" ? !row.edited : this.#filter !== "all" && !row.flags.includes(this.#filter)) continue;
      if (this.#query && !this.#folded[n]?.includes(this.#query) && !(this.#originals && this.#foldedOriginals[n]?.includes(this.#query))) continue;
      found.push(n);
    }
    const collator = new Intl.Collator("fr");
    /** @type {Record<Order, (a: number, b: number) => number>} */
    const by = {
      book: (a, b) => a - b,
      page: (a, b) => (rows[a]?.page ?? 0) - (rows[b]?.page ?? 0) || a - b,
      words: (a, b) => (this.#lengths[a] ?? 0) - (this.#lengths[b] ?? 0) || a - b,
      text: (a, b) => collator.compare(rows[a]?.normalized ?? "", rows[b]?.normalized ?? ""),
    };
    if (this.#order !== "book") found.sort(by[this.#order]);
    if (this.#down) found.reverse();
    this.#shown = found;
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
    const text = h("button", { type: "button", class: "text", "data-edit": n, lang: "fr", dir: "ltr", title: this.#originals ? null : row.original }, ...marked(row.normalized, this.#query));
    const hint = h("span", { class: "sr", lang, dir: "auto" }, _("Correct this sentence"));
    text.append(hint);
    const same = above !== undefined && this.#book.sentences[above]?.source === row.source;
    const original = this.#originals && !same ? h("p", { class: "original", lang: "fr", dir: "ltr" }, ...marked(row.original, this.#query)) : null;
    const names = marks();
    const flags = [...row.flags, ...(row.edited ? ["edited"] : [])];
    const tags = flags.map((flag) => h("span", { class: flag === "edited" ? "tag own" : flag === "long" ? "tag warn" : "tag" }, names[flag] ?? flag));
    return h(
      "tr",
      { "data-n": n, class: this.#chosen.has(n) ? "chosen" : null },
      h("td", {}, h("label", { class: "check" }, check)),
      h("td", { class: "c-text" }, original, text),
      h("td", { class: "num" }, number(lang, row.page)),
      h("td", { class: "num" }, number(lang, this.#lengths[n] ?? 0)),
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
    const limit = this.#book.settings.sentence_length_limit;
    const area = /** @type {HTMLTextAreaElement} */ (h("textarea", { rows: 2, lang: "fr", dir: "ltr", "aria-label": _("The sentence in your words"), maxlength: 2000 }));
    area.value = row.normalized;
    const tally = h("span", { class: "num" });
    const trouble = h("p", { class: "error", role: "alert", hidden: true });
    const save = h("button", { type: "button", class: "main" }, _("Save"));
    const leave = h("button", { type: "button" }, _("Leave it"));
    const back = row.edited ? h("button", { type: "button", class: "plain" }, _("Take my edit back")) : null;
    const count = () => {
      const words = countWords(area.value);
      tally.textContent = _("{n} of {limit} words", { n: number(lang, words), limit: number(lang, limit) });
      tally.classList.toggle("over", words > limit);
    };
    const keys = h("span", { class: "hint" }, _("Enter saves, Esc leaves it"));
    const form = h(
      "div",
      { class: "editor" },
      area,
      h("div", { class: "count hint" }, tally, keys),
      h("p", { class: "original", lang: "fr", dir: "ltr" }, row.original),
      trouble,
      h("div", { class: "row" }, save, leave, back),
    );
    const close = () => {
      const old = form.closest("tr");
      const before = old?.previousElementSibling;
      const line = this.#row(n, before instanceof HTMLElement ? Number(before.dataset.n) : undefined);
      old?.replaceWith(line);
      line.querySelector("button.text").focus();
    };
    /** @param {string | null} text */
    const send = async (text) => {
      if (text !== null && text.replace(/\s+/g, " ").trim() === row.normalized) return close();
      save.setAttribute("aria-busy", "true");
      trouble.hidden = true;
      try {
        await this.#keep(n, text);
        close();
        toast(text === null ? _("The edit is taken back") : _("Saved"));
      } catch (error) {
        save.removeAttribute("aria-busy");
        trouble.textContent = saidOf(error, "normalized");
        trouble.hidden = false;
        area.focus();
      }
    };
    save.addEventListener("click", () => send(area.value));
    leave.addEventListener("click", close);
    back?.addEventListener("click", () => send(null));
    area.addEventListener("input", count);
    area.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.isComposing) return;
      if (event.key === "Enter" && !event.shiftKey) {
        event.preventDefault();
        void send(area.value);
      } else if (event.key === "Escape") close();
    });
    count();
    const cell = button.closest("td");
    cell?.replaceChildren(form);
    area.focus();
    area.setSelectionRange(area.value.length, area.value.length);
  }

  /** Saves one row's text (null: as it was made) and takes the server's answer in. @param {number} n @param {string | null} text */
  async #keep(n, text) {
    const kept = /** @type {Row} */ (await ask(`${this.#url}/sentences/${n}`, { method: "PATCH", body: { normalized: text }, lang }));
    this.#book.sentences[n] = kept;
    this.#folded[n] = fold(kept.normalized);
    this.#lengths[n] = countWords(kept.normalized);
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
