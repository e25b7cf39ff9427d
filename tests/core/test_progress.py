"""Percent and step: nested windows, whole percents, never falling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.core.progress import Text, Track, Window

WINDOWS = st.tuples(st.floats(0, 100), st.floats(0, 100)).map(sorted)


def test_a_window_inside_a_window() -> None:
    outer = Window().inner(20, 90)
    assert outer == Window(20, 90)
    assert outer.inner(50, 100) == Window(55, 90)
    assert [outer.at(p) for p in (0, 50, 100)] == [20, 55, 90]


@pytest.mark.parametrize("bounds", [(-1, 50), (50, 40), (0, 101), (float("nan"), 50)])
def test_a_window_beyond_its_outer_one_is_refused(bounds: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="a stage runs from"):
        Window().inner(*bounds)


@pytest.mark.parametrize(("percent", "place"), [(-5, 20), (105, 90), (float("inf"), 90), (float("-inf"), 20)])
def test_a_position_beyond_the_window_is_its_edge(percent: float, place: float) -> None:
    assert Window(20, 90).at(percent) == place


@given(st.lists(WINDOWS, max_size=6), st.floats(allow_nan=False))
def test_nested_windows_stay_inside_each_other(nested: list[list[float]], percent: float) -> None:
    window = Window()
    for start, end in nested:
        inner = window.inner(start, end)
        assert window.start - 1e-9 <= inner.start <= inner.end + 1e-9
        assert inner.end <= window.end + 1e-9
        window = inner
    assert window.start - 1e-9 <= window.at(percent) <= window.end + 1e-9


@given(st.integers(0, 100), st.lists(st.floats(-1e9, 1e9)))
def test_percent_never_falls_and_is_whole_and_within_bounds(start: int, reports: list[float]) -> None:
    track = Track(start)
    for percent in reports:
        before = track.percent
        changed = track.report(percent)
        assert changed == (track.percent > before)
        assert before <= track.percent <= 100
        assert isinstance(track.percent, int)
        assert track.percent == max(before, min(100, int(percent + 1e-9)))


def test_only_what_a_person_sees_is_a_change() -> None:
    track = Track()
    assert track.report(10.2)
    assert not track.report(10.9)
    assert track.report(10.9, Text("Reading"))
    assert not track.report(5, Text("Reading"))
    assert track.report(5, Text("Reading", {"n": 1}))
    assert (track.percent, track.step) == (10, Text("Reading", {"n": 1}))
    assert track.report(30)
    assert track.step == Text("Reading", {"n": 1})


def test_a_percent_that_is_whole_but_for_rounding_counts() -> None:
    track = Track()
    track.report(0.29 * 100)
    assert track.percent == 29
