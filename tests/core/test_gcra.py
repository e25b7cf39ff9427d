"""The arithmetic of limits: what is let through, when to come back, what is left."""

from hypothesis import given
from hypothesis import strategies as st

from headway.core.gcra import take

HOUR = 3_600_000.0


def test_ten_an_hour_are_ten_at_once_and_then_one_every_six_minutes() -> None:
    at = 0.0
    for n in range(10):
        taken = take(at, 1000, 10, HOUR)
        assert (taken.wait_ms, taken.left) == (0, 9 - n)
        at = taken.at
    refused = take(at, 1000, 10, HOUR)
    assert (refused.wait_ms, refused.left, refused.at) == (360_000, 0, at)
    assert refused.reset_ms == HOUR
    assert take(at, 1000 + 359_999, 10, HOUR).wait_ms == 1
    assert take(at, 1000 + 360_000, 10, HOUR).wait_ms == 0


def test_all_comes_back_with_time() -> None:
    at = 0.0
    for _ in range(10):
        at = take(at, 0, 10, HOUR).at
    assert take(at, HOUR, 10, HOUR).left == 9


def test_more_than_a_burst_conforms_when_all_is_there() -> None:
    """A class of thirty under a limit of ten: let through once nothing else is owed, and paid for afterwards."""
    taken = take(0.0, 0, 10, HOUR, cost=30)
    assert (taken.wait_ms, taken.left) == (0, 0)
    assert take(taken.at, 0, 10, HOUR).wait_ms == 2 * HOUR + HOUR / 10


@given(
    amount=st.integers(1, 50),
    window_s=st.integers(1, 86_400),
    gaps=st.lists(st.integers(0, 100_000), min_size=1, max_size=200),
)
def test_no_window_lets_more_through_than_a_burst_and_its_own_share(
    amount: int, window_s: int, gaps: list[int]
) -> None:
    window = window_s * 1000.0
    at, now, passed = 0.0, 1_000_000, []
    for gap in gaps:
        now += gap
        taken = take(at, now, amount, window)
        assert taken.at >= at
        assert 0 <= taken.left <= amount
        at = taken.at
        if taken.wait_ms:
            again = take(at, now + taken.wait_ms, amount, window)
            assert again.wait_ms == 0
            assert take(at, now + taken.wait_ms - 1, amount, window).wait_ms <= 1
        else:
            passed.append(now)
    for n, start in enumerate(passed):
        inside = [moment for moment in passed[n:] if moment < start + window]
        assert len(inside) <= 2 * amount
