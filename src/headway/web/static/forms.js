/**
 * What forms share: complaints beside the fields and in a summary that takes focus, files by pasting, dropping and
 * browsing, and Ctrl/⌘+Enter.
 *
 * The markup it works on is in docs/look.md: `.field` with `#NAME` and `#NAME-error`, one `#summary` with `#summary-list`.
 */
import { Problem } from "/static/headway.js";
import { _, at, h } from "/static/page.js";

/** @typedef {{field: string, message: string}} Complaint */

/**
 * Shows what is wrong with a form, and takes away what was; the summary gets the focus.
 *
 * @param {Complaint[]} errors
 */
export function complain(errors) {
  for (const line of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".field .error[id$='-error']"))) {
    const name = line.id.slice(0, -"-error".length);
    const own = errors.filter((error) => error.field === name);
    line.hidden = !own.length;
    line.textContent = own.map((error) => error.message).join(" ");
    line.closest(".field")?.classList.toggle("wrong", own.length > 0);
    document.getElementById(name)?.setAttribute("aria-invalid", String(own.length > 0));
  }
  const items = errors.map(({ field, message }) => {
    const here = field && document.getElementById(field);
    return h("li", {}, here ? h("a", { href: `#${field}` }, message) : field ? `${field}: ${message}` : message);
  });
  at("summary-list").replaceChildren(...items);
  at("summary").hidden = !errors.length;
  if (errors.length) at("summary").focus();
}

/**
 * What a refused or failed submission means, as complaints; one who is not signed in (any more) is led to the sign-in page.
 *
 * @param {unknown} error
 * @returns {Complaint[]}
 */
export function complaintsOf(error) {
  if (error instanceof Problem && error.status === 401) {
    signIn();
    return [];
  }
  if (!(error instanceof Problem) || !error.status) {
    return [{ field: "", message: _("The server does not answer. What you entered is kept; try again.") }];
  }
  return error.errors.length ? error.errors : [{ field: "", message: error.message }];
}

/** Leads to the sign-in page, and back here afterwards. */
export function signIn() {
  const next = location.pathname + location.search;
  location.assign(`/sign-in?${new URLSearchParams({ next, error: "expired" })}`);
}

/** A new `Idempotency-Key`. `crypto.randomUUID` is missing on plain http of another host than localhost. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Calls `send` for the form's button, for Enter in a field, and for Ctrl/⌘+Enter in an editor.
 *
 * @param {HTMLFormElement} form
 * @param {() => unknown} send
 */
export function onSubmit(form, send) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    send();
  });
}

/** Forgets what was chosen. @param {HTMLInputElement} input   Of a drop zone. */
export function chooseNone(input) {
  input.value = "";
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

/**
 * Lets files be dropped on a zone or pasted anywhere on the page, as if they had been chosen in its `<input type="file">`;
 * the input hears a `change` event either way. Its button and the name of the file speak the page's language, not the browser's.
 *
 * @param {HTMLElement} zone            `.drop`
 * @param {HTMLInputElement} input
 */
export function dropZone(zone, input) {
  const name = h("output", { class: "hint", for: input.id, dir: "auto", hidden: true });
  input.after(h("label", { class: "button", for: input.id }, input.multiple ? _("Choose files") : _("Choose a file")), name);
  zone.classList.add("dressed");
  input.addEventListener("change", () => {
    name.textContent = input.multiple ? "" : (input.files?.[0]?.name ?? "");
    name.hidden = !name.textContent;
  });
  /** @param {FileList | null | undefined} files */
  const take = (files) => {
    if (!files?.length) return;
    const kept = new DataTransfer();
    for (const file of input.multiple ? files : [...files].slice(0, 1)) kept.items.add(file);
    input.files = kept.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  let depth = 0; // dragenter and dragleave also come from the zone's own children
  /** @param {number} by */
  const step = (by) => zone.classList.toggle("over", (depth += by) > 0);
  zone.addEventListener("dragenter", () => step(1));
  zone.addEventListener("dragleave", () => step(-1));
  zone.addEventListener("dragover", (event) => event.preventDefault());
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    step(-depth);
    take(event.dataTransfer?.files);
  });
  document.addEventListener("paste", (event) => {
    if (event.clipboardData?.files.length) take(event.clipboardData.files);
  });
}
