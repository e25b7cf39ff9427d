/**
 * Two analyses side by side, row for row, so that a screen reader reads them as a table.
 */
import { _, h, percent } from "/static/page.js";
import { figure, stars } from "./charts.js";
import { meaning, ratingText } from "./result.js";

/** @typedef {import("./result.js").Analysis} Analysis */
/** @typedef {{id: string, analysis: Analysis}} Shown */

const NAMED = 4;

/** @param {Shown[]} shown   Two. @returns {Node} */
export function sideBySide(shown) {
  /** @type {[string, (analysis: Analysis) => Node | string][]} */
  const rows = [
    [_("Grade"), ({ grade }) => h("span", { class: "tight" }, h("b", { class: "letter" }, grade), h("span", { class: "hint" }, meaning(grade)))],
    [_("Look fake"), (a) => (a.fake_percentage === null || !a.confidence_interval ? "–" : `${percent(a.fake_percentage)} (${percent(a.confidence_interval.low)} – ${percent(a.confidence_interval.high)})`)],
    [_("Rating without them"), (a) => ratingText(a.adjusted_rating, a.adjusted_rating_interval)],
    [_("Rating of all"), (a) => ratingText(a.original_rating)],
    [_("Price"), (a) => a.product.price ?? "–"],
    [_("Reviews analysed"), (a) => `${figure(a.counts.analysed)} / ${figure(a.counts.received)}`],
    [_("Praised for"), (a) => named(a, "praise")],
    [_("Complained of"), (a) => named(a, "complaints")],
    [_("Stars before and after"), (a) => (a.stars.before.some(Boolean) ? stars(a.stars.before, a.stars.after) : "–")],
  ];
  const heads = shown.map(({ id, analysis }) => h("th", { scope: "col", role: "columnheader" }, h("a", { href: `/product?job=${encodeURIComponent(id)}`, dir: "auto" }, analysis.product.title || _("A product without a name"))));
  return h(
    "div",
    { class: "panel scroll" },
    h(
      "table",
      { class: "table versus", role: "table" }, // on a narrow screen it is laid out as a grid, and stays a table for listeners
      h("caption", { class: "sr" }, _("Two products compared")),
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, h("td", { role: "cell" }), ...heads)),
      h("tbody", { role: "rowgroup" }, ...rows.map(([name, cell]) => h("tr", { role: "row" }, h("th", { scope: "row", role: "rowheader" }, name), ...shown.map(({ analysis }) => h("td", { role: "cell" }, cell(analysis)))))),
    ),
  );
}

/** @param {Analysis} analysis @param {"praise" | "complaints"} side */
function named(analysis, side) {
  const those = analysis.aspects.filter((aspect) => aspect[side].count).sort((a, b) => b[side].count - a[side].count);
  return those.slice(0, NAMED).map((aspect) => `${aspect.name} (${figure(aspect[side].count)})`).join(_(", ")) || "–";
}
