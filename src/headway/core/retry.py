"""When to try again, and how long to wait: by the error, with exponential backoff and full jitter.

Used by the runner for whole jobs and by `ctx.step` for single steps. Full jitter: AWS Architecture Blog,
"Exponential Backoff And Jitter" (2015). Which HTTP statuses pass: RFC 9110 section 15, RFC 6585 section 4.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from headway.core.errors import HeadwayError, Overloaded, TransientError

_PASSING_STATUSES = frozenset({408, 409, 425, 429})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an error means: whether it may pass, and the wait in seconds that its sender asked for, if any."""

    transient: bool
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """`times` tries at most; the n-th wait is drawn evenly from 0 to min(cap_s, base_s · 2ⁿ⁻¹) seconds."""

    times: int = 4
    base_s: float = 1.0
    cap_s: float = 300.0

    def delay(
        self, tries: int, uniform: Callable[[float, float], float], retry_after_s: float | None = None
    ) -> float:
        """Seconds to wait after the `tries`-th failure (1 = first). A wait that was asked for is kept, plus
        up to a tenth."""
        if retry_after_s is not None:
            return retry_after_s + uniform(0, retry_after_s / 10)
        return uniform(0, min(self.cap_s, self.base_s * 2.0 ** min(tries - 1, 60)))


def transient(times: int = 4, base_s: float = 1.0, cap_s: float = 60.0) -> RetryPolicy:
    """The usual policy of a step: passing failures again, up to `times` tries; permanent ones never."""
    return RetryPolicy(times, base_s, cap_s)


def classify(error: BaseException) -> Verdict:
    """Whether `error` may pass. Understands our own errors and anything that carries an HTTP status.

    Unknown exceptions count as passing: a handler's tries are there for what nobody foresaw.
    """
    if isinstance(error, TransientError):
        return Verdict(True, error.retry_after_s)
    if isinstance(error, Overloaded):
        return Verdict(True, error.retry_after_s)
    if isinstance(error, HeadwayError) or _is_validation(error) or _is_out_of_money(error):
        return Verdict(False)
    status = _http_status(error)
    if status is not None:
        return Verdict(status in _PASSING_STATUSES or status >= 500, _retry_after(error))
    return Verdict(True)


def _is_validation(error: BaseException) -> bool:
    """Pydantic's own error, known by name so that this floor needs no import of it."""
    return any(
        base.__name__ == "ValidationError" and base.__module__.startswith("pydantic")
        for base in type(error).__mro__
    )


def _is_out_of_money(error: BaseException) -> bool:
    """A 429 that no waiting cures: how OpenAI and compatible servers say that the account is empty."""
    return "insufficient_quota" in (getattr(error, "code", None), getattr(error, "type", None))


def _http_status(error: BaseException) -> int | None:
    for holder in (error, getattr(error, "response", None)):
        for name in ("status_code", "status", "code"):
            value = getattr(holder, name, None)
            if isinstance(value, int) and not isinstance(value, bool) and 400 <= value <= 599:
                return value
    return None


def _retry_after(error: BaseException) -> float | None:
    headers = getattr(getattr(error, "response", None), "headers", None)
    if headers is None:
        return None
    try:
        asked = float(headers.get("retry-after", ""))
    except (TypeError, ValueError):  # an HTTP date or nothing at all: our own backoff serves
        return None
    return max(0.0, asked) if math.isfinite(asked) else None
