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

from . import bands
from .bands import CRITERIA, Criterion, TaskType
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
        _weights(0.12, 0.28, 0.10, 0.45),
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
class Limit:
    """A cap (``most`` given) or an adjustment (``change``) of some criteria, with its reason as a
    sentence."""

    criteria: tuple[Criterion, ...]
    reason: str
    most: float | None = None
    change: float = 0.0

    def lowers(self, raw: Mapping[Criterion, float]) -> bool:
        """Whether this cap lies below one of its criteria."""
        return self.most is not None and any(raw[c] > self.most for c in self.criteria)


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
    adjustments = tuple(task_adjustments(measures, evidence, task_type))
    raw: dict[Criterion, float] = {}
    for criterion in CRITERIA:
        raw[criterion] = CENTRE + sum(i.bands[criterion] for i in influences)
        raw[criterion] += sum(a.change for a in adjustments if criterion in a.criteria)
    decisive = [cap for cap in caps(measures, evidence, task_type) if cap.lowers(raw)]
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


def task_adjustments(m: Measures, e: TaskEvidence, task_type: TaskType) -> list[Limit]:
    """What the task itself adds to or takes from task response (and coherence)."""
    found: list[Limit] = []

    def change(amount: float, reason: str, *criteria: Criterion) -> None:
        found.append(Limit(criteria or ("TR",), reason, change=amount))

    if e.coverage is not None:
        amount = max(-0.5, min(0.25, e.coverage - 0.5))
        change(amount, f"{e.covered} of the {e.keywords} topic words of the prompt are taken up.")
    if task_type == "general_task_1":
        if e.purpose is None:
            change(-0.5, "No sentence near the start says why the letter is written.")
        if e.greeting is None:
            change(-0.25, "The letter has no greeting.")
        if e.closing is None:
            change(-0.25, "The letter has no closing phrase.")
    elif task_type == "academic_task_1":
        if e.overview is None:
            change(-0.5, "No overview of the main trend was found.")
        if e.figures < 3:
            change(-0.5, f"Only {e.figures} figures are given to support the description.")
        if e.comparisons < 2:
            change(-0.25, "The data are hardly compared.")
    else:
        if e.position is None:
            change(-0.25, "No sentence states a position of your own.")
        if e.stance_changes:
            change(-0.5, "The position at the end contradicts the one at the start.", "TR", "CC")
        if e.examples == 0:
            change(-0.25, "No example supports the ideas.")
        if e.both_sides_asked and not e.both_sides:
            change(-0.5, "The prompt asks for two sides, and only one is developed.")
    return found


def caps(m: Measures, e: TaskEvidence, task_type: TaskType) -> list[Limit]:
    """The highest bands that are possible for this essay, each with its reason."""
    found: list[Limit] = []

    def cap(most: float, reason: str, *criteria: Criterion) -> None:
        found.append(Limit(criteria or CRITERIA, reason, most=most))

    least = bands.MINIMUM_WORDS[task_type]
    by_length = bands.length_cap(m.own_words, task_type)
    if by_length is not None:
        cap(by_length, f"{m.own_words} words of your own where the task asks for at least {least}.", "TR")
    if m.own_words <= bands.BAND_ONE_WORDS:
        cap(1.0, "An answer of 20 words or fewer is band 1.")
    elif m.own_words < 0.2 * least:
        cap(3.0, f"{m.own_words} words show too little language to be rated higher.")
    elif m.own_words < 0.35 * least:
        cap(5.0, f"{m.own_words} words show too little language to be rated higher.", "CC", "LR", "GRA")
    _language_caps(m, cap)
    _order_caps(m, least, cap)
    if e.coverage is not None and e.keywords >= 5:
        if e.covered == 0:
            cap(3.0, f"None of the {e.keywords} topic words of the prompt appears: off the topic.", "TR")
        elif e.coverage < 0.13:
            cap(4.0, f"Only {e.covered} of the {e.keywords} topic words of the prompt appears.", "TR")
    if task_type == "academic_task_1" and e.overview is None:
        cap(6.0, "Without an overview, task achievement stays at 6 or below.", "TR")
    return found


def _language_caps(m: Measures, cap: Callable[..., None]) -> None:
    if m.known_share < 0.25 and m.function_share < 0.1:
        cap(0.0, "The text is not English.")
    elif m.known_share < 0.5 or m.function_share < 0.12:
        cap(
            1.0,
            f"Only {m.known_share:.0%} of the words are English, {m.function_share:.0%} of them "
            "grammatical words.",
        )
    elif m.known_share < 0.7 or m.function_share < 0.22:
        cap(
            2.5,
            f"{m.known_share:.0%} of the words are English and {m.function_share:.0%} are grammatical "
            "words: hardly sentences.",
        )
    elif m.known_share < 0.85:
        cap(4.0, f"Only {m.known_share:.0%} of the words are English words as written.")


def _order_caps(m: Measures, least: int, cap: Callable[..., None]) -> None:
    if m.repeated_share > 0.5:
        cap(3.0, f"{m.repeated_share:.0%} of the text repeats earlier passages word for word.")
    elif m.repeated_share > 0.3:
        cap(5.0, f"{m.repeated_share:.0%} of the text repeats earlier passages word for word.", "TR", "CC")
    if m.copied_share > 0.5:
        cap(2.5, f"{m.copied_share:.0%} of the text is copied from the prompt.")
    elif m.copied_share > 0.3:
        cap(4.0, f"{m.copied_share:.0%} of the text is copied from the prompt.", "TR", "LR")
    if m.sentences <= 1 and m.words >= 40:
        cap(4.0, "The whole text is one sentence.", "CC", "GRA")
    elif m.sentence_length > 60:
        cap(
            5.0,
            f"A sentence has {m.sentence_length:.0f} words on average: full stops are missing.",
            "CC",
            "GRA",
        )
    if m.paragraphs == 1 and m.words >= 0.6 * least:
        cap(6.0, "The text is one block without paragraphs.", "CC")
