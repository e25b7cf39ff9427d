"""Times, estimates and encodings, for all inputs."""

from dataclasses import replace
from datetime import UTC, datetime

import orjson
from hypothesis import given
from hypothesis import strategies as st
from tests.http.test_live import BASE

from headway.core.progress import Text
from headway.core.states import Status
from headway.http import rendering
from headway.http.estimates import estimate
from headway.http.live import Hub
from headway.http.submission import preferred_wait

NEVER = 253_402_300_799_999  # the last millisecond of the year 9999


@given(st.integers(0, NEVER))
def test_a_time_is_rfc_3339_in_utc_and_reads_back_as_it_was(ms: int) -> None:
    text = rendering.timestamp(ms)
    assert text is not None
    assert text.endswith("Z")
    back = datetime.fromisoformat(text)
    assert round((back - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000) == ms


@given(st.integers())
def test_any_number_is_shown_as_a_time(ms: int) -> None:
    text = rendering.timestamp(ms)
    assert text is not None
    assert datetime.fromisoformat(text).tzinfo is not None


@given(st.integers(0, 100), st.integers(-10_000, 10_000_000), st.none() | st.floats(0, 1e6))
def test_an_estimate_is_never_negative(percent: int, elapsed_ms: int, median_s: float | None) -> None:
    job = replace(BASE, percent=percent, started_at=0)
    eta = estimate(job, elapsed_ms, median_s)
    assert eta is None or eta >= 0


def test_an_estimate_rests_on_pace_and_history() -> None:
    def running(percent: int, elapsed_s: float, median_s: float | None) -> int | None:
        return estimate(replace(BASE, percent=percent, started_at=0), int(elapsed_s * 1000), median_s)

    assert running(0, 3, None) is None
    assert running(1, 3, 10) == 7
    assert running(50, 30, None) == 30
    assert running(50, 30, 30) == 15
    assert running(50, 40, 30) == 40
    assert running(90, 90, 200) == 20


def test_a_waiting_job_is_estimated_only_at_the_head_of_the_queue() -> None:
    waiting = replace(BASE, status=Status.PENDING, started_at=None)
    assert estimate(replace(waiting, queue_position=1), 0, 8.0) == 8
    assert estimate(replace(waiting, queue_position=50), 0, 8.0) is None
    assert estimate(replace(waiting, scheduled_at=10**9), 0, 8.0) is None


def test_a_step_is_told_in_the_language_of_whoever_looks() -> None:
    job = replace(BASE, step=Text("Step {done} of {total}", {"done": 2, "total": 3}))
    shown = rendering.as_dict(job, "en", rendering.owner_links("a"), None)
    assert shown["step"] == "Step 2 of 3"


def test_a_step_whose_values_do_not_fit_is_still_shown() -> None:
    job = replace(BASE, step=Text("Step {done} of {total", {}))
    assert rendering.as_dict(job, "en", rendering.owner_links("a"), None)["step"] == "Step {done} of {total"


def test_a_frame_is_encoded_once_for_each_language() -> None:
    frame = rendering.Frame(BASE, None)
    assert frame.body("en") is frame.body("en")
    assert frame.event("en") is frame.event("en")
    assert frame.event("en") == b"id: 1\ndata: " + frame.body("en") + b"\n\n"
    assert orjson.loads(frame.body("en", "T"))["links"]["self"] == "/api/watch/T"


async def nothing(ids: list[str]) -> dict[str, int]:
    return {}


def test_an_estimate_stands_still_between_two_looks() -> None:
    estimates = iter(range(100))
    hub = Hub(None, lambda snapshot: next(estimates))  # type: ignore[arg-type]  # never asked here
    assert hub.frame(BASE) is hub.frame(replace(BASE))
    assert hub.frame(replace(BASE, version=2)).eta_s == 1


def test_what_a_client_prefers_is_understood() -> None:
    assert preferred_wait("wait=5") == 5
    assert preferred_wait('respond-async; foo, wait="7"') == 7
    assert preferred_wait("WAIT = 900") == 60
    assert preferred_wait(f"wait={'9' * 5000}") == 60
    for nothing_asked in (None, "", "wait", "wait=x", "wait=-1", "return=minimal"):
        assert preferred_wait(nothing_asked) is None


def test_validators_are_compared_as_the_rfc_says() -> None:
    tag = rendering.etag(b"body")
    assert rendering.etag_matches(f'W/{tag}, "x"', tag)
    assert rendering.etag_matches("*", tag)
    assert not rendering.etag_matches(tag.strip('"'), tag)
    assert not rendering.etag_matches(None, tag)
