/**
 * The list of jobs: a dense table, live while anything in it moves.
 *
 * The address holds filters, words and cursor. The list is asked for again every two seconds while the page is seen and a
 * job in it is unfinished (a stream for each row would use up the browser's connections), every fifteen otherwise, for jobs
 * that another page starts. What is done with chosen jobs is in jobs-bulk.js, the keys are in jobs-keys.js.
 */
import { Problem, TERMINAL, ask, date, duration, relative } from "/static/headway.js";
import { signIn } from "/static/forms.js";
import { bulk } from "/static/jobs-bulk.js";
import { keys } from "/static/jobs-keys.js";
import { _, at, cut, face, h, lang, middle, percent, statusWord } from "/static/page.js";

/**
 * @typedef {import("/static/headway/types.js").Snapshot} Snapshot
 * @typedef {{jobs: Snapshot[], next: string | null, titles: Record<string, string>}} Listed
 */

const AGAIN_MS = 2_000;
const AT_REST_MS = 15_000;
const TYPED_MS = 250;
const PAGE = 25;
const FILTERS = ["kind", "status", "q", "cursor"];
const box = at("jobs");
const filters = /** @type {HTMLFormElement} */ (at("filters"));
/** @type {Map<string, {row: HTMLTableRowElement, version: number, job: Snapshot}>} */
const rows = new Map();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let due;
/** Which question the page waits for: an answer to an older one is dropped. */
let asked = 0;

const chosen = bulk({
  /** @param {string} id */
  jobOf: (id) => rows.get(id)?.job ?? null,
  ids: () => [...rows.keys()],
  done: () => look(),
  changed: mark,
});
keys({ rows: () => [...(box.querySelector("tbody")?.rows ?? [])], chosen, search: at("q") });

function address() {
  const here = new URLSearchParams(location.search);
  const query = new URLSearchParams({ limit: String(PAGE), titles: "true" });
  for (const name of FILTERS) {
    const value = here.get(name);
    if (value) query.set(name, value);
  }
  return `/api/jobs?${query}`;
}

/** @param {Snapshot} job @param {string} title */
function row(job, title) {
  const kind = face(job.kind).title;
  const failed = job.status === "completed" && (job.failed_chunks?.length ?? 0) > 0;
  const box = h("input", { type: "checkbox", "aria-label": _("Choose {name}, {kind}", { name: title || job.id, kind }), "data-choose": job.id });
  return h(
    "tr",
    { "data-id": job.id },
    h("td", {}, h("label", { class: "check" }, box)),
    h(
      "td",
      {},
      h(
        "a",
        { class: "name", href: `/jobs/${job.id}` },
        h("i", { class: "bullet", "data-line": job.kind, "aria-hidden": "true" }),
        cut(title || kind),
        title ? h("span", { class: "sr" }, `, ${kind}`) : null,
      ),
    ),
    h("td", {}, h("code", { title: job.id }, middle(job.id, 13))),
    h("td", {}, h("span", { class: "state", "data-status": failed ? "warned" : job.status }, failed ? _("Done in part") : statusWord(job))),
    h(
      "td",
      {},
      ...pace(job),
    ),
    h("td", { class: "end" }, h("time", { datetime: job.created_at, title: date(lang, job.created_at) }, relative(lang, job.created_at))),
  );
}

/** How far a job is; of one that is over, how long it took; of one whose time is to come, when that is. @param {Snapshot} job @returns {(Node | string)[]} */
function pace(job) {
  if (TERMINAL.has(job.status)) return [job.processing_seconds == null ? "" : duration(lang, job.processing_seconds)];
  const due = job.scheduled_at;
  if (job.status === "pending" && due && Date.parse(due) > Date.now()) {
    return [h("time", { datetime: due, title: date(lang, due) }, _("begins {when}", { when: relative(lang, due) }))];
  }
  const bar = h("i");
  bar.style.inlineSize = `${job.percent}%`;
  return [h("span", { class: "row" }, h("span", { class: "track", "aria-hidden": "true" }, bar), percent(Math.floor(job.percent)))];
}

/** Shows on a row whether it is chosen. @param {Set<string>} ids */
function mark(ids) {
  for (const [id, { row }] of rows) {
    row.classList.toggle("chosen", ids.has(id));
    const tick = /** @type {HTMLInputElement} */ (row.querySelector("[data-choose]"));
    tick.checked = ids.has(id);
  }
  const all = /** @type {HTMLInputElement | null} */ (box.querySelector("#all"));
  if (!all) return;
  all.checked = ids.size > 0 && ids.size === rows.size;
  all.indeterminate = ids.size > 0 && ids.size < rows.size;
}

/** @param {Listed} listed */
function show({ jobs, next, titles }) {
  box.setAttribute("aria-busy", "false");
  if (!jobs.length) {
    rows.clear();
    chosen.keep();
    return box.replaceChildren(nothing());
  }
  const body = box.querySelector("tbody") ?? lay();
  box.querySelector("#pager")?.replaceWith(pager(next));
  const gone = new Set(rows.keys());
  // Only what changed is replaced: a focused link and a selection stay.
  for (const job of jobs) {
    gone.delete(job.id);
    const known = rows.get(job.id);
    if (known?.version === job.version) {
      const asked = known.row.querySelector("td.end time");
      if (asked) asked.textContent = relative(lang, job.created_at);
      continue;
    }
    const fresh = row(job, titles?.[job.id] ?? "");
    if (known) {
      if (known.row.classList.contains("at")) fresh.classList.add("at");
      const focused = known.row.contains(document.activeElement) ? (document.activeElement?.matches("input") ? "input" : "a") : "";
      known.row.replaceWith(fresh);
      if (focused) fresh.querySelector(focused)?.focus();
    }
    rows.set(job.id, { row: fresh, version: job.version, job });
  }
  for (const id of gone) rows.delete(id);
  const order = jobs.map((job) => /** @type {HTMLTableRowElement} */ (rows.get(job.id)?.row));
  if (order.some((node, i) => body.children[i] !== node) || body.children.length !== order.length) body.replaceChildren(...order);
  chosen.keep();
}

/** The empty table. @returns {HTMLTableSectionElement} */
function lay() {
  const all = h("label", { class: "check" }, h("input", { type: "checkbox", id: "all", "aria-label": _("Choose all of this page") }));
  const heads = [_("Job"), _("Id"), _("Status"), _("Progress or time taken")].map((text) => h("th", { scope: "col" }, text));
  const head = h("tr", {}, h("td", {}, all), ...heads, h("th", { scope: "col", class: "end" }, _("Asked")));
  const body = h("tbody");
  const table = h("table", { class: "table dense jobs" }, h("caption", { class: "sr" }, _("Your jobs, newest first")), h("thead", {}, head), body);
  rows.clear();
  box.replaceChildren(h("div", { class: "panel flush" }, h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": _("Jobs") }, table)), pager(null));
  return body;
}

/** @param {string | null} next */
function pager(next) {
  const query = new URLSearchParams(location.search);
  const links = h("nav", { class: "row", id: "pager", "aria-label": _("Pages of the list"), hidden: !next && !query.get("cursor") });
  if (query.get("cursor")) {
    query.delete("cursor");
    links.append(h("a", { class: "button", href: `?${query}`, "data-goto": true }, _("Newest")));
  }
  if (next) {
    query.set("cursor", next);
    links.append(h("a", { class: "button", href: `?${query}`, rel: "next", "data-goto": true }, _("Older")));
  }
  return links;
}

function nothing() {
  const here = new URLSearchParams(location.search);
  const filtered = FILTERS.some((name) => here.get(name));
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
  if (status === 401) return signIn();
  if (!status && !(error instanceof Problem || error instanceof TypeError)) reportError(error);
  const text = status ? /** @type {Problem} */ (error).message : _("The server does not answer. Trying again.");
  box.setAttribute("aria-busy", "false");
  if (!rows.size) box.replaceChildren(h("p", { class: "note warn", role: "alert" }, text));
}

/** Grey lines, for a list that is slow to come. */
function skeleton() {
  const line = () => h("div", { class: "skeleton" });
  if (box.getAttribute("aria-busy") === "true" && !rows.size) box.replaceChildren(...Array.from({ length: 8 }, line));
}

async function look() {
  clearTimeout(due);
  const question = ++asked;
  let moving = true;
  try {
    /** @type {Listed} */
    const listed = await ask(address(), { lang });
    if (question !== asked) return;
    show(listed);
    moving = listed.jobs.some((job) => !TERMINAL.has(job.status));
  } catch (error) {
    if (question !== asked) return;
    trouble(error);
  }
  clearTimeout(due);
  due = setTimeout(() => (document.hidden ? document.addEventListener("visibilitychange", look, { once: true }) : void look()), moving ? AGAIN_MS : AT_REST_MS);
}

/* ---- the filters, without leaving the page ---- */

/** @param {string} search @param {"push" | "replace"} how */
function go(search, how) {
  const target = location.pathname + (search ? `?${search}` : "");
  if (how === "push") history.pushState(null, "", target);
  else history.replaceState(null, "", target);
  present();
  void look();
}

/** Shows on the form what the address says. */
function present() {
  const here = new URLSearchParams(location.search);
  for (const name of ["status", "kind", "q"]) {
    const field = /** @type {HTMLInputElement | HTMLSelectElement | null} */ (filters.elements.namedItem(name));
    if (field && field !== document.activeElement) field.value = here.get(name) ?? "";
  }
  for (const chip of at("statuses").querySelectorAll("a")) {
    if ((here.get("status") ?? "") === chip.dataset.status) chip.setAttribute("aria-current", "true");
    else chip.removeAttribute("aria-current");
    const query = new URLSearchParams(here);
    query.delete("cursor");
    if (chip.dataset.status) query.set("status", chip.dataset.status);
    else query.delete("status");
    chip.href = `?${query}`;
  }
}

/** The form as a query, without what is empty. */
function formQuery() {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(filters)) if (typeof value === "string" && value.trim()) query.set(name, value.trim());
  return query.toString();
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let typing;
filters.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(typing);
  go(formQuery(), "push");
});
filters.addEventListener("input", (event) => {
  clearTimeout(typing);
  if (event.target instanceof HTMLSelectElement) return go(formQuery(), "push");
  typing = setTimeout(() => go(formQuery(), "replace"), TYPED_MS);
});
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? /** @type {HTMLAnchorElement | null} */ (event.target.closest("#statuses a, a[data-goto]")) : null;
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  go(new URL(link.href).search.slice(1), "push");
});
addEventListener("popstate", () => {
  present();
  void look();
});

setTimeout(skeleton, 300);
present();
void look();
