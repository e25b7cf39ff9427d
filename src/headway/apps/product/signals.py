"""Eleven signals in a review's own words that tell invented reviews from lived ones, and their sum.

Called by `offline` for every review and by `verdicts` to explain examples. Each signal compares a count with
what a usual review of that length has, in standard deviations; all weigh the same (Dawes 1979: unit weights
of known sign beat fitted ones outside the sample). No weight and no threshold was fitted to labelled reviews.
A review's signals depend on its own text, and the product's title, alone: no review can change another's.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from . import lexicon
from .text import is_english, words_of

_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*|[$€£%]")
_ASIDE = re.compile(r"[()\[\]/;:*\"]|\.{2,}|…|\s-+\s|--|—|–")
_PROMISE = re.compile(
    r"\b(?=[bcdghlnrw])(?:will (?:definitely|certainly|surely|absolutely)|definitely (?:be|stay|return|come|recommend|buy|go)"
    r"|highly recommend|(?:would|will|can) (?:not |never |highly |definitely )?recommend"
    r"|recommend (?:it |this |them )?to (?:any|every)|next time|look(?:ing)? forward|never again"
    r"|(?:be|come|go) back|will not be|can'?t wait)\b",
    re.IGNORECASE,
)
_PASSED_TITLE = frozenset(("the", "and", "for", "with", "from", "hotel", "inn", "new", "set", "pack"))
LIMIT: Final = 2.0
"""No single signal counts for more standard deviations than this."""
_LEXICAL = frozenset(
    {"self", "pronouns", "superlatives", "occasions", "vague", "places", "promises", "title"}
)
"""What is counted by English words, and means nothing in another language."""
PLAIN_AT, PLAIN_SD, PLAIN_SHORT = 0.017, 0.003, 0.2
"""Maas's index of a usual review, its deviation between writers, and what shortness adds (divided by words)."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual: `per_mille` such marks in a thousand words, `spread` the variance between writers beyond
    chance (psi of a negative binomial), and `sign`, +1 where more of it speaks against the review."""

    per_mille: float
    spread: float
    sign: int


USUAL: Final[Mapping[str, Usual]] = {
    "self": Usual(45, 0.3, 1),
    "pronouns": Usual(120, 0.05, 1),
    "superlatives": Usual(27, 0.15, 1),
    "occasions": Usual(6, 0.7, 1),
    "vague": Usual(20, 0.1, 1),
    "promises": Usual(3, 0.3, 1),
    "title": Usual(8, 0.5, 1),
    "places": Usual(45, 0.1, -1),
    "numbers": Usual(10, 1.0, -1),
    "asides": Usual(14, 1.0, -1),
}
"""Round figures of reviews of hotels and goods, whoever wrote them: labels played no part in them."""
_LISTS: Final[Mapping[str, frozenset[str]]] = {
    "self": lexicon.SELF,
    "pronouns": lexicon.PRONOUNS,
    "superlatives": lexicon.SUPERLATIVES,
    "occasions": lexicon.OCCASIONS,
    "vague": lexicon.VAGUE,
    "places": lexicon.PLACES,
}
_SIGNALS_OF: Final[dict[str, tuple[str, ...]]] = {}
for _name, _known in _LISTS.items():
    for _word in _known:
        _SIGNALS_OF[_word] = (*_SIGNALS_OF.get(_word, ()), _name)
_MARKS: Final[Mapping[str, re.Pattern[str]]] = {
    "numbers": _NUMBER,
    "asides": _ASIDE,
    "promises": _PROMISE,
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """A review's signals in standard deviations (positive speaks against it), its number of words, and whether they are English."""

    signals: Mapping[str, float]
    words: int
    english: bool

    @property
    def total(self) -> float:
        """Their sum over that of chance: 1 is one standard deviation of a sum of so many independent signals,
        and the line between genuine and fake."""
        return sum(self.signals.values()) / math.sqrt(len(self.signals)) if self.signals else 0.0


def evidence(text: str, title_words: frozenset[str] = frozenset()) -> Evidence:
    """The signals of one text. `title_words` are those of the product's title (see `title_words_of`)."""
    words = words_of(text)
    english = is_english(words)
    counts = _counts(text, words, title_words)
    found: dict[str, float] = {}
    for name, usual in USUAL.items():
        if (name in _LEXICAL and not english) or (name == "title" and not title_words):
            continue
        expected = usual.per_mille * len(words) / 1000
        deviation = math.sqrt(expected + usual.spread * expected**2 + 0.5)
        found[name] = usual.sign * _limited((counts[name] - expected) / deviation)
    found["plainness"] = _limited((_maas(words) - PLAIN_AT) / (PLAIN_SD + PLAIN_SHORT / max(1, len(words))))
    return Evidence(found, len(words), english)


def matches(name: str, text: str, title_words: frozenset[str] = frozenset(), most: int = 4) -> list[str]:
    """The words of `text` that a signal has counted, each once, in reading order: to be shown."""
    found: dict[str, None] = {}
    if name in _MARKS:
        found = dict.fromkeys(match.group().strip() for match in _MARKS[name].finditer(text))
    else:
        known = title_words if name == "title" else _LISTS.get(name, frozenset())
        found = dict.fromkeys(word for word in words_of(text) if word in known)
    return list(found)[:most]


def title_words_of(title: str) -> frozenset[str]:
    """The words of a product's title that a reviewer would have to copy."""
    return frozenset(word for word in words_of(title) if len(word) > 2 and word not in _PASSED_TITLE)


def probability(total: float) -> float:
    """Evidence as a number from 0 to 1: 0.5 at the line, logistic (one unit is one logit and a half)."""
    return 1.0 / (1.0 + math.exp(-1.5 * (total - 1.0)))


def _counts(text: str, words: Sequence[str], title_words: frozenset[str]) -> Counter[str]:
    """How often a text has what each signal counts."""
    counts = Counter({name: len(pattern.findall(text)) for name, pattern in _MARKS.items()})
    counts.update(chain.from_iterable(filter(None, map(_SIGNALS_OF.get, words))))
    counts["title"] = sum(map(title_words.__contains__, words))
    return counts


def _maas(words: Sequence[str]) -> float:
    """Maas's a²: how slowly new words come, nearly free of the text's length (Maas 1972)."""
    if len(words) < 2:
        return PLAIN_AT
    n, kinds = math.log(len(words)), math.log(len(set(words)))
    return (n - kinds) / n**2


def _limited(value: float) -> float:
    return max(-LIMIT, min(LIMIT, value))
