/**
 * A table of facts.
 */
import { h } from "/static/page.js";

/**
 * @param {string} caption             What it lists, for whoever listens.
 * @param {string[]} heads             The first column is what a row is about.
 * @param {(Node | string)[][]} rows
 * @param {string} [look]   `folds`: on a narrow screen each row is a card, in which every cell says its column's name; the roles
 *   keep it a table for whoever listens.
 * @returns {HTMLTableElement}
 */
export function table(caption, heads, rows, look = "folds") {
  /** @param {(Node | string)[]} cells */
  const row = (cells) => h("tr", { role: "row" }, ...cells.map((cell, i) => h("td", { role: "cell", class: "num", "data-head": heads[i] }, cell)));
  return h(
    "table",
    { class: `table dense ${look}`, role: "table" },
    h("caption", { class: "sr" }, caption),
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, ...heads.map((text) => h("th", { scope: "col", role: "columnheader" }, text)))),
    h("tbody", { role: "rowgroup" }, ...rows.map(row)),
  );
}
