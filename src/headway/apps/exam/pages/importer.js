/**
 * Importing answers: a file that is dropped, chosen or pasted, sent as it is.
 */
import { Problem } from "/static/headway.js";
import { headers, problem } from "/static/headway/http.js";
import { chooseNone, dropZone } from "/static/forms.js";
import { _, at, lang, ngettext, toast } from "/static/page.js";

const LIMIT_BYTES = 32 << 20;

export class Importer {
  #told;
  #file = /** @type {HTMLInputElement} */ (at("file"));
  #pasted = /** @type {HTMLTextAreaElement} */ (at("pasted"));
  #code = /** @type {HTMLInputElement} */ (at("code"));
  #send = /** @type {HTMLButtonElement} */ (at("send"));

  /**
   * @param {{refused: (error: unknown) => void, complain: (errors: {field: string, message: string}[]) => void, imported: () => void}} told
   */
  constructor(told) {
    this.#told = told;
  }

  listen() {
    dropZone(at("zone"), this.#file);
    at("import-form").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#import();
    });
    this.#file.addEventListener("change", () => this.#look());
  }

  /** Says at once what cannot be taken. */
  #look() {
    const file = this.#file.files?.[0];
    const wrong = file && file.size > LIMIT_BYTES ? _("This file is larger than 32 MB.") : file && !file.size ? _("This file is empty.") : "";
    at("file-error").textContent = wrong;
    at("file-error").hidden = !wrong;
    at("file-field").classList.toggle("wrong", Boolean(wrong));
    this.#send.disabled = Boolean(wrong);
  }

  async #import() {
    const file = this.#file.files?.[0];
    const body = file ?? this.#pasted.value;
    this.#told.complain([]);
    if (!file && !this.#pasted.value.trim()) {
      this.#told.complain([{ field: "file", message: _("Choose a file, or paste its content.") }]);
      return;
    }
    this.#send.disabled = true;
    this.#send.setAttribute("aria-busy", "true");
    try {
      const done = await send(this.#code.value.trim(), body);
      chooseNone(this.#file);
      this.#pasted.value = "";
      toast(ngettext("{n} enrolment imported", "{n} enrolments imported", done.accepted));
      this.#told.imported();
    } catch (error) {
      this.#told.refused(error);
    } finally {
      this.#send.disabled = false;
      this.#send.removeAttribute("aria-busy");
    }
  }
}

/** @param {string} code @param {File | string} body @returns {Promise<{accepted: number, created: number}>} @throws {Problem} */
async function send(code, body) {
  const url = code ? `/api/exams/${encodeURIComponent(code)}/enrolments` : "/api/enrolments";
  /** @type {Response} */
  let response;
  try {
    // The server reads from the text itself whether it is JSON or CSV.
    response = await fetch(url, { method: "POST", headers: { ...headers(url, { lang }, true), "Content-Type": "text/plain" }, body });
  } catch {
    throw new Problem(0);
  }
  if (!response.ok) throw await problem(response);
  return response.json();
}
