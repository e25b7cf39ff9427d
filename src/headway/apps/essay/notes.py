"""The words of an evaluation: a note per criterion, a comment, a plan of three.

Called by ``offline.score``. Invariant: each note quotes the essay (an essay has at least 20 characters, so
there is always something to quote) and names the measure that weighed most; nothing is said that no measure
says.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from . import bands, evidence_words
from .bands import CRITERIA, Criterion
from .faults import Fault
from .measures import Measures
from .schema import EssayInput, Notes
from .scoring import Influence, Verdict
from .task import TaskEvidence
from .text import Text

_NAMES: dict[Criterion, str] = {
    "TR": "Task response",
    "CC": "Coherence and cohesion",
    "LR": "Lexical resource",
    "GRA": "Grammatical range and accuracy",
}

_SHOWN: dict[Criterion, tuple[str, ...]] = {
    "TR": ("length", "linking"),
    "CC": ("linking", "paragraphs", "sentences"),
    "LR": ("spelling", "diversity", "word_length", "rarity"),
    "GRA": ("grammar", "sentences", "spelling"),
}
"""Of the rows that count for a criterion, those that belong to what its descriptor speaks of."""


_WORTH_SAYING = 0.05
"""An influence below this many bands is not told as one."""


@dataclass(frozen=True)
class Words:
    """All prose of one evaluation."""

    notes: Notes
    comment: str
    plan: list[str]


def write(
    order: EssayInput,
    text: Text,
    measures: Measures,
    faults: Sequence[Fault],
    evidence: TaskEvidence,
    verdict: Verdict,
) -> Words:
    """The prose for a verdict."""
    teller = evidence_words.Teller(text, measures, faults, order.task_type)
    written = {c: _note(c, teller, evidence, verdict, order) for c in CRITERIA}
    return Words(
        notes=Notes(**written),
        comment=_comment(measures, faults, verdict, order),
        plan=_plan(teller, evidence, verdict, order),
    )


def _note(
    criterion: Criterion,
    teller: evidence_words.Teller,
    evidence: TaskEvidence,
    verdict: Verdict,
    order: EssayInput,
) -> str:
    parts = [f"Band {verdict.bands[criterion]:.1f}."]
    parts += [f"Capped: {cap.reason}" for cap in verdict.caps if criterion in cap.criteria]
    if criterion == "TR":
        parts += teller.task(evidence, order.task_type)
        parts += [
            a.reason
            for a in verdict.adjustments
            if criterion in a.criteria and a.change < 0 and a.about != "topic"
        ]
    ranked = sorted(
        (i for i in verdict.influences if i.name in _SHOWN[criterion]), key=lambda i: i.bands[criterion]
    )
    lowest, highest = ranked[0], ranked[-1]
    if highest.bands[criterion] >= _WORTH_SAYING:
        parts.append(f"For you: {teller.strength(highest.name)} ({_signed(highest, criterion)}).")
    if lowest.bands[criterion] <= -_WORTH_SAYING:
        parts.append(f"Against you: {teller.weakness(lowest.name)} ({_signed(lowest, criterion)}).")
    elif lowest is not highest:
        label = "Also for you" if lowest.bands[criterion] >= _WORTH_SAYING else "Neither for nor against you"
        parts.append(f"{label}: {teller.strength(lowest.name)} ({_signed(lowest, criterion)}).")
    note = " ".join(parts)
    return note if "“" in note else f"{note} It begins “{teller.opening()}”."


def _signed(influence: Influence, criterion: Criterion) -> str:
    return f"{influence.bands[criterion]:+.1f} band"


def _comment(measures: Measures, faults: Sequence[Fault], verdict: Verdict, order: EssayInput) -> str:
    best = max(CRITERIA, key=lambda c: verdict.bands[c])
    worst = min(CRITERIA, key=lambda c: verdict.bands[c])
    kinds = Counter(f.kind for f in faults)
    counted = (
        ", ".join(f"{kinds[k]} of {k}" for k in ("spelling", "grammar", "mechanics") if kinds[k]) or "none"
    )
    least = bands.MINIMUM_WORDS[order.task_type]
    parts = [
        f"Overall band {bands.overall(verdict.bands.values()):.1f}, by rules and without an examiner.",
        f"The essay has {measures.words} words (at least {least} are asked for) in {measures.sentences} "
        f"sentence{'s' if measures.sentences != 1 else ''} and {measures.paragraphs} "
        f"paragraph{'s' if measures.paragraphs != 1 else ''}; mistakes found: {counted}.",
    ]
    if verdict.bands[best] > verdict.bands[worst]:
        parts.append(
            f"{_NAMES[best]} is its best side ({verdict.bands[best]:.1f}), "
            f"{_NAMES[worst].lower()} holds it back ({verdict.bands[worst]:.1f})."
        )
    else:
        parts.append(f"All four criteria stand at {verdict.bands[best]:.1f}.")
    reasons = list(dict.fromkeys(cap.reason for cap in verdict.caps))
    return " ".join([*parts, *reasons[:2]])


def _plan(
    teller: evidence_words.Teller, evidence: TaskEvidence, verdict: Verdict, order: EssayInput
) -> list[str]:
    """Three steps: what a cap or the task took first, then the rows that took most over all criteria."""
    steps = [f"{cap.reason} {teller.remedy(cap, evidence, order.task_type)}" for cap in verdict.caps]
    costly = sorted((a for a in verdict.adjustments if a.change <= -0.2), key=lambda a: a.change)
    steps += [f"{a.reason} {teller.remedy(a, evidence, order.task_type)}" for a in costly[:1]]
    rows = [row.name for row in sorted(verdict.influences, key=lambda i: sum(i.bands.values()))]
    more = [
        teller.step(name)
        for name in rows
        if not (name == "rarity" and "word_length" in rows[: rows.index(name)])
    ]
    more = [step for step in dict.fromkeys(more) if step not in steps]
    return [*list(dict.fromkeys(steps))[:2], *more][:3]
