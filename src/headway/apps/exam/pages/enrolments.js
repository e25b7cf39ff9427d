/**
 * The enrolments of this account and where their jobs are; after an import it is looked at until all have ended.
 */
import { TERMINAL, ask, date, number } from "/static/headway.js";
import { _, h, lang, middle, statusWord } from "/static/page.js";
import { table } from "/static/table.js";

/**
 * @typedef {import("/static/headway/types.js").Status} Status
 * @typedef {{exam_code: string, student: string, job_id: string | null, status: Status | null, percent: number | null, updated_at: string}} Row
 */

const MOST_ROWS = 100;
const LOOK_MS = 1_500;

export class Enrolments {
  #section;
  #open;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {HTMLElement} section @param {(jobId: string) => void} open */
  constructor(section, open) {
    this.#section = section;
    this.#open = open;
  }

  /** Shows them, and goes on looking while any is at work. */
  async show() {
    clearTimeout(this.#timer);
    /** @type {Row[]} */
    let rows;
    try {
      rows = (await ask("/api/enrolments?limit=5000", { lang })).enrolments;
    } catch (error) {
      console.info("no enrolments:", error); // an extra: without it the page is whole
      return;
    }
    this.#draw(rows);
    if (rows.some((row) => row.status && !TERMINAL.has(row.status))) this.#timer = setTimeout(() => void this.show(), LOOK_MS);
  }

  /** After an import: shows them and brings them into view. */
  async watch() {
    await this.show();
    this.#section.scrollIntoView({ block: "start" });
  }

  /** @param {Row[]} rows */
  #draw(rows) {
    this.#section.hidden = !rows.length;
    const started = rows.filter((row) => row.status);
    const done = started.filter((row) => row.status && TERMINAL.has(row.status)).length;
    const tally = this.#section.querySelector("#tally");
    if (tally) tally.textContent = started.length ? _("{done} of {total} done", { done: number(lang, done), total: number(lang, started.length) }) : "";
    const bar = /** @type {HTMLProgressElement} */ (this.#section.querySelector("#tally-bar"));
    bar.hidden = done === started.length;
    bar.max = started.length || 1;
    bar.value = done;
    const newest = [...rows].sort((a, b) => (a.updated_at < b.updated_at ? 1 : a.updated_at > b.updated_at ? -1 : 0)).slice(0, MOST_ROWS);
    this.#section.querySelector("#history-list")?.replaceChildren(this.#table(newest, rows.length));
  }

  /** @param {Row[]} rows @param {number} all */
  #table(rows, all) {
    const heads = [_("Student"), _("Exam"), _("Status"), _("Changed")];
    const listed = table(_("Your enrolments, newest first"), heads, rows.map((row) => this.#row(row)));
    const rest = all - rows.length;
    return h("div", {}, listed, rest > 0 ? h("p", { class: "hint" }, _("and {n} more", { n: number(lang, rest) })) : null);
  }

  /** @param {Row} row */
  #row(row) {
    const name = row.student || _("no name");
    /** @type {HTMLElement} */
    let who = h("bdi", { title: row.student || null }, middle(name, 32));
    if (row.job_id) {
      const link = h("a", { href: `/exam?job=${encodeURIComponent(row.job_id)}` }, who);
      link.addEventListener("click", (/** @type {MouseEvent} */ event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        this.#open(row.job_id ?? "");
      });
      who = link;
    }
    const status = row.status ? h("span", { class: "state", "data-status": row.status }, word(row.status)) : h("span", { class: "muted" }, _("Not handed in"));
    return [who, h("bdi", {}, middle(row.exam_code, 28)), status, h("time", { datetime: row.updated_at }, date(lang, row.updated_at))];
  }
}

/** @param {Status} status */
const word = (status) => statusWord(/** @type {import("/static/headway/types.js").Snapshot} */ ({ status, cancel_requested: false }));
