/**
 * The essay page: write, hand in, watch, read.
 *
 * The address holds the job (`/essay?job=ID`), so that a reload, another tab and Back lead to the same place.
 */
import { Problem, ask, number } from "/static/headway.js";
import { Desk, hrefOf, jobInAddress } from "/static/desk.js";
import { complain, complaintsOf, newKey, onSubmit } from "/static/forms.js";
import { _, at, block, lang, ngettext } from "/static/page.js";
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
    desk.go(snapshot.id, snapshot);
  } catch (error) {
    complain(complaintsOf(error));
  } finally {
    analyze.disabled = false;
  }
}

/* ---- the job and its result ---- */

const desk = new Desk("essay", {
  async result(href, job) {
    const [evaluation, input] = await Promise.all([ask(`${href}/result`, { lang }), inputOf(job.id)]);
    return result(evaluation, input?.essay ?? "", `${href}/export`);
  },
  opened(id) {
    if (!draft.load()?.essay) inputOf(id).then((input) => input && !essay.value && fill(input), noInput);
  },
  ended(job) {
    if (job.status === "completed") showHistory(job.id).catch(noHistory);
    else handedIn = null;
  },
});

/** The text as it was handed in. @param {string} id @returns {Promise<Draft | null>} */
async function inputOf(id) {
  return ask(`${hrefOf(id)}/input`).catch((error) => {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  });
}

/** An empty form is no loss: the element says what is the matter with the job. @param {unknown} error */
const noInput = (error) => console.info("no input:", error);

/** The history is an extra: without it the page is whole. @param {unknown} error */
const noHistory = (error) => console.info("no history:", error);

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

at("samples").hidden = !bank.samples.length;
at("undo").hidden = !draft.aside();
at("keys").hidden = false;
const kept = draft.load();
if (kept && !essay.value) fill(kept);
else fill(filled());
if (new URLSearchParams(location.search).has("sample")) trySample(0);
desk.listen();
showHistory(jobInAddress()).catch(noHistory);
