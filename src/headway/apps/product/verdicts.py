"""Each review's verdict: what its reading, its copies and its manners make of it. Called by `report`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from . import signals
from .offline import Reading
from .repeats import Group, Repeats
from .result import Mood, Signal, Verdict
from .schema import Review
from .sentiment import label
from .words import ADDRESSED, AGAINST, COPIED, FOR, JUDGED, say

COPIED_SCORE: Final = 0.9
ADDRESSED_SCORE: Final = 0.95
_SHOWN_SIGNALS = 5
_LEAST_SHOWN = 0.25
_SHOWN_WORDS = 4


@dataclass(frozen=True, slots=True)
class Judgement:
    """A review with what was found in it. `names` is under how many names its text stands, 1 for its own."""

    review: Review
    reading: Reading
    score: float
    names: int

    @property
    def id(self) -> str:
        """The review's id."""
        return str(self.review.id)

    @property
    def verdict(self) -> Verdict:
        """Fake from one half on."""
        return "fake" if self.score >= 0.5 else "genuine"

    @property
    def mood(self) -> Mood:
        """What its words say, else its stars."""
        found = label(self.reading.polarity, self.review.rating)
        return "positive" if found == "positive" else "negative" if found == "negative" else "neutral"


def judge(reviews: Sequence[Review], readings: Mapping[str, Reading], repeats: Repeats) -> list[Judgement]:
    """The judgements of those reviews that were read, in their order."""
    names: dict[str, int] = {}
    for group in repeats.groups:
        _note(names, group)
    found = []
    for review in reviews:
        reading = readings.get(str(review.id))
        if reading is not None:
            copies = names.get(str(review.id), 1)
            found.append(Judgement(review, reading, _score(reading, copies), copies))
    return found


def reasons(judgement: Judgement, title: frozenset[str]) -> list[Signal]:
    """The signals that decided: those that point where the verdict does, the strongest first."""
    reading, text = judgement.reading, judgement.review.text
    fake = judgement.verdict == "fake"
    found: list[Signal] = []
    if reading.judged is not None and reading.reason:
        words = say(JUDGED, model=reading.model or "", reason=reading.reason)
        found.append(Signal(code="model", text=words, strength=round(4 * reading.judged - 2, 2)))
    if judgement.names > 1:
        found.append(Signal(code="copied", text=say(COPIED, names=judgement.names), strength=signals.LIMIT))
    if reading.address == "plain":
        found.append(Signal(code="address", text=say(ADDRESSED), strength=signals.LIMIT))
    counted = signals.evidence(text, title).signals
    pointing = [(name, z) for name, z in counted.items() if abs(z) >= _LEAST_SHOWN and (z > 0) == fake]
    for name, z in sorted(pointing, key=lambda item: (-abs(item[1]), item[0])):
        msgid = (AGAINST if fake else FOR)[name]
        words = say(msgid)
        if "{words}" in msgid:
            words = say(msgid, words=signals.matches(name, text, title, _SHOWN_WORDS))
        found.append(Signal(code=name, text=words, strength=round(z, 2)))
    return found[:_SHOWN_SIGNALS]


def _score(reading: Reading, names: int) -> float:
    score = reading.judged if reading.judged is not None else signals.probability(reading.evidence)
    if names > 1:
        score = max(score, COPIED_SCORE)
    if reading.address == "plain":
        score = max(score, ADDRESSED_SCORE)
    return round(score, 4)


def _note(names: dict[str, int], group: Group) -> None:
    for review_id in group.review_ids:
        names[review_id] = max(names.get(review_id, 1), group.names)
