/**
 * One request to Headway, and its refusals as a `Problem` (RFC 9457).
 *
 * Called by the watcher, the element and the pages. Never sends credentials to another origin other than
 * the token it was given.
 */

/** @typedef {import("./types.js").Access} Access */

/** What the server answered instead of what was asked, or that it could not be reached (`status` 0). */
export class Problem extends Error {
  /**
   * @param {number} status   HTTP status; 0 when there was no answer.
   * @param {{title?: string, detail?: string, errors?: {field: string, message: string}[]}} [body]
   * @param {number | null} [retryAfterMs]
   */
  constructor(status, body = {}, retryAfterMs = null) {
    super(body.detail || body.title || (status ? `HTTP ${status}` : "no connection"));
    this.name = "Problem";
    this.status = status;
    this.title = body.title ?? "";
    /** @type {{field: string, message: string}[]} */
    this.errors = Array.isArray(body.errors) ? body.errors : [];
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * `Retry-After` in milliseconds: seconds or an HTTP date (RFC 9110, 10.2.3); null where absent.
 *
 * @param {Response} response
 * @returns {number | null}
 */
export function retryAfter(response) {
  const value = response.headers.get("Retry-After");
  if (!value) return null;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

/**
 * Headers of a request: language, and the proof of who asks. The CSRF token of the page's `<meta>` goes only
 * to the page's own origin.
 *
 * @param {string} url
 * @param {Access} access
 * @param {boolean} [unsafe]   Whether the request changes something.
 * @returns {Record<string, string>}
 */
export function headers(url, access, unsafe = false) {
  /** @type {Record<string, string>} */
  const sent = { Accept: "application/json" };
  if (access.lang) sent["Accept-Language"] = access.lang;
  if (access.token) sent.Authorization = `Bearer ${access.token}`;
  else if (unsafe && new URL(url, document.baseURI).origin === location.origin) {
    const csrf = document.querySelector('meta[name="csrf-token"]')?.getAttribute("content");
    if (csrf) sent["X-CSRF-Token"] = csrf;
  }
  return sent;
}

/**
 * Asks for JSON.
 *
 * @param {string} url
 * @param {{method?: string, body?: unknown, headers?: Record<string, string>, signal?: AbortSignal} & Access} [options]
 *   `body` is sent as JSON.
 * @returns {Promise<any>} the body; null for 204.
 * @throws {Problem} for a status of 400 and more, and when the server cannot be reached.
 */
export async function ask(url, options = {}) {
  const method = options.method ?? "GET";
  const sent = { ...headers(url, options, method !== "GET"), ...options.headers };
  /** @type {RequestInit} */
  const init = { method, headers: sent, cache: "no-store", signal: options.signal ?? null };
  if (options.body !== undefined) {
    sent["Content-Type"] = "application/json";
    init.body = JSON.stringify(options.body);
  }
  /** @type {Response} */
  let response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Problem(0);
  }
  if (!response.ok) throw await problem(response);
  return response.status === 204 ? null : response.json();
}

/**
 * The problem that a refusing response tells of; its body need not be JSON (a proxy may have written it).
 *
 * @param {Response} response
 * @returns {Promise<Problem>}
 */
export async function problem(response) {
  const body = await response.json().catch(() => ({}));
  return new Problem(response.status, body ?? {}, retryAfter(response));
}
