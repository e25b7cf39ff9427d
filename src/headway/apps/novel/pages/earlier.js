/**
 * The books that were handed in before.
 */
import { ask, date, number } from "/static/headway.js";
import { _, at, h, lang, middle, ngettext, statusWord } from "/static/page.js";

/** @typedef {import("/static/headway/types.js").Snapshot} Snapshot */

const SHOWN = 12;

/** Draws the list anew. @param {string | null} shown   The book at hand. */
export async function showEarlier(shown) {
  /** @type {{jobs: Snapshot[], titles?: Record<string, string>}} */
  const { jobs, titles = {} } = await ask(`/api/jobs?kind=novel&limit=${SHOWN}&titles=true`, { lang }).catch(() => ({ jobs: [] }));
  at("history").hidden = !jobs.length;
  const rows = jobs.map((job) => {
    const status = job.status === "completed" && job.failed_chunks?.length ? "warned" : job.status;
    const name = (titles[job.id] ?? "").replace(/\.pdf$/i, "");
    return h(
      "tr",
      {},
      h("td", {}, h("a", { href: `?job=${encodeURIComponent(job.id)}`, "aria-current": job.id === shown ? "true" : null, dir: "auto" }, middle(name || _("A book"), 48))),
      h("td", {}, h("span", { class: "state", "data-status": status }, statusWord(job))),
      h("td", { class: "num" }, job.processed_chunks === null ? "" : ngettext("{n} chunk", "{n} chunks", job.processed_chunks, { n: number(lang, job.processed_chunks) })),
      h("td", { class: "num" }, h("time", { datetime: job.created_at }, date(lang, job.created_at))),
    );
  });
  const heads = [_("Book"), _("State"), _("Size"), _("Handed in")].map((text) => h("th", { scope: "col" }, text));
  at("history-list").replaceChildren(h("table", { class: "table" }, h("thead", {}, h("tr", {}, ...heads)), h("tbody", {}, ...rows)));
}
