/**
 * Corrections marked in the text, with a margin of notes.
 *
 * Offsets are Unicode code points; JavaScript strings are UTF-16. The text is cut as an array of code points, so that
 * an emoji before a mark does not move it.
 */
import { _, h } from "/static/page.js";
import { prose } from "./prose.js";

/**
 * @typedef {object} Correction
 * @property {number} start        Code points.
 * @property {number} end
 * @property {string} original
 * @property {string} suggestion
 * @property {string} reason
 */

/**
 * Cuts a text at its corrections. What does not fit the text (out of range, overlapping, another original) is left
 * unmarked rather than marked wrongly.
 *
 * @param {string} text
 * @param {Correction[]} corrections
 * @returns {{text: string, correction: Correction | null}[]}
 */
export function cut(text, corrections) {
  const points = Array.from(text);
  /** @type {{text: string, correction: Correction | null}[]} */
  const pieces = [];
  let at = 0;
  for (const correction of [...corrections].sort((a, b) => a.start - b.start)) {
    const original = points.slice(correction.start, correction.end).join("");
    if (correction.start < at || original !== correction.original) continue;
    if (correction.start > at) pieces.push({ text: points.slice(at, correction.start).join(""), correction: null });
    pieces.push({ text: original, correction });
    at = correction.end;
  }
  if (at < points.length) pieces.push({ text: points.slice(at).join(""), correction: null });
  return pieces;
}

/**
 * @param {string} text
 * @param {Pick<import("./result.js").Evaluation, "corrections" | "language">} evaluation
 * @returns {HTMLElement}
 */
export function marked(text, evaluation) {
  const body = h("div", { class: "essay essay-text", lang: "en", dir: "ltr" });
  const notes = h("ol", { class: "notes", "aria-label": _("Corrections") });
  let n = 0;
  for (const piece of cut(text, evaluation.corrections)) {
    if (!piece.correction) {
      body.append(piece.text);
      continue;
    }
    n += 1;
    body.append(mark(piece.text, n));
    notes.append(note(piece.correction, n, evaluation));
  }
  /** @type {HTMLElement} */
  const box = h("div", { class: "marked" }, body, n ? notes : h("p", { class: "note" }, _("No correction was found to make.")));
  for (const type of ["pointerover", "focusin"]) box.addEventListener(type, (event) => light(box, event.target));
  for (const type of ["pointerout", "focusout"]) box.addEventListener(type, () => light(box, null));
  if (n) placeNotes(box, notes);
  return box;
}

/** @param {string} text @param {number} n */
function mark(text, n) {
  const blank = text.trim() === "";
  const link = h("a", { href: `#note-${n}`, "data-n": n, "aria-describedby": `note-${n}` }, blank ? "\u2423" : text);
  return h("mark", { id: `mark-${n}` }, link, h("sup", { "aria-hidden": "true" }, String(n)));
}

/** @param {Correction} correction @param {number} n @param {{language?: "en" | "ar"}} evaluation */
function note(correction, n, evaluation) {
  const change = correction.suggestion
    ? [h("del", { lang: "en" }, correction.original), " → ", h("ins", { lang: "en" }, correction.suggestion)]
    : [_("Leave out:"), " ", h("del", { lang: "en" }, correction.original)];
  return h(
    "li",
    { id: `note-${n}`, "data-n": n },
    h("p", { dir: "auto" }, h("a", { href: `#mark-${n}`, "aria-label": _("Correction {n}, show it in the text", { n }) }, `${n}`), " ", ...change),
    prose("p", evaluation, correction.reason, { class: "muted" }),
  );
}

/** Lights a mark and its note together. @param {HTMLElement} box @param {EventTarget | null} target */
function light(box, target) {
  const n = target instanceof Element ? target.closest("[data-n]")?.getAttribute("data-n") : null;
  for (const node of box.querySelectorAll("[data-n]")) node.classList.toggle("lit", n !== null && node.getAttribute("data-n") === n);
}

/**
 * Sets each note beside its mark where there is a margin, one below the other where they would overlap.
 *
 * @param {HTMLElement} box
 * @param {HTMLElement} notes
 */
function placeNotes(box, notes) {
  const GAP = 8;
  const place = () => {
    notes.classList.remove("placed");
    notes.style.minBlockSize = "";
    const items = /** @type {HTMLElement[]} */ ([...notes.children]);
    for (const item of items) item.style.insetBlockStart = "";
    // Beside the text only: with one column the notes follow it, in order.
    if (getComputedStyle(notes).position !== "relative") return;
    notes.classList.add("placed");
    const top = notes.getBoundingClientRect().top;
    let next = 0;
    for (const item of items) {
      const wanted = box.querySelector(`#mark-${item.dataset.n}`)?.getBoundingClientRect().top ?? top;
      next = Math.max(next, wanted - top);
      item.style.insetBlockStart = `${next}px`;
      next += item.offsetHeight + GAP;
    }
    notes.style.minBlockSize = `${next}px`;
  };
  // The observer calls at once, and again when the text takes another width.
  let width = -1;
  new ResizeObserver(([entry]) => {
    const now = Math.round(entry?.contentRect.width ?? 0);
    if (now !== width) {
      width = now;
      place();
    }
  }).observe(box);
}
