/**
 * What stands above a shortened book's sentences: its title, its figures, what went wrong, its files.
 */
import { number } from "/static/headway.js";
import { _, h, lang, ngettext, percent } from "/static/page.js";

/** @typedef {import("./table.js").Book} Book */

/** @param {string} url   `/api/jobs/ID`. @param {Book} book */
export function heading(url, book) {
  const rows = book.sentences;
  /** @param {string} flag */
  const share = (flag) => (rows.length ? rows.filter((row) => row.flags.some((one) => one === flag)).length / rows.length : 0);
  /** @param {string} name @param {string} value @param {string} more @param {string} [mood] */
  const figure = (name, value, more, mood = "") => h("div", { class: mood }, h("dt", {}, name), h("dd", {}, value), h("dd", {}, more));
  const { sentence_length_limit: most } = book.settings;
  const figures = h(
    "dl",
    { class: "figures" },
    figure(_("Short sentences"), number(lang, rows.length), ngettext("of {n} word at most", "of {n} words at most", most, { n: number(lang, most) })),
    figure(_("In the result"), percent(100 * book.coverage), _("of the book's {n} words", { n: number(lang, book.words) }), book.coverage < 0.98 ? "warn" : ""),
    figure(_("Over the limit"), percent(100 * share("long")), _("where grammar allows no cut")),
    figure(_("Not whole sentences"), percent(100 * share("fragment")), _("pieces that lean on a neighbour")),
  );
  const warnings = [];
  if (book.failed_chunks.length) {
    const n = book.failed_chunks.length;
    const where = book.failed_chunks.map((one) => (one.first_page === one.last_page ? number(lang, one.first_page) : `${number(lang, one.first_page)}–${number(lang, one.last_page)}`));
    warnings.push(
      h(
        "div",
        { class: "note warn tight", role: "alert" },
        h("p", {}, h("b", {}, ngettext("{n} chunk failed, the rest is here.", "{n} chunks failed, the rest is here.", n, { n: number(lang, n) }))),
        h("p", {}, _("Pages: {pages}. Retry runs only what failed; your edits stay.", { pages: where.join(", ") })),
      ),
    );
  }
  if (book.unreadable_pages.length) {
    const n = book.unreadable_pages.length;
    warnings.push(h("p", { class: "note" }, ngettext("{n} page has no text and is left out.", "{n} pages have no text and are left out.", n, { n: number(lang, n) })));
  }
  const by = book.provider === "offline" ? _("Shortened by rules, on this machine.") : _("Shortened by {model}.", { model: book.model });
  const files = ["csv", "xlsx", "txt"].map((format) => h("a", { class: "button", href: `${url}/export?format=${format}`, download: true }, format.toUpperCase()));
  return [
    h("div", { class: "head" }, h("div", { class: "tight" }, h("h2", { id: "h-book" }, h("bdi", {}, book.title || _("Untitled"))), h("p", { class: "hint" }, by)), h("div", { class: "row noprint", role: "group", "aria-label": _("Save the book") }, ...files)),
    figures,
    ...warnings,
  ];
}
