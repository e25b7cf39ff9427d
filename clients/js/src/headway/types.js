/**
 * The shapes that the server sends. Types only: this file has no code.
 *
 * @typedef {"pending" | "processing" | "completed" | "failed" | "cancelled"} Status
 *
 * @typedef {object} Links
 * @property {string} self
 * @property {string | null} [events]
 * @property {string | null} [result]
 * @property {string | null} [cancel]
 * @property {string | null} [retry]
 *
 * @typedef {object} Fault          What went wrong, as the snapshot of a failed job tells it.
 * @property {string} [type]
 * @property {string} [title]
 * @property {string} [detail]
 * @property {string} [message]
 *
 * @typedef {object} Credits
 * @property {number} [reserved]    Held while the job runs.
 * @property {number} [settled]     Charged at its end.
 *
 * @typedef {object} Snapshot       What a person sees of a job. Every field is always present.
 * @property {string} id
 * @property {string} kind
 * @property {Status} status
 * @property {number} percent       0 to 100; falls only by a retry.
 * @property {string | null} step
 * @property {number | null} total_chunks
 * @property {number | null} processed_chunks
 * @property {unknown[] | null} failed_chunks
 * @property {number | null} eta_seconds
 * @property {number | null} queue_position
 * @property {boolean} cancel_requested
 * @property {number} attempt
 * @property {number} max_attempts
 * @property {number} version       Grows by one with each committed visible change.
 * @property {string | Fault | null} error
 * @property {string} created_at
 * @property {string | null} scheduled_at
 * @property {string | null} started_at
 * @property {string | null} finished_at
 * @property {number | null} processing_seconds
 * @property {string | null} cancelled_by
 * @property {number | Credits | null} credits
 * @property {Links} links
 *
 * @typedef {"connecting" | "live" | "reconnecting" | "polling" | "ended" | "denied" | "missing" | "gone" | "refused" | "closed"} WatchState
 *
 * @typedef {object} News           What comes with a snapshot.
 * @property {number} skewMs        The server's clock minus this one, in milliseconds; 0 where unknown.
 * @property {number} receivedAt    When it came, by this clock (`Date.now()`).
 *
 * @typedef {object} Access         How to reach the server.
 * @property {string | null} [token]   A bearer token, for a page of another site or a program.
 * @property {string | null} [lang]    The language that the step's text is wanted in.
 *
 * @typedef {object} WatchSettings
 * @property {(state: WatchState) => void} [onState]   Told whenever the connection's state changes.
 * @property {AbortSignal} [signal]    Closes the watch.
 * @property {number} [pollMs]         Polling interval where the server names none; 2000.
 * @property {Snapshot | null} [snapshot]   What is known already, e.g. the answer of the submission.
 * @property {() => number} [random]   In [0, 1); the source of jitter.
 *
 * @typedef {Access & WatchSettings} WatchOptions
 *
 * @typedef {object} WatchHandle
 * @property {() => void} close        Stops watching. The job goes on.
 * @property {() => void} refresh      Looks now, whatever the schedule says; a watch that has ended goes on where the job does.
 * @property {(snapshot: Snapshot) => void} accept   Takes a snapshot got elsewhere, e.g. the answer of a retry.
 * @property {Snapshot | null} snapshot   The newest one.
 * @property {WatchState} state
 */
export {};
