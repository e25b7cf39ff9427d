/**
 * The result of an analysis: grade and confidence, rating before and after, what stands out, what people say, examples;
 * every claim leads to its reviews.
 */
import { _, h, middle, ngettext, percent } from "/static/page.js";
import { sentence } from "/static/quotes.js";
import { balance, figure, scale, stars } from "./charts.js";

/**
 * @typedef {{id: string, args: Record<string, unknown>, text: string}} Said   `text` is in the reader's language.
 * @typedef {import("./charts.js").Interval} Interval
 * @typedef {{code: string, text: Said, count: number, review_ids: string[]}} Claim
 * @typedef {{count: number, review_ids: string[], quote: string | null}} Side
 * @typedef {{code: string, name: string, praise: Side, complaints: Side}} Aspect
 * @typedef {{review_id: string, score: number, signals: {code: string, text: Said, strength: number}[]}} Example
 * @typedef {{title: string, excerpt: string, rating: number | null, author: string | null, date: string | null}} Cited
 * @typedef {{id: string, score: number | null, verdict: "fake" | "genuine" | null, same_as: string | null}} Judged
 *
 * @typedef {object} Analysis
 * @property {{title: string, rating: number | null, price: string | null}} product
 * @property {string} grade
 * @property {number | null} fake_percentage
 * @property {Interval | null} confidence_interval
 * @property {number | null} original_rating
 * @property {number | null} adjusted_rating
 * @property {Interval | null} adjusted_rating_interval
 * @property {{received: number, repeated: number, without_text: number, failed: number, analysed: number, fake: number, genuine: number}} counts
 * @property {{repeated_records: number, exact_groups: number, near_groups: number, groups: {kind: string, names: number, count: number, review_ids: string[]}[]}} duplicates
 * @property {{before: number[], after: number[]}} stars
 * @property {Claim[]} key_patterns
 * @property {Example[]} fake_examples
 * @property {Example[]} genuine_examples
 * @property {{positive: Claim, neutral: Claim, negative: Claim}} sentiment
 * @property {Aspect[]} aspects
 * @property {Said[]} summary_sentences
 * @property {Judged[]} reviews
 * @property {Record<string, Cited>} cited
 * @property {string} provider
 * @property {string} model
 */

const MEANINGS = {
  A: _("Hardly a fake one: believe the stars"),
  B: _("A few fake ones: the stars are about right"),
  C: _("Many fake ones: read the genuine ones"),
  D: _("More fake than is good: do not trust the stars"),
  F: _("Most are fake: do not trust them"),
  U: _("No grade: there are no reviews"),
};
const SHOWN_LINKS = 6;
const MADE_UP = /^r-[0-9a-f]{12}$/;

/** What a grade means, in words. @param {string} grade */
export const meaning = (grade) => MEANINGS[/** @type {keyof typeof MEANINGS} */ (grade)] ?? grade;

/** A rating with its confidence. @param {number | null} rating @param {Interval | null} [interval] */
export function ratingText(rating, interval = null) {
  if (rating === null) return "–";
  return interval ? `${figure(rating, 2)} (${figure(interval.low, 2)}–${figure(interval.high, 2)})` : figure(rating, 2);
}

/**
 * @param {Analysis} analysis
 * @param {Node | null} actions   Downloads and sharing, for the owner.
 * @returns {Node[]}
 */
export function result(analysis, actions) {
  const places = new Map(Object.keys(analysis.cited).map((id, n) => [id, `review-${n + 1}`]));
  return [
    verdict(analysis),
    actions,
    figures(analysis),
    analysis.stars.before.some(Boolean) ? starsBefore(analysis) : null,
    patterns(analysis, places),
    aspects(analysis, places),
    moods(analysis, places),
    h(
      "div",
      { class: "pairs" },
      examples(_("Examples of fake ones"), analysis.fake_examples, analysis, places),
      examples(_("Examples of genuine ones"), analysis.genuine_examples, analysis, places),
    ),
    cited(analysis, places),
  ].filter((node) => node !== null);
}

/** @param {Analysis} analysis */
function verdict(analysis) {
  const { grade, fake_percentage: share, confidence_interval: interval, product } = analysis;
  return h(
    "section",
    { class: "panel stack" },
    product.title ? h("p", { class: "muted", dir: "auto" }, product.title) : null,
    h(
      "div",
      { class: "verdict" },
      h("p", { class: "score", "data-grade": grade }, h("span", { class: "small" }, _("Grade")), h("b", {}, grade)),
      h("div", { class: "tight" }, h("h2", {}, meaning(grade)), ...analysis.summary_sentences.map((said) => h("p", {}, ...sentence(said.text)))),
    ),
    share !== null && interval ? scale(share, interval) : null,
  );
}

/** @param {Analysis} analysis */
function figures(analysis) {
  const { counts, duplicates } = analysis;
  const copies = duplicates.groups.length ? ngettext("{n} group of copies", "{n} groups of copies", duplicates.exact_groups + duplicates.near_groups) : _("No copies found");
  /** @type {[string, string, string][]} */
  const tiles = [
    [_("Look fake"), analysis.fake_percentage === null ? "–" : percent(analysis.fake_percentage), analysis.confidence_interval ? `${percent(analysis.confidence_interval.low)} – ${percent(analysis.confidence_interval.high)}` : ""],
    [_("Rating without them"), analysis.adjusted_rating === null ? "–" : figure(analysis.adjusted_rating, 2), analysis.original_rating === null ? "" : _("instead of {rating}", { rating: figure(analysis.original_rating, 2) })],
    [_("Reviews analysed"), figure(counts.analysed), left(counts)],
    [_("Repeated texts"), figure(duplicates.repeated_records), copies],
  ];
  return h("dl", { class: "figures" }, ...tiles.map(([name, value, more]) => h("div", {}, h("dt", {}, name), h("dd", {}, value), more ? h("dd", {}, more) : null)));
}

/** How many reviews came, and why the others were left out. @param {Analysis["counts"]} counts */
function left(counts) {
  const said = [ngettext("of {n} review", "of {n} reviews", counts.received, { n: figure(counts.received) })];
  if (counts.without_text) said.push(_("{n} without a text", { n: figure(counts.without_text) }));
  if (counts.failed) said.push(_("{n} could not be read", { n: figure(counts.failed) }));
  return said.join(" · ");
}

/** @param {Analysis} analysis */
function starsBefore({ stars: { before, after }, adjusted_rating: rating, adjusted_rating_interval: interval }) {
  const legend = h("p", { class: "legend small" }, h("span", { class: "key other" }, _("All reviews")), h("span", { class: "key own" }, _("Genuine ones")));
  const sure = rating === null ? null : h("p", { class: "hint" }, _("Rating of the genuine ones, with 95 % confidence: {rating}", { rating: ratingText(rating, interval) }));
  return h("section", { class: "panel stack" }, h("h3", {}, _("Stars before and after")), legend, stars(before, after), sure);
}

/** @param {Analysis} analysis @param {Map<string, string>} places */
function patterns({ key_patterns: found }, places) {
  if (!found.length) return null;
  const items = found.map((claim) => h("li", { class: "tight" }, h("span", {}, ...sentence(claim.text.text)), links(claim.review_ids, places, claim.count)));
  return h("section", { class: "panel stack" }, h("h3", {}, _("What stands out")), h("ul", { class: "claims" }, ...items));
}

/** @param {Analysis} analysis @param {Map<string, string>} places */
function aspects({ aspects: found }, places) {
  if (!found.length) return null;
  const most = Math.max(1, ...found.flatMap(({ praise, complaints }) => [praise.count, complaints.count]));
  const rows = found.map((aspect) => {
    const { praise, complaints } = aspect;
    const counts = _("praised {praised}, complained of {blamed}", { praised: figure(praise.count), blamed: figure(complaints.count) });
    return h(
      "li",
      { class: "tight" },
      h("div", { class: "row spread" }, h("b", { dir: "auto" }, aspect.name), h("span", { class: "hint num" }, counts)),
      balance(praise.count, complaints.count, most),
      side(_("Praise"), praise, places),
      side(_("Complaint"), complaints, places),
    );
  });
  const hint = h("p", { class: "hint" }, _("From the genuine reviews only. Right: praise. Left: complaints."));
  return h("section", { class: "panel stack" }, h("h3", {}, _("What people praise and complain of")), hint, h("ul", { class: "claims" }, ...rows));
}

/** @param {string} name @param {Side} said @param {Map<string, string>} places */
function side(name, { quote, review_ids: ids, count }, places) {
  if (!count) return null;
  return h("p", { class: "small" }, `${name}: `, quote ? h("q", { dir: "auto" }, quote) : null, " ", links(ids, places, count, 3));
}

/** @param {Analysis} analysis @param {Map<string, string>} places */
function moods({ sentiment, counts }, places) {
  if (!counts.analysed) return null;
  const rows = [sentiment.positive, sentiment.neutral, sentiment.negative].map((claim) =>
    h("li", { class: "tight" }, h("span", {}, ...sentence(claim.text.text)), claim.count ? links(claim.review_ids, places, claim.count) : null),
  );
  return h("section", { class: "panel stack" }, h("h3", {}, _("How they feel about it")), h("ul", { class: "claims" }, ...rows));
}

/** @param {string} title @param {Example[]} found @param {Analysis} analysis @param {Map<string, string>} places */
function examples(title, found, analysis, places) {
  if (!found.length) return null;
  const cards = found.map((example) => {
    const review = analysis.cited[example.review_id];
    const signals = example.signals.map((signal) => h("li", {}, ...sentence(signal.text.text)));
    return h(
      "li",
      { class: "tight example" },
      h("div", { class: "row spread" }, links([example.review_id], places, 1), h("span", { class: "tag" }, _("fake with probability {p}", { p: percent(100 * example.score) }))),
      h("blockquote", { class: "small", dir: "auto" }, review?.excerpt || review?.title || ""),
      h("ul", { class: "signals small" }, ...signals),
    );
  });
  return h("section", { class: "panel stack" }, h("h3", {}, title), h("ul", { class: "claims" }, ...cards));
}

/** The reviews that something above rests on. @param {Analysis} analysis @param {Map<string, string>} places */
function cited(analysis, places) {
  if (!places.size) return null;
  const verdicts = new Map(analysis.reviews.map((each) => [each.id, each]));
  const rows = [...places].map(([id, place]) => {
    const review = analysis.cited[id];
    const judged = verdicts.get(id);
    const about = [review?.rating === null || !review ? "" : `${figure(review.rating)} ★`, review?.author ?? "", review?.date ?? ""].filter(Boolean).join(" · ");
    return h(
      "li",
      { class: "tight", id: place, tabindex: "-1" },
      h("div", { class: "row spread" }, h("b", { class: "num", dir: "auto" }, nameOf(id, places)), tag(judged)),
      h("p", { class: "hint", dir: "auto" }, about),
      review?.title ? h("p", { dir: "auto" }, h("b", {}, review.title)) : null,
      h("p", { class: "small", dir: "auto" }, review?.excerpt ?? ""),
    );
  });
  const by = h("p", { class: "hint" }, _("Analysed by {provider}, {model}.", { provider: analysis.provider, model: analysis.model }));
  return h("section", { class: "panel stack" }, h("h3", {}, _("The reviews named above")), h("ul", { class: "claims cited" }, ...rows), by);
}

/** @param {Judged | undefined} judged */
function tag(judged) {
  if (!judged?.verdict) return null;
  if (judged.same_as) return h("span", { class: "tag" }, _("again"));
  return judged.verdict === "fake" ? h("span", { class: "tag bad" }, _("looks fake")) : h("span", { class: "tag good" }, _("looks genuine"));
}

/** A review's own id; one that we had to make up says nobody anything: then its number in the list below. @param {string} id @param {Map<string, string>} places */
function nameOf(id, places) {
  const place = places.get(id)?.split("-")[1];
  return place && MADE_UP.test(id) ? `#${place}` : `#${middle(id, 16)}`;
}

/** @param {string[]} ids @param {Map<string, string>} places @param {number} count @param {number} [most] */
function links(ids, places, count, most = SHOWN_LINKS) {
  const shown = ids.slice(0, most);
  const rest = count - shown.length;
  return h(
    "span",
    { class: "refs small" },
    ...shown.map((id) => h("a", { href: `#${places.get(id) ?? ""}`, dir: "auto", "aria-label": _("Review {id}", { id: nameOf(id, places).slice(1) }) }, nameOf(id, places))),
    rest > 0 ? h("span", { class: "muted" }, _("and {n} more", { n: figure(rest) })) : null,
  );
}

