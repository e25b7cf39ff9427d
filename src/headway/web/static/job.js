/**
 * The page of one job: its line on top, then what ran when, calls, log, result, input, and what can be done with it.
 */
import { Problem, TERMINAL, ask, date } from "/static/headway.js";
import { gantt } from "/static/gantt.js";
import { _, at, copy, face, h, lang, toast } from "/static/page.js";
import { callsSaid, callsTable, spanOf } from "/static/ran.js";
import { tree } from "/static/tree.js";

/**
 * @typedef {import("/static/headway/types.js").Snapshot} Snapshot
 * @typedef {import("/static/ran.js").Ran} Ran
 * @typedef {import("/static/ran.js").Call} Call
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

/* ---- calls ---- */

/** @param {Snapshot} job */
async function calls(job) {
  /** @type {{calls: Call[], in_doubt: number}} */
  const { calls: made, in_doubt: doubtful } = await ask(`${base}/calls`, { lang });
  at("calls-box").hidden = !made.length;
  at("calls-sum").textContent = callsSaid(made, doubtful, job);
  at("calls").replaceChildren(callsTable(made));
}

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
