/**
 * The page of a watch link: progress only, for whoever holds the link.
 */
import { at, face } from "/static/page.js";

/** @typedef {import("/static/headway/types.js").Snapshot} Snapshot */

const element = /** @type {import("/static/headway.js").HeadwayJob} */ (at("job"));

/** @param {Snapshot} job */
function name(job) {
  const { title, stations } = face(job.kind);
  element.setAttribute("label", title);
  element.stations = stations;
}

element.addEventListener(
  "headway:snapshot",
  (event) => name(/** @type {CustomEvent<{snapshot: Snapshot}>} */ (event).detail.snapshot),
  { once: true },
);
if (element.snapshot) name(element.snapshot);
