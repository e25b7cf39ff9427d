/**
 * What ran when: waiting, attempts, steps, chunks and calls of a job on one time axis, as SVG, with the same as a table for
 * those who do not see it.
 */
import { date, duration } from "/static/headway.js";
import { _, h, isolated, lang, middle } from "/static/page.js";
import { table } from "/static/table.js";

/**
 * @typedef {object} Span
 * @property {string} lane       What its rows are called; spans of one lane share rows where they do not overlap.
 * @property {string} look       Class of the bar: attempt, soft, call, doubt, bad, wait.
 * @property {number} from       Milliseconds since the epoch.
 * @property {number} to
 * @property {string} text       What it is and how it ended, for the tooltip and the table.
 */

const RIGHT = 20;
const LEAST = 280;
/** With less room than this the names of the lanes are cut shorter. */
const NARROW = 520;
const ROW = 20;
/** Rows of a lane that has more than a few. */
const THIN = 9;
const FEW = 6;
/** More rows than these of one lane lie on one another. */
const MOST_ROWS = 32;
/** So much of the axis at most is given to waiting before the first begin. */
const WAITING = 0.3;
/** Distances of the marks on the axis, in seconds. */
const STEPS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];

/**
 * @param {Span[]} spans
 * @param {number} room   Pixels from edge to edge; below 280 the drawing scrolls.
 * @param {number | null} now   Where the present is, of a job that goes on.
 * @returns {HTMLElement}
 */
export function gantt(spans, room, now) {
  const width = Math.max(LEAST, Math.floor(room));
  const [left, letters] = width < NARROW ? [84, 11] : [132, 18];
  const work = spans.filter((span) => span.look !== "wait");
  const begin = Math.min(...(work.length ? work : spans).map((span) => span.from));
  const end = Math.max(...spans.map((span) => span.to), begin + 1);
  // A long wait would leave no room for what came after it: it is drawn short, and said in full.
  const first = Math.max(Math.min(...spans.map((span) => span.from)), begin - (end - begin) * WAITING);
  const scale = (width - left - RIGHT) / (end - first);
  /** @param {number} ms */
  const x = (ms) => left + Math.max(0, ms - first) * scale;
  const rows = pack(spans);
  const height = rows.reduce((sum, row) => sum + row.height, 0) + 36;
  const svg = h("svg:svg", { viewBox: `0 0 ${width} ${height}`, width, height, class: "chart gantt", role: "img", "aria-label": summary(spans, begin, end) });
  const step = STEPS.find((seconds) => ((end - begin) / 1000 / seconds) * 90 <= width - left) ?? 86_400;
  for (let at = 0; at <= (end - begin) / 1000; at += step) {
    const place = x(begin + at * 1000);
    svg.append(
      h("svg:line", { class: "grid", x1: place, x2: place, y1: 0, y2: height - 24 }),
      h("svg:text", { x: place, y: height - 8, "text-anchor": "middle" }, isolated(duration(lang, Number(at.toFixed(3))))),
    );
  }
  let top = 0;
  for (const row of rows) {
    const bar = row.height === ROW ? 12 : 7;
    if (row.lane) svg.append(h("svg:text", { class: "lane", x: 0, y: top + 15 }, isolated(middle(row.lane, letters)), h("svg:title", {}, row.lane)));
    for (const span of row.spans) {
      const attributes = { class: span.look, x: x(span.from), y: top + 5, width: Math.max(3, x(span.to) - x(span.from)), height: bar, rx: bar / 4 };
      svg.append(h("svg:rect", attributes, h("svg:title", {}, `${span.text}, ${duration(lang, (span.to - span.from) / 1000)}`)));
    }
    top += row.height;
  }
  if (now !== null) svg.append(h("svg:line", { class: "now", x1: x(now), x2: x(now), y1: 0, y2: height - 24 }));
  return h("div", { class: "stack" }, h("div", { class: "scroll", dir: "ltr", tabindex: "0", role: "group", "aria-label": _("Timeline") }, svg), legend(spans), listed(spans));
}

/** Rows with as few as no two spans of one overlap; the first of a lane carries its name. @param {Span[]} spans */
function pack(spans) {
  /** @type {{lane: string, spans: Span[], until: number, height: number}[]} */
  const rows = [];
  for (const lane of new Set(spans.map((span) => span.lane))) {
    /** @type {typeof rows} */
    const own = [];
    for (const span of spans.filter((other) => other.lane === lane).sort((a, b) => a.from - b.from)) {
      let row = own.find((candidate) => candidate.until <= span.from);
      if (!row && own.length < MOST_ROWS) own.push((row = { lane: own.length ? "" : lane, spans: [], until: 0, height: ROW }));
      row ??= own.at(-1);
      row?.spans.push(span);
      if (row) row.until = Math.max(row.until, span.to);
    }
    for (const row of own) if (own.length > FEW) row.height = THIN;
    rows.push(...own);
  }
  return rows;
}

/** @param {Span[]} spans @param {number} begin @param {number} end */
function summary(spans, begin, end) {
  const lanes = [...new Set(spans.map((span) => span.lane))].join(", ");
  return _("Timeline of {time}: {lanes}. The table below says the same.", { time: duration(lang, (end - begin) / 1000), lanes });
}

/** @param {Span[]} spans */
function legend(spans) {
  /** @type {[string, string][]} */
  const looks = [
    ["wait", _("Waiting")],
    ["attempt", _("Working")],
    ["soft", _("A step that is kept")],
    ["call", _("Call to a model")],
    ["doubt", _("In doubt")],
    ["bad", _("Failed or lost")],
  ];
  const seen = new Set(spans.map((span) => span.look));
  const items = looks.filter(([look]) => seen.has(look)).map(([look, name]) => {
    const swatch = h("svg:svg", { class: "gantt", viewBox: "0 0 16 10", "aria-hidden": "true" }, h("svg:rect", { class: look, x: 0.5, y: 0.5, width: 15, height: 9, rx: 2 }));
    return h("li", {}, swatch, name);
  });
  return h("ul", { class: "legend" }, ...items);
}

/** @param {Span[]} spans */
function listed(spans) {
  const heads = [_("What"), _("Began"), _("Took")];
  const rows = spans.map((span) => [span.text, date(lang, new Date(span.from).toISOString(), { timeStyle: "medium" }), duration(lang, (span.to - span.from) / 1000)]);
  return h("details", {}, h("summary", {}, _("As a table")), h("div", { class: "scroll tall", tabindex: "0", role: "group", "aria-label": _("What ran when") }, table(_("What ran when"), heads, rows, "num")));
}
