/**
 * Reads `text/event-stream` from a fetch body (WHATWG HTML, section 9.2 "Server-sent events").
 *
 * Called by watch.js. `EventSource` is not used: it hides the HTTP status (401, 404 and 204 look alike)
 * and cannot carry a bearer token.
 */

/**
 * @typedef {object} ServerEvent
 * @property {string | null} id   The last event id, as the stream has set it so far.
 * @property {string} data
 */

/**
 * Yields the events of a stream, and `null` for each comment (the server's keep-alive).
 *
 * @param {ReadableStream<Uint8Array>} body
 * @returns {AsyncGenerator<ServerEvent | null, void, void>}
 */
export async function* readEvents(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  /** @type {string | null} */
  let id = null;
  /** @type {string[]} */
  let data = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return; // an event without its blank line is dropped, as the standard says
      rest += decoder.decode(value, { stream: true });
      // A lone CR at the very end may be the first half of CRLF: leave it for the next read.
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "") {
          if (data.length) yield { id, data: data.join("\n") };
          data = [];
        } else if (line.startsWith(":")) {
          yield null;
        } else {
          const colon = line.indexOf(":");
          const name = colon < 0 ? line : line.slice(0, colon);
          const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
          if (name === "data") data.push(value);
          else if (name === "id" && !value.includes("\0")) id = value;
        }
      }
    }
  } finally {
    reader.cancel().catch(() => {}); // the connection may be gone already
  }
}
