/**
 * The credits' page with a script: numbers and times as the reader writes them. The page works without it.
 */
import { lang } from "/static/page.js";

const day = new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeZone: "UTC" });
const moment = new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "short" });
const plain = new Intl.NumberFormat(lang);
const signed = new Intl.NumberFormat(lang, { signDisplay: "exceptZero" });

for (const time of document.querySelectorAll("main time")) {
  const { dateTime, dataset } = /** @type {HTMLTimeElement} */ (time);
  time.textContent = (dataset.day === undefined ? moment : day).format(new Date(dateTime));
}

for (const node of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-number]"))) {
  node.textContent = (node.dataset.signed === undefined ? plain : signed).format(Number(node.dataset.number));
}

/** What a form did is said once: a reload does not say it again. */
const url = new URL(location.href);
if (url.searchParams.has("done")) {
  url.searchParams.delete("done");
  history.replaceState(null, "", url);
}
