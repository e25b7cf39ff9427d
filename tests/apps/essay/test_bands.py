"""IELTS arithmetic."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.apps.essay import bands

halves = st.integers(0, 18).map(lambda n: n / 2)


@pytest.mark.parametrize(
    ("four", "expected"),
    [
        ((6.0, 6.0, 6.5, 6.5), 6.5),
        ((6.5, 6.5, 7.0, 7.0), 7.0),
        ((6.0, 6.0, 6.0, 6.5), 6.0),
        ((6.0, 6.5, 6.5, 6.5), 6.5),
        ((0.0, 0.0, 0.0, 0.0), 0.0),
        ((9.0, 9.0, 9.0, 9.0), 9.0),
    ],
)
def test_the_overall_band_rounds_a_quarter_up_to_the_half_and_three_quarters_up_to_the_whole(
    four: tuple[float, ...], expected: float
) -> None:
    assert bands.overall(four) == expected


@given(st.tuples(halves, halves, halves, halves))
def test_the_overall_band_is_the_half_nearest_to_the_mean_and_ties_go_up(four: tuple[float, ...]) -> None:
    mean = sum((Fraction(band) for band in four), Fraction(0)) / 4
    distance = Fraction(bands.overall(four)) - mean
    assert Fraction(-1, 4) < distance <= Fraction(1, 4)


@given(st.tuples(halves, halves, halves, halves), st.permutations(range(4)))
def test_the_overall_band_does_not_depend_on_the_order_of_the_criteria(
    four: tuple[float, ...], order: list[int]
) -> None:
    assert bands.overall(four) == bands.overall([four[i] for i in order])


@pytest.mark.parametrize("wrong", [(6.0, 6.0, 6.0), (6.25, 6, 6, 6), (9.5, 9, 9, 9), (-0.5, 0, 0, 0)])
def test_what_is_not_four_bands_has_no_overall_band(wrong: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="band"):
        bands.overall(wrong)


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_any_number_has_a_nearest_band_in_halves_from_0_to_9(value: float) -> None:
    band = bands.nearest_half(value)
    assert 0 <= band <= 9
    assert band * 2 == int(band * 2)


@pytest.mark.parametrize(
    ("words", "task_type", "cap"),
    [
        (250, "task_2", None),
        (249, "task_2", 6.5),
        (150, "task_2", 5.0),
        (150, "academic_task_1", None),
        (149, "general_task_1", 6.5),
        (75, "general_task_1", 5.0),
        (20, "general_task_2", 1.0),
        (0, "academic_task_2", 1.0),
    ],
)
def test_a_short_essay_caps_task_response(words: int, task_type: bands.TaskType, cap: float | None) -> None:
    assert bands.length_cap(words, task_type) == cap


@given(st.integers(0, 400), st.sampled_from(bands.TASK_TYPES))
def test_one_more_word_never_lowers_the_cap(words: int, task_type: bands.TaskType) -> None:
    now, then = bands.length_cap(words, task_type), bands.length_cap(words + 1, task_type)
    assert (then if then is not None else 9.0) >= (now if now is not None else 9.0)
