/**
 * The scores as drawings: a radar for the branches of an aptitude exam, bars for topics. A table beside them says the same.
 */
import { number } from "/static/headway.js";
import { _, h, isolated, lang, percent } from "/static/page.js";

/** @typedef {{id: string, name: string, points: number, max: number, percent: number}} Row */

const RINGS = 5;

/** A drawing is scaled to its place: on a phone it is drawn smaller, so that its letters are not. */
const narrow = () => innerWidth < 600;

/** @param {number} value */
export const share = (value) => percent(value, 2);

/** @param {number} value */
export const points = (value) => number(lang, value, { maximumFractionDigits: 2 });

/** "4 of 5": a slash would turn round in Arabic. @param {number} got @param {number} most */
export const of = (got, most) => _("{points} of {most}", { points: points(got), most: points(most) });

/** What a drawing shows, in a sentence. @param {Row[]} rows */
export function summary(rows) {
  const best = [...rows].sort((a, b) => b.percent - a.percent);
  const first = best[0];
  const last = best.at(-1);
  if (!first || !last) return "";
  return _("{n} scores; the highest is {best} with {most}, the lowest {worst} with {least}.", {
    n: rows.length,
    best: first.name,
    most: share(first.percent),
    worst: last.name,
    least: share(last.percent),
  });
}

/** @param {Row[]} rows   At least three. @param {Set<string>} named   Those to be emphasised. */
export function radar(rows, named) {
  const [width, height, reach] = narrow() ? [440, 340, 104] : [640, 440, 168];
  const [cx, cy] = [width / 2, height / 2];
  const angle = (/** @type {number} */ n) => (n / rows.length) * 2 * Math.PI - Math.PI / 2;
  /** @param {number} n @param {number} r @returns {[number, number]} */
  const at = (n, r) => [cx + Math.cos(angle(n)) * r, cy + Math.sin(angle(n)) * r];
  /** @param {(n: number) => number} r */
  const outline = (r) => rows.map((_row, n) => at(n, r(n)).map((v) => v.toFixed(1)).join(",")).join(" ");
  const svg = h("svg:svg", { class: "radar", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": summary(rows) });
  for (let ring = 1; ring <= RINGS; ring++) {
    svg.append(h("svg:polygon", { class: ring === RINGS ? "ring outer" : "ring", points: outline(() => (reach * ring) / RINGS) }));
  }
  rows.forEach((_row, n) => {
    const [x, y] = at(n, reach);
    svg.append(h("svg:line", { class: "spoke", x1: cx, y1: cy, x2: x, y2: y }));
  });
  svg.append(h("svg:polygon", { class: "area", points: outline((n) => (reach * (rows[n]?.percent ?? 0)) / 100) }));
  rows.forEach((row, n) => {
    const [x, y] = at(n, (reach * row.percent) / 100);
    const dot = h("svg:circle", { class: "dot", cx: x, cy: y, r: 4 });
    dot.append(h("svg:title", {}, `${row.name}: ${of(row.points, row.max)}`));
    svg.append(dot);
    svg.append(...label(row, n, at(n, reach + 14), Math.cos(angle(n)), named.has(row.id)));
  });
  return svg;
}

/**
 * A name at the end of its spoke, on two lines where it is long.
 *
 * @param {Row} row @param {number} n @param {[number, number]} place @param {number} side @param {boolean} named
 */
function label(row, n, [x, y], side, named) {
  const anchor = Math.abs(side) < 0.2 ? "middle" : side > 0 ? "start" : "end";
  const lines = broken(row.name);
  const top = y + 4 - (lines.length - 1) * 6 + (n === 0 ? -6 : 0);
  return lines.map((line, i) => h("svg:text", { class: named ? "named" : null, x, y: top + i * 13, "text-anchor": anchor, "aria-hidden": "true" }, isolated(line)));
}

/** @param {string} name */
function broken(name) {
  if (name.length <= 18) return [name];
  const words = name.split(" ");
  let half = 1;
  while (half < words.length - 1 && words.slice(0, half).join(" ").length < name.length / 2) half++;
  return [words.slice(0, half).join(" "), words.slice(half).join(" ")];
}

/** @param {Row[]} rows @param {number} [needed]   A line at this share, where one matters. */
export function bars(rows, needed) {
  const [width, step] = [narrow() ? 340 : 640, 44];
  const height = rows.length * step + 4;
  const rtl = document.dir === "rtl";
  const svg = h("svg:svg", { class: "bars", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": summary(rows) });
  /** @param {number} x */
  const along = (x) => (rtl ? width - x : x);
  const [near, far] = rtl ? ["end", "start"] : ["start", "end"];
  rows.forEach((row, n) => {
    const y = n * step;
    const got = (width * Math.min(100, Math.max(0, row.percent))) / 100;
    svg.append(
      h("svg:text", { x: along(0), y: y + 14, "text-anchor": near, "aria-hidden": "true" }, isolated(row.name)),
      h("svg:text", { x: along(width), y: y + 14, "text-anchor": far, "aria-hidden": "true" }, isolated(share(row.percent))),
      h("svg:rect", { class: "all", x: 0, y: y + 20, width, height: 10, rx: 5 }),
      h("svg:rect", { class: needed !== undefined && row.percent < needed ? "weak" : "got", x: rtl ? width - got : 0, y: y + 20, width: got, height: 10, rx: 5 }),
    );
  });
  if (needed !== undefined) svg.append(h("svg:line", { class: "line", x1: along((width * needed) / 100), x2: along((width * needed) / 100), y1: 16, y2: height - 10 }));
  return svg;
}

/** The same as a table. @param {string} caption @param {string} head @param {Row[]} rows */
export function table(caption, head, rows) {
  const heads = [head, _("Points"), _("Of"), _("Percentage")];
  return h(
    "div",
    { class: "scroll" },
    h(
      "table",
      { class: "table" },
      h("caption", { class: "sr" }, caption),
      h("thead", {}, h("tr", {}, ...heads.map((text, n) => h("th", { scope: "col", class: n ? "end" : null }, text)))),
      h(
        "tbody",
        {},
        ...rows.map((row) =>
          h(
            "tr",
            {},
            h("th", { scope: "row" }, h("bdi", {}, row.name)),
            h("td", { class: "end" }, points(row.points)),
            h("td", { class: "end" }, points(row.max)),
            h("td", { class: "end" }, share(row.percent)),
          ),
        ),
      ),
    ),
  );
}
