"""IELTS arithmetic: halves, the overall band, and the least lengths.

Called by ``schema``, ``scoring`` and ``answer``. Invariant: this is the only place that rounds a band.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Literal

TaskType = Literal["academic_task_1", "academic_task_2", "general_task_1", "general_task_2", "task_2"]
Criterion = Literal["TR", "CC", "LR", "GRA"]

CRITERIA: tuple[Criterion, ...] = ("TR", "CC", "LR", "GRA")
"""Task response, coherence and cohesion, lexical resource, grammatical range and accuracy."""

TASK_TYPES: tuple[TaskType, ...] = (
    "academic_task_1",
    "academic_task_2",
    "general_task_1",
    "general_task_2",
    "task_2",
)

MINIMUM_WORDS: Mapping[TaskType, int] = {
    "academic_task_1": 150,
    "general_task_1": 150,
    "academic_task_2": 250,
    "general_task_2": 250,
    "task_2": 250,
}
"""The least words that each task asks for (IELTS task instructions)."""

_LENGTH_CAPS: tuple[tuple[float, float], ...] = (
    (0.20, 2.0),
    (0.35, 3.0),
    (0.50, 4.0),
    (0.65, 5.0),
    (0.80, 5.5),
    (0.90, 6.0),
    (1.00, 6.5),
)
"""Below this share of the least words, task response goes no higher than this band."""

BAND_ONE_WORDS = 20
"""Answers of 20 words or fewer are band 1 (IELTS public band descriptors, 2023)."""


def overall(bands: Iterable[float]) -> float:
    """The overall band of four criteria: their mean, .25 up to the half and .75 up to the whole.

    6.25 becomes 6.5 and 6.75 becomes 7.0; 6.125 becomes 6.0. Source: how IELTS reports overall band scores.
    Raises ValueError unless there are exactly four bands in halves from 0 to 9.
    """
    halves = [_halves(band) for band in bands]
    if len(halves) != 4:
        raise ValueError("an overall band is made of four criteria")
    return ((sum(halves) + 2) // 4) / 2


def nearest_half(value: float) -> float:
    """The band nearest to any number, in halves, 0 to 9; a tie goes up. NaN is band 0."""
    if math.isnan(value):
        return 0.0
    return math.floor(min(9.0, max(0.0, value)) * 2 + 0.5) / 2


def length_cap(own_words: int, task_type: TaskType) -> float | None:
    """The highest task response for so many words of one's own, or None where the length is enough."""
    if own_words <= BAND_ONE_WORDS:
        return 1.0
    share = own_words / MINIMUM_WORDS[task_type]
    for below, band in _LENGTH_CAPS:
        if share < below:
            return band
    return None


def _halves(band: float) -> int:
    doubled = band * 2
    if not 0 <= doubled <= 18 or doubled != int(doubled):
        raise ValueError(f"{band} is not a band: bands go from 0 to 9 in halves")
    return int(doubled)
