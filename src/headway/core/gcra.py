"""The generic cell rate algorithm (GCRA, ITU-T I.371) in its virtual scheduling form: one number says all of the past.

That number is the theoretical arrival time: when the last of what was taken would have arrived, had it come evenly. Used for
callers' limits (`store.limits`, `http.limits`) and for the pace of providers (`core.pacing`). Times are milliseconds.
"""

import math
from dataclasses import dataclass


def arrive(at: float, now: float, cost: float, interval: float, burst: float) -> tuple[float, float]:
    """The arrival time after `cost` units more, one per `interval`, of which `burst` may come at once; and from when on that
    conforms. What costs more than a whole burst conforms as a whole burst does."""
    start = max(at, now)
    return start + cost * interval, start - (burst - min(cost, burst)) * interval


@dataclass(frozen=True, slots=True)
class Taken:
    """What asking came to: `wait_ms` 0 when it was taken, else when to ask again; `at` the arrival time to keep; `left` units
    now; `reset_ms` until all are back."""

    at: float
    wait_ms: int
    left: int
    reset_ms: int


def take(at: float, now: float, amount: int, window_ms: float, cost: int = 1) -> Taken:
    """Take `cost` of `amount` units per `window_ms`, all of which may come at once. What does not conform takes nothing."""
    interval = window_ms / amount
    after, conforms_at = arrive(at, now, cost, interval, amount)
    wait = max(0, math.ceil(conforms_at - now))
    kept = at if wait else after
    behind = max(0.0, kept - now)
    return Taken(kept, wait, max(0, math.floor((window_ms - behind) / interval + 1e-9)), math.ceil(behind))
