"""Grades and confidence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.apps.product.figures import grade_of, improbable, mean_interval, share_interval


@pytest.mark.parametrize(
    ("share", "grade"),
    [(None, "U"), (0, "A"), (8, "A"), (8.1, "B"), (20, "B"), (20.1, "C"), (40, "C"), (40.1, "D"), (65, "D"), (65.1, "F")],
)  # fmt: skip
def test_grades_follow_the_share_of_fake_reviews(share: float | None, grade: str) -> None:
    assert grade_of(share) == grade


def test_intervals_are_those_of_the_books() -> None:
    assert share_interval(10, 100) == (5.5, 17.4)  # Wilson
    assert share_interval(0, 10) == (0.0, 27.8)
    mean, low, high = mean_interval([3, 4, 5], 1, 5) or (0, 0, 0)
    assert (mean, round(low, 3), high) == (4, 1.516, 5)  # t = 4.303, s = 1, cut at 5
    assert mean_interval([4], 1, 5) == (4, 1, 5)
    assert mean_interval([], 1, 5) is None


def test_a_chance_is_poissons() -> None:
    assert improbable(0, 2) == 1
    assert improbable(3, 1) == pytest.approx(0.0803, abs=1e-4)


@given(st.integers(1, 20_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_share(counts: tuple[int, int]) -> None:
    k, n = counts
    low, high = share_interval(k, n)
    assert 0 <= low <= round(100 * k / n, 1) <= high <= 100


@given(st.lists(st.sampled_from([1.0, 2.0, 3.0, 4.0, 5.0]), min_size=1, max_size=200))
def test_an_interval_holds_its_mean(values: list[float]) -> None:
    mean, low, high = mean_interval(values, 1, 5) or (0, 1, 0)
    assert 1 <= low <= mean + 1e-9
    assert mean - 1e-9 <= high <= 5
