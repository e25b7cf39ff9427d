/**
 * What ran when: attempts and provider calls of a job on one time axis, as SVG, with the same as a table for those who
 * do not see it.
 */
import { date, duration } from "/static/headway.js";
import { _, h, isolated, lang, middle } from "/static/page.js";

/**
 * @typedef {object} Span
 * @property {string} lane       What the lane is called.
 * @property {string} look       Class of the bar: attempt, soft, call, doubt, bad, wait.
 * @property {number} from       Milliseconds since the epoch.
 * @property {number} to
 * @property {string} text       How it ended, for the tooltip and the table.
 */

const LEFT = 132;
const LEAST = 520;
const ROW = 28;

/**
 * @param {Span[]} spans
 * @param {number} room   Pixels from edge to edge; below 520 the drawing scrolls.
 * @returns {HTMLElement}
 */
export function gantt(spans, room) {
  const width = Math.max(LEAST, Math.floor(room));
  const from = Math.min(...spans.map((span) => span.from));
  const to = Math.max(...spans.map((span) => span.to), from + 1);
  const scale = (width - LEFT - 16) / (to - from);
  const lanes = [...new Set(spans.map((span) => span.lane))];
  const height = lanes.length * ROW + 28;
  const svg = h("svg:svg", { viewBox: `0 0 ${width} ${height}`, width, height, class: "chart gantt", role: "img", "aria-label": _("Timeline") });
  for (let i = 0; i <= 4; i++) {
    const x = LEFT + ((width - LEFT - 16) * i) / 4;
    svg.append(
      h("svg:line", { class: "grid", x1: x, x2: x, y1: 0, y2: height - 24 }),
      h("svg:text", { x, y: height - 8, "text-anchor": "middle" }, isolated(duration(lang, ((to - from) * i) / 4000))),
    );
  }
  lanes.forEach((lane, i) => svg.append(h("svg:text", { class: "lane", x: 0, y: i * ROW + 18 }, isolated(middle(lane, 18)), h("svg:title", {}, lane))));
  for (const span of spans) {
    svg.append(
      h(
        "svg:rect",
        {
          class: span.look,
          x: LEFT + (span.from - from) * scale,
          y: lanes.indexOf(span.lane) * ROW + 8,
          width: Math.max(3, (span.to - span.from) * scale),
          height: 12,
          rx: 3,
        },
        h("svg:title", {}, `${span.lane}: ${span.text}, ${duration(lang, (span.to - span.from) / 1000)}`),
      ),
    );
  }
  return h("div", { class: "stack" }, h("div", { class: "scroll" }, svg), table(spans));
}

/** @param {Span[]} spans */
function table(spans) {
  const heads = [_("What"), _("Began"), _("Took"), _("Ended")].map((text) => h("th", { scope: "col" }, text));
  const rows = spans.map((span) =>
    h(
      "tr",
      {},
      h("td", {}, span.lane),
      h("td", {}, date(lang, new Date(span.from).toISOString(), { timeStyle: "medium" })),
      h("td", {}, duration(lang, (span.to - span.from) / 1000)),
      h("td", {}, span.text),
    ),
  );
  const inside = h("table", { class: "table small" }, h("thead", {}, h("tr", {}, ...heads)), h("tbody", {}, ...rows));
  return h("details", {}, h("summary", {}, _("As a table")), h("div", { class: "scroll" }, inside));
}
