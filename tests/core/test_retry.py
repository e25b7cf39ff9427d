"""When to try again: by the error, whoever's it is."""

import math
import random
from typing import Any

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.core import errors
from headway.core.retry import RetryPolicy, Verdict, classify, transient


class Response:
    """As httpx and its kin have it."""

    def __init__(self, status_code: int, **headers: str) -> None:
        self.status_code = status_code
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class HttpxLike(Exception):
    """HTTPStatusError: the status is on the response."""

    def __init__(self, status_code: int, **headers: str) -> None:
        self.response = Response(status_code, **headers)


class OpenaiLike(Exception):
    """APIStatusError: `status_code`, the response, and the error's own code as text."""

    def __init__(self, status_code: int, code: str | None = None, **headers: str) -> None:
        self.status_code = status_code
        self.code = code
        self.response = Response(status_code, **headers)


class GenaiLike(Exception):
    """APIError: `code` is the status, `status` a word."""

    def __init__(self, code: int, status: str) -> None:
        self.code = code
        self.status = status


KINDS: list[Any] = [HttpxLike, OpenaiLike, lambda status: GenaiLike(status, "WORD")]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 529, 599])
def test_statuses_that_pass(kind: Any, status: int) -> None:
    assert classify(kind(status)) == Verdict(True)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 410, 413, 415, 422, 451])
def test_statuses_that_stay(kind: Any, status: int) -> None:
    assert classify(kind(status)) == Verdict(False)


def test_an_empty_account_is_not_a_busy_one() -> None:
    assert classify(OpenaiLike(429, "insufficient_quota")) == Verdict(False)
    assert classify(OpenaiLike(429, "rate_limit_exceeded")) == Verdict(True)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        *[("7", 7.0), ("0.5", 0.5), ("-3", 0.0)],
        *[(odd, None) for odd in ("", "Wed, 21 Oct 2026 07:28:00 GMT", "inf", "nan", "soon")],
    ],
)
def test_a_wait_that_was_asked_for_is_read(header: str, seconds: float | None) -> None:
    assert classify(HttpxLike(429, retry_after=header)) == Verdict(True, seconds)
    assert classify(OpenaiLike(503, retry_after=header)) == Verdict(True, seconds)


def test_our_own_errors_say_themselves() -> None:
    assert classify(errors.TransientError("later", retry_after_s=4)) == Verdict(True, 4)
    assert classify(errors.TransientError()) == Verdict(True)
    assert classify(errors.Overloaded(retry_after_s=3)) == Verdict(True, 3)
    assert classify(errors.StoreUnavailable()).transient
    assert not classify(errors.PermanentError("no")).transient
    assert not classify(errors.ReplayMismatch("no")).transient
    assert not classify(errors.InvalidInput([])).transient
    assert not classify(errors.LeaseLost()).transient


def test_what_pydantic_refuses_stays_refused() -> None:
    with pytest.raises(pydantic.ValidationError) as refusal:
        pydantic.TypeAdapter(int).validate_python("x")
    assert classify(refusal.value) == Verdict(False)


@pytest.mark.parametrize(
    "error", [TimeoutError(), ConnectionResetError(), OSError(5, "io"), KeyError("x"), Exception()]
)
def test_what_nobody_foresaw_may_pass(error: Exception) -> None:
    assert classify(error) == Verdict(True)


def test_numbers_that_are_no_http_status_are_not_taken_for_one() -> None:
    class Odd(Exception):
        code = 7
        status = True
        status_code = "404"

    assert classify(Odd()) == Verdict(True)


@given(st.integers(1, 10_000), st.floats(0.001, 100), st.floats(0.001, 1_000), st.integers())
def test_a_wait_is_drawn_between_nothing_and_a_doubling_bound_with_a_cap(
    tries: int, base_s: float, cap_s: float, seed: int
) -> None:
    policy = RetryPolicy(9, base_s, cap_s)
    wait = policy.delay(tries, random.Random(seed).uniform)
    bound = policy.delay(tries, lambda low, high: high)
    assert 0 <= wait <= bound <= cap_s
    assert policy.delay(tries, lambda low, high: low) == 0
    assert bound == min(cap_s, base_s * 2.0 ** min(tries - 1, 60))
    assert bound <= policy.delay(tries + 1, lambda low, high: high)


@given(st.floats(0, 1e6), st.integers())
def test_a_wait_that_was_asked_for_is_kept_with_a_tenth_more_at_most(seconds: float, seed: int) -> None:
    wait = RetryPolicy(cap_s=1).delay(1, random.Random(seed).uniform, seconds)
    assert seconds <= wait <= seconds * 1.1 + 1e-9
    assert math.isfinite(wait)


def test_the_usual_policies() -> None:
    assert [RetryPolicy().delay(n, lambda low, high: high) for n in (1, 2, 3, 10)] == [1, 2, 4, 300]
    assert transient(times=2) == RetryPolicy(2, 1.0, 60.0)
