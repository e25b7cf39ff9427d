/**
 * `<headway-job href="/api/jobs/ID">`: a job as a line diagram, live until it ends.
 *
 * Used by every page of Headway and by pages of other sites. What it says comes from reading.js, what it knows from
 * watch.js; this file holds the marks, the buttons and the attributes. The bar moves by snapshots only, never by a timer.
 *
 * @see README.md for attributes, events and custom properties.
 */
import { Problem, ask } from "./http.js";
import { announcement, read, travel } from "./reading.js";
import { style } from "./style.js";
import { Tab } from "./tab.js";
import { TERMINAL, watch } from "./watch.js";
import { Words } from "./words.js";

/**
 * @typedef {import("./types.js").Snapshot} Snapshot
 * @typedef {import("./types.js").News} News
 * @typedef {import("./types.js").WatchHandle} WatchHandle
 * @typedef {import("./types.js").WatchState} WatchState
 * @typedef {import("./reading.js").Reading} Reading
 * @typedef {import("./reading.js").Station} Station
 */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string>} [attributes]
 * @param {(Node | string)[]} [children]
 * @returns {HTMLElementTagNameMap[T]}
 */
function h(tag, attributes = {}, children = []) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** Writes a text only where it changed, so that nothing is repainted or announced twice. @param {Element} node @param {string} text */
function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export class HeadwayJob extends HTMLElement {
  static observedAttributes = ["href", "token", "lang", "label", "readonly"];

  /** @type {WatchHandle | null} */
  #watch = null;
  #words = new Words("en");
  /** @type {{job: Snapshot, news: News} | null} */
  #last = null;
  /** @type {WatchState} */
  #state = "connecting";
  /** @type {Station[]} */
  #stations = [];
  /** @type {Station[] | null} */
  #given = null;
  /** @type {{stage: string, quarter: number} | null} */
  #said = null;
  /** @type {"" | "cancel" | "retry"} */
  #busy = "";
  #begun = false;
  #asking = false;
  #trouble = "";
  #wantsNotice = false;
  /** @type {Tab | null} */
  #tab = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #clock;
  #ui = this.#build();

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [style()];
    root.append(this.#ui.box);
  }

  /** The newest snapshot; setting it saves the first look, e.g. with the answer of a submission. @returns {Snapshot | null} */
  get snapshot() {
    return this.#last?.job ?? null;
  }

  /** @param {Snapshot | null} snapshot */
  set snapshot(snapshot) {
    if (!snapshot) return;
    if (this.#watch) this.#watch.accept(snapshot);
    else this.#last = { job: snapshot, news: { skewMs: 0, receivedAt: Date.now() } };
    if (!this.hasAttribute("href")) this.setAttribute("href", snapshot.links.self);
  }

  /** The stations of the line; by default the `<data value="PERCENT">` children. @returns {Station[]} */
  get stations() {
    return this.#stations;
  }

  /** @param {Station[]} stations */
  set stations(stations) {
    this.#given = stations;
    this.#layTrack();
    this.#render();
  }

  connectedCallback() {
    this.#start();
  }

  disconnectedCallback() {
    this.#end();
  }

  /** @param {string} name @param {string | null} before @param {string | null} after */
  attributeChangedCallback(name, before, after) {
    // An upgraded element hears of its attributes before it is connected, though it stands in the page already.
    if (!this.#begun || before === after) return;
    if (name === "label" || name === "readonly") return this.#render();
    if (name === "href") {
      if (this.#last && before !== null) this.#last = null; // another job
      this.#said = null;
    }
    this.#end();
    this.#start();
  }

  #start() {
    this.#begun = true;
    const href = this.getAttribute("href");
    this.#words = new Words(this.closest("[lang]")?.getAttribute("lang") ?? "en");
    this.#ui.box.lang = this.#words.lang;
    this.#ui.box.dir = this.#words.rtl ? "rtl" : "ltr";
    this.#layTrack();
    if (this.hasAttribute("tab") && !this.#tab) this.#tab = new Tab();
    if (href) {
      this.#watch = watch(href, (job, news) => this.#receive(job, news), {
        ...this.#access(),
        snapshot: this.#last?.job ?? null,
        onState: (state) => {
          this.#state = state;
          this.#render();
          this.#emit("headway:state", { state });
        },
      });
    }
    this.#clock = setInterval(() => this.#last && !TERMINAL.has(this.#last.job.status) && this.#render(), 1_000);
    this.#render();
  }

  #end() {
    this.#begun = false;
    this.#watch?.close();
    this.#watch = null;
    clearInterval(this.#clock);
    this.#tab?.restore();
    this.#tab = null;
  }

  #access() {
    return { token: this.getAttribute("token"), lang: this.#words.lang };
  }

  /** @param {Snapshot} job @param {News} news */
  #receive(job, news) {
    const before = this.#last?.job.status;
    const wasOver = this.#watch?.state === "ended";
    this.#last = { job, news };
    if (TERMINAL.has(job.status)) this.#asking = false;
    this.#render();
    this.#emit("headway:snapshot", { snapshot: job });
    if (TERMINAL.has(job.status) && !wasOver) {
      if (before && !TERMINAL.has(before)) this.#notify();
      this.#emit("headway:done", { snapshot: job });
    }
  }

  /** @param {string} type @param {object} detail */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }));
  }

  #build() {
    const ui = {
      headline: h("p", { class: "headline", part: "headline" }),
      badge: h("p", { class: "badge", part: "badge", hidden: "" }),
      percent: h("p", { class: "percent", part: "percent", "aria-hidden": "true" }),
      line: h("div", { class: "line", part: "line", role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100" }),
      fill: h("div", { class: "fill", part: "fill" }),
      marker: h("div", { class: "marker", part: "marker" }),
      stations: h("ol", { class: "stations", part: "stations" }),
      step: h("p", { class: "step", part: "step" }),
      facts: h("ul", { class: "facts", part: "facts" }),
      failure: h("div", { class: "failure", part: "failure", hidden: "" }, [h("p"), h("p", { class: "rest" })]),
      actions: h("div", { class: "actions", part: "actions" }),
      live: h("p", { class: "sr", role: "status", "aria-live": "polite" }),
      trouble: h("p", { class: "note", role: "alert" }),
      cancel: h("button", { type: "button", part: "button" }),
      ask: h("span"),
      yes: h("button", { type: "button", class: "danger", part: "button" }),
      no: h("button", { type: "button", part: "button" }),
      retry: h("button", { type: "button", class: "main", part: "button main" }),
      note: h("span", { class: "note" }),
      notify: h("button", { type: "button", part: "button" }),
    };
    ui.cancel.addEventListener("click", () => this.#cancel());
    ui.yes.addEventListener("click", () => this.#act("cancel"));
    ui.no.addEventListener("click", () => {
      this.#asking = false;
      this.#render();
      ui.cancel.focus();
    });
    ui.retry.addEventListener("click", () => this.#act("retry"));
    ui.notify.addEventListener("click", () => this.#askToNotify());
    ui.actions.append(ui.cancel, ui.ask, ui.no, ui.yes, ui.retry, ui.note, ui.notify, ui.trouble);
    const head = h("div", { class: "head" }, [ui.headline, ui.badge, ui.percent]);
    const rows = [head, ui.line, ui.stations, ui.step, ui.facts, ui.failure, ui.actions, ui.live];
    return { ...ui, box: h("section", { part: "box" }, rows) };
  }

  /** Sets the stations on the line and in the list below it. */
  #layTrack() {
    const children = [...this.querySelectorAll(":scope > data[value]")];
    const read = children.map((child) => ({ at: Number(child.getAttribute("value")), name: child.textContent?.trim() ?? "" }));
    this.#stations = (this.#given ?? read).filter((station) => Number.isFinite(station.at)).sort((a, b) => a.at - b.at);
    const { line, fill, marker, stations } = this.#ui;
    const ends = this.#stations.length ? [...this.#stations.map((station) => station.at), 100] : [0, 100];
    line.replaceChildren(
      fill,
      ...ends.map((at) => {
        const stop = h("div", { class: "stop", part: "stop" });
        stop.style.insetInlineStart = `${at}%`;
        return stop;
      }),
      marker,
    );
    stations.replaceChildren(
      ...this.#stations.map((station) => h("li", {}, [h("span", { class: "glyph", "aria-hidden": "true" }), station.name])),
    );
  }

  #render() {
    const { box, headline, percent, line, fill, marker, step, facts, failure, badge } = this.#ui;
    const words = this.#words;
    const label = this.getAttribute("label");
    line.setAttribute("aria-label", label ? words.say("progressOf", { name: label }) : words.say("progress"));
    this.#renderBadge(badge);
    if (!this.#last) {
      const lost = this.#lostWords();
      put(headline, lost || words.say("loading"));
      box.dataset.mood = lost ? "failed" : "waiting";
      for (const node of [percent, line, this.#ui.stations, step, facts, failure, this.#ui.actions]) node.hidden = true;
      return;
    }
    const { job, news } = this.#last;
    const reading = read(job, news, words, Date.now());
    for (const node of [percent, line, this.#ui.stations]) node.hidden = false;
    const cancelling = this.#busy === "cancel";
    box.dataset.mood = cancelling ? "cancelling" : reading.mood;
    put(headline, cancelling ? words.say("cancelling") : reading.headline);
    put(percent, reading.percentText);
    line.setAttribute("aria-valuenow", String(reading.percent));
    line.setAttribute("aria-valuetext", [reading.percentText, reading.headline, reading.step].filter(Boolean).join(", "));
    fill.style.inlineSize = `calc(${reading.percent}% + ${reading.percent === 100 ? 8 : 4}px)`;
    marker.style.insetInlineStart = `${reading.percent}%`;
    this.#renderStops(job);
    step.hidden = !reading.step;
    put(step, reading.step);
    facts.hidden = !reading.facts.length;
    while (facts.children.length > reading.facts.length) facts.lastElementChild?.remove();
    reading.facts.forEach((fact, i) => put(facts.children[i] ?? facts.appendChild(h("li")), fact));
    failure.hidden = !reading.failure;
    if (reading.failure && failure.firstElementChild && failure.lastElementChild) {
      put(failure.firstElementChild, reading.failure.happened);
      put(failure.lastElementChild, `${reading.failure.kept} ${reading.failure.charged}`);
    }
    this.#renderActions(reading);
    this.#announce(reading, job);
    this.#showInTab(reading);
  }

  /** @param {Snapshot} job */
  #renderStops(job) {
    const states = travel(this.#stations, job);
    [...this.#ui.stations.children].forEach((item, i) => {
      const state = states[i] ?? "ahead";
      if (item.getAttribute("data-state") === state) return;
      item.setAttribute("data-state", state);
      if (state === "here") item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    });
    // On the line a stop is filled once the fill has reached it, whatever its stage is called.
    const ends = this.#stations.length ? [...this.#stations.map((station) => station.at), 100] : [0, 100];
    this.#ui.line.querySelectorAll(".stop").forEach((stop, i) => {
      stop.setAttribute("data-state", job.started_at && job.percent >= (ends[i] ?? 100) ? "done" : "ahead");
    });
  }

  /** @param {HTMLElement} badge */
  #renderBadge(badge) {
    const known = this.#state === "reconnecting" || this.#state === "polling" ? this.#state : null;
    const lost = this.#last ? this.#lostWords() : "";
    badge.hidden = !known && !lost;
    put(badge, known ? this.#words.say(known) : lost);
  }

  #lostWords() {
    const state = this.#state;
    const told = state === "denied" || state === "missing" || state === "gone" || state === "refused";
    return told ? this.#words.say(state) : "";
  }

  /** @param {Reading} reading */
  #renderActions(reading) {
    const { actions, cancel, ask: question, yes, no, retry, note, notify, trouble } = this.#ui;
    const words = this.#words;
    const open = !this.hasAttribute("readonly");
    const mayCancel = open && reading.mayCancel && !this.#busy;
    if (!mayCancel) this.#asking = false;
    cancel.hidden = !mayCancel || this.#asking;
    put(cancel, words.say("cancel"));
    for (const node of [question, yes, no]) node.hidden = !this.#asking;
    put(question, words.say("cancelAsk", { percent: reading.percentText }));
    put(yes, words.say("cancelYes"));
    put(no, words.say("cancelNo"));
    retry.hidden = note.hidden = !open || !reading.mayRetry;
    retry.disabled = this.#busy === "retry";
    put(retry, words.say("retry"));
    put(note, words.say("retryNote"));
    const running = reading.mood === "waiting" || reading.mood === "working";
    const can = this.hasAttribute("notify") && "Notification" in window && Notification.permission !== "denied";
    notify.hidden = !running || !can;
    notify.disabled = this.#wantsNotice;
    put(notify, words.say(this.#wantsNotice ? "notified" : "notify"));
    trouble.hidden = !this.#trouble;
    put(trouble, this.#trouble);
    actions.hidden = [cancel, yes, retry, notify, trouble].every((node) => node.hidden);
  }

  /** @param {Reading} reading @param {Snapshot} job */
  #announce(reading, job) {
    const { stage, quarter, text } = announcement(reading, job, this.#stations, this.#words);
    const first = this.#said === null;
    if (this.#said && this.#said.stage === stage && this.#said.quarter === quarter) return;
    this.#said = { stage, quarter };
    if (!first || !TERMINAL.has(job.status)) put(this.#ui.live, text);
  }

  /** @param {Reading} reading */
  #showInTab(reading) {
    const over = TERMINAL.has(this.#last?.job.status ?? "");
    const good = reading.mood === "done" || reading.mood === "warned";
    const mark = over ? (good ? "✓" : "✕") : reading.percentText;
    this.#tab?.show(mark, over && !good ? 100 : reading.percent, over ? (good ? "done" : "failed") : "working");
  }

  #cancel() {
    const last = this.#last;
    if (last && read(last.job, last.news, this.#words, Date.now()).muchIsDone) {
      this.#asking = true;
      this.#render();
      this.#ui.no.focus();
    } else void this.#act("cancel");
  }

  /** @param {"cancel" | "retry"} action */
  async #act(action) {
    const link = this.#last?.job.links[action];
    if (!link || this.#busy) return;
    const url = new URL(link, new URL(this.getAttribute("href") ?? "", document.baseURI)).href;
    this.#busy = action;
    this.#asking = false;
    this.#trouble = "";
    this.#render();
    try {
      this.#watch?.accept(await ask(url, { method: "POST", ...this.#access() }));
    } catch (error) {
      // 409: it ended, or was retried elsewhere, in the meantime. The truth is one look away.
      if (error instanceof Problem && error.status === 409) this.#watch?.refresh();
      else this.#trouble = error instanceof Problem && error.status ? error.message : this.#words.say("trouble");
    }
    this.#busy = "";
    this.#render();
  }

  async #askToNotify() {
    this.#wantsNotice = (await Notification.requestPermission()) === "granted";
    this.#render();
  }

  #notify() {
    if (!this.#wantsNotice || !document.hidden || !this.#last) return;
    const { headline } = read(this.#last.job, this.#last.news, this.#words, Date.now());
    const label = this.getAttribute("label");
    new Notification(label ? `${label}: ${headline}` : headline, { lang: this.#words.lang, tag: this.#last.job.id });
  }
}
