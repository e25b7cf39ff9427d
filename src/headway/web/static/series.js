/**
 * A quantity over time as a small area chart: its scale, its time axis, and in words what it was.
 */
import { date, number } from "/static/headway.js";
import { _, h, isolated, lang } from "/static/page.js";

/** @typedef {{at: string, value: number, of?: number}} Point   `of`: how many there could be. */

/** The axis covers this much at least: a minute would look like an hour. */
const LEAST_MS = 300_000;
const [MOST, LEAST, HEIGHT, LEFT, BOTTOM, TOP] = [560, 260, 120, 44, 22, 8];

/**
 * @param {string} name
 * @param {Point[]} points   Oldest first.
 * @param {Point} present    What it is now; the last point may be the fullest of its span.
 * @param {number} room      Pixels from edge to edge, so that its texts are as large as the others.
 * @returns {HTMLElement}
 */
export function series(name, points, present, room) {
  const width = Math.min(MOST, Math.max(LEAST, Math.floor(room)));
  const last = points.at(-1);
  const first = points[0];
  if (!first || !last) return h("p", { class: "note" }, _("{name}: not looked at yet.", { name }));
  const most = Math.max(1, ...points.map((point) => point.value));
  const to = Date.parse(last.at);
  const from = Math.min(Date.parse(first.at), to - LEAST_MS);
  const x = (/** @type {Point} */ point) => LEFT + ((Date.parse(point.at) - from) / (to - from)) * (width - LEFT - 8);
  const y = (/** @type {number} */ value) => TOP + (1 - value / most) * (HEIGHT - TOP - BOTTOM);
  const line = points.map((point) => `${x(point).toFixed(1)},${y(point.value).toFixed(1)}`).join(" ");
  const now = present.of === undefined ? number(lang, present.value) : `${number(lang, present.value)} / ${number(lang, present.of)}`;
  const label = _("{name}: now {now}, at most {most}.", { name, now, most: number(lang, most) });
  const svg = h("svg:svg", { class: "chart", viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": label });
  for (const value of [0, most]) {
    svg.append(
      h("svg:line", { class: "grid", x1: LEFT, x2: width, y1: y(value), y2: y(value) }),
      h("svg:text", { x: LEFT - 8, y: y(value) + 4, "text-anchor": "end" }, number(lang, value, { notation: "compact" })),
    );
  }
  const time = (/** @type {string} */ iso) => isolated(date(lang, iso, { timeStyle: "short" }));
  svg.append(
    h("svg:polygon", { class: "area", points: `${x(first)},${y(0)} ${line} ${x(last)},${y(0)}` }),
    h("svg:text", { x: LEFT, y: HEIGHT - 4 }, time(new Date(from).toISOString())),
    h("svg:text", { x: width - 8, y: HEIGHT - 4, "text-anchor": "end" }, time(last.at)),
  );
  return h("figure", { class: "tight" }, h("figcaption", { class: "small muted" }, label), svg);
}
