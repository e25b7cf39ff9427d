"""A review's text as the analyser sees it: words, clauses, its plain form, and whether it is English.

Called by `signals`, `sentiment`, `repeats`. Pure; the same text gives the same answer on every machine.
"""

import re
import unicodedata
from collections.abc import Sequence

from .lexicon import FUNCTION_WORDS

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_PLAIN = re.compile(r"[^\w]+")
_CLAUSE = re.compile(
    r"[.!?;:\n]+|,\s|\s-+\s|\b(?:but|although|however|though|except|while|yet)\b", re.IGNORECASE
)
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")
ENGLISH_SHARE = 0.15
"""Least share of function words in English running text; usual is 0.35 and more."""
LEAST_WORDS = 5
"""Shorter texts say nothing about their language or their style."""


def words_of(text: str) -> list[str]:
    """The words in lower case, with a plain apostrophe; digits are no words."""
    return _WORD.findall(text.replace("’", "'").lower())


def clauses_of(text: str) -> list[str]:
    """Pieces that carry one opinion each: split at stops, commas, and where the writer turns round ("but")."""
    return [piece.strip() for piece in _CLAUSE.split(text) if piece and piece.strip()]


def sentences_of(text: str) -> list[str]:
    """The sentences, by their end marks and line ends."""
    return [piece.strip() for piece in _SENTENCE.split(text) if piece.strip()]


def plain(text: str) -> str:
    """The text without case, punctuation, spacing and compatibility forms: equal for exact copies."""
    return _PLAIN.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def is_english(words: Sequence[str]) -> bool:
    """Whether these words are of an English text; of very short ones nobody can tell, and they count as it."""
    if len(words) < LEAST_WORDS:
        return all(word.isascii() for word in words)
    return sum(map(FUNCTION_WORDS.__contains__, words)) >= ENGLISH_SHARE * len(words)


def shortened(text: str, most: int) -> str:
    """The text on one line, cut at a word at `most` characters."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    return line[: most - 1].rsplit(" ", 1)[0] + "…"
