/**
 * The right side of an application's page: the job that the address names (`?job=ID`), its progress, and its result once there
 * is one. A reload, another tab and Back lead to the same place.
 *
 * The markup is that of application.html: `#nothing`, `#progress` and `#result`.
 */
import { Problem } from "/static/headway.js";
import { _, at, face, h } from "/static/page.js";

/**
 * @typedef {import("/static/headway/types.js").Snapshot} Snapshot
 * @typedef {import("/static/headway.js").HeadwayJob} HeadwayJob
 *
 * @typedef {object} Told
 * @property {(href: string, job: Snapshot) => Promise<(Node | string)[]>} result   What a completed job has come to.
 * @property {(href: string, job: Snapshot) => Promise<(Node | string)[]>} [part]   What there is of one that failed or was cancelled.
 * @property {(id: string) => void} [opened]      A job has been taken from the address.
 * @property {(id: string | null) => void} [turned]   Another job is shown, or none.
 * @property {(job: Snapshot) => void} [moved]    A snapshot has come.
 * @property {(job: Snapshot) => void} [ended]    The job is over; after its result is shown, where it has one.
 */

/** The job in the address, or null. */
export const jobInAddress = () => new URLSearchParams(location.search).get("job");

/** Where the snapshot of a job of one's own is. @param {string} id */
export const hrefOf = (id) => `/api/jobs/${encodeURIComponent(id)}`;

export class Desk {
  #kind;
  #told;
  #outcome;
  /** What is shown: where its snapshot is. @type {string | null} */
  #href = null;
  /** @type {string | null} */
  #id = null;

  /** @param {string} kind   Of the jobs. @param {Told} told @param {HTMLElement} [outcome]   Where the result goes. */
  constructor(kind, told, outcome = at("result")) {
    this.#kind = kind;
    this.#told = told;
    this.#outcome = outcome;
  }

  /** The job that is shown, for its owner. */
  get id() {
    return this.#id;
  }

  /** Shows what the address names, now and whenever it changes. */
  listen() {
    addEventListener("popstate", () => this.#look());
    this.#look();
  }

  #look() {
    const id = jobInAddress();
    const href = id === null ? null : hrefOf(id);
    if (href === null || href !== this.#href) this.follow(href, id);
    if (id !== null) this.#told.opened?.(id);
  }

  /** Shows a job that has just been handed in, or chosen on this page. @param {string} id @param {Snapshot | null} [snapshot] */
  go(id, snapshot = null) {
    history.pushState(null, "", `?job=${encodeURIComponent(id)}`);
    this.follow(hrefOf(id), id, snapshot);
    at("progress").scrollIntoView({ block: "nearest" });
  }

  /**
   * @param {string | null} href   Where its snapshot is; null: nothing is shown.
   * @param {string | null} id     The job, for its owner.
   * @param {Snapshot | null} [snapshot]   What is known already.
   */
  follow(href, id, snapshot = null) {
    this.#href = href;
    this.#id = id;
    const progress = at("progress");
    at("nothing").hidden = href !== null;
    progress.hidden = href === null;
    this.#outcome.hidden = true;
    this.#outcome.replaceChildren();
    progress.replaceChildren();
    this.#told.turned?.(id);
    if (href === null) return;
    const { title: label, stations } = face(this.#kind);
    const element = /** @type {HeadwayJob} */ (h("headway-job", { tab: true, notify: true, label, readonly: id === null }));
    element.stations = stations;
    element.addEventListener("headway:snapshot", (event) => {
      const { snapshot: job } = /** @type {CustomEvent<{snapshot: Snapshot}>} */ (event).detail;
      if (job.status !== "completed") this.#outcome.hidden = true;
      this.#told.moved?.(job);
    });
    element.addEventListener("headway:done", (event) => {
      const { snapshot: job } = /** @type {CustomEvent<{snapshot: Snapshot}>} */ (event).detail;
      void this.#show(href, job);
    });
    if (snapshot) element.snapshot = snapshot;
    element.setAttribute("href", href);
    const more = id && h("p", { class: "small noprint" }, h("a", { href: `/jobs/${encodeURIComponent(id)}` }, _("Everything about this job")));
    progress.append(h("div", { class: "stack" }, element, more));
  }

  /** @param {string} href @param {Snapshot} job */
  async #show(href, job) {
    const made = job.status === "completed" ? this.#told.result : this.#told.part;
    const nodes = (await made?.(href, job).catch((error) => [this.#failed(error, href, job)])) ?? [];
    if (this.#href !== href) return; // another job was chosen meanwhile
    this.#outcome.replaceChildren(...nodes);
    this.#outcome.hidden = !nodes.length;
    this.#told.ended?.(job);
  }

  /** @param {unknown} error @param {string} href @param {Snapshot} job */
  #failed(error, href, job) {
    if (!(error instanceof Problem)) reportError(error);
    const said = error instanceof Problem && error.status ? error.message : _("The result could not be fetched.");
    const again = h("button", { type: "button" }, _("Try again"));
    again.addEventListener("click", () => void this.#show(href, job));
    return h("div", { class: "panel stack", role: "alert" }, h("p", {}, said), h("div", {}, again));
  }
}
