"""What the IELTS descriptors forbid or ask for, whatever the language is like: adjustments and caps.

Called by ``scoring.judge``; the reasons are read by ``notes``. Invariant: each limit carries the sentence
that explains it and what it is about, so that nothing is taken from a band in silence.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from headway.support.sentences import Said, say, say_n

from . import bands
from .bands import CRITERIA, Criterion, TaskType
from .measures import Measures
from .task import TaskEvidence

About = Literal["language", "copying", "sentences", "paragraphs", "length", "topic", "answer"]


@dataclass(frozen=True)
class Limit:
    """A cap (``most`` given) or an adjustment (``change``) of some criteria."""

    about: About
    reason: Said
    criteria: tuple[Criterion, ...] = CRITERIA
    most: float | None = None
    change: float = 0.0

    def lowers(self, raw: Mapping[Criterion, float]) -> bool:
        """Whether this cap lies below one of its criteria."""
        return self.most is not None and any(raw[c] > self.most for c in self.criteria)


def adjustments(m: Measures, e: TaskEvidence, task_type: TaskType) -> Iterator[Limit]:
    """What the task itself adds to or takes from task response (and coherence)."""
    if e.coverage is not None:
        reason = say(
            "{covered} of the {keywords} topic words of the prompt are taken up.",
            covered=e.covered,
            keywords=e.keywords,
        )
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
        reason = say("The position at the end contradicts the one at the start.")
        yield Limit("answer", reason, ("TR", "CC"), change=-0.5)


def _letter(e: TaskEvidence) -> Iterator[tuple[float, Said]]:
    if e.purpose is None:
        yield -0.5, say("No sentence near the start says why the letter is written.")
    if e.greeting is None:
        yield -0.25, say("The letter has no greeting.")
    if e.closing is None:
        yield -0.25, say("The letter has no closing phrase.")


def _report(e: TaskEvidence) -> Iterator[tuple[float, Said]]:
    if e.overview is None:
        yield -0.5, say("No overview of the main trend was found.")
    if e.figures < 3:
        yield (
            -0.5,
            say_n(
                "Only {n} figure is given to support the description.",
                "Only {n} figures are given to support the description.",
                e.figures,
            ),
        )
    if e.comparisons < 2:
        yield -0.25, say("The data are hardly compared.")


def _discussion(e: TaskEvidence) -> Iterator[tuple[float, Said]]:
    if e.position is None:
        yield -0.2, say("No sentence states a position of your own.")
    if e.examples == 0:
        yield -0.2, say("No example supports the ideas.")
    if e.both_sides_asked and not e.both_sides:
        yield -0.5, say("The prompt asks for two sides, and only one is developed.")


def caps(m: Measures, e: TaskEvidence, task_type: TaskType) -> Iterator[Limit]:
    """The highest bands that are possible for this essay, the gravest reasons first."""
    yield from _language(m)
    yield from _copying(m)
    yield from _order(m, bands.MINIMUM_WORDS[task_type])
    yield from _length(m, task_type)
    if e.keywords >= 5 and e.covered == 0:
        reason = say(
            "None of the {keywords} topic words of the prompt appears: off the topic.", keywords=e.keywords
        )
        yield Limit("topic", reason, ("TR",), most=3.0)
    elif e.keywords >= 5 and e.covered / e.keywords < 0.13:
        reason = say_n(
            "Only {n} of the {keywords} topic words of the prompt appears.",
            "Only {n} of the {keywords} topic words of the prompt appear.",
            e.covered,
            keywords=e.keywords,
        )
        yield Limit("topic", reason, ("TR",), most=4.0)
    if task_type == "academic_task_1" and e.overview is None:
        reason = say("Without an overview, task achievement stays at 6 or below.")
        yield Limit("answer", reason, ("TR",), most=6.0)


def _language(m: Measures) -> Iterator[Limit]:
    counted = say(
        "{known:.0%} of the words are English and {function:.0%} are grammatical words, of which any English text has "
        "about half",
        known=m.known_share,
        function=m.function_share,
    )
    if m.known_share < 0.25 and m.function_share < 0.1:
        yield Limit("language", say("The text is not English."), most=0.0)
    elif m.known_share < 0.5 or m.function_share < 0.12:
        yield Limit("language", say("{counted}: no English sentences.", counted=counted), most=1.0)
    elif m.known_share < 0.7 or m.function_share < 0.22:
        yield Limit("language", say("{counted}: hardly sentences.", counted=counted), most=2.5)
    elif m.known_share < 0.85:
        reason = say("Only {known:.0%} of the words are English as written.", known=m.known_share)
        yield Limit("language", reason, most=4.0)
    if m.clash_density > 2:
        reason = say(
            "{density:.1f} times in 100 words a pair of words stands that no sentence can have.",
            density=m.clash_density,
        )
        yield Limit("language", reason, most=2.5)


def _copying(m: Measures) -> Iterator[Limit]:
    repeated = say("{share:.0%} of the text repeats earlier passages word for word.", share=m.repeated_share)
    copied = say("{share:.0%} of the text is copied from the prompt.", share=m.copied_share)
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
        yield Limit("sentences", say("The whole text is one sentence."), ("CC", "GRA"), most=4.0)
    elif m.sentence_length > 60:
        reason = say(
            "A sentence has {length:.0f} words on average: full stops are missing.", length=m.sentence_length
        )
        yield Limit("sentences", reason, ("CC", "GRA"), most=5.0)
    if m.paragraphs == 1 and m.words >= 0.6 * least:
        yield Limit("paragraphs", say("The text is one block without paragraphs."), ("CC",), most=6.0)


def _length(m: Measures, task_type: TaskType) -> Iterator[Limit]:
    least = bands.MINIMUM_WORDS[task_type]
    cap = bands.length_cap(m.own_words, task_type)
    if cap is not None:
        reason = too_few(m.own_words, least)
        yield Limit("length", reason, ("TR",), most=cap)
    if m.own_words <= bands.BAND_ONE_WORDS:
        yield Limit("length", say("An answer of 20 words or fewer is band 1."), most=1.0)
    elif m.own_words < 0.35 * least:
        reason = say_n(
            "{n} word of your own shows too little language to be rated higher.",
            "{n} words of your own show too little language to be rated higher.",
            m.own_words,
        )
        yield Limit("length", reason, ("CC", "LR", "GRA"), most=3.0 if m.own_words < 0.2 * least else 5.0)


def too_few(own_words: int, least: int) -> Said:
    """Why a text is too short."""
    return say_n(
        "{n} word of your own where the task asks for at least {least}.",
        "{n} words of your own where the task asks for at least {least}.",
        own_words,
        least=least,
    )
