/**
 * Single keys for the list of jobs. They can be turned off (WCAG 2.1.4), and never take a key from a field or a dialog.
 */
import { at } from "/static/page.js";

const OFF = "headway.keys.off";

/**
 * @param {object} list
 * @param {() => HTMLTableRowElement[]} list.rows
 * @param {import("/static/jobs-bulk.js").Chosen} list.chosen
 * @param {HTMLElement} list.search
 */
export function keys({ rows, chosen, search }) {
  const dialog = /** @type {HTMLDialogElement} */ (at("keys"));
  const on = /** @type {HTMLInputElement} */ (at("keys-on"));
  on.checked = !stored();
  on.addEventListener("change", () => store(!on.checked));
  at("help").hidden = false;
  at("help").addEventListener("click", () => dialog.showModal());

  const present = () => rows().find((row) => row.classList.contains("at")) ?? null;

  /** @param {number} by */
  function step(by) {
    const all = rows();
    const here = present();
    const next = all[here ? Math.min(all.length - 1, Math.max(0, all.indexOf(here) + by)) : 0];
    if (!next) return;
    here?.classList.remove("at");
    next.classList.add("at");
    next.querySelector("a")?.focus();
  }

  /** What is chosen; with nothing chosen, the job at hand. @param {"cancel" | "retry" | "delete"} action */
  function act(action) {
    const id = present()?.dataset.id;
    if (at("bulk").hidden && id) chosen.toggle(id, true);
    chosen.act(action);
  }

  /** @type {Record<string, () => void>} */
  const bound = {
    j: () => step(1),
    k: () => step(-1),
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    x: () => chosen.toggle(present()?.dataset.id ?? ""),
    a: () => chosen.all(),
    c: () => act("cancel"),
    r: () => act("retry"),
    Delete: () => act("delete"),
    "/": () => search.focus(),
    Escape: () => chosen.none(),
    "?": () => dialog.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (!on.checked || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (target.closest("dialog[open], input:not([type=checkbox]), textarea, select, [contenteditable]")) {
      if (event.key === "Escape" && target === search) search.blur();
      return;
    }
    // Arrows scroll the page until a row is at hand.
    if (event.key.startsWith("Arrow") && !target.closest("tr")) return;
    if (event.key === "x" && !present()) return;
    const action = bound[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });

  document.addEventListener("focusin", (event) => {
    const row = event.target instanceof Element ? event.target.closest("tr[data-id]") : null;
    if (!row) return;
    for (const other of rows()) other.classList.toggle("at", other === row);
  });
}

function stored() {
  try {
    return localStorage.getItem(OFF) !== null;
  } catch {
    return false; // storage is off: the keys are on
  }
}

/** @param {boolean} off */
function store(off) {
  try {
    if (off) localStorage.setItem(OFF, "1");
    else localStorage.removeItem(OFF);
  } catch {
    // For this page it holds all the same.
  }
}
