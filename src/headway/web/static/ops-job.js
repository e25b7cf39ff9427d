/**
 * Anybody's job as operators see it: state, timeline, error and calls, without what is in it. Each look is kept in the audit
 * log, so it is one for each press of the button.
 */
import { Problem, ask, date } from "/static/headway.js";
import { signIn } from "/static/forms.js";
import { gantt } from "/static/gantt.js";
import { _, at, face, h, lang, percent, statusWord } from "/static/page.js";
import { callsSaid, callsTable, spanOf } from "/static/ran.js";

/**
 * @typedef {import("/static/headway/types.js").Snapshot} Snapshot
 * @typedef {{type: string, message: string, internal?: Record<string, unknown> | null}} Fault
 * @typedef {{owner: string, queue: string, job: Snapshot, error: Fault | null, now: string, spans: import("/static/ran.js").Ran[], calls: import("/static/ran.js").Call[], in_doubt: number}} Seen
 */

const box = at("job");
const again = /** @type {HTMLButtonElement} */ (at("again"));

/** @param {Seen} seen */
function show({ owner, queue, job, error, now, spans, calls, in_doubt: doubtful }) {
  at("main").dataset.line = job.kind;
  at("heading").textContent = face(job.kind).title;
  at("as-of").textContent = _("As of {time}", { time: date(lang, now, { timeStyle: "medium" }) });
  const present = Date.parse(now);
  const drawn = spans.map((ran) => spanOf(ran, present));
  const timeline = h("div", {});
  const panels = [panel(_("State"), facts(owner, queue, job)), panel(_("What ran when"), timeline)];
  if (error) panels.splice(1, 0, panel(_("What went wrong"), fault(error)));
  if (calls.length) {
    const name = _("Calls to the AI provider");
    const listed = h("div", { class: "scroll tall", tabindex: "0", role: "group", "aria-label": name }, callsTable(calls));
    panels.push(panel(name, h("p", { class: "hint" }, callsSaid(calls, doubtful, job)), listed));
  }
  box.replaceChildren(...panels);
  timeline.replaceChildren(drawn.length ? gantt(drawn, timeline.clientWidth, job.finished_at ? null : present) : h("p", { class: "muted" }, _("Nothing has run yet.")));
}

/** @param {string} title @param {...Node} inside */
const panel = (title, ...inside) => h("section", { class: "panel stack", "aria-label": title }, h("h2", {}, title), ...inside);

/** @param {string} owner @param {string} queue @param {Snapshot} job */
function facts(owner, queue, job) {
  /** @param {string | null} iso */
  const time = (iso) => (iso ? h("time", { datetime: iso }, date(lang, iso, { dateStyle: "medium", timeStyle: "medium" })) : null);
  /** @type {[string, Node | string | null][]} */
  const rows = [
    [_("Status"), h("span", { class: "state", "data-status": job.status }, statusWord(job))],
    [_("Progress"), percent(job.percent)],
    [_("Step"), job.step && h("span", { dir: "auto" }, job.step)],
    [_("Attempt"), _("{n} of {most}", { n: job.attempt, most: job.max_attempts })],
    [_("Owner"), h("code", {}, owner)],
    [_("Queue"), h("code", {}, queue)],
    [_("Accepted"), time(job.created_at)],
    [_("Not before"), time(job.scheduled_at)],
    [_("Began"), time(job.started_at)],
    [_("Ended"), time(job.finished_at)],
    [_("Cancelled by"), job.cancelled_by ?? null],
  ];
  const shown = rows.filter(([, value]) => value);
  return h("dl", { class: "facts" }, ...shown.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

/** @param {Fault} error */
function fault({ type, message, internal }) {
  const inside = internal ? h("pre", { tabindex: "0" }, JSON.stringify(internal, null, 2)) : null;
  return h("div", { class: "stack" }, h("p", { dir: "auto" }, message), h("p", { class: "small muted" }, h("code", {}, type)), inside);
}

async function look() {
  again.disabled = true;
  try {
    show(await ask(`/api/ops/jobs/${encodeURIComponent(box.dataset.job ?? "")}`, { lang }));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 401) return signIn();
    const said = error.status === 404 ? _("There is no such job: it may have been deleted.") : error.status ? error.message : _("The server does not answer.");
    box.replaceChildren(h("p", { class: "note warn", role: "alert" }, said));
  } finally {
    again.disabled = false;
    box.setAttribute("aria-busy", "false");
  }
}

again.addEventListener("click", () => void look());
void look();
