/**
 * The sentences of a result in the reader's language. A result is stored once, as message ids and values; the page brings
 * the translations of all of them.
 */
import { number } from "/static/headway.js";
import { block, lang } from "/static/page.js";

/** @typedef {{id: string, args: Record<string, string | number | string[]>, text: string}} Said */

/** @type {Record<string, string>} */
const sentences = block("product-data").sentences;

/** The translation of a message id that a result names, or the id itself: reviewers' own words stay as they are. @param {string} id */
export const word = (id) => sentences[id] ?? id;

/** A sentence of a result. @param {Said} said */
export function say(said) {
  return word(said.id).replace(/\{(\w+)\}/g, (whole, name) => {
    const value = said.args[name];
    if (value === undefined) return whole;
    if (Array.isArray(value)) return value.map(word).join(word(", "));
    return typeof value === "number" ? number(lang, value, { maximumFractionDigits: 2 }) : `\u2068${value}\u2069`;
  });
}
