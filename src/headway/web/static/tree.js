/**
 * Any JSON value as something to read: names and values, lists, texts. For results and inputs whose application is not at hand.
 */
import { number } from "/static/headway.js";
import { _, h, lang } from "/static/page.js";

/** So many items of a list are shown; the rest is counted. */
const MOST = 50;

/**
 * @param {unknown} value
 * @param {number} [depth]
 * @returns {Node}
 */
export function tree(value, depth = 0) {
  if (Array.isArray(value)) return value.length ? items(value, depth) : h("span", { class: "muted" }, "–");
  if (value !== null && typeof value === "object") return names(/** @type {Record<string, unknown>} */ (value), depth);
  if (typeof value === "number") return h("span", { class: "num" }, number(lang, value, { maximumFractionDigits: 4 }));
  if (typeof value === "boolean") return h("span", {}, value ? _("yes") : _("no"));
  if (value === null || value === "") return h("span", { class: "muted" }, "–");
  return h("span", { dir: "auto", class: "text" }, String(value));
}

/** @param {Record<string, unknown>} object @param {number} depth */
function names(object, depth) {
  const list = h("dl", { class: depth ? "facts small" : "facts" });
  for (const [name, value] of Object.entries(object)) {
    list.append(h("dt", {}, name.replaceAll("_", " ")), h("dd", {}, tree(value, depth + 1)));
  }
  return list;
}

/** @param {unknown[]} list @param {number} depth */
function items(list, depth) {
  const shown = list.slice(0, MOST).map((item) => h("li", {}, tree(item, depth + 1)));
  if (list.length > MOST) shown.push(h("li", { class: "muted" }, _("and {n} more", { n: number(lang, list.length - MOST) })));
  return h("ol", { class: "small" }, ...shown);
}
