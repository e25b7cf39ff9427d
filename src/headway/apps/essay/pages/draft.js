/**
 * The draft: what is in the form, kept in this browser so that a reload or a closed tab loses nothing.
 */

const KEY = "headway.essay.draft";
const ASIDE = "headway.essay.aside";

/** @typedef {{task_type: string, prompt: string, essay: string}} Draft */

/** @param {string} key @returns {Draft | null} */
function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null; // storage is off, or another hand wrote it
  }
}

/** @param {string} key @param {Draft | null} draft @returns {boolean} whether it is kept */
function write(key, draft) {
  try {
    if (draft) localStorage.setItem(key, JSON.stringify(draft));
    else localStorage.removeItem(key);
    return true;
  } catch {
    return false; // storage is full or off: the page works on, and says that nothing is kept
  }
}

export const draft = {
  load: () => read(KEY),
  /** @param {Draft} value */
  save: (value) => write(KEY, value),
  /** What a sample has pushed aside. */
  aside: () => read(ASIDE),
  /** @param {Draft | null} value */
  setAside: (value) => write(ASIDE, value),
};
