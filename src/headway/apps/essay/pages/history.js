/**
 * Earlier essays of this account: bands over time as a chart, and a list that says the same in words.
 */
import { ask, date } from "/static/headway.js";
import { _, at, h, isolated, lang, ngettext } from "/static/page.js";
import { bandText } from "./result.js";

/**
 * @typedef {import("/static/headway/types.js").Snapshot} Snapshot
 * @typedef {{job: Snapshot, band: number, words: number}} Entry
 */

const MOST = 20;
const AT_ONCE = 4;

/**
 * Shows the history, with the essay at hand emphasised.
 *
 * @param {string | null} current   The id of the job that the page shows.
 */
export async function showHistory(current) {
  const { jobs } = await ask(`/api/jobs?kind=essay&status=completed&limit=${MOST}`);
  const entries = await read(jobs);
  at("history").hidden = entries.length === 0;
  const chart = at("chart");
  chart.hidden = entries.length < 2;
  if (entries.length >= 2) chart.replaceChildren(lineOf([...entries].reverse(), current));
  at("history-list").replaceChildren(listOf(entries, current));
}

/** The bands of finished jobs, kept for the session: a finished result does not change. @param {Snapshot[]} jobs */
async function read(jobs) {
  /** @type {(Entry | null)[]} */
  const entries = new Array(jobs.length).fill(null);
  let next = 0;
  const work = async () => {
    for (let i = next++; i < jobs.length; i = next++) {
      const job = jobs[i];
      if (job) entries[i] = await entryOf(job).catch(() => null); // one that is gone leaves the others
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return entries.filter((entry) => entry !== null);
}

/** @param {Snapshot} job @returns {Promise<Entry>} */
async function entryOf(job) {
  const key = `headway.band.${job.id}.${job.version}`;
  const kept = sessionStorage.getItem(key);
  if (kept) return { job, ...JSON.parse(kept) };
  const evaluation = await ask(`/api/jobs/${job.id}/result`);
  const figures = { band: evaluation.overall_band, words: evaluation.word_count };
  sessionStorage.setItem(key, JSON.stringify(figures));
  return { job, ...figures };
}

/** @param {Entry[]} entries   Oldest first. @param {string | null} current */
function lineOf(entries, current) {
  const [width, height, left, bottom] = [720, 200, 36, 28];
  const low = Math.max(0, Math.floor(Math.min(...entries.map((entry) => entry.band))) - 1);
  const high = Math.min(9, Math.ceil(Math.max(...entries.map((entry) => entry.band))) + 1);
  const step = (width - left - 24) / Math.max(1, entries.length - 1);
  /** @param {number} i */
  const x = (i) => left + 12 + step * i;
  /** @param {number} band */
  const y = (band) => 12 + ((high - band) / (high - low)) * (height - bottom - 12);
  const summary = _("{n} essays, from band {first} to band {last}.", {
    n: entries.length,
    first: bandText(entries[0]?.band ?? 0),
    last: bandText(entries.at(-1)?.band ?? 0),
  });
  const svg = h("svg:svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${_("Bands over time")}. ${summary}` });
  for (let band = low; band <= high; band++) {
    svg.append(
      h("svg:line", { class: "grid", x1: left, x2: width, y1: y(band), y2: y(band) }),
      h("svg:text", { x: left - 12, y: y(band) + 4, "text-anchor": "end" }, String(band)),
    );
  }
  svg.append(h("svg:polyline", { class: "path", points: entries.map((entry, i) => `${x(i)},${y(entry.band)}`).join(" ") }));
  entries.forEach((entry, i) => {
    const when = date(lang, entry.job.created_at);
    const point = h("svg:circle", { class: entry.job.id === current ? "point here" : "point", cx: x(i), cy: y(entry.band), r: 6 });
    point.append(h("svg:title", {}, `${when}: ${bandText(entry.band)}`));
    svg.append(point);
  });
  const first = entries[0]?.job.created_at ?? "";
  const last = entries.at(-1)?.job.created_at ?? "";
  const day = { dateStyle: /** @type {const} */ ("medium") };
  svg.append(
    h("svg:text", { x: left, y: height - 4 }, isolated(date(lang, first, day))),
    h("svg:text", { x: width, y: height - 4, "text-anchor": "end" }, isolated(date(lang, last, day))),
  );
  return svg;
}

/** @param {Entry[]} entries   Newest first. @param {string | null} current */
function listOf(entries, current) {
  const rows = entries.map(({ job, band, words }) =>
    h(
      "tr",
      {},
      h("td", {}, h("a", { href: `/essay?job=${job.id}`, "aria-current": job.id === current ? "true" : null }, date(lang, job.created_at))),
      h("td", {}, bandText(band)),
      h("td", {}, ngettext("{n} word", "{n} words", words)),
    ),
  );
  const heads = [_("Analysed"), _("Overall band"), _("Length")].map((text) => h("th", { scope: "col" }, text));
  return h(
    "table",
    { class: "table" },
    h("caption", { class: "sr" }, _("Your essays, newest first")),
    h("thead", {}, h("tr", {}, ...heads)),
    h("tbody", {}, ...rows),
  );
}
