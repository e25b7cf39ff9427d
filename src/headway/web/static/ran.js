/**
 * What ran of a job, in words: its spans for the timeline, its calls as a table. For its owner's page and for operators'.
 */
import { duration, number } from "/static/headway.js";
import { _, lang, ngettext } from "/static/page.js";
import { table } from "/static/table.js";

/**
 * @typedef {import("/static/headway/types.js").Snapshot} Snapshot
 * @typedef {import("/static/gantt.js").Span} Span
 * @typedef {{what: "wait" | "attempt" | "step" | "chunk" | "call", name: string, n: number | null, from: string, to: string | null, outcome: string | null, worker: string | null, error: string | null}} Ran
 * @typedef {{step: string, provider: string, model: string, started_at: string, duration_seconds: number | null, outcome: string | null, in_doubt: boolean, input_tokens: number | null, output_tokens: number | null, cost: number | null}} Call
 */

/** What ran, for the drawing. @param {Ran} ran @param {number} present   Milliseconds: the end of what goes on. @returns {Span} */
export function spanOf(ran, present) {
  const from = Date.parse(ran.from);
  const to = ran.to ? Date.parse(ran.to) : Math.max(present, from);
  const n = number(lang, ran.n ?? 0);
  const bad = ran.outcome === "failed" || ran.outcome === "lost";
  const how = [outcomeWord(ran.outcome), ran.error, ran.worker].filter(Boolean).join(" · ");
  switch (ran.what) {
    case "wait":
      return { lane: _("The job"), look: "wait", from, to, text: _("In line") };
    case "attempt":
      return { lane: _("The job"), look: bad ? "bad" : ran.outcome === "cancelled" ? "soft" : "attempt", from, to, text: [_("Attempt {n}", { n }), how].join(" · ") };
    case "step":
      return { lane: ran.name, look: "soft", from, to, text: `${ran.name} · ${_("Kept: it will not run again")}` };
    case "chunk":
      return { lane: _("Chunks"), look: bad ? "bad" : "attempt", from, to, text: [_("Chunk {n}", { n }), how].join(" · ") };
    default:
      return { lane: _("Calls: {model}", { model: ran.name }), look: ran.outcome === "in doubt" ? "doubt" : bad ? "bad" : "call", from, to, text: `${ran.name} · ${outcomeWord(ran.outcome)}` };
  }
}

/** @param {string | null} outcome */
function outcomeWord(outcome) {
  /** @type {Record<string, string>} */
  const words = {
    succeeded: _("Succeeded"),
    failed: _("Failed"),
    snoozed: _("Put off"),
    parked: _("Waited for its parts"),
    cancelled: _("Cancelled"),
    interrupted: _("Interrupted, to go on elsewhere"),
    lost: _("Lost with its worker"),
    "in doubt": _("In doubt: no answer was recorded"),
  };
  return outcome ? (words[outcome] ?? outcome) : _("Running");
}

/** How many calls there were, and what they cost. @param {Call[]} made @param {number} doubtful @param {Snapshot} job */
export function callsSaid(made, doubtful, job) {
  const cost = made.reduce((sum, call) => sum + (call.cost ?? 0), 0);
  const spent = typeof job.credits === "number" ? job.credits : (job.credits?.settled ?? 0);
  const said = [
    ngettext("{n} call", "{n} calls", made.length, { n: number(lang, made.length) }),
    cost ? _("{money} in all", { money: money(cost) }) : _("at no cost"),
    spent ? ngettext("{n} credit", "{n} credits", spent, { n: number(lang, spent) }) : "",
    doubtful ? ngettext("{n} in doubt", "{n} in doubt", doubtful, { n: number(lang, doubtful) }) : "",
  ];
  return said.filter(Boolean).join(" · ");
}

/** @param {Call[]} made */
export function callsTable(made) {
  const heads = [_("Step"), _("Model"), _("Tokens in"), _("Tokens out"), _("Cost"), _("Took"), _("Ended")];
  const rows = made.map((call) => {
    const took = call.duration_seconds === null ? "" : duration(lang, call.duration_seconds);
    const ended = outcomeWord(call.in_doubt ? "in doubt" : call.outcome);
    return [call.step || "–", call.model, tokens(call.input_tokens), tokens(call.output_tokens), call.cost ? money(call.cost) : "–", took, ended];
  });
  return table(_("Calls to the AI provider"), heads, rows, "num");
}

/** @param {number | null} value */
const tokens = (value) => (value === null || value === undefined ? "" : number(lang, value));
/** @param {number} micros   Millionths of a US dollar. */
const money = (micros) => number(lang, micros / 1e6, { style: "currency", currency: "USD", maximumFractionDigits: 6 });
