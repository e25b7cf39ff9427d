"""How fast one model may be asked, by all workers together: pure arithmetic over a `Lane`, the row that they
share.

Called by `store.pacing` inside a transaction. Rates: the generic cell rate algorithm (`core.gcra`), for
requests and for tokens. Invariant: in no window of 60 s more requests are let through than the rate (of
tokens: by at most one request more), nobody is let through while the lane is paused, and while the provider
is down one request at a time finds out whether it is back. Times are milliseconds.
"""

import math
from dataclasses import dataclass, replace
from typing import Final, Literal

from headway.core.gcra import arrive

Reason = Literal["", "pace", "full", "busy", "quota", "down", "probe"]
"""Why a request has to wait: its turn, a provider that has as many as it takes, a 429, a used-up quota, a
provider that is down, or one that is being tried again."""
Heard = Literal["alive", "failed", "busy", "quota"]
"""What a request came to, as far as the lane is concerned: any answer, a passing failure, a 429, a used-up
quota."""

IN_PLACE_MS: Final = 5_000
"""Up to this long a caller keeps its slot while it waits; for longer it gives the slot back."""
DOWN_AFTER: Final = 5
"""So many failures in a row, by whichever workers, and the provider counts as down."""
_DOWN_MS: Final = (10_000, 300_000)
_BUSY_MS: Final = (2_000, 60_000)
_LONGEST_MS: Final = 26 * 3_600_000
_BURST_SHARE: Final = 20
_MINUTE_MS: Final = 60_000.0


@dataclass(frozen=True, slots=True)
class Rates:
    """What the provider allows per minute; None is no limit."""

    requests: int | None = None
    tokens: int | None = None

    @property
    def limited(self) -> bool:
        """Whether there is any."""
        return self.requests is not None or self.tokens is not None


NO_LIMITS: Final = Rates()


@dataclass(frozen=True, slots=True)
class Lane:
    """One provider's model. `…_at`: theoretical arrival times; `line_at` spreads those who are sent away."""

    requests_at: float = 0.0
    tokens_at: float = 0.0
    line_at: float = 0.0
    paused_until: int = 0
    reason: Reason = ""
    failures: int = 0
    refusals: int = 0

    @property
    def untroubled(self) -> bool:
        """Neither paused nor counting failures: nothing to ask, nothing to put right."""
        return not (self.paused_until or self.failures or self.refusals)


@dataclass(frozen=True, slots=True)
class Turn:
    """Whether and when a request may go. `wait_ms` 0: now. `charged`: the place is taken, go after the wait;
    else ask again."""

    wait_ms: int = 0
    reason: Reason = ""
    charged: bool = True


def admit(
    lane: Lane, rates: Rates, tokens: int, now: int, *, probe_ms: int, charged: bool = False
) -> tuple[Lane, Turn]:
    """Ask for a turn for a request of about `tokens`. `charged`: it has taken its place before, and only
    pauses count.

    When the provider was down and its pause is over, the first to ask is the probe: the others wait
    `probe_ms` for what it finds.
    """
    if lane.paused_until > now:
        return lane, Turn(lane.paused_until - now, lane.reason, charged)
    probe = lane.failures >= DOWN_AFTER
    if lane.paused_until:
        lane = replace(lane, paused_until=now + probe_ms if probe else 0, reason="probe" if probe else "")
    if charged or not rates.limited:
        return lane, Turn()
    requests_at, by_requests = _gcra(lane.requests_at, now, rates.requests, 1)
    tokens_at, by_tokens = _gcra(lane.tokens_at, now, rates.tokens, tokens)
    wait = math.ceil(max(by_requests, by_tokens) - now)
    if wait <= IN_PLACE_MS:
        return replace(lane, requests_at=requests_at, tokens_at=tokens_at), Turn(
            max(0, wait), "pace" if wait > 0 else ""
        )
    line_at = max(lane.line_at, now + wait)
    step = max(_interval(rates.requests), _interval(rates.tokens) * tokens)
    return replace(lane, line_at=line_at + step), Turn(math.ceil(line_at) - now, "pace", False)


def hear(lane: Lane, what: Heard, now: int, *, wait_ms: int | None = None) -> Lane:
    """What a request came to. `wait_ms` is the provider's own wish; without one the pauses double from time
    to time."""
    if what == "alive":
        lifted = lane.reason in ("down", "probe")
        return replace(
            lane,
            failures=0,
            refusals=0 if lane.paused_until <= now else lane.refusals,
            paused_until=0 if lifted or lane.paused_until <= now else lane.paused_until,
            reason="" if lifted or lane.paused_until <= now else lane.reason,
        )
    if what == "failed":
        if lane.paused_until > now and lane.reason != "probe":  # sent before the pause: says nothing new
            return lane
        failures = lane.failures + 1
        if failures < DOWN_AFTER:
            return replace(lane, failures=failures)
        pause = wait_ms or _doubled(_DOWN_MS, failures - DOWN_AFTER)
        return replace(lane, failures=failures, paused_until=now + min(pause, _LONGEST_MS), reason="down")
    fresh = lane.paused_until <= now
    refusals = lane.refusals + 1 if fresh else lane.refusals
    until = now + min(_doubled(_BUSY_MS, refusals - 1) if wait_ms is None else wait_ms, _LONGEST_MS)
    if until <= lane.paused_until and lane.reason in ("busy", "quota"):
        return lane
    return replace(lane, refusals=refusals, failures=0, paused_until=until, reason=what)


def correct(lane: Lane, rates: Rates, tokens: int) -> Lane:
    """Charge `tokens` more (or fewer): what a request really used, against what was guessed before it."""
    return replace(lane, tokens_at=lane.tokens_at + _interval(rates.tokens) * tokens)


def _gcra(arrival: float, now: int, rate: int | None, cost: int) -> tuple[float, float]:
    """The next theoretical arrival time, and when this request conforms."""
    if rate is None:
        return arrival, now
    return arrive(arrival, now, cost, _interval(rate), _burst(rate))


def _burst(rate: int) -> int:
    return max(1, rate // _BURST_SHARE)


def _interval(rate: int | None) -> float:
    """Milliseconds per unit, so that a burst and what follows it within 60 s stay within the rate."""
    return 0.0 if rate is None else _MINUTE_MS / (rate - _burst(rate) + 1) * (1 + 1e-6)


def _doubled(bounds: tuple[int, int], times: int) -> int:
    low, high = bounds
    return min(high, low << min(max(times, 0), 30))
