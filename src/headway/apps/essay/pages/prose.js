/**
 * Words about an essay: in the language of the evaluation, with what they quote of the essay in English.
 */
import { h, lang } from "/static/page.js";
import { sentence } from "/static/quotes.js";

/**
 * @param {string} tag
 * @param {{language?: "en" | "ar"}} evaluation
 * @param {string} text
 * @param {Record<string, string>} [attributes]
 * @returns {HTMLElement}
 */
export const prose = (tag, { language = "en" }, text, attributes = {}) =>
  h(tag, { ...attributes, lang: language === lang ? null : language, dir: "auto" }, ...sentence(text, { lang: "en" }));
