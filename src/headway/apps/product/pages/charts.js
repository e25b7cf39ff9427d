/**
 * The charts of an analysis, as inline SVG that runs from left to right in every language; each says in words what it shows.
 */
import { number } from "/static/headway.js";
import { _, h, isolated, lang, percent } from "/static/page.js";

/** @typedef {{low: number, high: number}} Interval */

const BOUNDS = /** @type {const} */ ([["A", 0, 8], ["B", 8, 20], ["C", 20, 40], ["D", 40, 65], ["F", 65, 100]]);

/** @param {number} value @param {number} [digits] */
export const figure = (value, digits = 1) => number(lang, value, { maximumFractionDigits: digits });

/** The share of fake reviews on the scale of grades, with its confidence. @param {number} share @param {Interval} interval */
export function scale(share, interval) {
  const [width, left] = [440, 10];
  /** @param {number} value */
  const x = (value) => left + (value / 100) * (width - 2 * left);
  const label = _("{share} of the reviews look fake; with 95 % confidence between {low} and {high}.", {
    share: percent(share),
    low: percent(interval.low),
    high: percent(interval.high),
  });
  const svg = h("svg:svg", { class: "chart scale", viewBox: `0 0 ${width} 64`, role: "img", "aria-label": label });
  for (const [grade, from, to] of BOUNDS) {
    const here = share <= to && (share > from || from === 0);
    svg.append(
      h("svg:rect", { class: here ? "zone here-zone" : "zone", x: x(from) + 1, y: 22, width: x(to) - x(from) - 2, height: 12, rx: 3 }),
      h("svg:text", { class: here ? "strong" : "", x: (x(from) + x(to)) / 2, y: 14, "text-anchor": "middle" }, grade),
      h("svg:text", { x: x(to), y: 58, "text-anchor": to === 100 ? "end" : "middle" }, isolated(percent(to))),
    );
  }
  svg.append(
    h("svg:line", { class: "whisker", x1: x(interval.low), x2: x(interval.high), y1: 28, y2: 28 }),
    h("svg:circle", { class: "point", cx: x(share), cy: 28, r: 7 }),
  );
  return svg;
}

/** Stars of all reviews and of the genuine ones. @param {number[]} before @param {number[]} after   Of one to five stars. */
export function stars(before, after) {
  const [width, left, row] = [440, 44, 40];
  const most = Math.max(1, ...before);
  const rows = [5, 4, 3, 2, 1].map((n) => ({ n, all: before[n - 1] ?? 0, genuine: after[n - 1] ?? 0 }));
  const told = rows
    .map(({ n, all, genuine }) => _("{n} stars: {all} of all, {genuine} of the genuine ones", { n: figure(n), all: figure(all), genuine: figure(genuine) }))
    .join("; ");
  const svg = h("svg:svg", { class: "chart histogram", viewBox: `0 0 ${width} ${rows.length * row}`, role: "img", "aria-label": told });
  rows.forEach(({ n, all, genuine }, i) => {
    const y = i * row;
    /** @param {number} count */
    const length = (count) => (count / most) * (width - left - 60);
    svg.append(
      h("svg:text", { class: "strong", x: left - 10, y: y + 22, "text-anchor": "end" }, isolated(`${figure(n)} ★`)),
      h("svg:rect", { class: "bar-other", x: left, y: y + 5, width: Math.max(1, length(all)), height: 11, rx: 2 }),
      h("svg:rect", { class: "bar-got", x: left, y: y + 18, width: Math.max(1, length(genuine)), height: 11, rx: 2 }),
      h("svg:text", { x: left + length(all) + 6, y: y + 15 }, isolated(figure(all))),
      h("svg:text", { class: "strong", x: left + length(genuine) + 6, y: y + 28 }, isolated(figure(genuine))),
    );
  });
  return svg;
}

/** Praise and complaints of one aspect, against each other. @param {number} praise @param {number} blame @param {number} most */
export function balance(praise, blame, most) {
  const half = 150;
  const svg = h("svg:svg", { class: "chart balance", viewBox: `0 0 ${2 * half} 14`, "aria-hidden": "true" });
  const [good, bad] = [(praise / most) * (half - 2), (blame / most) * (half - 2)];
  svg.append(
    h("svg:rect", { class: "bar-bad", x: half - 1 - bad, y: 2, width: bad, height: 10, rx: 2 }),
    h("svg:rect", { class: "bar-got", x: half + 1, y: 2, width: good, height: 10, rx: 2 }),
    h("svg:line", { class: "axis", x1: half, x2: half, y1: 0, y2: 14 }),
  );
  return svg;
}
