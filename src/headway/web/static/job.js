/**
 * The page of one job: its line on top, then what ran when, log, calls, input, result, and what can be done with it.
 */
import { Problem, TERMINAL, ask, date, duration, number } from "/static/headway.js";
import { gantt } from "/static/gantt.js";
import { _, at, copy, face, h, lang } from "/static/page.js";

/**
 * @typedef {import("/static/headway/types.js").Snapshot} Snapshot
 * @typedef {import("/static/gantt.js").Span} Span
 * @typedef {{attempt: number, part?: number, worker: string | null, started_at: string | null, ended_at: string | null, outcome: string | null, error?: {message?: string} | string | null}} Attempt
 * @typedef {{step: string, provider: string, model: string, started_at: string, duration_seconds: number | null, outcome: string | null, in_doubt: boolean, input_tokens: number | null, output_tokens: number | null, cost: number | null}} Call
 * @typedef {{name: string, key: string, started_at: string, ended_at: string}} Step
 */

const id = at("rest").dataset.job ?? "";
const base = `/api/jobs/${encodeURIComponent(id)}`;
const element = /** @type {import("/static/headway.js").HeadwayJob} */ (at("job"));
const PAGES = new Set(Object.keys(JSON.parse(at("kinds").textContent ?? "{}")));
/** How often the details follow a job that moves: not at every step of it. */
const DETAILS_MS = 2_000;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let due;
let version = -1;

/** @param {Snapshot} job */
function title(job) {
  const { title: name, stations } = face(job.kind);
  if (element.getAttribute("label") === name) return;
  element.setAttribute("label", name);
  element.stations = stations;
  at("heading").textContent = name;
}

/** @param {Snapshot} job */
function follow(job) {
  title(job);
  const over = TERMINAL.has(job.status);
  at("rest").hidden = false;
  at("delete").hidden = !over;
  const open = /** @type {HTMLAnchorElement} */ (at("open"));
  open.hidden = job.status !== "completed" || !PAGES.has(job.kind);
  open.href = `/${job.kind}?job=${encodeURIComponent(job.id)}`;
  if (over) {
    clearTimeout(due);
    due = undefined;
    void details(job);
  } else if (due === undefined) {
    void details(job);
    due = setTimeout(() => {
      due = undefined;
      if (element.snapshot && element.snapshot.version !== version) follow(element.snapshot);
    }, DETAILS_MS);
  }
}

/** @param {Snapshot} job */
async function details(job) {
  version = job.version;
  // Each part stands alone: one that fails leaves the others.
  const results = await Promise.allSettled([timeline(job), log(), job.status === "completed" ? result() : null]);
  for (const outcome of results) if (outcome.status === "rejected") console.info("a part is missing:", outcome.reason);
}

/** @param {Snapshot} job */
async function timeline(job) {
  const parts = ["attempts", "steps", "calls"].map((part) => ask(`${base}/${part}`, { lang }));
  const [{ attempts }, { steps }, { calls }] = await Promise.all(parts);
  const now = Date.now();
  /** @type {Span[]} */
  const spans = [];
  if (job.started_at) {
    spans.push({ lane: _("In line"), look: "wait", from: Date.parse(job.created_at), to: Date.parse(job.started_at), text: _("Waited") });
  }
  for (const attempt of /** @type {Attempt[]} */ (attempts)) {
    const from = Date.parse(attempt.started_at ?? job.created_at);
    const to = attempt.ended_at ? Date.parse(attempt.ended_at) : Math.max(now, from);
    const lane = attempt.part ? _("Chunk {n}", { n: attempt.part }) : _("Attempt {n}", { n: attempt.attempt });
    const fault = typeof attempt.error === "string" ? attempt.error : attempt.error?.message;
    const how = [outcomeWord(attempt.outcome), fault, attempt.worker].filter(Boolean).join(" · ");
    const bad = attempt.outcome === "failed" || attempt.outcome === "lost";
    spans.push({ lane, look: bad ? "bad" : attempt.outcome === "succeeded" || !attempt.outcome ? "attempt" : "soft", from, to, text: how });
  }
  for (const step of /** @type {Step[]} */ (steps)) {
    const [from, to] = [Date.parse(step.started_at), Date.parse(step.ended_at)];
    spans.push({ lane: step.name, look: "soft", from, to, text: _("Kept: it will not run again") });
  }
  for (const call of /** @type {Call[]} */ (calls)) {
    const from = Date.parse(call.started_at);
    const to = call.duration_seconds !== null ? from + call.duration_seconds * 1000 : TERMINAL.has(job.status) ? from : now;
    const look = call.in_doubt ? "doubt" : call.outcome === "failed" ? "bad" : "call";
    spans.push({ lane: _("Call: {step}", { step: call.step || call.provider }), look, from, to, text: `${call.model} · ${callWord(call)}` });
  }
  const box = at("gantt");
  const opened = box.querySelector("details")?.open;
  box.replaceChildren(spans.length ? gantt(spans, box.clientWidth) : h("p", { class: "muted" }, _("Nothing has run yet.")));
  const table = box.querySelector("details");
  if (table && opened) table.open = true;
  showCalls(calls);
}

/** @param {string | null} outcome */
function outcomeWord(outcome) {
  /** @type {Record<string, string>} */
  const words = {
    succeeded: _("Succeeded"),
    failed: _("Failed"),
    snoozed: _("Put off"),
    parked: _("Waited for its parts"),
    cancelled: _("Cancelled"),
    interrupted: _("Interrupted, to go on elsewhere"),
    lost: _("Lost with its worker"),
  };
  return outcome ? (words[outcome] ?? outcome) : _("Running");
}

/** @param {Call} call */
const callWord = (call) => (!call.in_doubt ? outcomeWord(call.outcome) : _("In doubt: no answer was recorded"));

/** @param {Call[]} calls */
function showCalls(calls) {
  at("calls-box").hidden = !calls.length;
  const heads = [_("Step"), _("Model"), _("Tokens in"), _("Tokens out"), _("Took"), _("Ended")];
  const rows = calls.map((call) => {
    const took = call.duration_seconds === null ? "" : duration(lang, call.duration_seconds);
    const cells = [call.step, call.model, tokens(call.input_tokens), tokens(call.output_tokens), took, callWord(call)];
    return h("tr", {}, ...cells.map((text) => h("td", {}, text)));
  });
  at("calls").replaceChildren(
    h("table", { class: "table small" }, h("thead", {}, h("tr", {}, ...heads.map((text) => h("th", { scope: "col" }, text)))), h("tbody", {}, ...rows)),
  );
}

/** @param {number | null} value */
const tokens = (value) => (value === null || value === undefined ? "" : number(lang, value));

async function log() {
  const { lines } = await ask(`${base}/log`, { lang });
  at("log-box").hidden = !lines.length;
  const items = lines.map((/** @type {{at: string, text: string}} */ line) =>
    h("li", {}, h("time", { datetime: line.at, class: "muted" }, date(lang, line.at, { timeStyle: "medium" })), h("span", { dir: "auto" }, line.text)),
  );
  at("log").replaceChildren(...items);
}

async function result() {
  const value = await ask(`${base}/result`, { lang });
  at("result").textContent = JSON.stringify(value, null, 2);
  at("result-box").hidden = false;
}

async function input() {
  const value = await ask(`${base}/input`, { lang });
  at("input").textContent = JSON.stringify(value, null, 2);
  at("input-box").hidden = false;
  return value;
}

/** The request that would start this job again. @param {string} kind @param {unknown} value */
function curl(kind, value) {
  // A single quote cannot stand within single quotes: close them, write it, open them again.
  const body = JSON.stringify(value).replaceAll("'", "'\\''");
  at("curl").textContent =
    `curl -X POST ${location.origin}/api/jobs/${kind} \\\n  -H "Authorization: Bearer $TOKEN" \\\n` +
    `  -H "Content-Type: application/json" \\\n  -d '${body}'`;
}

/** @param {string} text */
const say = (text) => (at("said").textContent = text);

at("share").addEventListener("click", async (event) => {
  try {
    const { url } = await ask(`${base}/share`, { method: "POST", lang });
    const link = h("code", { id: "share-url" }, new URL(url, location.href).href);
    at("said").replaceChildren(link);
    await copy(/** @type {HTMLElement} */ (event.target), link.textContent ?? "");
  } catch (error) {
    say(error instanceof Error ? error.message : "");
  }
});

at("delete").addEventListener("click", async () => {
  const button = at("delete");
  if (button.dataset.sure !== "yes") {
    button.dataset.sure = "yes";
    button.textContent = _("Delete for good, with its result");
    return;
  }
  try {
    await ask(base, { method: "DELETE", lang });
    location.assign("/jobs");
  } catch (error) {
    say(error instanceof Problem ? error.message : _("That did not reach the server. Try again."));
  }
});

let told = false;

/** @param {Snapshot} job */
function receive(job) {
  follow(job);
  if (told) return;
  told = true;
  input().then((value) => curl(job.kind, value), () => curl(job.kind, {}));
}

element.addEventListener("headway:snapshot", (event) => {
  receive(/** @type {CustomEvent<{snapshot: Snapshot}>} */ (event).detail.snapshot);
});
element.addEventListener("headway:state", (event) => {
  const { state } = /** @type {CustomEvent<{state: string}>} */ (event).detail;
  if (state !== "denied") return;
  location.assign(`/sign-in?${new URLSearchParams({ next: location.pathname, error: "expired" })}`);
});
if (element.snapshot) receive(element.snapshot);
