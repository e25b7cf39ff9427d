/**
 * The start page: real figures of this installation in the three-step picture, and on each card what the reader's own latest
 * job of that kind is doing.
 */
import { Problem, TERMINAL, amount, ask, duration, number, relative } from "/static/headway.js";
import { _, at, h, lang, ngettext, statusWord } from "/static/page.js";

/**
 * @typedef {import("/static/headway/types.js").Snapshot} Snapshot
 * @typedef {{accepted_within_ms: number | null, wait_seconds: number | null, work_seconds: number | null, completed: number, offline: boolean}} Figures
 */

const AGAIN_MS = 2_000;

/** @param {string} name @param {string} text */
function show(name, text) {
  const node = /** @type {HTMLElement | null} */ (document.querySelector(`[data-figure="${name}"]`));
  if (!node) return;
  node.textContent = text;
  node.hidden = false;
}

async function figures() {
  /** @type {Figures} */
  const found = await ask("/api/figures", { lang });
  if (found.accepted_within_ms !== null) show("accepted", _("within {time}", { time: amount(lang, found.accepted_within_ms, "millisecond") }));
  if (found.work_seconds !== null) show("work", _("in {time}", { time: duration(lang, found.work_seconds) }));
  if (found.completed) show("done", ngettext("{n} job done today", "{n} jobs done today", found.completed, { n: number(lang, found.completed) }));
  at("measured").hidden = found.work_seconds === null && found.accepted_within_ms === null;
  at("offline-too").hidden = !found.offline;
}

/** What the latest job of each kind is doing, again while one of them moves. */
async function latest() {
  let moving = false;
  for (const line of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-kind]"))) {
    /** @type {{jobs: Snapshot[]}} */
    const { jobs } = await ask(`/api/jobs?limit=1&kind=${line.dataset.kind}`, { lang });
    const job = jobs[0];
    if (!job) continue;
    moving ||= !TERMINAL.has(job.status);
    line.hidden = false;
    const bar = h("i");
    bar.style.inlineSize = `${job.percent}%`;
    const over = TERMINAL.has(job.status);
    line.replaceChildren(
      h("span", { class: "state", "data-status": job.status }, statusWord(job)),
      over ? "" : h("span", { class: "track", "aria-hidden": "true" }, bar),
      h("a", { href: `/jobs/${job.id}` }, _("Your latest")),
      h("time", { class: "muted", datetime: job.created_at }, relative(lang, job.finished_at ?? job.created_at)),
    );
  }
  if (moving) setTimeout(() => !document.hidden && latest().catch(none), AGAIN_MS);
}

/** Figures and latest jobs are extras: without them the page is whole. @param {unknown} error */
const none = (error) => (error instanceof Problem || error instanceof TypeError ? console.info("left out:", error) : reportError(error));

figures().catch(none);
if (document.querySelector("meta[name=csrf-token]") && document.querySelector(".menu")) latest().catch(none);
