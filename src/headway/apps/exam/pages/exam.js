/**
 * The exam page: take an exam or import answers, watch, read.
 *
 * The address holds the job (`/exam?job=ID`), so that a reload, another tab and Back lead to the same place.
 */
import { Problem, ask, number } from "/static/headway.js";
import { _, at, block, face, h, lang, ngettext } from "/static/page.js";
import { Importer } from "./importer.js";
import { Enrolments } from "./enrolments.js";
import { Paper } from "./paper.js";
import { result } from "./result.js";

/** @typedef {import("/static/headway/types.js").Snapshot} Snapshot */
/** @typedef {Record<string, string | string[]>} Answers */

/** @type {{samples: Record<string, Answers>}} */
const data = block("exam-data");
const form = /** @type {HTMLFormElement} */ (at("form"));
const student = /** @type {HTMLInputElement} */ (at("student"));
const begin = /** @type {HTMLButtonElement} */ (at("begin"));
const sample = /** @type {HTMLButtonElement} */ (at("sample"));
const progress = at("progress");
const outcome = at("result");

/** @type {string | null} */
let shown = null;

/* ---- complaints ---- */

/** @param {{field: string, message: string}[]} errors */
function complain(errors) {
  const items = errors.map((error) => h("li", {}, error.field && document.getElementById(error.field) ? h("a", { href: `#${error.field}` }, error.message) : `${error.field ? `${error.field}: ` : ""}${error.message}`));
  at("summary-list").replaceChildren(...items);
  at("summary").hidden = !errors.length;
  if (errors.length) at("summary").focus();
}

/** Says what a refused request was refused for. @param {unknown} error */
function refused(error) {
  if (!(error instanceof Problem)) throw error;
  if (error.status === 401) {
    const next = location.pathname + location.search;
    location.assign(`/sign-in?${new URLSearchParams({ next, error: "expired" })}`);
    return;
  }
  const said = error.status ? error.message : _("The server does not answer. What you have answered is kept; try again.");
  complain(error.errors.length ? error.errors : [{ field: "", message: said }]);
}

/* ---- taking an exam ---- */

const enrolments = new Enrolments(at("history"), (id) => go(id));
const paper = new Paper(at("paper"), { refused, finished: (code, who) => process({ exam_code: code, student: who }) });

const code = () => /** @type {HTMLInputElement} */ (form.querySelector("input[name=exam_code]:checked")).value;

async function start() {
  complain([]);
  begin.disabled = true;
  try {
    await paper.open(code(), student.value.trim());
  } catch (error) {
    refused(error);
  } finally {
    begin.disabled = false;
  }
}

/** @param {{exam_code: string, student: string, answers?: Answers}} body */
async function process(body) {
  complain([]);
  try {
    /** @type {Snapshot & {job_id: string}} */
    const job = await ask("/api/exam-results/process", { method: "POST", body: { ...body, language: lang }, lang });
    go(job.id, job);
    void enrolments.show();
  } catch (error) {
    refused(error);
  }
}

/** @param {string} which */
async function trySample(which) {
  const answers = data.samples[which];
  if (!answers) return;
  sample.disabled = true;
  const choice = form.querySelector(`input[value="${CSS.escape(which)}"]`);
  if (choice instanceof HTMLInputElement) choice.checked = true;
  await process({ exam_code: which, student: student.value.trim() || _("Sample"), answers });
  sample.disabled = false;
}

/** With a provider it is not free: says what the sample would take, as an example. */
async function sayCost() {
  const which = code();
  const answers = data.samples[which];
  if (!answers) return;
  try {
    /** @type {{tokens: number, credits: number}} */
    const quote = await ask("/api/quotes/exam", { method: "POST", body: { exam_code: which, answers }, lang });
    if (!quote.tokens) return;
    const tokens = _("About {tokens} tokens of the AI provider for an enrolment like the sample.", { tokens: number(lang, quote.tokens) });
    const credits = quote.credits ? ngettext("{n} credit.", "{n} credits.", quote.credits, { n: number(lang, quote.credits) }) : "";
    for (const place of document.querySelectorAll("[data-cost]")) place.textContent = `${tokens} ${credits}`.trim();
  } catch (error) {
    console.info("no quote:", error); // an extra: what it takes stands at the job as well
  }
}

/* ---- the job and its result ---- */

/** @param {string} id @param {Snapshot | null} [snapshot] */
function go(id, snapshot = null) {
  history.pushState(null, "", `?job=${encodeURIComponent(id)}`);
  show(id, snapshot);
  progress.scrollIntoView({ block: "nearest" });
}

/** @param {string | null} id @param {Snapshot | null} [snapshot]   What is known already. */
function show(id, snapshot = null) {
  shown = id;
  at("nothing").hidden = id !== null;
  progress.hidden = id === null;
  outcome.hidden = true;
  outcome.replaceChildren();
  progress.replaceChildren();
  if (id === null) return;
  const { title, stations } = face("exam");
  const element = /** @type {import("/static/headway.js").HeadwayJob} */ (h("headway-job", { tab: true, notify: true, label: title }));
  element.stations = stations;
  element.addEventListener("headway:done", (event) => {
    const { snapshot: job } = /** @type {CustomEvent<{snapshot: Snapshot}>} */ (event).detail;
    if (job.status === "completed") void showResult(job);
  });
  element.addEventListener("headway:snapshot", (event) => {
    const { snapshot: job } = /** @type {CustomEvent<{snapshot: Snapshot}>} */ (event).detail;
    if (job.status !== "completed") outcome.hidden = true;
  });
  if (snapshot) element.snapshot = snapshot;
  element.setAttribute("href", `/api/jobs/${encodeURIComponent(id)}`);
  const more = h("p", { class: "small noprint" }, h("a", { href: `/jobs/${encodeURIComponent(id)}` }, _("Everything about this job")));
  progress.append(h("div", { class: "stack" }, element, more));
}

/** @param {Snapshot} job */
async function showResult(job) {
  try {
    const scored = await ask(`/api/jobs/${job.id}/result`, { lang });
    if (shown !== job.id) return; // another job was chosen meanwhile
    outcome.replaceChildren(...result(scored, `/api/jobs/${job.id}/export`));
  } catch (error) {
    const said = error instanceof Problem && error.status ? error.message : _("The result could not be fetched.");
    const again = h("button", { type: "button" }, _("Try again"));
    again.addEventListener("click", () => showResult(job));
    outcome.replaceChildren(h("div", { class: "panel stack", role: "alert" }, h("p", {}, said), h("div", {}, again)));
  }
  outcome.hidden = false;
  void enrolments.show();
}

/* ---- the two ways ---- */

const tabs = [at("tab-take"), at("tab-import")];

/** @param {HTMLElement} chosen */
function choose(chosen) {
  for (const tab of tabs) {
    tab.setAttribute("aria-selected", String(tab === chosen));
    tab.tabIndex = tab === chosen ? 0 : -1;
    at(tab.getAttribute("aria-controls") ?? "").hidden = tab !== chosen;
  }
  complain([]);
}

at("ways").addEventListener("click", (event) => event.target instanceof HTMLElement && tabs.includes(event.target) && choose(event.target));
at("ways").addEventListener("keydown", (event) => {
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
  const other = tabs.find((tab) => tab !== document.activeElement) ?? at("tab-take");
  choose(other);
  other.focus();
});

/* ---- begin ---- */

const importer = new Importer({ refused, complain, imported: () => enrolments.watch() });
importer.listen();

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void start();
});
sample.addEventListener("click", () => trySample(code()));
form.addEventListener("change", (event) => event.target instanceof HTMLInputElement && event.target.type === "radio" && void sayCost());
const jobInAddress = () => new URLSearchParams(location.search).get("job");
addEventListener("popstate", () => jobInAddress() !== shown && show(jobInAddress()));

begin.textContent = _("Begin");
sample.hidden = false;
at("ways").hidden = false;
if (new URLSearchParams(location.search).has("import")) choose(at("tab-import"));
show(jobInAddress());
const wanted = new URLSearchParams(location.search).get("sample");
if (wanted) {
  history.replaceState(null, "", location.pathname);
  void trySample(wanted);
}
void enrolments.show();
void sayCost();
