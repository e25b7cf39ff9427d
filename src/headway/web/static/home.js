/**
 * The start page's real figures: medians of this account's own last finished jobs.
 */
import { ask, duration } from "/static/headway.js";
import { _, lang, ngettext } from "/static/page.js";

/** @typedef {import("/static/headway/types.js").Snapshot} Snapshot */

const MOST = 100;

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** @param {string} name @param {string} text */
function show(name, text) {
  const node = /** @type {HTMLElement | null} */ (document.querySelector(`[data-figure="${name}"]`));
  if (!node) return;
  node.textContent = text;
  node.hidden = false;
}

async function figures() {
  /** @type {Snapshot[]} */
  const jobs = (await ask(`/api/jobs?status=completed&limit=${MOST}`)).jobs ?? [];
  /** @param {string | null} from @param {string | null} to */
  const span = (from, to) => (from && to ? Math.max(0, Date.parse(to) - Date.parse(from)) / 1000 : 0);
  if (!jobs.length) return;
  const first = jobs.filter((job) => job.attempt === 1 && !job.scheduled_at);
  const waits = first.map((job) => span(job.created_at, job.started_at));
  const works = jobs.map((job) => job.processing_seconds ?? span(job.started_at, job.finished_at));
  if (waits.length) show("wait", _("Here: half of them started within {time}.", { time: duration(lang, median(waits)) }));
  show("work", _("Here: half of them took no longer than {time}.", { time: duration(lang, median(works)) }));
  const n = jobs.length;
  show("done", ngettext("Measured on your last finished job.", "Measured on your last {n} finished jobs.", n));
}

// Figures are an extra: without them the page is whole.
if (document.querySelector("#figures[data-live]")) figures().catch((error) => console.info("no figures:", error));
