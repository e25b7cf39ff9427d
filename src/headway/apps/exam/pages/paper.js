/**
 * An exam on the page: part by part, each answer saved as it is given.
 */
import { Problem, ask, number } from "/static/headway.js";
import { _, h, lang, ngettext } from "/static/page.js";

/**
 * @typedef {{id: string, text: string, options: {id: string, text: string}[], several: boolean, points: number}} Question
 * @typedef {{id: string, name: string, questions: Question[]}} Part
 * @typedef {{code: string, title: string, about: string, questions: number, parts: Part[]}} Exam
 * @typedef {string | string[] | null} Given
 */

export class Paper {
  #section;
  #told;
  /** @type {Exam | null} */
  #exam = null;
  #student = "";
  #part = 0;
  /** @type {Record<string, Given>} */
  #answers = {};
  /** What is not saved yet, by question. @type {Map<string, Given>} */
  #unsaved = new Map();
  /** @type {Promise<void> | null} */
  #saving = null;

  /**
   * @param {HTMLElement} section
   * @param {{refused: (error: unknown) => void, finished: (code: string, student: string) => Promise<void>, left: () => void}} told
   */
  constructor(section, told) {
    this.#section = section;
    this.#told = told;
    addEventListener("online", () => void this.#save());
    addEventListener("beforeunload", (event) => this.#unsaved.size && event.preventDefault());
  }

  /** Shows an exam, with what has been answered before. @param {string} code @param {string} student @throws {Problem} */
  async open(code, student) {
    const path = `/api/enrolments/${encodeURIComponent(code)}?${new URLSearchParams({ student })}`;
    /** @param {unknown} error */
    const none = (error) => {
      if (error instanceof Problem && (error.status === 404 || error.status === 409)) return null;
      throw error;
    };
    const [exam, known] = await Promise.all([ask(`/api/exams/${encodeURIComponent(code)}`, { lang }), ask(path, { lang }).catch(none)]);
    this.#exam = exam;
    this.#student = student;
    this.#answers = known && known.student === student ? known.answers : {};
    this.#part = Math.max(0, exam.parts.findIndex((/** @type {Part} */ part) => !this.#isWhole(part)));
    this.#draw();
  }

  /** @param {Part} part */
  #isWhole(part) {
    return part.questions.every((question) => this.#isAnswered(question.id));
  }

  /** @param {string} question */
  #isAnswered(question) {
    const given = this.#answers[question];
    return Array.isArray(given) ? given.length > 0 : Boolean(given);
  }

  #draw() {
    const exam = this.#exam;
    const part = exam?.parts[this.#part];
    if (!exam || !part) return;
    const parts = exam.parts.map((each, n) => {
      const name = `${number(lang, n + 1)}. ${each.name}`;
      const button = h("button", { type: "button", title: name, "aria-label": name, "aria-current": n === this.#part && "step" }, number(lang, n + 1));
      button.addEventListener("click", () => this.#turn(n));
      return button;
    });
    const leave = h("button", { type: "button", class: "plain" }, _("Go on later"));
    leave.addEventListener("click", () => this.#told.left());
    const back = h("button", { type: "button", disabled: this.#part === 0 }, _("Back"));
    back.addEventListener("click", () => this.#turn(this.#part - 1));
    const last = this.#part === exam.parts.length - 1;
    const next = h("button", { type: "button", class: last ? null : "main" }, _("Next part"));
    next.hidden = last;
    next.addEventListener("click", () => this.#turn(this.#part + 1));
    const finish = h("button", { type: "button", class: last ? "main" : null, id: "finish" }, _("Finish and see the result"));
    finish.addEventListener("click", () => void this.#finish(finish));
    this.#section.replaceChildren(
      h(
        "div",
        { class: "paper-head" },
        h("div", { class: "row spread" }, h("h2", { id: "paper-title" }, exam.title), leave),
        h("progress", { max: exam.questions, value: 0, "aria-labelledby": "answered" }),
        h("p", { class: "row spread hint num" }, h("span", { id: "answered" }), h("span", { id: "saved", role: "status" })),
        h("div", { class: "paper-parts", role: "group", "aria-label": _("Parts") }, ...parts),
      ),
      h("h3", { id: "part", tabindex: "-1" }, part.name),
      ...part.questions.map((question) => this.#question(question)),
      h("div", { class: "row" }, back, next, finish),
    );
    this.#count();
  }

  /** @param {number} part */
  #turn(part) {
    this.#part = part;
    this.#draw();
    this.#section.querySelector("h3")?.focus();
    this.#section.scrollIntoView({ block: "start" });
  }

  /** @param {Question} question */
  #question(question) {
    const given = this.#answers[question.id];
    const chosen = new Set(Array.isArray(given) ? given : given ? [given] : []);
    const options = question.options.length ? question.options : [{ id: "yes", text: _("Yes") }, { id: "no", text: _("No") }];
    const labels = options.map((option) =>
      h(
        "label",
        {},
        h("input", { type: question.several ? "checkbox" : "radio", name: question.id, value: option.id, checked: chosen.has(option.id) }),
        question.options.length ? h("b", { class: "muted" }, option.id) : null,
        h("bdi", {}, option.text),
      ),
    );
    const worth = question.options.length ? h("span", { class: "hint num" }, ngettext("{n} point", "{n} points", question.points)) : null;
    const several = question.several ? h("span", { class: "hint" }, _("Several may be right.")) : null;
    const field = h(
      "fieldset",
      { class: "question" },
      h("legend", {}, h("span", { class: "asked" }, h("bdi", {}, question.text), worth, several)),
      h("div", { class: question.options.length ? "options" : "options yes-no" }, ...labels),
    );
    field.addEventListener("change", () => this.#answer(question, field));
    return field;
  }

  /** @param {Question} question @param {HTMLElement} field */
  #answer(question, field) {
    const chosen = [...field.querySelectorAll("input:checked")].map((input) => /** @type {HTMLInputElement} */ (input).value);
    const given = question.several ? chosen : (chosen[0] ?? null);
    this.#answers[question.id] = given;
    this.#unsaved.set(question.id, given);
    this.#count();
    void this.#save();
  }

  #count() {
    const exam = this.#exam;
    if (!exam) return;
    const done = exam.parts.flatMap((part) => part.questions).filter((question) => this.#isAnswered(question.id)).length;
    const text = _("{done} of {total} answered", { done: number(lang, done), total: number(lang, exam.questions) });
    const counter = this.#section.querySelector("#answered");
    if (counter) counter.textContent = text;
    const bar = this.#section.querySelector("progress");
    if (bar) bar.value = done;
    this.#section.querySelectorAll(".paper-parts button").forEach((button, n) => {
      const part = exam.parts[n];
      button.classList.toggle("whole", part !== undefined && this.#isWhole(part));
    });
  }

  /** Sends what is not saved, one after the other; what fails stays and is sent with the next. */
  async #save() {
    if (this.#saving) return this.#saving;
    this.#saving = this.#saveAll().finally(() => (this.#saving = null));
    return this.#saving;
  }

  async #saveAll() {
    const code = encodeURIComponent(this.#exam?.code ?? "");
    const query = new URLSearchParams({ student: this.#student });
    for (let next = this.#unsaved.entries().next(); !next.done; next = this.#unsaved.entries().next()) {
      const [question, given] = next.value;
      this.#say(_("Saving…"));
      try {
        await ask(`/api/enrolments/${code}/answers/${encodeURIComponent(question)}?${query}`, { method: "PUT", body: { given }, lang });
      } catch (error) {
        if (error instanceof Problem && error.status >= 400 && error.status < 500) {
          this.#unsaved.delete(question);
          this.#told.refused(error);
        }
        this.#say(_("Not saved yet"));
        return;
      }
      if (this.#unsaved.get(question) === given) this.#unsaved.delete(question);
    }
    this.#say(_("Saved"));
  }

  /** @param {string} text */
  #say(text) {
    const status = this.#section.querySelector("#saved");
    if (status) status.textContent = text;
  }

  /** @param {HTMLButtonElement} button */
  async #finish(button) {
    button.disabled = true;
    await this.#save();
    if (!this.#unsaved.size) await this.#told.finished(this.#exam?.code ?? "", this.#student);
    else this.#told.refused(new Problem(0));
    button.disabled = false;
  }
}
