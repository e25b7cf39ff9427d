/**
 * The exam page: take an exam or import answers, watch, read.
 *
 * The address holds the job (`/exam?job=ID`), so that a reload, another tab and Back lead to the same place.
 */
import { ask, number } from "/static/headway.js";
import { Desk } from "/static/desk.js";
import { complain, complaintsOf } from "/static/forms.js";
import { _, at, block, lang, ngettext } from "/static/page.js";
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

/** Says what a refused request was refused for. @param {unknown} error */
const refused = (error) => complain(complaintsOf(error));

/* ---- taking an exam ---- */

const enrolments = new Enrolments(at("history"), (id) => desk.go(id));
const desk = new Desk("exam", {
  result: async (href) => result(await ask(`${href}/result`, { lang }), `${href}/export`),
  ended: () => void enrolments.show(),
});
const paper = new Paper(at("paper"), {
  refused,
  finished: async (code, who) => {
    await process({ exam_code: code, student: who });
    taking(false);
  },
  left: () => taking(false),
});

/** While an exam is taken, the page is the paper alone. @param {boolean} on */
function taking(on) {
  at("desk").classList.toggle("alone", on);
  at("outcome").hidden = form.hidden = at("ways").hidden = on;
  at("paper").hidden = !on;
}

const code = () => /** @type {HTMLInputElement} */ (form.querySelector("input[name=exam_code]:checked")).value;

async function start() {
  complain([]);
  begin.disabled = true;
  try {
    await paper.open(code(), student.value.trim());
    taking(true);
    at("paper").focus();
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
    desk.go(job.id, job);
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

begin.textContent = _("Begin");
sample.hidden = false;
at("ways").hidden = false;
if (new URLSearchParams(location.search).has("import")) choose(at("tab-import"));
desk.listen();
const wanted = new URLSearchParams(location.search).get("sample");
if (wanted) {
  history.replaceState(null, "", location.pathname);
  void trySample(wanted);
}
void enrolments.show();
void sayCost();
