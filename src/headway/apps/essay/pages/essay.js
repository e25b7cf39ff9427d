/**
 * The essay page: write, hand in, watch, read.
 *
 * The address holds the job (`/essay?job=ID`), so that a reload, another tab and Back lead to the same place.
 */
import { Problem, ask, number } from "/static/headway.js";
import { complain, complaintsOf, newKey, onSubmit } from "/static/forms.js";
import { _, at, block, face, h, lang, ngettext } from "/static/page.js";
import { draft } from "./draft.js";
import { showHistory } from "./history.js";
import { result } from "./result.js";

/**
 * @typedef {import("/static/headway/types.js").Snapshot} Snapshot
 * @typedef {import("./draft.js").Draft} Draft
 * @typedef {{value: string, name: string, minimum_words: number}} Task
 */

/** @type {{tasks: Task[], samples: Draft[]}} */
const bank = block("bank-data");

const form = /** @type {HTMLFormElement} */ (at("form"));
const task = /** @type {HTMLSelectElement} */ (at("task_type"));
const prompts = /** @type {HTMLSelectElement} */ (at("bank"));
const prompt = /** @type {HTMLTextAreaElement} */ (at("prompt"));
const essay = /** @type {HTMLTextAreaElement} */ (at("essay"));
const analyze = /** @type {HTMLButtonElement} */ (at("analyze"));
const nothing = at("nothing");
const progress = at("progress");
const outcome = at("result");

/** @type {string | null} */
let shown = null;
/** A key for this very text: handing in the same twice is one job, unless that one came to nothing. @type {{text: string, key: string} | null} */
let handedIn = null;

/* ---- the form ---- */

/** @returns {Draft} */
const filled = () => ({ task_type: task.value, prompt: prompt.value, essay: essay.value });

/** @param {Draft} value */
function fill(value) {
  task.value = value.task_type;
  prompt.value = value.prompt;
  essay.value = value.essay;
  prompts.value = value.prompt;
  if (prompts.selectedIndex < 0) prompts.value = ""; // a prompt of one's own
  offerPrompts();
  count();
}

/** The words as IELTS counts them: what stands between blanks or dashes and has a letter or digit. @param {string} text */
function countWords(text) {
  return (text.match(/[^\s—–]+/g) ?? []).filter((run) => /[\p{L}\p{N}]/u.test(run)).length;
}

function count() {
  const words = countWords(essay.value);
  const least = bank.tasks.find((item) => item.value === task.value)?.minimum_words ?? 0;
  const output = at("words");
  const counted = ngettext("{n} word", "{n} words", words, { n: number(lang, words) });
  const wanted = _("at least {n}", { n: number(lang, least) });
  output.textContent = `${counted} · ${wanted}`;
  output.classList.toggle("short", words > 0 && words < least);
}

/** Shows only the prompts of the chosen task. */
function offerPrompts() {
  for (const option of prompts.options) {
    option.hidden = option.disabled = option.dataset.task !== undefined && option.dataset.task !== task.value;
  }
  if (prompts.selectedOptions[0]?.disabled) prompts.value = "";
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let saving;

function keep() {
  clearTimeout(saving);
  at("saved").textContent = draft.save(filled()) ? _("Draft kept in this browser") : _("This browser keeps no draft");
}

function changed() {
  count();
  clearTimeout(saving);
  saving = setTimeout(keep, 300);
}

/** @param {number} n   Which sample. */
function trySample(n) {
  const sample = bank.samples[n];
  if (!sample) return;
  const before = filled();
  const own = before.essay.trim() && !bank.samples.some((known) => known.essay === before.essay);
  if (own) draft.setAside(before);
  fill(sample);
  keep();
  at("undo").hidden = !draft.aside();
}

function bringBack() {
  const aside = draft.aside();
  if (aside) fill(aside);
  draft.setAside(null);
  keep();
  at("undo").hidden = true;
  essay.focus();
}

/* ---- handing in ---- */

async function handIn() {
  if (analyze.disabled) return;
  keep();
  complain([]);
  analyze.disabled = true;
  const body = filled();
  const text = JSON.stringify(body);
  if (handedIn?.text !== text) handedIn = { text, key: newKey() };
  try {
    /** @type {Snapshot} */
    const snapshot = await ask("/api/jobs/essay", { method: "POST", body, lang, headers: { "Idempotency-Key": handedIn.key } });
    history.pushState(null, "", `?job=${encodeURIComponent(snapshot.id)}`);
    show(snapshot.id, snapshot);
    progress.scrollIntoView({ block: "nearest" });
  } catch (error) {
    complain(complaintsOf(error));
  } finally {
    analyze.disabled = false;
  }
}

/* ---- the job and its result ---- */

/**
 * Shows a job: its progress, and its result when there is one.
 *
 * @param {string | null} id
 * @param {Snapshot | null} [snapshot]   What is known already.
 */
function show(id, snapshot = null) {
  shown = id;
  nothing.hidden = id !== null;
  progress.hidden = id === null;
  outcome.hidden = true;
  outcome.replaceChildren();
  progress.replaceChildren();
  if (id === null) return;
  const { title, stations } = face("essay");
  const element = /** @type {import("/static/headway.js").HeadwayJob} */ (h("headway-job", { tab: true, notify: true, label: title }));
  element.stations = stations;
  element.addEventListener("headway:done", (event) => {
    const { snapshot: job } = /** @type {CustomEvent<{snapshot: Snapshot}>} */ (event).detail;
    if (job.status === "completed") void showResult(job);
    else handedIn = null;
  });
  element.addEventListener("headway:snapshot", (event) => {
    const { snapshot: job } = /** @type {CustomEvent<{snapshot: Snapshot}>} */ (event).detail;
    if (job.status !== "completed") outcome.hidden = true;
  });
  if (snapshot) element.snapshot = snapshot;
  element.setAttribute("href", `/api/jobs/${encodeURIComponent(id)}`);
  if (!draft.load()?.essay) inputOf(id).then((input) => input && !essay.value && fill(input), noInput);
  const more = h("p", { class: "small noprint" }, h("a", { href: `/jobs/${encodeURIComponent(id)}` }, _("Everything about this job")));
  progress.append(h("div", { class: "stack" }, element, more));
}

/** @param {Snapshot} job */
async function showResult(job) {
  try {
    const [evaluation, input] = await Promise.all([ask(`/api/jobs/${job.id}/result`, { lang }), inputOf(job.id)]);
    if (shown !== job.id) return; // another job was chosen meanwhile
    outcome.replaceChildren(...result(evaluation, input?.essay ?? "", `/api/jobs/${job.id}/export`));
    outcome.hidden = false;
  } catch (error) {
    const said = error instanceof Problem && error.status ? error.message : _("The result could not be fetched.");
    const again = h("button", { type: "button" }, _("Try again"));
    again.addEventListener("click", () => showResult(job));
    outcome.replaceChildren(h("div", { class: "panel stack", role: "alert" }, h("p", {}, said), h("div", {}, again)));
    outcome.hidden = false;
  }
  showHistory(job.id).catch(noHistory);
}

/** The text as it was handed in. @param {string} id @returns {Promise<Draft | null>} */
async function inputOf(id) {
  return ask(`/api/jobs/${encodeURIComponent(id)}/input`).catch((error) => {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  });
}

/** An empty form is no loss: the element says what is the matter with the job. @param {unknown} error */
const noInput = (error) => console.info("no input:", error);

/** The history is an extra: without it the page is whole. @param {unknown} error */
const noHistory = (error) => console.info("no history:", error);

const jobInAddress = () => new URLSearchParams(location.search).get("job");

/* ---- begin ---- */

task.addEventListener("change", () => {
  offerPrompts();
  changed();
});
prompts.addEventListener("change", () => {
  if (prompts.value) prompt.value = prompts.value;
  else prompt.focus();
  changed();
});
for (const field of [prompt, essay]) field.addEventListener("input", changed);
addEventListener("pagehide", () => saving !== undefined && draft.save(filled()));
onSubmit(form, () => void handIn());
at("samples").addEventListener("click", (event) => {
  const n = event.target instanceof HTMLElement ? event.target.dataset.sample : undefined;
  if (n !== undefined) trySample(Number(n));
});
at("undo").addEventListener("click", bringBack);
addEventListener("popstate", () => jobInAddress() !== shown && show(jobInAddress()));

at("samples").hidden = !bank.samples.length;
at("undo").hidden = !draft.aside();
at("keys").hidden = false;
const kept = draft.load();
if (kept && !essay.value) fill(kept);
else fill(filled());
if (new URLSearchParams(location.search).has("sample")) trySample(0);
show(jobInAddress());
showHistory(jobInAddress()).catch(noHistory);
