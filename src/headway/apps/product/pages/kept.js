/**
 * The analyses that this browser has seen to their end, so that one without an account finds them again.
 */

/** @typedef {{id: string, title: string, grade: string, at: number}} Kept */

const KEY = "headway.product.kept";
const MOST = 20;

/** @returns {Kept[]} newest first */
export function kept() {
  try {
    const value = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(value) ? value.filter((entry) => typeof entry?.id === "string") : [];
  } catch {
    return []; // storage is off, or another hand wrote it
  }
}

/** @param {Kept} entry */
export function keep(entry) {
  const others = kept().filter(({ id }) => id !== entry.id);
  try {
    localStorage.setItem(KEY, JSON.stringify([entry, ...others].slice(0, MOST)));
  } catch {
    // storage is full or off: the address still leads back
  }
}
