/**
 * Which sentences are looked for, and in which order: search, filter and sort over all rows of a book.
 */
import { countWords, fold } from "./words.js";

/**
 * @typedef {import("./table.js").Row} Row
 * @typedef {"book" | "page" | "words" | "text"} Order
 * @typedef {"all" | "long" | "fragment" | "fallback" | "edited"} Filter
 */

export class Finding {
  /** What is searched, folded. */
  query = "";
  /** @type {Filter} */
  filter = "all";
  /** Whether the originals are shown, and so searched too. */
  originals = false;
  /** @type {Order} */
  order = "book";
  down = false;
  #rows;
  /** @type {string[]} */
  #texts;
  /** Made when originals are first searched. @type {string[]} */
  #folded = [];
  /** @type {number[]} */
  #lengths;

  /** @param {Row[]} rows   The book's own; `changed` says when one was replaced. */
  constructor(rows) {
    this.#rows = rows;
    this.#texts = rows.map((row) => fold(row.normalized));
    this.#lengths = rows.map((row) => countWords(row.normalized));
  }

  /** How many words the row has. @param {number} n */
  words(n) {
    return this.#lengths[n] ?? 0;
  }

  /** @param {number} n */
  changed(n) {
    const text = this.#rows[n]?.normalized ?? "";
    this.#texts[n] = fold(text);
    this.#lengths[n] = countWords(text);
  }

  /** Sorts by that; pressed again the other way round, a third time in the book's own order. @param {Order} order */
  turn(order) {
    const first = order === "words";
    if (this.order !== order) [this.order, this.down] = [order, first];
    else if (this.down === first) this.down = !first;
    else [this.order, this.down] = ["book", false];
  }

  /** The numbers of the rows that are found, in their order. */
  found() {
    const rows = this.#rows;
    if (this.originals && !this.#folded.length) this.#folded = rows.map((row) => fold(row.original));
    const found = [];
    for (let n = 0; n < rows.length; n++) if (this.#wanted(n)) found.push(n);
    const collator = new Intl.Collator("fr");
    /** @type {Record<Order, (a: number, b: number) => number>} */
    const by = {
      book: (a, b) => a - b,
      page: (a, b) => (rows[a]?.page ?? 0) - (rows[b]?.page ?? 0) || a - b,
      words: (a, b) => this.words(a) - this.words(b) || a - b,
      text: (a, b) => collator.compare(rows[a]?.normalized ?? "", rows[b]?.normalized ?? ""),
    };
    if (this.order !== "book") found.sort(by[this.order]);
    return this.down ? found.reverse() : found;
  }

  /** @param {number} n */
  #wanted(n) {
    const row = /** @type {Row} */ (this.#rows[n]);
    if (this.filter === "edited" ? !row.edited : this.filter !== "all" && !row.flags.includes(this.filter)) return false;
    return !this.query || this.#texts[n]?.includes(this.query) || (this.originals && this.#folded[n]?.includes(this.query));
  }
}
