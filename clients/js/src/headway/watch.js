/**
 * Follows one job until it ends.
 *
 * Server-sent events first; after 3 s without them the state is `reconnecting`, after 10 s polling takes over
 * while the stream goes on being tried. A hidden tab polls too: a browser opens six connections to a server at most,
 * and a seventh tab with a stream would load nothing. Invariant: the version given to the callback never falls.
 */
import { Problem, headers, problem, retryAfter } from "./http.js";
import { readEvents } from "./sse.js";

/**
 * @typedef {import("./types.js").Snapshot} Snapshot
 * @typedef {import("./types.js").News} News
 * @typedef {import("./types.js").WatchState} WatchState
 * @typedef {import("./types.js").WatchOptions} WatchOptions
 * @typedef {import("./types.js").WatchHandle} WatchHandle
 */

/** The statuses after which nothing more comes, a retry aside. @type {ReadonlySet<string>} */
export const TERMINAL = new Set(["completed", "failed", "cancelled"]);

const SAY_SO_AFTER_MS = 3_000;
const POLL_AFTER_MS = 10_000;
const ANSWER_WITHIN_MS = 10_000;
const SILENT_AFTER_MS = 40_000; // the server writes a comment every 15 s
const REST_AFTER_MS = 10_000; // hidden for this long, a tab gives its stream back
const BACKOFF_MS = 500;
const BACKOFF_CAP_MS = 8_000;
const BACKOFF_CAP_POLLING_MS = 30_000;

/** Answers that will not change by asking again. @type {Record<number, WatchState>} */
const FINAL = { 400: "refused", 401: "denied", 403: "denied", 404: "missing", 405: "refused", 410: "gone", 422: "refused" };

/**
 * Watches a job.
 *
 * @param {string} jobUrl   `/api/jobs/ID`, or `/api/watch/TOKEN` of a watch link; absolute for another origin.
 * @param {(snapshot: Snapshot, news: News) => void} callback   Called with each snapshot, newest version last.
 * @param {WatchOptions} [options]
 * @returns {WatchHandle}
 */
export function watch(jobUrl, callback, options = {}) {
  return new Watcher(jobUrl, callback, options);
}

/** @implements {WatchHandle} */
class Watcher {
  /** @type {Snapshot | null} */
  snapshot = null;
  /** @type {WatchState} */
  state = "connecting";

  #url;
  #callback;
  #options;
  #skewMs = 0;
  /** @type {string | null} */
  #etag = null;
  #running = false;
  #polling = false;
  #suspect = false; // the last stream opened and then said nothing: some proxy is swallowing it
  #failures = 0;
  /** @type {Set<() => void>} */
  #sleepers = new Set();
  /** @type {Set<AbortController>} */
  #requests = new Set();
  /** @type {ReturnType<typeof setTimeout>[]} */
  #timers = [];
  #resting = false;
  /** @type {AbortController | null} */
  #streaming = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #restTimer;
  #onOnline = () => this.#wake();
  #onVisibility = () => this.#restWhileHidden();

  /**
   * @param {string} url
   * @param {(snapshot: Snapshot, news: News) => void} callback
   * @param {WatchOptions} options
   */
  constructor(url, callback, options) {
    this.#url = url;
    this.#callback = callback;
    this.#options = options;
    options.signal?.addEventListener("abort", () => this.close(), { once: true });
    addEventListener("online", this.#onOnline);
    document.addEventListener("visibilitychange", this.#onVisibility);
    this.#restWhileHidden();
    if (options.snapshot) this.snapshot = options.snapshot;
    // Not in this tick: the caller gets its handle before its first callback.
    queueMicrotask(() => {
      if (options.signal?.aborted) this.close();
      if (options.snapshot) this.#deliver(options.snapshot);
      this.#resume();
    });
  }

  close() {
    if (!this.#closed) this.#stop("closed");
    clearTimeout(this.#restTimer);
    removeEventListener("online", this.#onOnline);
    document.removeEventListener("visibilitychange", this.#onVisibility);
  }

  refresh() {
    if (this.#closed) return;
    if (this.#running) this.#wake();
    // Trouble is not told: a running loop meets the same and says so.
    void this.#look().then(() => this.#resume(), () => {});
  }

  /** @param {Snapshot} snapshot */
  accept(snapshot) {
    if (this.#closed) return;
    this.#deliver(snapshot);
    this.#resume();
  }

  /** What was retried elsewhere, or may be seen again, is followed again. */
  #resume() {
    if (!this.#running && !(this.state === "ended" && this.#isOver())) void this.#run();
  }

  async #run() {
    if (this.#closed || this.#running) return;
    this.#running = true;
    this.#failures = 0;
    this.#say("connecting");
    if (this.#resting) this.#rest();
    else this.#lost();
    while (this.#running) {
      if (this.#resting && this.snapshot) {
        await this.#sleep(SILENT_AFTER_MS); // the poll goes on; being seen wakes us
        continue;
      }
      /** @type {number | null} */
      let asked = null;
      try {
        if (!this.snapshot) await this.#look();
        // To stop is to leave: whoever hears of the end may start the next run at once.
        if (this.#running && this.#isOver()) return this.#stop("ended");
        if (this.#running) await this.#stream();
        if (this.#running && this.#isOver()) return this.#stop("ended");
      } catch (error) {
        const final = error instanceof Problem ? FINAL[error.status] : undefined;
        if (final) return this.#stop(final);
        if (error instanceof Problem) asked = error.retryAfterMs;
        else if (!isAbort(error) && !(error instanceof TypeError)) reportError(error);
      }
      if (!this.#running) return;
      if (this.#resting) continue;
      if (!this.#timers.length && !this.#polling) this.#lost();
      const cap = this.#polling ? BACKOFF_CAP_POLLING_MS : BACKOFF_CAP_MS;
      const ceiling = Math.min(cap, BACKOFF_MS * 2 ** this.#failures);
      this.#failures += 1;
      await this.#sleep(Math.max(asked ?? 0, this.#random() * ceiling));
    }
  }

  /** Reads the job once. A reply that has not changed costs the server no body. @returns {Promise<number | null>} */
  async #look() {
    const sent = headers(this.#url, this.#options);
    if (this.#etag && this.snapshot) sent["If-None-Match"] = this.#etag;
    return this.#within(ANSWER_WITHIN_MS, async (signal) => {
      const response = await fetch(this.#url, { headers: sent, cache: "no-store", signal });
      this.#readClock(response);
      if (response.status !== 304) {
        if (!response.ok) throw await problem(response);
        const snapshot = await response.json();
        this.#etag = response.headers.get("ETag");
        this.#deliver(snapshot);
      }
      return retryAfter(response);
    });
  }

  /** Reads the event stream until it ends. */
  async #stream() {
    const self = this.snapshot;
    if (!self) return;
    const url = new URL(self.links.events || `${this.#url}/events`, new URL(this.#url, document.baseURI));
    // In the address, not as Last-Event-ID: a watch link of another origin then needs no preflight.
    url.searchParams.set("after", String(self.version));
    const request = new AbortController();
    this.#streaming = request;
    this.#requests.add(request);
    let guard = setTimeout(() => request.abort(), ANSWER_WITHIN_MS);
    const listen = () => {
      clearTimeout(guard);
      guard = setTimeout(() => {
        this.#suspect = true;
        request.abort();
      }, SILENT_AFTER_MS);
    };
    try {
      const sent = { ...headers(url.href, this.#options), Accept: "text/event-stream" };
      const response = await fetch(url, { headers: sent, cache: "no-store", signal: request.signal });
      this.#readClock(response);
      if (response.status === 204) {
        // All seen. Were the job not over, the truth is one look away.
        if (!this.#isOver()) await this.#look();
        return;
      }
      if (!response.ok) throw await problem(response);
      if (!response.body || !response.headers.get("Content-Type")?.startsWith("text/event-stream")) {
        throw new Problem(0, { title: "not an event stream" });
      }
      listen();
      if (!this.#suspect) this.#found();
      for await (const event of readEvents(response.body)) {
        listen();
        this.#suspect = false;
        this.#failures = 0;
        this.#found();
        if (event) this.#deliver(JSON.parse(event.data));
        if (this.#isOver() || !this.#running) return;
      }
    } finally {
      clearTimeout(guard);
      this.#requests.delete(request);
      request.abort();
    }
  }

  async #poll() {
    while (this.#polling) {
      /** @type {number | null} */
      let asked = null;
      try {
        asked = await this.#look();
        if (this.#polling) this.#say("polling");
        if (this.#isOver()) return this.#stop("ended");
      } catch (error) {
        const final = error instanceof Problem ? FINAL[error.status] : undefined;
        if (final) return this.#stop(final);
        if (error instanceof Problem) asked = error.retryAfterMs;
        if (this.#polling) this.#say("reconnecting");
      }
      const pause = asked ?? this.#options.pollMs ?? 2_000;
      await this.#sleep(pause * (1 + this.#random() / 10));
    }
  }

  /** @param {Snapshot} snapshot */
  #deliver(snapshot) {
    if (this.#closed || (this.snapshot && snapshot.version < this.snapshot.version)) return;
    this.snapshot = snapshot;
    try {
      this.#callback(snapshot, { skewMs: this.#skewMs, receivedAt: Date.now() });
    } catch (error) {
      reportError(error); // the caller's fault must not look like a lost connection
    }
  }

  get #closed() {
    return this.state === "closed";
  }

  #isOver() {
    return this.snapshot !== null && TERMINAL.has(this.snapshot.status);
  }

  #restWhileHidden() {
    clearTimeout(this.#restTimer);
    if (document.hidden) this.#restTimer = setTimeout(() => this.#rest(), REST_AFTER_MS);
    else if (this.#resting) {
      this.#resting = false;
      this.#wake();
    }
  }

  #rest() {
    this.#resting = true;
    if (!this.#running) return;
    this.#clearTimers();
    if (!this.#polling) {
      this.#polling = true;
      void this.#poll();
    }
    this.#streaming?.abort();
  }

  /** The connection is lost, or not there yet: say so in 3 s, poll in 10 s. */
  #lost() {
    this.#timers = [
      setTimeout(() => this.#say("reconnecting"), SAY_SO_AFTER_MS),
      setTimeout(() => {
        this.#polling = true;
        void this.#poll();
      }, POLL_AFTER_MS),
    ];
  }

  /** The stream is there. */
  #found() {
    this.#clearTimers();
    if (this.#polling) {
      this.#polling = false;
      this.#wake();
    }
    this.#say("live");
  }

  /** @param {WatchState} state */
  #stop(state) {
    this.#running = false;
    this.#polling = false;
    this.#clearTimers();
    for (const request of this.#requests) request.abort();
    this.#wake();
    this.#say(state);
  }

  #clearTimers() {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
  }

  /** @param {WatchState} state */
  #say(state) {
    if (this.#closed || this.state === state) return;
    this.state = state;
    this.#options.onState?.(state);
  }

  /** @param {number} ms @returns {Promise<void>} */
  #sleep(ms) {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#sleepers.add(wake);
    });
  }

  #wake() {
    for (const wake of [...this.#sleepers]) wake();
  }

  /**
   * @template T
   * @param {number} ms
   * @param {(signal: AbortSignal) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async #within(ms, work) {
    const request = new AbortController();
    this.#requests.add(request);
    const timer = setTimeout(() => request.abort(), ms);
    try {
      return await work(request.signal);
    } finally {
      clearTimeout(timer);
      this.#requests.delete(request);
    }
  }

  /** Another origin's `Date` is hidden unless it exposes it; the skew then stays 0. @param {Response} response */
  #readClock(response) {
    const date = Date.parse(response.headers.get("Date") ?? "");
    // The header has whole seconds: a smaller difference says nothing.
    if (Number.isFinite(date)) this.#skewMs = Math.abs(date - Date.now()) > 2_000 ? date - Date.now() : 0;
  }

  #random() {
    return (this.#options.random ?? Math.random)();
  }
}

/** @param {unknown} error */
function isAbort(error) {
  return error instanceof DOMException && error.name === "AbortError";
}
