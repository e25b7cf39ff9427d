"""The words of an evaluation, to be read in any language: a note per criterion, a comment, a plan of three.

Called by ``offline.score``. Invariant: each note quotes the essay (an essay has at least 20 characters, so
there is always something to quote) and names the measure that weighed most; nothing is said that no measure
says.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from headway.support.i18n import N_
from headway.support.sentences import Item, Prose, Said, say, say_n, together

from . import bands, evidence_words
from .bands import CRITERIA, Criterion
from .faults import Fault, FaultKind
from .measures import Measures
from .schema import EssayInput, Notes
from .scoring import Verdict
from .task import TaskEvidence
from .text import Text

NAMES: dict[Criterion, str] = {
    "TR": N_("Task response"),
    "CC": N_("Coherence and cohesion"),
    "LR": N_("Lexical resource"),
    "GRA": N_("Grammatical range and accuracy"),
}
"""What the criteria are called."""
_SHOWN: dict[Criterion, tuple[str, ...]] = {
    "TR": ("length", "linking"),
    "CC": ("linking", "paragraphs", "sentences"),
    "LR": ("spelling", "diversity", "word_length", "rarity"),
    "GRA": ("grammar", "sentences", "spelling"),
}
"""Of the rows that count for a criterion, those that belong to what its descriptor speaks of."""


_FAULTS: dict[FaultKind, str] = {
    "spelling": N_("{n} of spelling"),
    "grammar": N_("{n} of grammar"),
    "mechanics": N_("{n} of punctuation or capitals"),
}
_FOR = N_("For you: {what} ({change:+.1f} band).")
_ALSO_FOR = N_("Also for you: {what} ({change:+.1f} band).")
_AGAINST = N_("Against you: {what} ({change:+.1f} band).")
_NEITHER = N_("Neither for nor against you: {what} ({change:+.1f} band).")
_WORTH_SAYING = 0.05
"""An influence below this many bands is not told as one."""


@dataclass(frozen=True)
class Words:
    """All prose of one evaluation."""

    notes: Notes[Prose]
    comment: Said
    plan: list[Prose]


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
        notes=Notes[Prose](**written),
        comment=_comment(measures, faults, verdict, order),
        plan=list(_plan(teller, evidence, verdict, order)),
    )


def _note(
    criterion: Criterion,
    teller: evidence_words.Teller,
    evidence: TaskEvidence,
    verdict: Verdict,
    order: EssayInput,
) -> Said:
    parts = [say("Band {band:.1f}.", band=verdict.bands[criterion])]
    parts += [say("Capped: {reason}", reason=cap.reason) for cap in verdict.caps if criterion in cap.criteria]
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
    told: list[tuple[str, Said, float]] = []
    if highest.bands[criterion] >= _WORTH_SAYING:
        told.append((_FOR, teller.strength(highest.name), highest.bands[criterion]))
    if lowest.bands[criterion] <= -_WORTH_SAYING:
        told.append((_AGAINST, teller.weakness(lowest.name), lowest.bands[criterion]))
    elif lowest is not highest:
        label = _ALSO_FOR if lowest.bands[criterion] >= _WORTH_SAYING else _NEITHER
        told.append((label, teller.strength(lowest.name), lowest.bands[criterion]))
    parts += [say(label, what=what, change=change) for label, what, change in told]
    if not any(map(_quotes, parts)):
        parts.append(say("It begins “{opening}”.", opening=teller.quotes.opening()))
    return together(*parts)


def _quotes(said: Said) -> bool:
    """Whether a sentence, or a part of it, quotes the essay."""
    parts = [part for value in said.args.values() for part in (value if isinstance(value, list) else [value])]
    return "“{" in said.id or any(_quotes(part) for part in parts if isinstance(part, Said))


def _comment(measures: Measures, faults: Sequence[Fault], verdict: Verdict, order: EssayInput) -> Said:
    best = max(CRITERIA, key=lambda c: verdict.bands[c])
    worst = min(CRITERIA, key=lambda c: verdict.bands[c])
    kinds = Counter(f.kind for f in faults)
    counted: list[Item] = [say(_FAULTS[kind], n=kinds[kind]) for kind in _FAULTS if kinds[kind]]
    parts = [
        say(
            "Overall band {band:.1f}, by rules and without an examiner.",
            band=bands.overall(verdict.bands.values()),
        ),
        say(
            "The essay has {words} (at least {least} are asked for) in {sentences} and {paragraphs}; mistakes found: {mistakes}.",
            words=say_n("{n} word", "{n} words", measures.words),
            least=bands.MINIMUM_WORDS[order.task_type],
            sentences=say_n("{n} sentence", "{n} sentences", measures.sentences),
            paragraphs=say_n("{n} paragraph", "{n} paragraphs", measures.paragraphs),
            mistakes=counted or say("none"),
        ),
    ]
    if verdict.bands[best] > verdict.bands[worst]:
        parts.append(
            say(
                "Its best side: {best} ({high:.1f}). What holds it back: {worst} ({low:.1f}).",
                best=say(NAMES[best]),
                high=verdict.bands[best],
                worst=say(NAMES[worst]),
                low=verdict.bands[worst],
            )
        )
    else:
        parts.append(say("All four criteria stand at {band:.1f}.", band=verdict.bands[best]))
    reasons = _distinct(cap.reason for cap in verdict.caps)
    return together(*parts, *reasons[:2])


def _plan(
    teller: evidence_words.Teller, evidence: TaskEvidence, verdict: Verdict, order: EssayInput
) -> list[Said]:
    """Three steps: what a cap or the task took first, then the rows that took most over all criteria."""
    costly = sorted((a for a in verdict.adjustments if a.change <= -0.2), key=lambda a: a.change)
    steps = [
        together(limit.reason, teller.remedy(limit, evidence, order.task_type))
        for limit in (*verdict.caps, *costly[:1])
    ]
    rows = [row.name for row in sorted(verdict.influences, key=lambda i: sum(i.bands.values()))]
    more = [
        teller.step(name)
        for name in rows
        if not (name == "rarity" and "word_length" in rows[: rows.index(name)])
    ]
    more = [step for step in _distinct(more) if step not in steps]
    return [*_distinct(steps)[:2], *more][:3]


def _distinct(sentences: Iterable[Said]) -> list[Said]:
    """The sentences without those that stood before."""
    found: list[Said] = []
    for sentence in sentences:
        if sentence not in found:
            found.append(sentence)
    return found
