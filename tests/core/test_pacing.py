"""Turns at a model: never faster than its rate, never during a pause, one probe when it was down."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.core.pacing import DOWN_AFTER, IN_PLACE_MS, NO_LIMITS, Lane, Rates, admit, correct, hear

MINUTE = 60_000
PROBE = 7_000
NOW = 1_800_000_000_000


def sent(rates: Rates, arrivals: list[int], tokens: int = 1) -> list[int]:
    """When requests that arrive at these moments go, each as soon as it may: told to come back, they come
    back then."""
    lane, waiting, gone = Lane(), sorted(NOW + each for each in arrivals), []
    while waiting:
        now = waiting.pop(0)
        lane, turn = admit(lane, rates, tokens, now, probe_ms=PROBE)
        if turn.charged:
            gone.append(now + turn.wait_ms)
        else:
            assert turn.wait_ms > IN_PLACE_MS
            waiting = sorted([*waiting, now + turn.wait_ms])
    return sorted(gone)


@given(st.integers(1, 300), st.lists(st.integers(0, 3 * MINUTE), min_size=1, max_size=120))
def test_no_minute_sees_more_requests_than_the_rate(rate: int, arrivals: list[int]) -> None:
    gone = sent(Rates(rate), arrivals)
    assert len(gone) == len(arrivals)
    for place, moment in enumerate(gone):
        assert sum(1 for other in gone[place:] if other < moment + MINUTE) <= rate


@given(st.integers(100, 2_000), st.integers(1, 100))
def test_no_minute_sees_more_tokens_than_the_rate_and_one_request(rate: int, tokens: int) -> None:
    gone = sent(Rates(tokens=rate), [0] * 40, tokens)
    for place, moment in enumerate(gone):
        assert tokens * sum(1 for other in gone[place:] if other < moment + MINUTE) <= rate + tokens


def test_nearly_the_whole_rate_is_used() -> None:
    gone = sent(Rates(600), [0] * 3_000)
    assert gone[-1] - gone[0] < 3_000 / 600 * MINUTE * 1.06


def test_a_request_larger_than_a_burst_goes_when_the_lane_is_idle() -> None:
    lane, turn = admit(Lane(), Rates(tokens=1_000), 5_000, NOW, probe_ms=PROBE)
    assert turn.wait_ms == 0
    _, after = admit(lane, Rates(tokens=1_000), 1, NOW, probe_ms=PROBE)
    assert after.wait_ms > 4 * MINUTE


def test_what_was_guessed_too_low_is_paid_later() -> None:
    rates = Rates(tokens=6_000)
    lane, _ = admit(Lane(), rates, 100, NOW, probe_ms=PROBE)
    _, cheap = admit(lane, rates, 100, NOW, probe_ms=PROBE)
    _, dear = admit(correct(lane, rates, 3_000), rates, 100, NOW, probe_ms=PROBE)
    assert cheap.wait_ms == 0
    assert dear.wait_ms > 20_000


def test_those_who_are_sent_away_are_told_different_times() -> None:
    lane, times = Lane(), []
    for _ in range(40):
        lane, turn = admit(lane, Rates(60), 1, NOW, probe_ms=PROBE)
        times.append(turn.wait_ms)
    later = [each for each in times if each > IN_PLACE_MS]
    assert len(later) > 20
    assert all(b - a > 900 for a, b in pairwise(later))


@pytest.mark.parametrize("what", ["busy", "quota"])
def test_a_limit_stops_everyone_until_the_told_time(what: str) -> None:
    lane = hear(Lane(), what, NOW, wait_ms=30_000)  # type: ignore[arg-type]  # one of the literals
    _, turn = admit(lane, NO_LIMITS, 1, NOW + 1, probe_ms=PROBE)
    assert (turn.wait_ms, turn.reason) == (29_999, what)
    _, turn = admit(lane, NO_LIMITS, 1, NOW + 30_000, probe_ms=PROBE)
    assert turn.wait_ms == 0


def test_a_longer_pause_is_not_shortened_by_a_later_word() -> None:
    lane = hear(hear(Lane(), "quota", NOW, wait_ms=3_600_000), "busy", NOW, wait_ms=5_000)
    assert lane.paused_until == NOW + 3_600_000


def test_an_answer_that_was_under_way_does_not_lift_a_limit() -> None:
    lane = hear(hear(Lane(), "busy", NOW, wait_ms=5_000), "alive", NOW + 10)
    assert lane.paused_until == NOW + 5_000


def test_limits_without_a_word_about_the_wait_double_it() -> None:
    lane, now, waits = Lane(), NOW, []
    for _ in range(7):
        lane = hear(lane, "busy", now)
        waits.append(lane.paused_until - now)
        now = lane.paused_until
    assert waits == [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]
    assert hear(hear(lane, "alive", now), "busy", now).paused_until - now == 2_000


def failing(lane: Lane, times: int, now: int = NOW) -> Lane:
    for _ in range(times):
        lane = hear(lane, "failed", now)
    return lane


def test_the_provider_is_down_after_failures_in_a_row_and_not_before() -> None:
    assert failing(Lane(), DOWN_AFTER - 1).paused_until == 0
    down = failing(Lane(), DOWN_AFTER)
    assert (down.paused_until, down.reason) == (NOW + 10_000, "down")
    assert failing(hear(failing(Lane(), DOWN_AFTER - 1), "alive", NOW), DOWN_AFTER - 1).paused_until == 0


def test_failures_of_requests_that_were_under_way_do_not_lengthen_the_pause() -> None:
    assert failing(Lane(), DOWN_AFTER + 45).paused_until == NOW + 10_000


def test_one_request_tries_whether_it_is_back() -> None:
    down = failing(Lane(), DOWN_AFTER)
    later = down.paused_until
    trying, probe = admit(down, NO_LIMITS, 1, later, probe_ms=PROBE)
    assert probe.wait_ms == 0
    _, other = admit(trying, NO_LIMITS, 1, later, probe_ms=PROBE)
    assert (other.wait_ms, other.reason) == (PROBE, "probe")
    assert hear(trying, "alive", later + 1) == replace(trying, failures=0, paused_until=0, reason="")
    assert hear(trying, "failed", later + 1).paused_until == later + 1 + 20_000


def test_a_probe_that_died_is_followed_by_another() -> None:
    down = failing(Lane(), DOWN_AFTER)
    trying, _ = admit(down, NO_LIMITS, 1, down.paused_until, probe_ms=PROBE)
    _, next_probe = admit(trying, NO_LIMITS, 1, trying.paused_until, probe_ms=PROBE)
    assert next_probe.wait_ms == 0


def test_the_pause_of_a_provider_that_stays_down_grows_to_five_minutes() -> None:
    lane, now, pauses = failing(Lane(), DOWN_AFTER), NOW, []
    for _ in range(7):
        now = lane.paused_until
        lane, _ = admit(lane, NO_LIMITS, 1, now, probe_ms=PROBE)
        lane = hear(lane, "failed", now)
        pauses.append((lane.paused_until - now) // 1_000)
    assert pauses == [20, 40, 80, 160, 300, 300, 300]


def test_who_has_its_place_waits_for_pauses_only() -> None:
    lane, _ = admit(Lane(), Rates(1), 1, NOW, probe_ms=PROBE)
    _, turn = admit(lane, Rates(1), 1, NOW, probe_ms=PROBE, charged=True)
    assert turn.wait_ms == 0
    _, turn = admit(hear(lane, "busy", NOW, wait_ms=900), Rates(1), 1, NOW, probe_ms=PROBE, charged=True)
    assert (turn.wait_ms, turn.charged) == (900, True)
