/**
 * The list of jobs: a dense table, live while anything in it moves.
 *
 * The address holds filters and cursor. The list is asked for again every two seconds while the page is seen and a job
 * in it is unfinished: a stream for each row would use up the browser's connections.
 */
import { Problem, TERMINAL, ask, date, duration, number, relative } from "/static/headway.js";
import { _, at, face, h, lang, middle, statusWord } from "/static/page.js";

/** @typedef {import("/static/headway/types.js").Snapshot} Snapshot */

const AGAIN_MS = 2_000;
const PAGE = 25;
const box = at("jobs");
const here = new URLSearchParams(location.search);
/** @type {Map<string, {row: HTMLElement, version: number}>} */
const rows = new Map();

function address() {
  const query = new URLSearchParams({ limit: String(PAGE) });
  for (const name of ["kind", "status", "cursor"]) {
    const value = here.get(name);
    if (value) query.set(name, value);
  }
  return `/api/jobs?${query}`;
}

/** @param {Snapshot} job */
function row(job) {
  const name = face(job.kind).title;
  const bar = h("i");
  bar.style.inlineSize = `${job.percent}%`;
  const spent = job.processing_seconds ?? null;
  const percent = _("{n} %", { n: number(lang, Math.floor(job.percent)) });
  return h(
    "tr",
    {},
    h("td", {}, h("a", { href: `/jobs/${job.id}` }, name)),
    h("td", {}, h("code", { title: job.id }, middle(job.id, 13))),
    h("td", {}, h("span", { class: "state", "data-status": job.status }, statusWord(job))),
    h(
      "td",
      {},
      TERMINAL.has(job.status)
        ? (spent === null ? "" : duration(lang, spent))
        : h("span", { class: "row" }, h("span", { class: "track", "aria-hidden": "true" }, bar), percent),
    ),
    h("td", { class: "end" }, h("time", { datetime: job.created_at, title: date(lang, job.created_at) }, relative(lang, job.created_at))),
  );
}

/** @param {Snapshot[]} jobs @param {string | null} next */
function show(jobs, next) {
  box.setAttribute("aria-busy", "false");
  if (!jobs.length) return box.replaceChildren(nothing());
  let body = box.querySelector("tbody");
  if (!body) {
    const heads = [_("Application"), _("Job"), _("Status"), _("Progress or time taken")].map((text) => h("th", { scope: "col" }, text));
    const head = h("tr", {}, ...heads, h("th", { scope: "col", class: "end" }, _("Asked")));
    body = /** @type {HTMLTableSectionElement} */ (h("tbody"));
    const table = h("table", { class: "table jobs" }, h("caption", { class: "sr" }, _("Your jobs, newest first")), h("thead", {}, head), body);
    box.replaceChildren(h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": _("Jobs") }, table), pager(next));
    rows.clear();
  }
  // Only what changed is replaced: a focused link and a selection stay.
  for (const job of jobs) {
    const known = rows.get(job.id);
    if (known?.version === job.version) continue;
    const fresh = row(job);
    if (known) known.row.replaceWith(fresh);
    rows.set(job.id, { row: fresh, version: job.version });
  }
  const order = jobs.map((job) => /** @type {HTMLElement} */ (rows.get(job.id)?.row));
  if (order.some((node, i) => body.children[i] !== node) || body.children.length !== order.length) body.replaceChildren(...order);
}

/** @param {string | null} next */
function pager(next) {
  const query = new URLSearchParams(here);
  const links = h("nav", { class: "row", "aria-label": _("Pages of the list") });
  if (here.get("cursor")) {
    query.delete("cursor");
    links.append(h("a", { class: "button", href: `?${query}` }, _("Newest")));
  }
  if (next) {
    query.set("cursor", next);
    links.append(h("a", { class: "button", href: `?${query}`, rel: "next" }, _("Older")));
  }
  return links;
}

function nothing() {
  const filtered = here.get("status") || here.get("kind");
  return h(
    "div",
    { class: "empty" },
    h("h2", {}, filtered ? _("No job fits these filters") : _("No job yet")),
    h("p", {}, filtered ? _("Take a filter away to see the others.") : _("What you ask for stands here from the moment it is accepted.")),
    h("a", { class: "button", href: filtered ? "/jobs" : "/" }, filtered ? _("Show all jobs") : _("Choose an application")),
  );
}

/** @param {unknown} error */
function trouble(error) {
  const status = error instanceof Problem ? error.status : 0;
  if (status === 401) location.assign(`/sign-in?${new URLSearchParams({ next: location.pathname + location.search, error: "expired" })}`);
  const text = status ? /** @type {Problem} */ (error).message : _("The server does not answer. Trying again.");
  box.setAttribute("aria-busy", "false");
  if (!rows.size) box.replaceChildren(h("p", { class: "note warn", role: "alert" }, text));
}

/** Grey lines, for a list that is slow to come. */
function skeleton() {
  const line = () => h("div", { class: "skeleton" });
  if (box.getAttribute("aria-busy") === "true") box.replaceChildren(...Array.from({ length: 8 }, line));
}

async function look() {
  let moving = true;
  try {
    const { jobs, next } = await ask(address(), { lang });
    show(jobs, next ?? null);
    moving = jobs.some((/** @type {Snapshot} */ job) => !TERMINAL.has(job.status));
  } catch (error) {
    trouble(error);
  }
  if (moving) setTimeout(() => (document.hidden ? document.addEventListener("visibilitychange", look, { once: true }) : void look()), AGAIN_MS);
}

setTimeout(skeleton, 300);
void look();
