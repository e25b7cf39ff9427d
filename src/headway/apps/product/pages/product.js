/**
 * The product page: hand reviews in, watch, read, share, compare.
 *
 * The address says what is shown: `?job=ID` an analysis of one's own, `?watch=TOKEN` one that is shared, `?compare=A,B` two
 * side by side. A reload, another tab and Back lead to the same place.
 */
import { Problem, ask, date } from "/static/headway.js";
import { headers, problem } from "/static/headway/http.js";
import { Desk, hrefOf, jobInAddress } from "/static/desk.js";
import { chooseNone, complain, complaintsOf, dropZone, onSubmit } from "/static/forms.js";
import { _, at, block, copy, h, lang, ngettext } from "/static/page.js";
import { sideBySide } from "./compare.js";
import { keep, kept } from "./kept.js";
import { result } from "./result.js";

/**
 * @typedef {import("/static/headway/types.js").Snapshot} Snapshot
 * @typedef {import("./result.js").Analysis} Analysis
 * @typedef {{name: string, product: Record<string, unknown>, reviews: Record<string, unknown>[]}} Sample
 */

/** @type {Sample[]} */
const samples = block("product-data").samples;
const START = "/api/analysis/start";

const form = /** @type {HTMLFormElement} */ (at("form"));
const title = /** @type {HTMLInputElement} */ (at("title"));
const reviews = /** @type {HTMLTextAreaElement} */ (at("reviews"));
const file = /** @type {HTMLInputElement} */ (at("file"));
const url = /** @type {HTMLInputElement} */ (at("url"));
const analyze = /** @type {HTMLButtonElement} */ (at("analyze"));

/** @type {string | null} */
let shown = null;

/* ---- handing in ---- */

/** What stands in the form, as a request: JSON where it is JSON, else a file. @returns {{json?: unknown, form?: FormData} | null} */
function filled() {
  const upload = new FormData();
  upload.set("title", title.value.trim());
  if (file.files?.[0]) {
    upload.set("file", file.files[0]);
    return { form: upload };
  }
  const text = reviews.value.trim();
  if (/^[[{]/.test(text)) {
    try {
      const value = JSON.parse(text);
      const order = Array.isArray(value) ? { reviews: value } : value;
      return { json: title.value.trim() ? { ...order, product: { ...order.product, title: title.value.trim() } } : order };
    } catch {
      // perhaps JSON lines: the server says what is wrong with it
    }
  }
  if (text) {
    upload.set("file", new File([text], /^[[{]/.test(text) ? "pasted.json" : "pasted.txt", { type: "text/plain" }));
    return { form: upload };
  }
  if (url.value.trim()) return { json: { product: { title: title.value.trim() }, url: url.value.trim() } };
  return null;
}

/** @param {{json?: unknown, form?: FormData}} order @returns {Promise<Snapshot>} */
async function send(order) {
  if (order.json !== undefined) return ask(START, { method: "POST", body: order.json, lang });
  /** @type {Response} */
  let response;
  try {
    response = await fetch(START, { method: "POST", body: order.form ?? null, headers: headers(START, { lang }, true) });
  } catch {
    throw new Problem(0);
  }
  if (!response.ok) throw await problem(response);
  return response.json();
}

async function handIn() {
  if (analyze.disabled) return;
  complain([]);
  const order = filled();
  if (!order) return complain([{ field: "reviews", message: _("Paste reviews, or choose a file") }]);
  analyze.disabled = true;
  analyze.setAttribute("aria-busy", "true");
  try {
    const snapshot = await send(order);
    history.pushState(null, "", `?job=${encodeURIComponent(snapshot.id)}`);
    show(snapshot);
    at("progress").scrollIntoView({ block: "nearest" });
  } catch (error) {
    complain(complaintsOf(error));
  } finally {
    analyze.disabled = false;
    analyze.removeAttribute("aria-busy");
  }
}

/** @param {number} n   Which sample. */
function trySample(n) {
  const sample = samples[n];
  if (!sample) return;
  chooseNone(file);
  title.value = String(sample.product.title ?? "");
  reviews.value = JSON.stringify({ product: sample.product, reviews: sample.reviews }, null, 1);
  count();
}

/** Says how many reviews the pasted text has, where that can be seen. */
function count() {
  const text = reviews.value.trim();
  let n = 0;
  try {
    const value = JSON.parse(text);
    n = (Array.isArray(value) ? value : (value?.reviews ?? [])).length ?? 0;
  } catch {
    n = /^[[{]/.test(text) ? 0 : text.split(/\n\s*\n/).filter(Boolean).length;
  }
  at("counted").textContent = text && n ? ngettext("{n} review found", "{n} reviews found", n) : "";
}

/* ---- what the address shows ---- */

const asked = () => new URLSearchParams(location.search);

/** @param {Snapshot | null} [snapshot]   What is known already of the job in the address. */
function show(snapshot = null) {
  const query = asked();
  const [job, watch, compare] = [query.get("job"), query.get("watch"), query.get("compare")];
  shown = location.search;
  at("desk").hidden = compare !== null;
  at("comparison").hidden = compare === null;
  form.hidden = watch !== null;
  at("desk").classList.toggle("alone", watch !== null);
  if (compare !== null) void showComparison(compare.split(",").filter(Boolean).slice(0, 2));
  else if (watch !== null) desk.follow(`/api/watch/${encodeURIComponent(watch)}`, null);
  else desk.follow(job === null ? null : hrefOf(job), job, snapshot);
  showKept();
}

const desk = new Desk("product", {
  async result(href) {
    /** @type {Analysis} */
    const analysis = await ask(`${href}/result`, { lang });
    const id = jobInAddress();
    if (id !== null) keep({ id, title: analysis.product.title, grade: analysis.grade, at: Date.now() });
    return result(analysis, id === null ? null : actions(id));
  },
  ended: showKept,
});

/** Downloads, and a link for others. @param {string} id */
function actions(id) {
  const base = hrefOf(id);
  const share = h("button", { type: "button" }, _("Share"));
  const line = h("div", { class: "row", hidden: true });
  share.addEventListener("click", async () => {
    share.disabled = true;
    try {
      const { url: link } = await ask(`${base}/share`, { method: "POST", lang });
      const field = h("input", { readonly: true, dir: "ltr", "aria-label": _("Link to this result"), value: `${location.origin}/product?watch=${link.split("/").at(-1)}` });
      const button = h("button", { type: "button" }, _("Copy"));
      button.addEventListener("click", () => copy(button, field.value));
      line.replaceChildren(h("div", { class: "by-button" }, field), button);
      line.hidden = false;
      field.select();
    } catch (error) {
      line.replaceChildren(h("p", { class: "error", role: "alert" }, error instanceof Error ? error.message : ""));
      line.hidden = false;
    } finally {
      share.disabled = false;
    }
  });
  return h(
    "div",
    { class: "stack noprint" },
    h("div", { class: "row" }, h("a", { class: "button", href: `${base}/export?format=pdf`, download: true }, _("PDF")), h("a", { class: "button", href: `${base}/export?format=csv`, download: true }, _("CSV with every review")), share),
    line,
  );
}

/** @param {string[]} ids */
async function showComparison(ids) {
  const sides = at("sides");
  try {
    const analyses = await Promise.all(ids.map(async (id) => ({ id, analysis: await analysisOf(id) })));
    if (analyses.length < 2) return refuse(_("Choose two analyses to compare."));
    sides.replaceChildren(sideBySide(analyses));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    refuse(error.status === 404 ? _("One of these analyses is not of this browser, or was deleted.") : error.message);
  }

  /** @param {string} said */
  function refuse(said) {
    sides.replaceChildren(h("p", { class: "note warn", role: "alert" }, said), h("p", {}, h("a", { href: "/product" }, _("Analyse reviews"))));
  }
}

/** @param {string} id @returns {Promise<Analysis>} @throws {Problem} where it is not a finished analysis of this browser's. */
async function analysisOf(id) {
  const href = hrefOf(id);
  const [job, analysis] = await Promise.all([ask(href, { lang }), ask(`${href}/result`, { lang })]);
  if (job.kind !== "product") throw new Problem(404);
  return analysis;
}

/** What this browser has analysed, to come back to and to compare. */
function showKept() {
  const entries = kept();
  at("history").hidden = !entries.length;
  const rows = entries.map((entry) =>
    h(
      "li",
      { class: "row" },
      h("label", { class: "check" }, h("input", { type: "checkbox", name: "id", value: entry.id, "aria-label": _("Compare {title}", { title: entry.title || entry.id }) })),
      h("b", { class: "letter" }, entry.grade),
      h("a", { href: `/product?job=${encodeURIComponent(entry.id)}`, dir: "auto" }, entry.title || _("A product without a name")),
      h("span", { class: "hint" }, date(lang, new Date(entry.at).toISOString(), { dateStyle: "medium" })),
    ),
  );
  at("kept").replaceChildren(...rows);
  choose();
}

const chosenIds = () => new FormData(/** @type {HTMLFormElement} */ (at("compare-form"))).getAll("id").map(String);

function choose() {
  const n = chosenIds().length;
  /** @type {HTMLButtonElement} */ (at("compare")).disabled = n !== 2;
  at("chosen").textContent = n === 2 ? "" : _("Choose two.");
}

/* ---- begin ---- */

onSubmit(form, () => void handIn());
dropZone(at("zone"), file);
reviews.addEventListener("input", count);
at("samples").addEventListener("click", (event) => {
  const n = event.target instanceof HTMLElement ? event.target.dataset.sample : undefined;
  if (n !== undefined) trySample(Number(n));
});
at("compare-form").addEventListener("change", choose);
at("compare-form").addEventListener("submit", (event) => {
  event.preventDefault();
  history.pushState(null, "", `?compare=${chosenIds().map(encodeURIComponent).join(",")}`);
  show();
  at("comparison").scrollIntoView();
});
addEventListener("popstate", () => location.search !== shown && show());

at("samples").hidden = !samples.length;
if (asked().has("sample")) trySample(0);
count();
show();
