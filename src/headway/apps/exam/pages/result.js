/**
 * The result of an exam: the total, the chart with its table, and the advice with the scores that speak for it.
 */
import { number } from "/static/headway.js";
import { _, h, lang } from "/static/page.js";
import { bars, of, points, radar, share, table } from "./charts.js";

/**
 * @typedef {{en: string, ar: string}} Both
 * @typedef {{points: number, max: number, n: number, percent: number}} Score
 * @typedef {{id: string, name: Both, score: Score, counts: boolean | null}} Competency
 * @typedef {{id: string, kind: "branch" | "environment" | "topics", name: Both, score: Score, competencies: Competency[]}} Section
 * @typedef {{id: string, field: string, majors: string[], reasoning: string, by_rules: boolean}} Recommendation
 * @typedef {{topic: string, note: string}} Note
 * @typedef {{topic: string, reasoning: string, steps: string[], by_rules: boolean}} Plan
 * @typedef {{recommended: Recommendation[], strengths: Note[], weaknesses: Note[], study_plan: Plan[]}} Advice
 *
 * @typedef {object} Result
 * @property {string} exam_code
 * @property {string} student
 * @property {"aptitude" | "marked"} kind
 * @property {Both} title
 * @property {number} answered
 * @property {number} questions
 * @property {{points: number, max: number, percent: number}} total
 * @property {Section[]} sections
 * @property {Record<"en" | "ar", Advice>} advice
 * @property {string} provider
 * @property {string} model
 */

const WEAK_BELOW = 60;
const own = lang === "ar" ? "ar" : "en";

/** @param {Competency | Section} each */
const row = (each) => ({ id: each.id, name: each.name[own], points: each.score.points, max: each.score.max, percent: each.score.percent });

/** @param {Result} scored @param {string} exportUrl @returns {Node[]} */
export function result(scored, exportUrl) {
  const advice = scored.advice[own];
  return [verdict(scored), ...figures(scored, advice), ...recommendations(scored, advice), ...topics(advice), links(scored, exportUrl)];
}

/** @param {Result} scored */
function verdict(scored) {
  const { total } = scored;
  const whose = [scored.student, scored.exam_code === scored.title[own] ? "" : scored.exam_code].filter(Boolean).join(" · ");
  const answered = _("{done} of {total} answered", { done: number(lang, scored.answered), total: number(lang, scored.questions) });
  const marked = scored.kind === "marked";
  const big = marked ? share(Math.round(total.percent * 10) / 10) : points(total.points);
  const under = marked ? _("of the points") : _("competencies");
  return h(
    "div",
    { class: "panel exam-total" },
    h("p", { class: "sum" }, h("b", {}, big), h("span", { class: "small" }, under)),
    h(
      "div",
      { class: "tight" },
      h("h2", { dir: "auto" }, scored.title[own]),
      h("p", { class: "muted", dir: "auto" }, whose),
      h("p", { class: "num" }, _("{points} of {most} points", { points: points(total.points), most: points(total.max) }), " · ", answered),
    ),
  );
}

/** @param {Result} scored @param {Advice} advice @returns {Node[]} */
function figures(scored, advice) {
  const branches = scored.sections.filter((section) => section.kind === "branch");
  const others = scored.sections.filter((section) => section.kind !== "branch");
  const panels = [];
  if (branches.length > 2) {
    const named = new Set(advice.recommended.map((each) => each.id));
    const rows = branches.map(row);
    panels.push(
      h(
        "section",
        { class: "panel stack exam-figures" },
        h("h2", {}, _("Competencies by field of study")),
        h("figure", { class: "scroll" }, radar(rows, named)),
        h("details", {}, h("summary", {}, _("The same as a table")), table(_("Competencies by field of study"), _("Field of study"), rows)),
        h("details", {}, h("summary", {}, _("Every competency")), h("div", { class: "stack" }, ...branches.map(traits))),
      ),
    );
  }
  for (const section of others) {
    const rows = section.competencies.map(row);
    if (!rows.length) continue;
    const around = section.kind === "environment";
    const head = around ? _("Factor") : _("Topic");
    panels.push(
      h(
        "section",
        { class: "panel stack exam-figures" },
        h("h2", {}, section.name[own]),
        h("figure", {}, bars(rows, around ? undefined : WEAK_BELOW)),
        h("details", { open: !around }, h("summary", {}, _("The same as a table")), table(section.name[own], head, rows)),
      ),
    );
  }
  return panels;
}

/** @param {Section} section */
function traits(section) {
  const items = section.competencies.map((each) =>
    h("li", { class: each.counts ? "counts" : null }, h("span", {}, each.counts ? "✓ " : "", each.name[own]), h("span", { class: "num" }, of(each.score.points, each.score.max))),
  );
  return h("div", { class: "tight" }, h("h3", {}, section.name[own]), h("ul", { class: "traits" }, ...items));
}

/** @param {Result} scored @param {Advice} advice @returns {Node[]} */
function recommendations(scored, advice) {
  if (scored.provider === "off") return [h("p", { class: "note warn" }, _("The AI is switched off here: these are the scores alone."))];
  if (scored.kind !== "aptitude") return [];
  if (!advice.recommended.length) return [h("p", { class: "note warn" }, _("Nothing stands out: no competency has two yes answers."))];
  const cards = advice.recommended.map((each) => {
    const section = scored.sections.find((one) => one.id === each.id);
    const score = section?.score;
    return h(
      "article",
      { class: "suggestion" },
      h("h3", {}, h("span", {}, each.field), score ? h("b", {}, of(score.points, score.max)) : null),
      score ? meter(score.percent) : null,
      h("div", { class: "tight" }, h("p", { class: "hint" }, _("Majors")), h("ul", {}, ...each.majors.map((major) => h("li", { dir: "auto" }, major)))),
      h("p", { dir: "auto" }, each.reasoning),
      each.by_rules ? instead() : null,
    );
  });
  return [h("section", { class: "stack" }, h("h2", {}, _("Recommended fields of study")), h("div", { class: "advice" }, ...cards), by(scored))];
}

const instead = () => h("p", { class: "note warn" }, _("The model's answer could not be used here: the rules of this machine wrote this."));

/** @param {number} percent */
function meter(percent) {
  return h(
    "svg:svg",
    { class: "share", viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
    h("svg:rect", { class: "all", width: 100, height: 8 }),
    h("svg:rect", { class: "got", width: percent, height: 8 }),
  );
}

/** @param {Advice} advice @returns {Node[]} */
function topics(advice) {
  const panels = [];
  for (const [title, notes] of /** @type {[string, Note[]][]} */ ([
    [_("Strengths"), advice.strengths],
    [_("To work on"), advice.weaknesses],
  ])) {
    if (!notes.length) continue;
    const items = notes.map((each) => h("li", {}, h("b", {}, h("bdi", {}, each.topic)), " · ", h("bdi", {}, each.note)));
    panels.push(h("section", { class: "panel stack" }, h("h2", {}, title), h("ul", {}, ...items)));
  }
  const pair = panels.length ? [h("div", { class: "advice" }, ...panels)] : [];
  if (!advice.study_plan.length) return pair;
  const cards = advice.study_plan.map((each) =>
    h(
      "article",
      { class: "suggestion" },
      h("h3", {}, h("bdi", {}, each.topic)),
      h("p", { dir: "auto" }, each.reasoning),
      h("ol", {}, ...each.steps.map((step) => h("li", { dir: "auto" }, step))),
      each.by_rules ? instead() : null,
    ),
  );
  return [...pair, h("section", { class: "stack" }, h("h2", {}, _("Study plan")), h("div", { class: "advice" }, ...cards))];
}

/** @param {Result} scored */
function by(scored) {
  const offline = scored.provider === "offline";
  const text = offline
    ? _("Advised by rules on this machine ({model}), without a model.", { model: scored.model })
    : _("Advised by {provider}, {model}.", { provider: scored.provider, model: scored.model });
  return scored.provider === "off" ? null : h("p", { class: "hint" }, text);
}

/** @param {Result} scored @param {string} exportUrl */
function links(scored, exportUrl) {
  return h(
    "p",
    { class: "row noprint" },
    h("a", { class: "button", href: `${exportUrl}?format=pdf`, download: true }, _("Report as PDF, in both languages")),
    h("a", { class: "button", href: `${exportUrl}?format=json`, download: true }, _("Save as JSON")),
    scored.kind === "marked" ? by(scored) : null,
  );
}
