"""What the IELTS descriptors forbid or ask for, whatever the language is like: adjustments and caps.

Called by ``scoring.judge``; the reasons are read by ``notes``. Invariant: each limit carries the sentence
that explains it and what it is about, so that nothing is taken from a band in silence.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from . import bands
from .bands import CRITERIA, Criterion, TaskType
from .measures import Measures
from .task import TaskEvidence

About = Literal["language", "copying", "sentences", "paragraphs", "length", "topic", "answer"]


@dataclass(frozen=True)
class Limit:
    """A cap (``most`` given) or an adjustment (``change``) of some criteria."""

    about: About
    reason: str
    criteria: tuple[Criterion, ...] = CRITERIA
    most: float | None = None
    change: float = 0.0

    def lowers(self, raw: Mapping[Criterion, float]) -> bool:
        """Whether this cap lies below one of its criteria."""
        return self.most is not None and any(raw[c] > self.most for c in self.criteria)


def adjustments(m: Measures, e: TaskEvidence, task_type: TaskType) -> Iterator[Limit]:
    """What the task itself adds to or takes from task response (and coherence)."""
    if e.coverage is not None:
        reason = f"{e.covered} of the {e.keywords} topic words of the prompt are taken up."
        yield Limit("topic", reason, ("TR",), change=max(-0.5, min(0.25, e.coverage - 0.5)))
    match task_type:
        case "general_task_1":
            asked = _letter(e)
        case "academic_task_1":
            asked = _report(e)
        case _:
            asked = _discussion(e)
    for change, reason in asked:
        yield Limit("answer", reason, ("TR",), change=change)
    if e.stance_changes and bands.MINIMUM_WORDS[task_type] > 150:
        reason = "The position at the end contradicts the one at the start."
        yield Limit("answer", reason, ("TR", "CC"), change=-0.5)


def _letter(e: TaskEvidence) -> Iterator[tuple[float, str]]:
    if e.purpose is None:
        yield -0.5, "No sentence near the start says why the letter is written."
    if e.greeting is None:
        yield -0.25, "The letter has no greeting."
    if e.closing is None:
        yield -0.25, "The letter has no closing phrase."


def _report(e: TaskEvidence) -> Iterator[tuple[float, str]]:
    if e.overview is None:
        yield -0.5, "No overview of the main trend was found."
    if e.figures < 3:
        yield -0.5, f"Only {e.figures} figures are given to support the description."
    if e.comparisons < 2:
        yield -0.25, "The data are hardly compared."


def _discussion(e: TaskEvidence) -> Iterator[tuple[float, str]]:
    if e.position is None:
        yield -0.2, "No sentence states a position of your own."
    if e.examples == 0:
        yield -0.2, "No example supports the ideas."
    if e.both_sides_asked and not e.both_sides:
        yield -0.5, "The prompt asks for two sides, and only one is developed."


def caps(m: Measures, e: TaskEvidence, task_type: TaskType) -> Iterator[Limit]:
    """The highest bands that are possible for this essay, the gravest reasons first."""
    yield from _language(m)
    yield from _copying(m)
    yield from _order(m, bands.MINIMUM_WORDS[task_type])
    yield from _length(m, task_type)
    if e.keywords >= 5 and e.covered == 0:
        reason = f"None of the {e.keywords} topic words of the prompt appears: off the topic."
        yield Limit("topic", reason, ("TR",), most=3.0)
    elif e.keywords >= 5 and e.covered / e.keywords < 0.13:
        reason = f"Only {e.covered} of the {e.keywords} topic words of the prompt appears."
        yield Limit("topic", reason, ("TR",), most=4.0)
    if task_type == "academic_task_1" and e.overview is None:
        yield Limit("answer", "Without an overview, task achievement stays at 6 or below.", ("TR",), most=6.0)


def _language(m: Measures) -> Iterator[Limit]:
    counted = (
        f"{m.known_share:.0%} of the words are English and {m.function_share:.0%} are grammatical words, "
        "of which any English text has about half"
    )
    if m.known_share < 0.25 and m.function_share < 0.1:
        yield Limit("language", "The text is not English.", most=0.0)
    elif m.known_share < 0.5 or m.function_share < 0.12:
        yield Limit("language", f"{counted}: no English sentences.", most=1.0)
    elif m.known_share < 0.7 or m.function_share < 0.22:
        yield Limit("language", f"{counted}: hardly sentences.", most=2.5)
    elif m.known_share < 0.85:
        yield Limit("language", f"Only {m.known_share:.0%} of the words are English as written.", most=4.0)
    if m.clash_density > 2:
        reason = f"{m.clash_density:.1f} times in 100 words a pair of words stands that no sentence can have."
        yield Limit("language", reason, most=2.5)


def _copying(m: Measures) -> Iterator[Limit]:
    repeated = f"{m.repeated_share:.0%} of the text repeats earlier passages word for word."
    copied = f"{m.copied_share:.0%} of the text is copied from the prompt."
    if m.repeated_share > 0.5:
        yield Limit("copying", repeated, most=3.0)
    elif m.repeated_share > 0.3:
        yield Limit("copying", repeated, ("TR", "CC"), most=5.0)
    if m.copied_share > 0.5:
        yield Limit("copying", copied, most=2.5)
    elif m.copied_share > 0.3:
        yield Limit("copying", copied, ("TR", "LR"), most=4.0)


def _order(m: Measures, least: int) -> Iterator[Limit]:
    if m.sentences <= 1 and m.words >= 40:
        yield Limit("sentences", "The whole text is one sentence.", ("CC", "GRA"), most=4.0)
    elif m.sentence_length > 60:
        reason = f"A sentence has {m.sentence_length:.0f} words on average: full stops are missing."
        yield Limit("sentences", reason, ("CC", "GRA"), most=5.0)
    if m.paragraphs == 1 and m.words >= 0.6 * least:
        yield Limit("paragraphs", "The text is one block without paragraphs.", ("CC",), most=6.0)


def _length(m: Measures, task_type: TaskType) -> Iterator[Limit]:
    least = bands.MINIMUM_WORDS[task_type]
    cap = bands.length_cap(m.own_words, task_type)
    if cap is not None:
        reason = f"{m.own_words} words of your own where the task asks for at least {least}."
        yield Limit("length", reason, ("TR",), most=cap)
    if m.own_words <= bands.BAND_ONE_WORDS:
        yield Limit("length", "An answer of 20 words or fewer is band 1.", most=1.0)
    elif m.own_words < 0.35 * least:
        reason = f"{m.own_words} words of your own show too little language to be rated higher."
        yield Limit("length", reason, ("CC", "LR", "GRA"), most=3.0 if m.own_words < 0.2 * least else 5.0)
