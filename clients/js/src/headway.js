/**
 * Headway in a page: watch a job live, and show it.
 *
 *     import { watch } from "https://headway.example/static/headway.js";
 *     const handle = watch("/api/jobs/ID", (job) => console.log(job.percent, job.step));
 *     handle.close();
 *
 * Importing this module also defines the element `<headway-job href="/api/jobs/ID">`.
 * Plain ES modules, no dependency, no build step. See README.md beside this folder.
 *
 * @module headway
 */
export { HeadwayJob } from "./headway/element.js";
export { Problem, ask } from "./headway/http.js";
export { amount, date, duration, number, relative } from "./headway/format.js";
export { TERMINAL, watch } from "./headway/watch.js";

import { HeadwayJob } from "./headway/element.js";

if (!customElements.get("headway-job")) customElements.define("headway-job", HeadwayJob);
