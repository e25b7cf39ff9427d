/**
 * Correcting one short sentence where it stands.
 */
import { number } from "/static/headway.js";
import { _, h, lang, toast } from "/static/page.js";
import { saidOf } from "./upload.js";
import { countWords } from "./words.js";

/** @typedef {import("./table.js").Row} Row */

/**
 * The editor of one sentence: the node to show, and what begins the typing once it is shown.
 *
 * @param {Row} row
 * @param {number} limit                                      Words in a sentence, at most.
 * @param {(text: string | null) => Promise<unknown>} keep    Saves a text; null takes the edit back. What it throws is told here.
 * @param {() => void} close                                  Called when the sentence is saved or left.
 */
export function editor(row, limit, keep, close) {
  const area = /** @type {HTMLTextAreaElement} */ (h("textarea", { rows: 2, lang: "fr", dir: "ltr", "aria-label": _("The sentence in your words"), maxlength: 2000 }));
  area.value = row.normalized;
  const tally = h("span", { class: "num" });
  const trouble = h("p", { class: "error", role: "alert", hidden: true });
  const save = h("button", { type: "button", class: "main" }, _("Save"));
  const leave = h("button", { type: "button" }, _("Leave it"));
  const back = row.edited ? h("button", { type: "button", class: "plain" }, _("Take my edit back")) : null;
  const count = () => {
    const words = countWords(area.value);
    tally.textContent = _("{n} of {limit} words", { n: number(lang, words), limit: number(lang, limit) });
    tally.classList.toggle("over", words > limit);
  };
  /** @param {string | null} text */
  const send = async (text) => {
    if (text !== null && text.replace(/\s+/g, " ").trim() === row.normalized) return close();
    save.setAttribute("aria-busy", "true");
    trouble.hidden = true;
    try {
      await keep(text);
      close();
      toast(text === null ? _("The edit is taken back") : _("Saved"));
    } catch (error) {
      save.removeAttribute("aria-busy");
      trouble.textContent = saidOf(error, "normalized");
      trouble.hidden = false;
      area.focus();
    }
  };
  save.addEventListener("click", () => send(area.value));
  leave.addEventListener("click", close);
  back?.addEventListener("click", () => send(null));
  area.addEventListener("input", count);
  area.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      void send(area.value);
    } else if (event.key === "Escape") close();
  });
  count();
  const keys = h("span", { class: "hint" }, _("Enter saves, Esc leaves it"));
  const node = h(
    "div",
    { class: "editor" },
    area,
    h("div", { class: "count hint" }, tally, keys),
    h("p", { class: "original", lang: "fr", dir: "ltr" }, row.original),
    trouble,
    h("div", { class: "row" }, save, leave, back),
  );
  const begin = () => {
    area.focus();
    area.setSelectionRange(area.value.length, area.value.length);
  };
  return { node, begin };
}
