/**
 * Operations: how the installation fares, for its operators. Figures come anew every five seconds while the page is seen.
 */
import { Problem, ask, date, duration, number, relative } from "/static/headway.js";
import { signIn } from "/static/forms.js";
import { series } from "/static/series.js";
import { _, at, face, h, lang, middle, ngettext, percent } from "/static/page.js";
import { table } from "/static/table.js";

/**
 * @typedef {{accepted: number, completed: number, failed: number, cancelled: number, per_second: number, failure_share: number | null, wait_p50_seconds: number | null, wait_p95_seconds: number | null, work_p50_seconds: number | null, work_p95_seconds: number | null, utilisation: number | null}} Window
 * @typedef {{windows: Record<string, Window>, now: {ready: number, running: number, slots: number, oldest_seconds: number | null, watchers: number}, watched_since: string, series: {at: string, ready: number, running: number, slots: number}[]}} Overview
 * @typedef {{id: string, host: string, pid: number, version: string, queues: string[], state: string, live: boolean, running: number, concurrency: number, memory_mb: number | null, started_at: string, seen_at: string}} Worker
 * @typedef {{queue: string, kind: string, ready: number, waiting: number, running: number, oldest_seconds: number | null}} Queue
 * @typedef {{provider: string, model: string, state: string, reason: string | null, paused_seconds: number, failures: number}} Provider
 * @typedef {{kind: string, error: {message: string, type: string} | null, count: number, last_at: string, last_id: string}} Failure
 * @typedef {{at: string, actor: string, act: string, subject: string, origin: string}} Act
 */

const EVERY_MS = 5_000;

/** @param {number | null} seconds */
const span = (seconds) => (seconds === null ? "–" : duration(lang, seconds));
/** @param {number | null} share */
const part = (share) => (share === null ? "–" : percent(100 * share));
/** @param {number} value */
const count = (value) => number(lang, value);

/** Puts a list into its place, or says why it is empty. @param {string} id @param {string} name @param {string[]} heads @param {(Node | string)[][]} rows @param {string} none */
function list(id, name, heads, rows, none) {
  const box = at(id);
  box.setAttribute("aria-busy", "false");
  if (!rows.length) return box.replaceChildren(h("p", { class: "note" }, none));
  box.replaceChildren(h("div", { class: "panel flush" }, h("div", { class: "scroll" }, table(name, heads, rows))));
}

/** @param {string} name @param {string} value @param {string} [more] @param {string} [mood] */
const tile = (name, value, more = "", mood = "") => h("div", { class: mood }, h("dt", {}, name), h("dd", {}, value), more ? h("dd", {}, more) : null);

/** @param {Overview} seen */
function overview({ windows, now, series: points, watched_since: since }) {
  const [five, hour, day] = /** @type {[Window, Window, Window]} */ ([windows["5m"], windows["1h"], windows["24h"]]);
  at("overview").setAttribute("aria-busy", "false");
  at("now").replaceChildren(
    tile(_("Slots in use"), `${count(now.running)} / ${count(now.slots)}`, now.slots ? part(now.running / now.slots) : _("no worker"), now.slots ? "" : "bad"),
    tile(_("In line"), count(now.ready), now.oldest_seconds === null ? _("nobody waits") : _("the oldest for {time}", { time: span(now.oldest_seconds) })),
    tile(_("Ended in 5 minutes"), count(five.completed + five.failed + five.cancelled), _("{n} per second", { n: number(lang, five.per_second, { maximumSignificantDigits: 2 }) })),
    tile(_("Failed in the last hour"), count(hour.failed), part(hour.failure_share), hour.failed ? "bad" : ""),
    tile(_("Typical wait"), span(hour.wait_p50_seconds), _("95 of 100 within {time}", { time: span(hour.wait_p95_seconds) })),
    tile(_("Watching now"), count(now.watchers)),
  );
  /** @type {[string, (window: Window) => string][]} */
  const measures = [
    [_("Accepted"), (window) => count(window.accepted)],
    [_("Completed"), (window) => count(window.completed)],
    [_("Failed"), (window) => `${count(window.failed)} · ${part(window.failure_share)}`],
    [_("Cancelled"), (window) => count(window.cancelled)],
    [_("Ended per second"), (window) => number(lang, window.per_second, { maximumSignificantDigits: 2 })],
    [_("Waiting: half within"), (window) => span(window.wait_p50_seconds)],
    [_("Waiting: 95 % within"), (window) => span(window.wait_p95_seconds)],
    [_("Running: half within"), (window) => span(window.work_p50_seconds)],
    [_("Running: 95 % within"), (window) => span(window.work_p95_seconds)],
    [_("Slots in use, on average"), (window) => part(window.utilisation)],
  ];
  const rows = measures.map(([name, read]) => h("tr", {}, h("th", { scope: "row" }, name), ...[five, hour, day].map((window) => h("td", { class: "end num" }, read(window)))));
  const heads = [_("5 minutes"), _("1 hour"), _("24 hours")].map((text) => h("th", { scope: "col", class: "end" }, text));
  at("windows").replaceChildren(
    h(
      "table",
      { class: "table dense" },
      h("caption", { class: "sr" }, _("Throughput and waiting")),
      h("thead", {}, h("tr", {}, h("td", {}), ...heads)),
      h("tbody", {}, ...rows),
    ),
    h("p", { class: "hint" }, _("Slots are looked at since {time}, when this web process started.", { time: date(lang, since) })),
  );
  const room = at("load-chart").clientWidth;
  at("load-chart").replaceChildren(
    series(_("Slots in use"), points.map((point) => ({ at: point.at, value: point.running, of: point.slots })), { at: "", value: now.running, of: now.slots }, room),
    series(_("In line"), points.map((point) => ({ at: point.at, value: point.ready })), { at: "", value: now.ready }, room),
  );
}

/** @param {string} state */
function workerWord(state) {
  /** @type {Record<string, string>} */
  const words = { starting: _("Starting"), running: _("Running"), draining: _("Finishing what it holds"), stopped: _("Stopped"), lost: _("Lost") };
  return words[state] ?? state;
}

/** @param {{workers: Worker[]}} seen */
function workers({ workers: found }) {
  const looks = { lost: "failed", stopped: "cancelled" };
  const rows = found
    .sort((a, b) => Number(b.live) - Number(a.live) || a.id.localeCompare(b.id))
    .map((worker) => [
      h("span", { title: worker.id }, middle(worker.id, 32)),
      h("span", { class: "state", "data-status": /** @type {Record<string, string>} */ (looks)[worker.state] ?? "completed" }, workerWord(worker.state)),
      `${count(worker.running)} / ${count(worker.concurrency)}`,
      worker.queues.join(", "),
      worker.memory_mb === null ? "–" : number(lang, worker.memory_mb, { style: "unit", unit: "megabyte" }),
      worker.version,
      h("time", { datetime: worker.seen_at, title: date(lang, worker.seen_at) }, relative(lang, worker.seen_at)),
    ]);
  const heads = [_("Worker"), _("State"), _("Slots in use"), _("Queues"), _("Memory"), _("Version"), _("Seen")];
  list("workers", _("Workers"), heads, rows, _("No worker has been seen. Start one with: headway worker"));
}

/** @param {{queues: Queue[]}} seen */
function queues({ queues: found }) {
  const rows = found.map((row) => [row.queue, face(row.kind).title, count(row.ready), count(row.waiting), count(row.running), span(row.oldest_seconds)]);
  const heads = [_("Queue"), _("Kind"), _("In line"), _("Waiting for a time or for parts"), _("Running"), _("The oldest waits")];
  list("queues", _("Queues"), heads, rows, _("Every queue is empty."));
}

/** @param {Provider} row */
function laneWord(row) {
  /** @type {Record<string, string>} */
  const words = { open: _("May be asked"), paused: row.reason === "quota" ? _("Paused: quota used up") : _("Paused: asked to slow down"), down: _("Down: the breaker is open"), probing: _("Being tried again") };
  return words[row.state] ?? row.state;
}

/** @param {{providers: Provider[]}} seen */
function providers({ providers: found }) {
  const looks = { open: "completed", paused: "warned", down: "failed", probing: "processing" };
  const rows = found.map((row) => [
    row.provider,
    row.model,
    h("span", { class: "state", "data-status": /** @type {Record<string, string>} */ (looks)[row.state] ?? "pending" }, laneWord(row)),
    row.paused_seconds ? _("for {time} more", { time: span(row.paused_seconds) }) : "–",
    count(row.failures),
  ]);
  const heads = [_("Provider"), _("Model"), _("State"), _("Pause"), _("Failures in a row")];
  list("providers", _("AI providers"), heads, rows, _("No model has given any trouble."));
}

/** Leads to a job as operators see it. @param {string} id @param {number} most   Characters of the id. */
const jobLink = (id, most) => h("a", { href: `/ops/jobs/${encodeURIComponent(id)}`, title: id }, h("code", {}, middle(id, most)));

/** @param {{failures: Failure[]}} seen */
function failures({ failures: found }) {
  const rows = found.map((row) => [
    count(row.count),
    face(row.kind).title,
    h("span", { dir: "auto", title: row.error?.type ?? null }, row.error?.message ?? _("without a reason")),
    h("time", { datetime: row.last_at, title: date(lang, row.last_at) }, relative(lang, row.last_at)),
    jobLink(row.last_id, 13),
  ]);
  list("failures", _("Failures of the last day"), [_("Times"), _("Kind"), _("What happened"), _("Last"), _("Last job")], rows, _("Nothing has failed."));
}

/** @param {{acts: Act[]}} seen */
function audit({ acts }) {
  const rows = acts.map((act) => [
    h("time", { datetime: act.at }, date(lang, act.at, { dateStyle: "short", timeStyle: "medium" })),
    middle(act.actor, 28),
    h("code", {}, act.act),
    /^(job|ops)\./.test(act.act) ? jobLink(act.subject, 24) : h("code", { title: act.subject }, middle(act.subject, 24)),
    act.origin,
  ]);
  list("audit", _("Audit log"), [_("When"), _("Who"), _("What"), _("To what"), _("From")], rows, _("Nothing is recorded yet."));
}

/** Where each list comes from, and what shows it. @type {[string, (body: any) => void][]} */
const PARTS = [
  ["/api/ops/overview", overview],
  ["/api/ops/workers", workers],
  ["/api/ops/queues", queues],
  ["/api/ops/providers", providers],
  ["/api/ops/failures", failures],
  ["/api/audit?limit=20", audit],
];

async function look() {
  const outcomes = await Promise.allSettled(PARTS.map(async ([url, show]) => show(await ask(url, { lang }))));
  let missing = 0;
  for (const outcome of outcomes) {
    if (outcome.status === "fulfilled") continue;
    if (!(outcome.reason instanceof Problem)) reportError(outcome.reason);
    else if (outcome.reason.status === 401) return signIn();
    missing += 1;
  }
  const time = date(lang, new Date().toISOString(), { timeStyle: "medium" });
  at("as-of").textContent = missing
    ? ngettext("{n} part could not be read at {time}.", "{n} parts could not be read at {time}.", missing, { n: count(missing), time })
    : _("As of {time}", { time });
  setTimeout(() => (document.hidden ? document.addEventListener("visibilitychange", look, { once: true }) : void look()), EVERY_MS);
}

at("find").addEventListener("submit", (event) => {
  event.preventDefault();
  const id = /** @type {HTMLInputElement} */ (at("job-id")).value.trim();
  if (id) location.assign(`/ops/jobs/${encodeURIComponent(id)}`);
});

void look();
