"""An essay as words, sentences and paragraphs, each with its place in the text as given.

Called by every other module of the offline examiner. Invariant: a span's ``start`` and ``end`` are Python
code points into the very string that was passed in, and ``raw[start:end]`` is what the span stands for;
nothing is trimmed, normalised or re-encoded on the way.

Words are counted as the IELTS test counts them: what stands between spaces is one word, so a contraction
(``don't``), a hyphenated word (``well-being``), a number (``1,200``, ``55%``) and a date (``14/5/2024``) are
one each, and a sign without a letter or a digit is none. A long dash separates words even without spaces.
Source: the word-count notes that IDP and the British Council publish for candidates.
"""

import itertools
import re
from dataclasses import dataclass
from functools import cached_property

from syntok import segmenter  # type: ignore[import-untyped]  # ships no types

_RUN = re.compile(r"[^\s—–]+")
_WORD = re.compile(r"[^\W\d_]+(?:['’‑-][^\W\d_]+)*")
_BLANK_LINE = re.compile(r"\n[ \t\r\f\v]*\n")
_LINE = re.compile(r"[^\n]+")
_GLUED_STOP = re.compile(r"[a-z]{2}[.!?](?=[A-Z][a-z]|I\b)")
_TERMINAL = frozenset(".!?:;,\"'”’)")


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of code points."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Word:
    """A run of letters (inner apostrophes and hyphens kept); ``lower`` has straight apostrophes."""

    start: int
    end: int
    lower: str


@dataclass(frozen=True)
class Text:
    """A parsed essay; parse it once, every part is computed on first use and kept."""

    raw: str

    @cached_property
    def counted_words(self) -> list[Span]:
        """The words by the IELTS rule of this module's docstring, in order."""
        return [
            Span(m.start(), m.end())
            for m in _RUN.finditer(self.raw)
            if any(character.isalnum() for character in m.group())
        ]

    @property
    def word_count(self) -> int:
        """How many words IELTS would count."""
        return len(self.counted_words)

    @cached_property
    def words(self) -> list[Word]:
        """The words made of letters, for lexical measures; numbers and signs are left out."""
        return [
            Word(m.start(), m.end(), m.group().replace("’", "'").replace("‑", "-").lower())
            for m in _WORD.finditer(self.raw)
        ]

    @cached_property
    def paragraphs(self) -> list[Span]:
        """Paragraphs with at least one word: split at blank lines, or at line ends where there is no blank
        line.

        A line that stops without closing punctuation and runs on in lower case was wrapped by an editor, so
        it does not end a paragraph.
        """
        if _BLANK_LINE.search(self.raw.strip()):
            edges = [0, *(m.end() for m in _BLANK_LINE.finditer(self.raw)), len(self.raw)]
            spans = [Span(a, b) for a, b in itertools.pairwise(edges)]
        else:
            spans = self._unwrapped_lines()
        trimmed = (self._trim(span) for span in spans)
        return [s for s in trimmed if any(c.isalnum() for c in self.raw[s.start : s.end])]

    @cached_property
    def sentences(self) -> list[Span]:
        """Sentences by syntok, paragraph by paragraph; a full stop glued to a capital also ends one."""
        found: list[Span] = []
        for paragraph in self.paragraphs:
            body = self.raw[paragraph.start : paragraph.end]
            starts = [
                sentence[0].offset
                for block in segmenter.analyze(body)
                for sentence in map(list, block)
                if sentence
            ]
            starts += [m.end() for m in _GLUED_STOP.finditer(body)]
            edges = [*sorted({0, *(s for s in starts if 0 < s < len(body))}), len(body)]
            for a, b in itertools.pairwise(edges):
                span = self._trim(Span(paragraph.start + a, paragraph.start + b))
                if any(c.isalnum() for c in self.raw[span.start : span.end]):
                    found.append(span)
        return found

    @cached_property
    def sentence_words(self) -> list[list[Word]]:
        """The words of each sentence, in the order of ``sentences`` (empty for a sentence of numbers)."""
        return [self.words_in(span) for span in self.sentences]

    def words_in(self, span: Span) -> list[Word]:
        """The words that start inside the span."""
        low = self._first_word_at(span.start)
        high = self._first_word_at(span.end)
        return self.words[low:high]

    def quote(self, span: Span, limit: int = 90) -> str:
        """The text of a span on one line, cut at a word end with an ellipsis beyond ``limit`` characters."""
        flat = " ".join(self.raw[span.start : span.end].split())
        if len(flat) <= limit:
            return flat
        cut = flat.rfind(" ", limit // 2, limit)
        return flat[: cut if cut > 0 else limit].rstrip(" ,;:") + "…"

    def _first_word_at(self, position: int) -> int:
        low, high = 0, len(self.words)
        while low < high:
            middle = (low + high) // 2
            if self.words[middle].start < position:
                low = middle + 1
            else:
                high = middle
        return low

    def _trim(self, span: Span) -> Span:
        start, end = span.start, span.end
        while start < end and self.raw[start].isspace():
            start += 1
        while end > start and self.raw[end - 1].isspace():
            end -= 1
        return Span(start, end)

    def _unwrapped_lines(self) -> list[Span]:
        merged: list[Span] = []
        for m in _LINE.finditer(self.raw):
            line = self._trim(Span(m.start(), m.end()))
            if line.start == line.end:
                continue
            previous = merged[-1] if merged else None
            if (
                previous is not None
                and self.raw[previous.end - 1] not in _TERMINAL
                and self.raw[line.start].islower()
            ):
                merged[-1] = Span(previous.start, line.end)
            else:
                merged.append(line)
        return merged
