/**
 * What a snapshot says in words and marks: pure, called by the element at each snapshot and each second.
 */
import { date, duration, number, range } from "./format.js";
import { TERMINAL } from "./watch.js";

/**
 * @typedef {import("./types.js").Snapshot} Snapshot
 * @typedef {import("./types.js").News} News
 * @typedef {import("./words.js").Words} Words
 *
 * @typedef {object} Station
 * @property {number} at      The percentage at which its stage begins.
 * @property {string} name
 *
 * @typedef {"done" | "here" | "ahead" | "stopped"} StationState
 *
 * @typedef {object} Failure   A failure in a person's words.
 * @property {string} happened
 * @property {string} kept
 * @property {string} charged
 *
 * @typedef {object} Reading
 * @property {"waiting" | "working" | "cancelling" | "done" | "warned" | "failed" | "cancelled"} mood
 * @property {string} headline
 * @property {number} percent     Whole, 0 to 100.
 * @property {string} percentText
 * @property {string} step        The step's text, or a failure's, or what acceptance means.
 * @property {string[]} facts     Counts, elapsed, remaining, place, credits: what there is of them.
 * @property {Failure | null} failure
 * @property {boolean} mayCancel
 * @property {boolean} mayRetry
 * @property {boolean} muchIsDone   Whether a cancel asks first.
 */

/** From this percentage on, a cancel asks first. */
const MUCH = 50;

/**
 * @param {Snapshot} job
 * @param {News} news
 * @param {Words} words
 * @param {number} now   `Date.now()`
 * @returns {Reading}
 */
export function read(job, news, words, now) {
  const over = TERMINAL.has(job.status);
  const percent = Math.floor(Math.min(100, Math.max(0, job.percent)));
  const percentText = words.say("percent", { n: percent });
  const failedParts = job.failed_chunks?.length ?? 0;
  const scheduled = job.status === "pending" && job.scheduled_at && Date.parse(job.scheduled_at) > now + news.skewMs;

  /** @type {Reading["mood"]} */
  let mood = job.status === "pending" ? "waiting" : "working";
  /** @type {string} */
  let headline = words.say(job.status);
  if (job.status === "completed") mood = failedParts ? "warned" : "done";
  else if (job.status === "failed" || job.status === "cancelled") mood = job.status;
  else if (job.cancel_requested) {
    mood = "cancelling";
    headline = words.say("cancelling");
  } else if (scheduled) headline = words.say("scheduled", { when: date(words.lang, job.scheduled_at ?? "") });

  return {
    mood,
    headline,
    percent,
    percentText,
    step: stepOf(job, words, failedParts),
    facts: factsOf(job, news, words, now),
    failure: job.status === "failed" ? failureOf(job, words) : null,
    mayCancel: !over && !job.cancel_requested && Boolean(job.links.cancel),
    mayRetry: Boolean(job.links.retry) && (mood === "failed" || mood === "cancelled" || mood === "warned"),
    muchIsDone: percent >= MUCH,
  };
}

/** @param {Snapshot} job @param {Words} words @param {number} failedParts */
function stepOf(job, words, failedParts) {
  if (job.status === "completed") return failedParts ? words.say("partsFailed", { n: failedParts }) : "";
  if (job.status === "pending" && !job.started_at) return words.say("accepted");
  if (job.status === "cancelled") return keptOf(job, words);
  return job.status === "failed" ? "" : (job.step ?? "");
}

/** @param {Snapshot} job @param {News} news @param {Words} words @param {number} now */
function factsOf(job, news, words, now) {
  const { lang } = words;
  const serverNow = now + news.skewMs;
  /** @param {string} iso */
  const since = (iso) => Math.max(0, (serverNow - Date.parse(iso)) / 1000);
  /** @type {string[]} */
  const facts = [];
  const total = job.total_chunks ?? 0;
  if (total > 1) {
    const done = number(lang, job.processed_chunks ?? 0);
    facts.push(words.say("parts", { done, total: number(lang, total) }));
  }
  if (TERMINAL.has(job.status)) {
    const ended = job.finished_at && job.started_at ? Date.parse(job.finished_at) - Date.parse(job.started_at) : null;
    const seconds = job.processing_seconds ?? (ended === null ? null : ended / 1000);
    if (seconds !== null) facts.push(words.say("took", { time: duration(lang, seconds) }));
  } else if (job.started_at) {
    facts.push(words.say("elapsed", { time: duration(lang, Math.floor(since(job.started_at))) }));
    const left = remaining(job, news, words, now);
    if (left) facts.push(left);
  } else {
    if (job.queue_position) {
      const n = number(lang, job.queue_position);
      facts.push(job.queue_position === 1 ? words.say("next") : words.say("place", { n }));
    }
    if (since(job.created_at) >= 2) facts.push(words.say("waited", { time: duration(lang, Math.floor(since(job.created_at))) }));
  }
  if (job.attempt > 1 && !TERMINAL.has(job.status)) {
    facts.push(words.say("attempt", { n: number(lang, job.attempt), max: number(lang, job.max_attempts) }));
  }
  const held = typeof job.credits === "number" ? job.credits : job.credits?.reserved;
  if (held && !TERMINAL.has(job.status)) facts.push(words.say("held", { n: held }));
  return facts;
}

/** The estimate, less the time since it came. A delay is said. @param {Snapshot} job @param {News} news @param {Words} words @param {number} now */
function remaining(job, news, words, now) {
  if (job.eta_seconds === null || job.eta_seconds === undefined || job.cancel_requested) return null;
  const left = job.eta_seconds - (now - news.receivedAt) / 1000;
  if (left < -Math.max(5, job.eta_seconds * 0.3)) return words.say("late");
  const text = range(words.lang, left);
  return text ? words.say("left", { range: text }) : words.say("leftFew");
}

/** @param {Snapshot} job @param {Words} words @returns {Failure} */
function failureOf(job, words) {
  const fault = job.error;
  const said = typeof fault === "string" ? fault : (fault?.message ?? fault?.detail ?? fault?.title);
  const charged = typeof job.credits === "number" ? job.credits : (job.credits?.settled ?? 0);
  return {
    happened: said || words.say("failedWhy"),
    kept: keptOf(job, words),
    charged: charged ? words.say("charged", { n: charged }) : words.say("chargedNothing"),
  };
}

/** @param {Snapshot} job @param {Words} words */
function keptOf(job, words) {
  if (job.processed_chunks) return words.say("keptParts", { n: job.processed_chunks });
  return words.say(job.percent > 0 ? "keptSteps" : "keptNothing");
}

/**
 * Where the marker stands among the stations.
 *
 * @param {Station[]} stations   Ascending by `at`.
 * @param {Snapshot} job
 * @returns {StationState[]}
 */
export function travel(stations, job) {
  if (job.status === "completed") return stations.map(() => "done");
  const stopped = job.status === "failed" || job.status === "cancelled";
  return stations.map((station, i) => {
    const next = stations[i + 1]?.at ?? 100;
    if (job.percent >= next) return "done";
    if (job.percent < station.at || !job.started_at) return "ahead";
    return stopped ? "stopped" : "here";
  });
}

/**
 * What the live region announces: a change of this text, and nothing finer. Stages and quarters only.
 *
 * @param {Reading} reading
 * @param {Snapshot} job
 * @param {Station[]} stations
 * @param {Words} words
 * @returns {{stage: string, quarter: number, text: string}}
 */
export function announcement(reading, job, stations, words) {
  const here = travel(stations, job).lastIndexOf("here");
  const moving = reading.mood === "working" || reading.mood === "waiting";
  // Without stations, a stage is a step's text with its numbers left out.
  const stage = `${reading.mood}/${here >= 0 ? here : moving ? (job.step ?? "").replace(/\d+/g, "#") : ""}`;
  const quarter = moving ? Math.floor(reading.percent / 25) : 0;
  const where = (here >= 0 && stations[here]?.name) || reading.step;
  const text = moving && quarter > 0 ? `${words.say("quarter", { percent: words.say("percent", { n: quarter * 25 }) })}. ${where}` : where;
  const said = moving ? (reading.mood === "waiting" ? `${reading.headline}. ${reading.step}` : text) : reading.headline;
  return { stage, quarter, text: reading.failure ? `${reading.headline}. ${reading.failure.happened}` : said };
}
