/**
 * Sentences of the server with words of another language in them: those stand between U+2068 and U+2069 (see
 * `support/sentences.py`) and become elements with a direction, and where it is known a language, of their own.
 */
import { h } from "/static/page.js";

const ISOLATED = /\u2068([^\u2069]*)\u2069/;

/**
 * @param {string} text
 * @param {{lang?: string}} [attributes]   Of what is quoted.
 * @returns {(Node | string)[]}
 */
export const sentence = (text, attributes = {}) => text.split(ISOLATED).map((piece, n) => (n % 2 ? h("bdi", attributes, piece) : piece));
