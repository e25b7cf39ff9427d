/**
 * What a word is, as the server counts it (`words.py`), and how texts are searched.
 */
import { h } from "/static/page.js";

const RUN = /\d+(?:[.,]\d+)+|[\p{L}\p{N}]+(?:[-'’‑·][\p{L}\p{N}]+)*['’]?/gu;
const ELIDED = /^(?:[ldjmtsnc]|qu|jusqu|lorsqu|puisqu|quoiqu|presqu|quelqu|entr)'(?=.)/u;
const WHOLE = new Set(["aujourd'hui", "quelqu'un", "quelqu'une", "presqu'île", "prud'homme", "prud'hommes", "d'abord-là", "rendez-vous"]);
const HUNG = /^(.+?)-(?:t[-'])?(je|tu|il|elle|on|nous|vous|ils|elles|ce|moi|toi|lui|leur|le|la|les|y|en)$/u;
const NO_VERB = /(?:^|-)(?:chez|sauf|rendez|grand|malgré|entre|sur|sous|à|au|de|saint|sainte|par|pour|avec)$/u;

/** How many words a text has: an elided word counts by itself, and so does a pronoun on its verb. @param {string} text */
export function countWords(text) {
  let words = 0;
  for (const [run] of text.matchAll(RUN)) {
    let rest = run.toLowerCase().replaceAll("’", "'").replaceAll("‑", "-");
    for (let elided; !WHOLE.has(rest) && (elided = rest.match(ELIDED)); ) {
      words++;
      rest = rest.slice(elided[0].length);
    }
    for (let hung; !WHOLE.has(rest) && (hung = rest.match(HUNG)) && !NO_VERB.test(hung[1] ?? ""); ) {
      words++;
      rest = hung[1] ?? "";
    }
    if (rest) words++;
  }
  return words;
}

/** A text as it is searched: without case and accents, apostrophes plain. @param {string} text */
export const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").replaceAll("’", "'").replaceAll("œ", "oe").toLowerCase();

/**
 * A text with what was searched for marked.
 *
 * @param {string} text
 * @param {string} query   Folded.
 * @returns {(string | Node)[]}
 */
export function marked(text, query) {
  if (!query) return [text];
  // Folding may change lengths (œ): where each character of the folded text comes from.
  const from = [];
  let folded = "";
  for (let i = 0; i < text.length; i++) {
    const piece = fold(text[i] ?? "");
    for (let k = 0; k < piece.length; k++) from.push(i);
    folded += piece;
  }
  const parts = [];
  let end = 0;
  for (let at = folded.indexOf(query); at >= 0; at = folded.indexOf(query, at + query.length)) {
    const start = from[at] ?? 0;
    const stop = (from[at + query.length - 1] ?? start) + 1;
    parts.push(text.slice(end, start), h("mark", {}, text.slice(start, stop)));
    end = stop;
  }
  return [...parts, text.slice(end)];
}
