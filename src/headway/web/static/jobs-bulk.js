/**
 * What is done with chosen jobs: cancel, retry, delete, a few at a time, and what came of it said in one sentence.
 */
import { Problem, TERMINAL, ask, number } from "/static/headway.js";
import { _, at, lang, ngettext, toast } from "/static/page.js";

/**
 * @typedef {import("/static/headway/types.js").Snapshot} Snapshot
 * @typedef {"cancel" | "retry" | "delete"} Action
 *
 * @typedef {object} List
 * @property {(id: string) => Snapshot | null} jobOf
 * @property {() => string[]} ids                 The jobs of this page, from the top.
 * @property {() => void} done                    The jobs have changed: look again.
 * @property {(chosen: Set<string>) => void} changed
 *
 * @typedef {object} Chosen
 * @property {(id: string, on?: boolean) => void} toggle
 * @property {() => void} all
 * @property {() => void} none
 * @property {() => void} keep                    Forgets those that are not in the list any more.
 * @property {(action: Action) => void} act
 */

const AT_ONCE = 4;

/** What a job must be for an action to fit it. @type {Record<Action, (job: Snapshot) => boolean>} */
const FITS = {
  cancel: (job) => !TERMINAL.has(job.status) && !job.cancel_requested,
  retry: (job) => job.status === "failed" || job.status === "cancelled" || (job.status === "completed" && (job.failed_chunks?.length ?? 0) > 0),
  delete: (job) => TERMINAL.has(job.status),
};

/** @param {List} list @returns {Chosen} */
export function bulk(list) {
  /** @type {Set<string>} */
  const ids = new Set();
  /** @type {string | null} */
  let last = null;
  const bar = at("bulk");

  /** @param {Action} action */
  const fitting = (action) => [...ids].filter((id) => FITS[action](/** @type {Snapshot} */ (list.jobOf(id))));

  function changed() {
    bar.hidden = ids.size === 0;
    if (ids.size) at("chosen").textContent = ngettext("{n} job chosen", "{n} jobs chosen", ids.size, { n: number(lang, ids.size) });
    for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (bar.querySelectorAll("[data-do]"))) {
      const action = button.dataset.do;
      button.disabled = action !== "clear" && !fitting(/** @type {Action} */ (action)).length;
    }
    list.changed(ids);
  }

  /** @param {string} id @param {boolean} [on] */
  function toggle(id, on = !ids.has(id)) {
    if (on) ids.add(id);
    else ids.delete(id);
    last = id;
    changed();
  }

  function none() {
    ids.clear();
    changed();
  }

  /** @param {Action} action */
  async function act(action) {
    const fit = fitting(action);
    if (!fit.length || (action === "delete" && !(await sure(fit.length)))) return;
    let done = 0;
    let refused = 0;
    const left = [...fit];
    const work = async () => {
      for (let id = left.pop(); id; id = left.pop()) {
        try {
          await send(action, id);
          done += 1;
        } catch (error) {
          if (!(error instanceof Problem)) throw error;
          refused += 1;
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    toast([done ? said(action, done) : "", refused ? ngettext("{n} could not be changed.", "{n} could not be changed.", refused) : ""].join(" ").trim());
    none();
    list.done();
  }

  bar.addEventListener("click", (event) => {
    const action = event.target instanceof HTMLElement ? event.target.closest("button")?.dataset.do : undefined;
    if (action === "clear") none();
    else if (action) void act(/** @type {Action} */ (action));
  });
  document.addEventListener("click", (event) => {
    const tick = event.target instanceof HTMLInputElement ? event.target : null;
    if (tick?.id === "all") return tick.checked ? all() : none();
    const id = tick?.dataset.choose;
    if (!tick || !id) return;
    const order = list.ids();
    const [from, to] = [order.indexOf(last ?? ""), order.indexOf(id)];
    // With Shift, everything between the one before and this one.
    if (event.shiftKey && from >= 0) for (const between of order.slice(Math.min(from, to), Math.max(from, to) + 1)) ids[tick.checked ? "add" : "delete"](between);
    toggle(id, tick.checked);
  });

  function all() {
    for (const id of list.ids()) ids.add(id);
    changed();
  }

  function keep() {
    for (const id of [...ids]) if (!list.jobOf(id)) ids.delete(id);
    changed();
  }

  return { toggle, all, none, keep, act };
}

/** @param {Action} action @param {string} id */
function send(action, id) {
  const base = `/api/jobs/${encodeURIComponent(id)}`;
  return action === "delete" ? ask(base, { method: "DELETE", lang }) : ask(`${base}/${action}`, { method: "POST", lang });
}

/** @param {Action} action @param {number} n */
function said(action, n) {
  if (action === "cancel") return ngettext("{n} job is being cancelled.", "{n} jobs are being cancelled.", n);
  if (action === "retry") return ngettext("{n} job runs again.", "{n} jobs run again.", n);
  return ngettext("{n} job was deleted.", "{n} jobs were deleted.", n);
}

/** Asks before what cannot be undone. @param {number} n @returns {Promise<boolean>} */
function sure(n) {
  const dialog = /** @type {HTMLDialogElement} */ (at("sure"));
  at("sure-text").textContent = ngettext(
    "{n} job will be gone, with its files and its result.",
    "{n} jobs will be gone, with their files and their results.",
    n,
  );
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclick = (event) => {
      const answer = event.target instanceof HTMLElement ? event.target.dataset.answer : undefined;
      if (answer) dialog.close(answer);
    };
    dialog.onclose = () => resolve(dialog.returnValue === "yes");
    dialog.returnValue = "";
  });
}
