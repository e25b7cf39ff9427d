/**
 * The account's page with a script: times as the reader writes them, a button that copies a new token.
 *
 * The page works without it.
 */
import { copy, lang } from "/static/page.js";

const format = new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeStyle: "short" });
for (const time of document.querySelectorAll("time")) {
  time.textContent = format.format(new Date(time.dateTime));
}

for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("[data-copy]"))) {
  button.hidden = false;
  button.addEventListener("click", () => {
    void copy(button, document.getElementById(button.dataset.copy ?? "")?.textContent ?? "");
  });
}

/** What a link brought is said once: a reload does not say it again. */
const url = new URL(location.href);
if (url.searchParams.has("done")) {
  url.searchParams.delete("done");
  history.replaceState(null, "", url);
}
