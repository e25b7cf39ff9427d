"""How much of the book is in the result: the share of its words that stand in the sentences made of theirs.

Called by the job, by the answer's check and by tests; pure, time proportional to the text. It goes sentence
by sentence, by number: a word of source sentence 12 is covered when it stands in a result of sentence 12,
as often as there. So a lost sentence is seen even where its words are common, and a word that only another
sentence has does not help. Forms must be equal: an imperfect does not cover its participle.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from headway.apps.novel.schema import Source
from headway.apps.novel.words import words


class Made(Protocol):
    """A result that knows its source: a row or a chunk's short sentence."""

    @property
    def source(self) -> int: ...


class Coverage(NamedTuple):
    """Words of the sources, how many of them are covered, and the sentences that are not there at all."""

    words: int
    covered: int
    missing: tuple[int, ...]

    @property
    def share(self) -> float:
        """From 0 to 1; 1 for a text without words."""
        return self.covered / self.words if self.words else 1.0


def coverage(sources: Sequence[Source], made: Iterable[tuple[int, str]]) -> Coverage:
    """Of ``sources``, by ``(number of the source, text)`` of everything that was made."""
    texts: defaultdict[int, list[str]] = defaultdict(list)
    for number, text in made:
        texts[number].append(text)
    total = covered = 0
    missing: list[int] = []
    for source in sources:
        there, shared = compare(source.text, texts.get(source.n, ()))
        total += there
        covered += shared
        if there and not shared:
            missing.append(source.n)
    return Coverage(total, covered, tuple(missing))


def compare(source: str, made: Iterable[str]) -> tuple[int, int]:
    """How many words the source has, and how many of them the texts have."""
    true = words(source)
    return len(true), (Counter(true) & _counted(made)).total()


def lost(source: str, made: Iterable[str]) -> list[str]:
    """The source's words that the texts do not have, in order."""
    left: Mapping[str, int] = _counted(made)
    remaining = Counter(left)
    gone: list[str] = []
    for word in words(source):
        if remaining[word]:
            remaining[word] -= 1
        else:
            gone.append(word)
    return gone


def _counted(made: Iterable[str]) -> Counter[str]:
    return Counter(word for text in made for word in words(text))
