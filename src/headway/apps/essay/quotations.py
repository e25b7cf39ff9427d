"""The places of an essay that are shown to its writer as evidence.

Called by ``evidence_words`` and ``notes``. Invariant: what is quoted is the essay's own text (runs of blanks made one, cut with an
ellipsis), so that a reader can find it.
"""

from collections import Counter
from collections.abc import Sequence

from headway.support.sentences import Item, Said, Value, say, say_n

from . import lexicon
from .faults import Fault
from .text import Span, Text


class Quotations:
    """Finds in one essay what shows a point best; its opening where nothing does."""

    def __init__(self, text: Text, faults: Sequence[Fault]) -> None:
        self._text = text
        self._faults = faults

    def opening(self) -> str:
        """The essay's first words."""
        spans = self._text.sentences or [Span(0, len(self._text.raw))]
        return self._text.quote(spans[0], 60)

    def links(self) -> list[Item]:
        """Up to three words that link sentences."""
        seen = dict.fromkeys(
            self._text.quote(Span(a, b)) for a, b, _ in lexicon.connectives_in(self._text.raw)
        )
        return [quoted(link) for link in list(seen)[:3]] or [say("none found")]

    def unlinked(self) -> Said:
        """The first sentence without such a word."""
        linked = [a for a, _, _ in lexicon.connectives_in(self._text.raw)]
        for span in self._text.sentences[1:]:
            if not any(span.start <= a < span.end for a in linked):
                return say("“{sentence}” stands without one", sentence=self._text.quote(span, 60))
        return say("it opens “{opening}”", opening=self.opening())

    def thinnest(self) -> str:
        """The start of the shortest paragraph of the body."""
        paragraphs = self._text.paragraphs or [Span(0, len(self._text.raw))]
        body = paragraphs[1:-1] or paragraphs
        return self._text.quote(min(body, key=lambda p: len(self._text.words_in(p))), 60)

    def last_paragraph(self) -> str:
        """The start of the last paragraph."""
        paragraphs = self._text.paragraphs
        return self._text.quote(paragraphs[-1], 50) if paragraphs else self.opening()

    def longest(self) -> str:
        """The longest sentence."""
        sentences = self._text.sentences or [Span(0, len(self._text.raw))]
        return self._text.quote(max(sentences, key=lambda s: len(self._text.words_in(s))), 110)

    def complex(self) -> str:
        """The first sentence with a dependent clause."""
        for span, words in zip(self._text.sentences, self._text.sentence_words, strict=True):
            if any(w.lower in lexicon.SUBORDINATORS for w in words):
                return self._text.quote(span)
        return self.opening()

    def clean(self) -> str:
        """The first sentence, behind the opening one, in which no mistake was found."""
        for span in self._text.sentences[1:]:
            if not any(span.start <= f.start < span.end for f in self._faults):
                return self._text.quote(span, 70)
        return self.opening()

    def richest(self) -> str:
        """The sentence with the rarest words."""
        return self._by_rarity(most=True)

    def plainest(self) -> str:
        """The sentence with the commonest words."""
        return self._by_rarity(most=False)

    def _by_rarity(self, most: bool) -> str:
        scored = []
        for index, words in enumerate(self._text.sentence_words):
            zipfs = [
                z for w in words if w.lower not in lexicon.FUNCTION_WORDS and (z := lexicon.zipf(w.lower))
            ]
            if len(zipfs) >= 4:
                scored.append((sum(zipfs) / len(zipfs), index))
        if not scored:
            return self.opening()
        return self._text.quote(self._text.sentences[(min if most else max)(scored)[1]], 80)

    def rare_words(self) -> list[Item]:
        """The three rarest words."""
        rare = {}
        for word in self._text.words:
            zipf = lexicon.zipf(word.lower)
            lower_case = self._text.raw[word.start].islower()
            if zipf is not None and len(word.lower) > 4 and lower_case and "'" not in word.lower:
                rare[self._text.raw[word.start : word.end]] = zipf
        chosen = sorted(rare, key=lambda w: (rare[w], w))[:3]
        return [quoted(w) for w in chosen] or [say("those of “{opening}”", opening=self.opening())]

    def repeated_words(self) -> Value:
        """The three words that come back most often, each with how often."""
        counts = Counter(
            w.lower for w in self._text.words if w.lower not in lexicon.FUNCTION_WORDS and len(w.lower) > 2
        )
        common = [(w, n) for w, n in sorted(counts.items(), key=lambda item: (-item[1], item[0])) if n > 1][
            :3
        ]
        if not common:
            return say("as in “{opening}”", opening=self.opening())
        return [
            say_n("“{word}” {n} time", "“{word}” {n} times", n, word=self._as_written(w)) for w, n in common
        ]

    def _as_written(self, lower: str) -> str:
        word = next(w for w in self._text.words if w.lower == lower)
        return self._text.raw[word.start : word.end]

    def examples(self, *kinds: str) -> list[Item]:
        """Up to three mistakes of these kinds, with their repairs; the longest sentence where there is none."""
        chosen: dict[str, str | None] = {}
        for fault in self._faults:
            if fault.kind in kinds:
                chosen.setdefault(self._text.quote(Span(fault.start, fault.end), 40), fault.suggestion)
        shown: list[Item] = [
            say("“{original}” → {suggestion}", original=original, suggestion=repair.strip())
            if repair and repair.strip()
            else quoted(original)
            for original, repair in list(chosen.items())[:3]
        ]
        return shown or [say("read “{longest}” again", longest=self.longest())]


def quoted(words: str) -> Said:
    """Words of the essay between quotation marks."""
    return say("“{words}”", words=words)
