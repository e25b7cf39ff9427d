"""From measures to bands: one small table of weights, then the caps that IELTS's descriptors ask for.

Called by ``offline.score``. A criterion's band is ``CENTRE`` plus, for each row of the table, the row's
weight times how far the measure is from its middle, in standard deviations. Invariant: bands follow from the
table, the task adjustments and the caps alone, and each adjustment and cap carries the words that explain it.

How the numbers were found. The middles and deviations are those of learners' essays scored by people on a 1
to 5 scale, taken as ``band = 2.25 + 1.1 x score`` (3 is 5.55, 5 is 7.75). The sum of each row was first
fitted by ridge regression with ten-fold cross-validation (7 to 24 measures; more than these nine did not
help), then rounded by hand, split over the criteria by what the descriptors say each is about, and limited at
both ends (``low`` and ``high``), so that no single measure can carry an essay and texts of other kinds stay
in range.
``bench/essay_agreement.py`` measures the agreement again on any scored essays.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from . import bands, limits
from .bands import CRITERIA, Criterion, TaskType
from .limits import Limit
from .measures import Measures
from .task import TaskEvidence

CENTRE = 6.0
"""The band of an essay whose every measure lies in the middle."""


@dataclass(frozen=True)
class Row:
    """One measure's part in the bands."""

    name: str
    value: Callable[[Measures, TaskType], float]
    low: float
    high: float
    middle: float
    deviation: float
    weights: Mapping[Criterion, float]

    def distance(self, measures: Measures, task_type: TaskType) -> float:
        """How far the essay lies above (or below) the middle, in standard deviations, limited at both
        ends."""
        value = min(self.high, max(self.low, self.value(measures, task_type)))
        return (value - self.middle) / self.deviation


def _weights(tr: float, cc: float, lr: float, gra: float) -> Mapping[Criterion, float]:
    return {"TR": tr, "CC": cc, "LR": lr, "GRA": gra}


def _log2(value: float, least: float) -> float:
    return math.log2(max(least, value))


TABLE: tuple[Row, ...] = (
    Row(
        "length",
        lambda m, task: math.log2(max(10, m.own_words) / bands.MINIMUM_WORDS[task]),
        -2.3, 0.6, 0.25, 0.6,
        _weights(0.50, 0.30, 0.15, 0.15),
    ),
    Row(
        "linking",
        lambda m, task: float(m.connective_functions),
        0, 5, 4, 1.5,
        _weights(0.25, 0.40, 0.08, 0.08),
    ),
    Row(
        "paragraphs",
        lambda m, task: m.paragraph_balance,
        0, 0.5, 0.4, 0.3,
        _weights(0.22, 0.35, 0.06, 0.06),
    ),
    Row(
        "sentences",
        lambda m, task: -m.long_share,
        -0.8, 0, -0.1, 0.3,
        _weights(0.08, 0.16, 0.06, 0.25),
    ),
    Row(
        "diversity",
        lambda m, task: _log2(m.diversity, 20),
        math.log2(30), math.log2(120), math.log2(60), 0.37,
        _weights(0.15, 0.15, 0.30, 0.10),
    ),
    Row(
        "word_length",
        lambda m, task: m.word_length,
        3.6, 5.3, 4.3, 0.33,
        _weights(0.12, 0.08, 0.20, 0.10),
    ),
    Row(
        "rarity",
        lambda m, task: m.rarity,
        2.6, 3.9, 3.1, 0.22,
        _weights(0.10, 0.08, 0.15, 0.08),
    ),
    Row(
        "spelling",
        lambda m, task: -math.log2(1 + m.spelling_density),
        -3.5, -0.3, -0.95, 0.85,
        _weights(0.12, 0.12, 0.40, 0.15),
    ),
    Row(
        "grammar",
        lambda m, task: -math.log2(1 + 2 * m.grammar_density + 0.5 * m.mechanics_density),
        -3.5, -0.3, -1.3, 0.85,
        _weights(0.15, 0.15, 0.12, 0.50),
    ),
)  # fmt: skip

_TASK_1_MIDDLES = {"linking": 3.5, "diversity": math.log2(55)}
"""A Task 1 is shorter and repeats the names of its data, so less is the middle there."""


@dataclass(frozen=True)
class Influence:
    """What one row adds to (or takes from) each criterion, in bands."""

    name: str
    distance: float
    bands: Mapping[Criterion, float]


@dataclass(frozen=True)
class Verdict:
    """The four bands, what made them, and which limits really lowered one."""

    bands: Mapping[Criterion, float]
    influences: tuple[Influence, ...]
    adjustments: tuple[Limit, ...]
    caps: tuple[Limit, ...]


def judge(measures: Measures, evidence: TaskEvidence, task_type: TaskType) -> Verdict:
    """The bands of an essay from its measures and what was found of its task."""
    influences = tuple(_influence(row, measures, task_type) for row in rows_for(task_type))
    adjustments = tuple(limits.adjustments(measures, evidence, task_type))
    raw: dict[Criterion, float] = {}
    for criterion in CRITERIA:
        raw[criterion] = CENTRE + sum(i.bands[criterion] for i in influences)
        raw[criterion] += sum(a.change for a in adjustments if criterion in a.criteria)
    decisive = [cap for cap in limits.caps(measures, evidence, task_type) if cap.lowers(raw)]
    for cap in decisive:
        raw.update({c: cap.most for c in cap.criteria if cap.most is not None and raw[c] > cap.most})
    floor = 0.0 if measures.known_share < 0.5 else 1.0
    final = {criterion: bands.nearest_half(max(floor, value)) for criterion, value in raw.items()}
    return Verdict(final, influences, adjustments, tuple(decisive))


def rows_for(task_type: TaskType) -> tuple[Row, ...]:
    """The table with the middles that fit the task."""
    if bands.MINIMUM_WORDS[task_type] > 150:
        return TABLE
    return tuple(replace(row, middle=_TASK_1_MIDDLES.get(row.name, row.middle)) for row in TABLE)


def _influence(row: Row, measures: Measures, task_type: TaskType) -> Influence:
    distance = row.distance(measures, task_type)
    return Influence(row.name, distance, {c: row.weights[c] * distance for c in CRITERIA})
