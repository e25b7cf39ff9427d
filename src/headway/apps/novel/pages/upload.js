/**
 * The books to be handed in: each is sent for its quote, one after the other, and kept by the server; what is confirmed then
 * names it, and sends it again only where it is not kept any more.
 */
import { Problem, ask, duration, number } from "/static/headway.js";
import { headers } from "/static/headway/http.js";
import { _, block, h, lang, middle, ngettext } from "/static/page.js";

/**
 * @typedef {"speed" | "balanced" | "quality"} Tier
 * @typedef {{title: string, pages: number, words: number, chunks: number, sentences: number, tokens: number, credits: number,
 *   seconds: number, provider: string, model: string, file_id?: string, unreadable_pages: number[], by_model: Record<Tier, {credits: number, seconds: number, model: string}>}} Quote
 * @typedef {{file: File, row: HTMLElement, quote: Quote | null, refused: string, state: "waiting" | "quoting" | "quoted" | "sending" | "sent",
 *   key: string, hold?: string | undefined, abort: AbortController}} Book
 */

const LIMIT_BYTES = /** @type {{limit_bytes: number}} */ (block("novel-data")).limit_bytes;
const MEGA = 1 << 20;
const SUBMIT = "/api/v1/process-pdf-async";

/**
 * Sends a form and tells how much of it is gone; `fetch` cannot.
 *
 * @param {string} url
 * @param {FormData} form
 * @param {{signal: AbortSignal, sent?: (share: number) => void, extra?: Record<string, string>}} options
 * @returns {Promise<any>}
 * @throws {Problem}
 */
export function post(url, form, { signal, sent = () => {}, extra = {} }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    for (const [name, value] of Object.entries({ ...headers(url, { lang }, true), ...extra })) request.setRequestHeader(name, value);
    request.responseType = "text";
    request.upload.addEventListener("progress", (event) => event.lengthComputable && sent(event.loaded / event.total));
    request.addEventListener("load", () => {
      let body = {};
      try {
        body = JSON.parse(request.responseText);
      } catch {
        // a proxy's page: the status says enough
      }
      if (request.status < 400) resolve(body);
      else reject(new Problem(request.status, body));
    });
    request.addEventListener("error", () => reject(new Problem(0)));
    request.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
    signal.addEventListener("abort", () => request.abort());
    if (signal.aborted) return reject(new DOMException("aborted", "AbortError"));
    request.send(form);
  });
}

export class Shelf {
  /** @type {Book[]} */
  books = [];
  #list;
  #settings;
  #tier;
  #changed;
  #busy = false;

  /**
   * @param {HTMLElement} list
   * @param {() => Record<string, string>} settings   The form's fields.
   * @param {() => Tier} tier
   * @param {() => void} changed                      Called whenever what is on the shelf changes.
   */
  constructor(list, settings, tier, changed) {
    this.#list = list;
    this.#settings = settings;
    this.#tier = tier;
    this.#changed = changed;
  }

  /** @param {Iterable<File>} files @param {() => string} newKey */
  add(files, newKey) {
    for (const file of files) {
      const known = this.books.some((book) => book.file.name === file.name && book.file.size === file.size && book.state !== "sent");
      if (known) continue;
      /** @type {Book} */
      const book = { file, row: h("li"), quote: null, refused: "", state: "waiting", key: newKey(), abort: new AbortController() };
      if (file.size > LIMIT_BYTES) book.refused = _("This file has {size} MB; at most {limit} are taken.", { size: number(lang, Math.ceil(file.size / MEGA)), limit: number(lang, LIMIT_BYTES / MEGA) });
      else if (!file.size) book.refused = _("This file is empty.");
      this.books.push(book);
      this.#list.append(book.row);
      this.show(book);
    }
    this.#list.hidden = !this.books.length;
    this.#changed();
    void this.#quoteAll();
  }

  /** @param {Book} book */
  remove(book) {
    book.abort.abort();
    const next = /** @type {HTMLElement | null} */ (book.row.nextElementSibling ?? book.row.previousElementSibling);
    book.row.remove();
    this.books = this.books.filter((other) => other !== book);
    this.#list.hidden = !this.books.length;
    (next?.querySelector("button") ?? document.getElementById("file"))?.focus();
    this.#changed();
  }

  get ready() {
    return this.books.filter((book) => book.state === "quoted" && !book.refused);
  }

  get pending() {
    return this.books.some((book) => !book.refused && (book.state === "waiting" || book.state === "quoting"));
  }

  /** The settings. @param {Record<string, string>} [more] */
  #form(more = {}) {
    const form = new FormData();
    for (const [name, value] of Object.entries({ ...this.#settings(), ...more })) form.append(name, value);
    return form;
  }

  /** One after the other: each is read in a process of its own. */
  async #quoteAll() {
    if (this.#busy) return;
    this.#busy = true;
    for (let book; (book = this.books.find((one) => one.state === "waiting" && !one.refused)); ) {
      book.state = "quoting";
      this.show(book);
      try {
        const form = this.#form();
        form.append("file", book.file, book.file.name);
        book.quote = await post("/api/quotes/novel?keep=true", form, { signal: book.abort.signal });
      } catch (error) {
        if (error instanceof DOMException) continue; // it was taken off the shelf
        book.refused = saidOf(error, "file");
      }
      book.state = "quoted";
      this.show(book);
      this.#changed();
    }
    this.#busy = false;
    this.#changed();
  }

  /**
   * Hands a book in; its row shows how much is sent.
   *
   * @param {Book} book
   * @returns {Promise<import("/static/headway/types.js").Snapshot>}
   */
  async send(book) {
    book.state = "sending";
    const meter = h("i");
    this.show(book, h("span", { class: "meter", role: "presentation" }, meter));
    try {
      // The credits are held first, so that a book for which they do not suffice is not sent in vain.
      const held = { estimated_tokens: book.quote?.tokens ?? 0, gemini_model: this.#tier() };
      book.hold ??= (await ask("/api/v1/credits/reserve", { method: "POST", body: held, lang })).job_id;
      const fields = { job_id: book.hold ?? "" };
      const options = { signal: book.abort.signal, extra: { "Idempotency-Key": book.key } };
      const snapshot = await this.#kept(book, fields, options).catch((error) => {
        if (!notKept(error)) throw error;
        const form = this.#form(fields);
        form.append("pdf_file", book.file, book.file.name);
        return post(SUBMIT, form, { ...options, sent: (share) => (meter.style.inlineSize = `${100 * share}%`) });
      });
      book.state = "sent";
      return snapshot;
    } catch (error) {
      book.state = "quoted";
      if (error instanceof Problem && error.status === 409) book.hold = undefined; // it has expired: the next try takes another
      this.show(book);
      throw error;
    }
  }

  /** Hands in what the quote has kept. @param {Book} book @param {Record<string, string>} fields @param {Parameters<typeof post>[2]} options */
  #kept(book, fields, options) {
    return post(SUBMIT, this.#form({ ...fields, file_id: book.quote?.file_id ?? "" }), options);
  }

  /** @param {Book} book @param {Node | null} [more] */
  show(book, more = null) {
    const { file, quote } = book;
    const name = h("b", { title: file.name }, h("bdi", {}, middle(quote?.title || file.name, 44)));
    const off = h("button", { type: "button", class: "icon", "aria-label": _("Take {name} off", { name: file.name }), disabled: book.state === "sending" }, "✕");
    off.addEventListener("click", () => this.remove(book));
    let told;
    if (book.refused) told = h("p", { class: "error", role: "alert" }, book.refused);
    else if (quote) told = h("p", { class: "told" }, ...this.#told(quote).map((text) => h("span", {}, text)));
    else told = h("p", { class: "told", role: "status" }, book.state === "quoting" ? _("Reading it for a quote…") : _("Waiting to be read…"));
    book.row.classList.toggle("refused", Boolean(book.refused));
    book.row.setAttribute("aria-busy", String(book.state === "quoting" || book.state === "sending"));
    const warning = quote?.unreadable_pages.length
      ? h("p", { class: "hint" }, ngettext("{n} page has no text and is left out.", "{n} pages have no text and are left out.", quote.unreadable_pages.length))
      : null;
    book.row.replaceChildren(h("div", { class: "tight" }, name, told, warning), off, ...(more ? [more] : []));
  }

  /** @param {Quote} quote */
  #told(quote) {
    const { credits, seconds } = quote.by_model[this.#tier()];
    return [
      ngettext("{n} page", "{n} pages", quote.pages, { n: number(lang, quote.pages) }),
      ngettext("{n} word", "{n} words", quote.words, { n: number(lang, quote.words) }),
      ngettext("{n} chunk", "{n} chunks", quote.chunks, { n: number(lang, quote.chunks) }),
      ...(quote.tokens ? [ngettext("about {n} token", "about {n} tokens", quote.tokens, { n: number(lang, quote.tokens) })] : []),
      credits ? ngettext("{n} credit", "{n} credits", credits, { n: number(lang, credits) }) : _("free"),
      _("about {time}", { time: duration(lang, Math.max(1, Math.ceil(seconds))) }),
    ];
  }
}

/** Whether the server does not have the file, or not any more. @param {unknown} error */
const notKept = (error) => error instanceof Problem && error.errors.some((one) => one.field === "file_id" || one.field === "file");

/** What a refusal says about a field, or at all. @param {unknown} error @param {string} [field] */
export function saidOf(error, field = "") {
  if (!(error instanceof Problem) || !error.status) return _("The server does not answer. What you entered is kept; try again.");
  return error.errors.find((one) => one.field === field)?.message ?? error.errors[0]?.message ?? error.message;
}
