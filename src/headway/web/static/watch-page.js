/**
 * The page of a watch link: progress, and the result when there is one, for whoever holds the link.
 */
import { ask } from "/static/headway.js";
import { _, at, face, h, lang } from "/static/page.js";
import { tree } from "/static/tree.js";

/** @typedef {import("/static/headway/types.js").Snapshot} Snapshot */

const element = /** @type {import("/static/headway.js").HeadwayJob} */ (at("job"));

/** @param {Snapshot} job */
function name(job) {
  const { title, stations } = face(job.kind);
  if (element.getAttribute("label") === title) return;
  element.setAttribute("label", title);
  element.stations = stations;
  at("main").dataset.line = job.kind;
}

/** @param {Snapshot} job */
async function receive(job) {
  name(job);
  const box = at("result-box");
  box.hidden = job.status !== "completed";
  if (box.hidden || !job.links.result || at("result").childElementCount) return;
  if (face(job.kind).shared) {
    const page = `/${encodeURIComponent(job.kind)}?watch=${location.pathname.split("/").at(-1)}`;
    at("result").replaceChildren(h("a", { class: "button main", href: page }, _("See the result")));
    return;
  }
  at("result").replaceChildren(tree(await ask(new URL(job.links.result, location.href).href, { lang })));
}

/** The line says what there is to say of a link that is gone. @param {unknown} error */
const noResult = (error) => console.info("no result:", error);

element.addEventListener("headway:snapshot", (event) => {
  receive(/** @type {CustomEvent<{snapshot: Snapshot}>} */ (event).detail.snapshot).catch(noResult);
});
if (element.snapshot) receive(element.snapshot).catch(noResult);
