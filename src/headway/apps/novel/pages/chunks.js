/**
 * A book at work: one cell a chunk, which fill as they end, and the sentences that have just arrived.
 *
 * A cell is a button: it shows what its chunk became, or why it failed. States are asked for without results, and of the
 * results only what is looked at.
 */
import { TERMINAL, ask, number } from "/static/headway.js";
import { _, at, h, lang, ngettext } from "/static/page.js";

/**
 * @typedef {import("/static/headway/types.js").Snapshot} Snapshot
 * @typedef {{n: number, status: string, attempt: number, error: {message: string} | null}} Chunk
 * @typedef {{normalized: string, original: string, page: number, chunk: number}} Sentence
 */

const LOOK_MS = 700;
const LATEST = 8;
const NEW_AT_ONCE = 3;
const MANY = 160;

export class Work {
  #url = "";
  #version = -1;
  /** @type {Map<number, string>} */
  #states = new Map();
  /** @type {Chunk[]} */
  #chunks = [];
  #looking = false;
  /** @type {Snapshot | null} */
  #next = null;
  #chosen = 0;

  constructor() {
    at("cells").addEventListener("click", (event) => {
      const cell = event.target instanceof HTMLElement ? event.target.closest("button") : null;
      if (cell) void this.#show(Number(cell.dataset.n));
    });
    at("cells").addEventListener("keydown", (event) => this.#walk(event));
    const legend = [
      ["pending", _("waiting")],
      ["processing", _("running")],
      ["completed", _("done")],
      ["retried", _("done after a retry")],
      ["failed", _("failed")],
    ];
    at("legend").replaceChildren(...legend.map(([status, word]) => h("li", {}, h("i", { "data-status": status }), word)));
  }

  /** Forgets the book before. @param {string} url   `/api/jobs/ID`. */
  watch(url) {
    this.#url = url;
    this.#version = -1;
    this.#states.clear();
    this.#chunks = [];
    this.#next = null;
    this.#chosen = 0;
    at("work").hidden = true;
    at("arriving").hidden = true;
    at("cell").hidden = true;
    at("cells").replaceChildren();
    at("latest").replaceChildren();
  }

  /** @param {Snapshot} job */
  follow(job) {
    if (!job.total_chunks) return;
    this.#next = job;
    void this.#look();
  }

  async #look() {
    if (this.#looking) return;
    this.#looking = true;
    try {
      while (this.#next && this.#next.version !== this.#version) {
        const job = this.#next;
        const url = this.#url;
        const { chunks } = await ask(`${url}/chunks?results=false`, { lang });
        if (url !== this.#url) continue;
        this.#version = job.version;
        const fresh = this.#fill(chunks);
        at("work").hidden = !chunks.length;
        at("arriving").hidden = TERMINAL.has(job.status) || !this.#states.size;
        if (fresh.length && !TERMINAL.has(job.status)) await this.#arrive(fresh.slice(-NEW_AT_ONCE));
        if (!TERMINAL.has(job.status)) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
    } catch (error) {
      console.info("no chunks:", error); // the grid is an extra: the line above it goes on
    } finally {
      this.#looking = false;
    }
  }

  /** Draws what has changed; gives the chunks that are done since. @param {Chunk[]} chunks */
  #fill(chunks) {
    const box = at("cells");
    if (box.children.length !== chunks.length) {
      box.classList.toggle("many", chunks.length > MANY);
      box.replaceChildren(...chunks.map(({ n }, place) => h("button", { type: "button", "data-n": n, tabindex: place ? -1 : 0, "aria-pressed": "false" })));
    }
    /** @type {number[]} */
    const fresh = [];
    chunks.forEach((chunk, place) => {
      const status = chunk.status === "completed" && chunk.attempt > 1 ? "retried" : chunk.status;
      if (this.#states.get(chunk.n) === status) return;
      if (chunk.status === "completed") fresh.push(chunk.n);
      this.#states.set(chunk.n, status);
      const cell = /** @type {HTMLElement} */ (box.children[place]);
      cell.dataset.status = status;
      const words = /** @type {Record<string, string>} */ ({ pending: _("waiting"), processing: _("running"), completed: _("done"), retried: _("done after a retry"), failed: _("failed") });
      const said = _("Chunk {n}: {state}", { n: number(lang, chunk.n), state: words[status] ?? status });
      cell.setAttribute("aria-label", said);
      cell.title = chunk.error ? `${said}. ${chunk.error.message}` : said;
    });
    this.#chunks = chunks;
    const done = chunks.filter(({ status }) => status === "completed").length;
    const failed = chunks.filter(({ status }) => status === "failed").length;
    at("tally").textContent = [
      _("{done} of {total}", { done: number(lang, done), total: number(lang, chunks.length) }),
      failed ? ngettext("{n} failed", "{n} failed", failed, { n: number(lang, failed) }) : "",
    ]
      .filter(Boolean)
      .join(" · ");
    return fresh;
  }

  /** @param {number[]} chunks */
  async #arrive(chunks) {
    const url = this.#url;
    const { sentences } = await ask(`${url}/sentences?${chunks.map((n) => `chunks=${n}`).join("&")}`, { lang });
    if (url !== this.#url) return;
    const list = at("latest");
    const rows = /** @type {Sentence[]} */ (sentences).slice(-LATEST).reverse();
    list.prepend(
      ...rows.map((row) => h("li", { class: "new" }, h("span", { title: _("Page {n}", { n: row.page }) }, String(row.page)), h("span", { title: row.original }, row.normalized))),
    );
    while (list.children.length > LATEST) list.lastElementChild?.remove();
  }

  /** What one chunk became. @param {number} n */
  async #show(n) {
    const box = at("cell");
    for (const cell of at("cells").children) cell.setAttribute("aria-pressed", String(Number(/** @type {HTMLElement} */ (cell).dataset.n) === n && this.#chosen !== n));
    if (this.#chosen === n) {
      this.#chosen = 0;
      box.hidden = true;
      return;
    }
    this.#chosen = n;
    const chunk = this.#chunks.find((one) => one.n === n);
    const head = h("h3", {}, _("Chunk {n}", { n: number(lang, n) }));
    box.hidden = false;
    if (!chunk || chunk.status !== "completed") {
      const said = chunk?.error?.message ?? (chunk?.status === "processing" ? _("It is being worked on.") : _("Its turn has not come yet."));
      box.replaceChildren(head, h("p", { class: chunk?.status === "failed" ? "note bad" : "note" }, said));
      return;
    }
    const { sentences } = await ask(`${this.#url}/sentences?chunks=${n}`, { lang });
    if (this.#chosen !== n) return;
    const rows = /** @type {Sentence[]} */ (sentences);
    const first = rows[0]?.page ?? 0;
    const last = rows.at(-1)?.page ?? first;
    const where = first === last ? _("page {first}", { first: number(lang, first) }) : _("pages {first} to {last}", { first: number(lang, first), last: number(lang, last) });
    box.replaceChildren(head, h("p", { class: "hint" }, where), h("div", { class: "read", lang: "fr", dir: "ltr" }, h("p", {}, rows.map((row) => row.normalized).join(" "))));
  }

  /** Arrow keys go from cell to cell; one of them is in the order of tabs. @param {KeyboardEvent} event */
  #walk(event) {
    const cells = /** @type {HTMLElement[]} */ ([...at("cells").children]);
    const here = cells.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const forward = document.documentElement.dir === "rtl" ? -1 : 1;
    const steps = /** @type {Record<string, number>} */ ({ ArrowRight: forward, ArrowLeft: -forward, Home: -here, End: cells.length - 1 - here });
    const wide = this.#columns(cells);
    const by = event.key === "ArrowDown" ? wide : event.key === "ArrowUp" ? -wide : steps[event.key];
    const target = by === undefined || here < 0 ? undefined : cells[here + by];
    if (!target) return;
    event.preventDefault();
    cells[here]?.setAttribute("tabindex", "-1");
    target.setAttribute("tabindex", "0");
    target.focus();
  }

  /** @param {HTMLElement[]} cells */
  #columns(cells) {
    const top = cells[0]?.offsetTop;
    return cells.findIndex((cell) => cell.offsetTop !== top) > 0 ? cells.findIndex((cell) => cell.offsetTop !== top) : cells.length;
  }
}
