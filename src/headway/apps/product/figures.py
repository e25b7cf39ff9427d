"""The arithmetic of a verdict: the grade, and how sure a share or a mean is.

Called by `report`. Pure. The grade is computed here and nowhere else, whoever judged the reviews.
"""

import math
from collections.abc import Sequence
from typing import Final, Literal

Grade = Literal["A", "B", "C", "D", "F", "U"]
BOUNDS: Final[tuple[tuple[float, Grade], ...]] = ((8, "A"), (20, "B"), (40, "C"), (65, "D"))
"""Up to so many percent of fake reviews, that grade; beyond them all, F."""
_Z = 1.959964
# Student's t, two-sided 95 %, by degrees of freedom; beyond 30 Cornish and Fisher's expansion is exact to 0.001.
_T: Final = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip


def grade_of(fake_percentage: float | None) -> Grade:
    """A to F by the share of fake reviews in percent; U where there are no reviews."""
    if fake_percentage is None:
        return "U"
    return next((grade for bound, grade in BOUNDS if fake_percentage <= bound), "F")


def share_interval(k: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval for `k` of `n`, in percent (Wilson 1927): sound for few reviews and for none fake."""
    if n == 0:
        return 0.0, 100.0
    p, z2 = k / n, _Z**2
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    low = 0.0 if k == 0 else max(0.0, middle - half)
    high = 1.0 if k == n else min(1.0, middle + half)
    return round(100 * low, 1), round(100 * high, 1)


def mean_interval(values: Sequence[float], least: float, most: float) -> tuple[float, float, float] | None:
    """Mean, and Student's 95 % interval kept within the scale; of one value the whole scale; None for none."""
    if not values:
        return None
    n = len(values)
    mean = math.fsum(values) / n
    if n == 1:
        return mean, least, most
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1))
    half = _student(n - 1) * deviation / math.sqrt(n)
    return mean, max(least, mean - half), min(most, mean + half)


def improbable(k: int, expected: float) -> float:
    """The chance of `k` or more where `expected` are usual (Poisson); 1 for k = 0."""
    below, term = 0.0, math.exp(-expected)
    for i in range(k):
        below += term
        term *= expected / (i + 1)
    return max(0.0, 1.0 - below)


def _student(freedom: int) -> float:
    if freedom <= len(_T):
        return _T[freedom - 1]
    return _Z + (_Z**3 + _Z) / (4 * freedom)
