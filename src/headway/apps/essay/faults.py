"""The mistakes of an essay: what spelling and grammar found, made one sorted list without overlaps.

Called by ``offline.measure``. Invariant: ``raw[fault.start:fault.end] == fault.original`` for each, and no
two overlap; where two sources mark the same words, the one with a repair wins, then the longer.
"""

from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict

from headway.support.sentences import Prose, say

from . import grammar, lexicon, spelling
from .lexicon import word_set
from .text import Text, Word

_LEAST_KNOWN = 0.65
"""Below this share of known words a text is not corrected."""
_LOOKED_UP = 50
"""How many different unknown words are looked up in Harper's dictionaries too."""

FaultKind = Literal["spelling", "grammar", "mechanics"]

_MECHANICS = word_set("""CapitalizePersonalPronouns SentenceCapitalization CommaFixes DiscourseMarkers Spaces
    WrongApostrophe no-space-stop its-own PhrasalVerbAsCompoundNoun""")


class Fault(BaseModel):
    """One mistake; ``suggestion`` is None where the repair is not certain, and then it is counted but not
    shown."""

    model_config = ConfigDict(frozen=True)

    start: int
    end: int
    original: str
    suggestion: str | None
    reason: Prose
    kind: FaultKind
    rule: str


def find(text: Text, prompt: str) -> list[Fault]:
    """Every mistake of the essay, sorted by place; ``prompt`` because its words and names are taken as
    right."""
    if known_share(text) < _LEAST_KNOWN:
        return []
    return _without_overlaps(
        [*_spelling_faults(text, prompt), *_grammar_faults(text.raw, grammar.find(text))]
    )


def _grammar_faults(raw: str, findings: Iterable[grammar.Finding]) -> list[Fault]:
    return [
        Fault(
            start=f.start,
            end=f.end,
            original=raw[f.start : f.end],
            suggestion=f.suggestion,
            reason=f.reason,
            kind="mechanics" if f.rule in _MECHANICS else "grammar",
            rule=f.rule,
        )
        for f in findings
        if raw[f.start : f.end].strip() and not _is_list_label(raw, f)
    ]


def _spelling_faults(text: Text, prompt: str) -> list[Fault]:
    certain: list[Word] = []
    doubtful: list[Word] = []
    for word in spelling.candidates_for_check(text, prompt):
        (certain if spelling.is_listed_slip(word.lower) else doubtful).append(word)
    # Beyond so many different unknown words pyspellchecker's verdict stands alone: looking them up costs
    # seconds.
    parts = list(dict.fromkeys(part for word in doubtful for part in word.lower.split("-")))
    unknown = grammar.unknown_words(parts[:_LOOKED_UP])
    unseen = set(parts[_LOOKED_UP:])
    doubtful = [w for w in doubtful if any(p in unknown or p in unseen for p in w.lower.split("-"))]
    faults = []
    for word in [*certain, *doubtful]:
        original = text.raw[word.start : word.end]
        repair = spelling.suggestion_for(word.lower, unknown.get(word.lower, ()))
        form = word.lower in spelling.WORD_FORM_FIXES
        faults.append(
            Fault(
                start=word.start,
                end=word.end,
                original=original,
                suggestion=spelling.matches_case(original, repair) if repair else None,
                reason=say("This form of the word does not exist.") if form else say("Spelling."),
                kind="grammar" if form else "spelling",
                rule="word-form" if form else "spelling",
            )
        )
    return faults


def _is_list_label(raw: str, finding: grammar.Finding) -> bool:
    """Whether a lone lower-case letter stands as a label, such as ``i)``, and not as a word."""
    return finding.end - finding.start == 1 and raw[finding.end : finding.end + 1] == ")"


def _without_overlaps(faults: list[Fault]) -> list[Fault]:
    ranked = sorted(
        faults,
        key=lambda f: (
            f.suggestion is None,
            f.rule not in {"spelling", "word-form"},
            f.start - f.end,
            f.start,
            f.rule,
        ),
    )
    taken: list[Fault] = []
    claimed: set[int] = set()
    for fault in ranked:
        places = range(fault.start, fault.end)
        if any(place in claimed for place in places):
            continue
        claimed.update(places)
        taken.append(fault)
    return sorted(taken, key=lambda f: f.start)


def known_share(text: Text) -> float:
    """The share of the essay's words that an English dictionary knows, 0 to 1; 0 for an essay without
    words."""
    words = text.words
    if not words:
        return 0.0
    return sum(lexicon.is_known(lexicon.plain(w.lower)) for w in words) / len(words)
