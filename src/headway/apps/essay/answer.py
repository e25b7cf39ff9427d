"""From a model's answer to an evaluation: what it got wrong, and what code must decide instead of it.

Called by the job after a provider's answer has passed ``schema.ProviderEvaluation``. Invariant: the overall
band, the length cap, the word count and every offset are computed here and never taken from the model; a
correction whose quotation is not in the essay is dropped.
"""

import re
import unicodedata
from collections.abc import Sequence

from headway.support.i18n import direction
from headway.support.sentences import Prose, isolated, say, told

from . import bands, limits
from .measures import Measures
from .schema import (
    Correction,
    Criteria,
    EssayInput,
    KeptEvaluation,
    Notes,
    ProviderCorrection,
    ProviderEvaluation,
)

_QUOTED = re.compile(r"[“\"«']([^“”\"«»]{3,400}?)[”\"»'](?!\w)")
_LATIN_QUOTED = re.compile(r"[“\"«][^“”\"«»]*[A-Za-z][^“”\"«»]*[”\"»]|(?<!\w)'[^']*[A-Za-z][^']*'(?!\w)")
_SAME = {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u00a0": " "}


def complaints(order: EssayInput, answer: ProviderEvaluation) -> list[str]:
    """What a valid answer still lacks, as sentences for the repair prompt; empty when it is good.

    A note must quote the essay, and more than half of the corrections must quote what is really there.
    """
    essay = _flat(order.essay)
    found = [
        f"notes.{criterion} quotes nothing from the essay: quote its exact words between double "
        "quotation marks."
        for criterion, note in answer.notes.model_dump().items()
        if not any(_flat(q).strip(" .…") in essay for q in _QUOTED.findall(note) if _flat(q).strip(" .…"))
    ]
    placed = len(locate(order.essay, answer.corrections))
    if len(answer.corrections) >= 4 and placed * 2 < len(answer.corrections):
        found.append(
            f"Only {placed} of {len(answer.corrections)} corrections quote words that stand in the essay: "
            "copy each quote exactly as written there."
        )
    return found


def assemble(
    order: EssayInput, answer: ProviderEvaluation, measures: Measures, provider: str, model: str
) -> KeptEvaluation:
    """The evaluation that a provider's answer amounts to, with what code knows better put right.

    Its texts stand in the language that was asked for, so what code adds is rendered in that one too.
    """
    given = answer.criteria
    cap = bands.length_cap(measures.own_words, order.task_type)
    task_response = given.TR if cap is None else min(given.TR, cap)
    criteria = Criteria(TR=task_response, CC=given.CC, LR=given.LR, GRA=given.GRA)
    lang = order.language
    notes = {name: _apart(text, order) for name, text in answer.notes}
    if cap is not None and cap < given.TR:
        reason = limits.too_few(measures.own_words, bands.MINIMUM_WORDS[order.task_type])
        notes["TR"] += " " + told(lang, say("Capped at {band:.1f}: {reason}", band=cap, reason=reason))
    return KeptEvaluation(
        overall_band=bands.overall(criteria.values()),
        criteria=criteria,
        notes=Notes[Prose](**notes),
        overall_comment=_apart(answer.overall_comment, order),
        improvement_plan=[_apart(step, order) for step in answer.improvement_plan],
        corrections=[
            each.model_copy(update={"reason": _apart(told(lang, each.reason), order)})
            for each in locate(order.essay, answer.corrections)
        ],
        word_count=measures.words,
        provider=provider,
        model=model,
        measures=measures,
        language=lang,
    )


def locate(essay: str, named: Sequence[ProviderCorrection]) -> list[Correction[Prose]]:
    """Each named correction at its place in the essay; those not there, or overlapping an earlier one, are
    dropped.

    Models give the mistakes in reading order, so a quotation that stands several times is looked for after
    the last one found, then from the start. Typographic quotes, dashes and blanks match their plain forms.
    """
    flat = _flat(essay)
    taken: list[tuple[int, int]] = []
    found: list[Correction[Prose]] = []
    reading = 0
    for item in named:
        quote = _flat(item.quote)
        place = _free_place(flat, quote, reading, taken)
        if place is None:
            place = _free_place(flat, quote, 0, taken)
        if place is None:
            continue
        start, end = place
        original = essay[start:end]
        if original == item.suggestion:
            continue
        taken.append(place)
        reading = end
        found.append(
            Correction[Prose](
                start=start, end=end, original=original, suggestion=item.suggestion, reason=item.reason
            )
        )
    return sorted(found, key=lambda c: c.start)


def _apart(text: str, order: EssayInput) -> str:
    """A model's text; written from right to left, with a direction of its own for each quotation of Latin letters."""
    if direction(order.language) != "rtl":
        return text
    return _LATIN_QUOTED.sub(lambda quoted: isolated(quoted[0]), text)


def _free_place(
    flat: str, quote: str, since: int, taken: Sequence[tuple[int, int]]
) -> tuple[int, int] | None:
    if not quote.strip():
        return None
    at = flat.find(quote, since)
    while at >= 0:
        end = at + len(quote)
        if _whole_words(flat, at, end) and not any(at < b and a < end for a, b in taken):
            return at, end
        at = flat.find(quote, at + 1)
    return None


def _whole_words(flat: str, start: int, end: int) -> bool:
    """Whether a place does not begin or end inside a word: ``he`` is not in ``the``."""
    left = start > 0 and flat[start - 1].isalnum() and flat[start].isalnum()
    right = end < len(flat) and flat[end].isalnum() and flat[end - 1].isalnum()
    return not left and not right and not (end < len(flat) and unicodedata.combining(flat[end]))


def _flat(text: str) -> str:
    """The same length of text with typographic signs and blanks made plain, so that places stay."""
    return "".join(" " if c.isspace() else _SAME.get(c, c) for c in text)
