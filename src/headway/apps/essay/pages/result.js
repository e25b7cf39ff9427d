/**
 * The result of an essay: the overall band, four criteria with their reasons, the marked text, what to work on, measures.
 */
import { number } from "/static/headway.js";
import { _, h, lang, ngettext } from "/static/page.js";
import { marked } from "./marks.js";
import { prose } from "./prose.js";

/**
 * @typedef {"TR" | "CC" | "LR" | "GRA"} Criterion
 *
 * @typedef {object} Evaluation
 * @property {number} overall_band
 * @property {Record<Criterion, number>} criteria
 * @property {Record<Criterion, string>} notes
 * @property {string} overall_comment
 * @property {string[]} improvement_plan
 * @property {import("./marks.js").Correction[]} corrections
 * @property {number} word_count
 * @property {string} provider
 * @property {string} model
 * @property {"en" | "ar"} [language]   Of its texts; English in results of earlier versions.
 * @property {Record<string, number>} [measures]
 */

/** @returns {[Criterion, string, string][]} */
const criteria = () => [
  ["TR", _("Task response"), _("Does it answer what was asked?")],
  ["CC", _("Coherence and cohesion"), _("Does one thing lead to the next?")],
  ["LR", _("Lexical resource"), _("Are the words many, exact and well spelt?")],
  ["GRA", _("Grammar"), _("Are the sentences varied and correct?")],
];

/** @param {number} band */
export const bandText = (band) => number(lang, band, { minimumFractionDigits: 1 });

/** IELTS's own word for a whole band. @param {number} band */
function levelOf(band) {
  const levels = [
    _("No answer"),
    _("Non-user"),
    _("Intermittent user"),
    _("Extremely limited user"),
    _("Limited user"),
    _("Modest user"),
    _("Competent user"),
    _("Good user"),
    _("Very good user"),
    _("Expert user"),
  ];
  return levels[Math.floor(band)] ?? "";
}

/**
 * @param {Evaluation} evaluation
 * @param {string} essay     The text that was analysed; empty when it is not at hand.
 * @param {string} exportUrl
 * @returns {Node[]}
 */
export function result(evaluation, essay, exportUrl) {
  const { overall_band: band, corrections } = evaluation;
  const verdict = h(
    "div",
    { class: "panel stack" },
    h(
      "div",
      { class: "verdict" },
      h("p", { class: "band" }, h("b", {}, bandText(band)), h("span", { class: "small" }, _("Overall band"))),
      h("div", { class: "tight" }, h("h2", {}, levelOf(band)), prose("p", evaluation, evaluation.overall_comment)),
    ),
    h("div", { class: "criteria" }, ...criteria().map(([key, name, question]) => criterion(evaluation, key, name, question))),
  );
  const plan = h(
    "section",
    { class: "panel stack" },
    h("h2", {}, _("Work on this next")),
    h("ol", { class: "plan" }, ...evaluation.improvement_plan.map((item) => h("li", {}, prose("span", evaluation, item)))),
  );
  const n = corrections.length;
  const text = h(
    "section",
    { class: "panel stack" },
    h("h2", {}, n ? ngettext("Your text, with {n} correction", "Your text, with {n} corrections", n) : _("Your text")),
    essay ? marked(essay, evaluation) : h("p", { class: "note" }, _("The text itself cannot be shown here; the corrections follow.")),
  );
  const links = h(
    "p",
    { class: "row noprint" },
    h("a", { class: "button", href: `${exportUrl}?format=pdf`, download: true }, _("Save as PDF")),
    h("a", { class: "button", href: `${exportUrl}?format=md`, download: true }, _("Save as Markdown")),
  );
  return [verdict, plan, text, measures(evaluation), links];
}

/** @param {Evaluation} evaluation @param {Criterion} key @param {string} name @param {string} question */
function criterion(evaluation, key, name, question) {
  const band = evaluation.criteria[key];
  return h(
    "section",
    { class: "criterion" },
    h("h3", {}, h("span", {}, name, " ", h("abbr", { class: "muted small", title: name }, key)), h("b", {}, bandText(band))),
    bar(band),
    h("p", { class: "hint" }, question),
    prose("p", evaluation, evaluation.notes[key]),
  );
}

/** Nine stops, filled as far as the band goes. The number beside it says the same, so it is hidden from readers. @param {number} band */
function bar(band) {
  const svg = h("svg:svg", { class: "bar", viewBox: "0 0 180 12", preserveAspectRatio: "none", "aria-hidden": "true" });
  svg.append(
    h("svg:rect", { class: "all", x: 0.5, y: 2.5, width: 179, height: 7, rx: 3.5 }),
    h("svg:rect", { class: "got", x: 0, y: 2, width: band * 20, height: 8, rx: 4 }),
  );
  for (let i = 1; i < 9; i++) svg.append(h("svg:line", { class: "tick", x1: i * 20, x2: i * 20, y1: 2, y2: 10 }));
  return svg;
}

/** @param {Evaluation} evaluation */
function measures(evaluation) {
  const { measures: found, word_count: words } = evaluation;
  /** @param {string} key */
  const share = (key) => (found?.[key] === undefined ? null : number(lang, found[key], { style: "percent" }));
  /** @param {string} key @param {number} [digits] */
  const plain = (key, digits = 1) => (found?.[key] === undefined ? null : number(lang, found[key], { maximumFractionDigits: digits }));
  /** @type {[string, string | null][]} */
  const rows = [
    [_("Words, as IELTS counts them"), number(lang, words)],
    [_("Sentences"), plain("sentences", 0)],
    [_("Paragraphs"), plain("paragraphs", 0)],
    [_("Words per sentence"), plain("sentence_length")],
    [_("Sentences with a dependent clause"), share("complex_share")],
    [_("Sentences without a mistake found"), share("clean_share")],
    [_("Variety of words (MTLD; 40 is poor, 100 rich)"), plain("diversity", 0)],
    [_("Rarer words among the content words"), share("rare_share")],
    [_("Different connectives"), plain("connective_kinds", 0)],
    [_("Taken over from the prompt"), share("copied_share")],
  ];
  const list = h("dl", { class: "facts small" });
  for (const [name, value] of rows) if (value !== null) list.append(h("dt", {}, name), h("dd", { class: "num" }, value));
  const by = h("p", { class: "hint" }, _("Analysed by {provider}, {model}.", { provider: evaluation.provider, model: evaluation.model }));
  return h("details", { class: "panel" }, h("summary", {}, _("What was measured")), h("div", { class: "stack" }, list, by));
}
