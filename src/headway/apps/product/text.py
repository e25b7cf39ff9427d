"""A review's text as the analyser sees it: words, clauses, its plain form, and whether it is English.

Called by `signals`, `sentiment`, `repeats`. Pure; the same text gives the same answer on every machine.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .lexicon import FUNCTION_WORDS

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_PLAIN = re.compile(r"[^\w]+")
_TOKEN = re.compile(
    r"([^\W\d_]+(?:'[^\W\d_]+)*)"  # a word
    r"|(\n|[.!?…](?=\s))"  # the end of a sentence
    r"|[.!?;:]|,(?=\s)|(?<=\s)-+(?=\s)"  # the end of a clause
)
_TURNS = frozenset(("but", "although", "however", "though", "except", "while", "yet"))
ENGLISH_SHARE = 0.15
"""Least share of function words in English running text; usual is 0.35 and more."""
LEAST_WORDS = 5
"""Shorter texts say nothing about their language or their style."""


def words_of(text: str) -> list[str]:
    """The words in lower case, with a plain apostrophe; digits are no words."""
    return _WORD.findall(text.replace("’", "'").lower())


class Clause(NamedTuple):
    """A piece that carries one opinion: its words, and the numbers of the tokens before which it begins, after which it ends,
    and before which its sentence begins."""

    words: list[str]
    first: int
    end: int
    sentence: int


def clauses_of(text: str) -> Iterator[Clause]:
    """The pieces with words: split at stops, commas, and where the writer turns round ("but")."""
    words: list[str] = []
    first = sentence = n = 0
    for n, (word, stop) in enumerate(_TOKEN.findall(_spelled(text)), 1):
        if word and word not in _TURNS:
            words.append(word)
            continue
        if words:
            yield Clause(words, first, n - 1, sentence)
            words = []
        first = n
        if stop:
            sentence = n
    if words:
        yield Clause(words, first, n, sentence)


def clause_in(text: str, clause: Clause, *, whole: bool) -> str:
    """A clause as it is written, or the whole sentence that it stands in."""
    tokens = list(_TOKEN.finditer(_spelled(text)))
    end = (
        next((n for n in range(clause.end, len(tokens)) if tokens[n][2]), len(tokens))
        if whole
        else clause.end
    )
    first = clause.sentence if whole else clause.first
    begins = tokens[first - 1].end() if first else 0
    ends = len(text) if end == len(tokens) else tokens[end].end() if whole else tokens[end].start()
    return text[begins:ends].strip()


def _spelled(text: str) -> str:
    """The text in lower case with plain apostrophes, where that leaves every character in its place."""
    plain = text.replace("’", "'")
    lower = plain.lower()
    return lower if len(lower) == len(text) else plain


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
