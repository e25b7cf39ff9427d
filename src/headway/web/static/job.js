/**
 * The page of one job: its line on top, then what ran when, calls, log, result, input, and what can be done with it.
 */
import { Problem, TERMINAL, ask, date, duration, number } from "/static/headway.js";
import { gantt } from "/static/gantt.js";
import { _, at, copy, face, h, lang, ngettext, toast } from "/static/page.js";
import { table } from "/static/table.js";
import { tree } from "/static/tree.js";

/**
 * @typedef {import("/static/headway/types.js").Snapshot} Snapshot
 * @typedef {import("/static/gantt.js").Span} Span
 * @typedef {{what: "wait" | "attempt" | "step" | "chunk" | "call", name: string, n: number | null, from: string, to: string | null, outcome: string | null, worker: string | null, error: string | null}} Ran
 * @typedef {{step: string, provider: string, model: string, started_at: string, duration_seconds: number | null, outcome: string | null, in_doubt: boolean, input_tokens: number | null, output_tokens: number | null, cost: number | null}} Call
 * @typedef {{n: number, at: string, text: string}} Line
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
let told = false;
let lines = 0;

/** @param {Snapshot} job */
function title(job) {
  const { title: name, stations, formats } = face(job.kind);
  if (element.getAttribute("label") === name) return;
  element.setAttribute("label", name);
  element.stations = stations;
  at("main").dataset.line = job.kind;
  at("heading").textContent = name;
  at("downloads").replaceChildren(
    ...formats.map((format) => h("a", { class: "button", href: `${base}/export?format=${format}`, download: true }, _("Save as {format}", { format: format.toUpperCase() }))),
  );
}

/** @param {Snapshot} job */
function follow(job) {
  title(job);
  const over = TERMINAL.has(job.status);
  at("rest").hidden = false;
  at("delete").hidden = at("scratch").hidden = !over;
  at("downloads").hidden = job.status !== "completed";
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
  const results = await Promise.allSettled([timeline(job), calls(job), log(), job.status === "completed" ? result() : null]);
  for (const outcome of results) if (outcome.status === "rejected") console.info("a part is missing:", outcome.reason);
}

/* ---- what ran when ---- */

/** @param {Snapshot} job */
async function timeline(job) {
  /** @type {{now: string, title: string | null, spans: Ran[]}} */
  const { now, title: called, spans } = await ask(`${base}/timeline`, { lang });
  at("called").textContent = called ?? "";
  const present = Date.parse(now);
  const drawn = spans.map((ran) => spanOf(ran, present));
  const box = at("gantt");
  const opened = box.querySelector("details")?.open;
  const over = TERMINAL.has(job.status);
  box.replaceChildren(drawn.length ? gantt(drawn, box.clientWidth, over ? null : present) : h("p", { class: "muted" }, _("Nothing has run yet.")));
  const listed = box.querySelector("details");
  if (listed && opened) listed.open = true;
}

/** @param {Ran} ran @param {number} present @returns {Span} */
function spanOf(ran, present) {
  const from = Date.parse(ran.from);
  const to = ran.to ? Date.parse(ran.to) : Math.max(present, from);
  const n = number(lang, ran.n ?? 0);
  const bad = ran.outcome === "failed" || ran.outcome === "lost";
  const how = [outcomeWord(ran.outcome), ran.error, ran.worker].filter(Boolean).join(" · ");
  switch (ran.what) {
    case "wait":
      return { lane: _("The job"), look: "wait", from, to, text: _("In line") };
    case "attempt":
      return { lane: _("The job"), look: bad ? "bad" : ran.outcome === "cancelled" ? "soft" : "attempt", from, to, text: `${_("Attempt {n}", { n })} · ${how}` };
    case "step":
      return { lane: ran.name, look: "soft", from, to, text: `${ran.name} · ${_("Kept: it will not run again")}` };
    case "chunk":
      return { lane: _("Chunks"), look: bad ? "bad" : "attempt", from, to, text: `${_("Chunk {n}", { n })} · ${how}` };
    default:
      return { lane: _("Calls: {model}", { model: ran.name }), look: ran.outcome === "in doubt" ? "doubt" : bad ? "bad" : "call", from, to, text: `${ran.name} · ${outcomeWord(ran.outcome)}` };
  }
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
    "in doubt": _("In doubt: no answer was recorded"),
  };
  return outcome ? (words[outcome] ?? outcome) : _("Running");
}

/* ---- calls ---- */

/** @param {Snapshot} job */
async function calls(job) {
  /** @type {{calls: Call[], in_doubt: number}} */
  const { calls: made, in_doubt: doubtful } = await ask(`${base}/calls`, { lang });
  at("calls-box").hidden = !made.length;
  if (!made.length) return;
  const cost = made.reduce((sum, call) => sum + (call.cost ?? 0), 0);
  const spent = typeof job.credits === "number" ? job.credits : (job.credits?.settled ?? 0);
  const said = [
    ngettext("{n} call", "{n} calls", made.length, { n: number(lang, made.length) }),
    cost ? _("{money} in all", { money: money(cost) }) : _("at no cost"),
    spent ? ngettext("{n} credit", "{n} credits", spent, { n: number(lang, spent) }) : "",
    doubtful ? ngettext("{n} in doubt", "{n} in doubt", doubtful, { n: number(lang, doubtful) }) : "",
  ];
  at("calls-sum").textContent = said.filter(Boolean).join(" · ");
  const heads = [_("Step"), _("Model"), _("Tokens in"), _("Tokens out"), _("Cost"), _("Took"), _("Ended")];
  const rows = made.map((call) => {
    const took = call.duration_seconds === null ? "" : duration(lang, call.duration_seconds);
    const ended = outcomeWord(call.in_doubt ? "in doubt" : call.outcome);
    return [call.step || "–", call.model, tokens(call.input_tokens), tokens(call.output_tokens), call.cost ? money(call.cost) : "–", took, ended];
  });
  at("calls").replaceChildren(table(_("Calls to the AI provider"), heads, rows, "num"));
}

/** @param {number | null} value */
const tokens = (value) => (value === null || value === undefined ? "" : number(lang, value));
/** @param {number} micros   Millionths of a US dollar. */
const money = (micros) => number(lang, micros / 1e6, { style: "currency", currency: "USD", maximumFractionDigits: 6 });

/* ---- log, result, input ---- */

/** Adds the lines that came since the last look. */
async function log() {
  /** @type {{lines: Line[], next: number}} */
  const { lines: fresh, next } = await ask(`${base}/log?after=${lines}`, { lang });
  lines = next;
  const items = fresh.map((line) =>
    h("li", {}, h("time", { datetime: line.at, class: "muted" }, date(lang, line.at, { timeStyle: "medium" })), h("span", { dir: "auto" }, line.text)),
  );
  at("log").append(...items);
  at("log-box").hidden = !at("log").children.length;
}

async function result() {
  const value = await ask(`${base}/result`, { lang });
  at("result").replaceChildren(tree(value));
  at("result-json").textContent = JSON.stringify(value, null, 2);
  at("result-box").hidden = false;
}

async function input() {
  const value = await ask(`${base}/input`, { lang });
  at("input").replaceChildren(tree(value));
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

/* ---- what can be done ---- */

at("share").addEventListener("click", async (event) => {
  try {
    const { url } = await ask(`${base}/share`, { method: "POST", lang });
    const link = h("code", { id: "share-url" }, new URL(url, location.href).href);
    at("said").replaceChildren(link);
    await copy(/** @type {HTMLElement} */ (event.target), link.textContent ?? "");
  } catch (error) {
    refused(error);
  }
});

/** Runs `act` at the second press; the first says what it means. @param {string} name @param {string} sure @param {() => Promise<void>} act */
function twice(name, sure, act) {
  const button = at(name);
  const before = button.textContent;
  const calm = () => {
    delete button.dataset.sure;
    button.textContent = before;
  };
  button.addEventListener("blur", calm);
  button.addEventListener("click", async () => {
    if (button.dataset.sure !== "yes") {
      button.dataset.sure = "yes";
      button.textContent = sure;
      return;
    }
    calm();
    await act().catch(refused);
  });
}

/** @param {unknown} error */
function refused(error) {
  at("said").textContent = error instanceof Problem && error.status ? error.message : _("That did not reach the server. Try again.");
}

twice("delete", _("Delete for good, with its result"), async () => {
  await ask(base, { method: "DELETE", lang });
  location.assign("/jobs");
});
twice("scratch", _("Run anew, and pay anew for what it asks"), async () => {
  element.snapshot = await ask(`${base}/retry`, { method: "POST", body: { scratch: true }, lang });
  at("log").replaceChildren();
  lines = 0;
  at("result-box").hidden = true;
  toast(_("It runs anew."));
});

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
