"""Lines to paragraphs: where one starts, how lines join, what runs on over a page.

Called by ``reading`` with pages that have lost their furniture. A paragraph starts at an indented line, after
a gap, after a short last line, at a dialogue's dash and where the type changes; nothing else ends one, so a
sentence that runs over the page stays whole. Notes follow the paragraph in which their page ends.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from headway.apps.novel import footnotes
from headway.apps.novel.book import Kind, Paragraph
from headway.apps.novel.furniture import Page
from headway.apps.novel.hyphens import Vocabulary
from headway.apps.novel.lines import HYPHEN, Line

_DASH = re.compile(r"[—–―]\s?|[-«]\s")
_CLOSED = re.compile(r"[.!?…:][»”\"')\]]*$|»$")
_HYPHENS = (HYPHEN, "-", "¬", "‐")
_CALL = re.compile(r"(?<=[\w.,;:!?…»])\s?\[\d{1,3}\]")
"""A note's number in square brackets behind a word, as electronic books have it."""


@dataclass(slots=True)
class _Shape:
    """The measures of the book's usual page."""

    size: float
    leading: float
    indents: bool
    ragged: bool


@dataclass(slots=True)
class _Margins:
    left: float
    right: float

    def corrected(self, own: "_Margins", size: float) -> "_Margins":
        """The margins of a page by its lines: a page of replies looks indented and narrow, and is not."""
        width = self.right - self.left
        if 0.35 * size < own.left - self.left < 0.25 * width and own.right <= self.right + 2:
            return _Margins(self.left, max(own.right, self.right))
        if abs(own.left - self.left) < 2 and own.right < self.right - 0.08 * width:
            return _Margins(own.left, self.right)
        return own

    def indented(self, line: Line) -> bool:
        return line.left - self.left > 0.35 * line.size

    def short(self, line: Line, ragged: bool) -> bool:
        return line.right < self.right - (0.3 if ragged else 0.08) * (self.right - self.left)

    def centred(self, line: Line) -> bool:
        before, after = line.left - self.left, self.right - line.right
        width = self.right - self.left
        return before > 0.1 * width and after > 0.1 * width and abs(before - after) < 0.06 * width


@dataclass(slots=True)
class _Draft:
    """A paragraph in the making."""

    kind: Kind
    lines: list[Line] = field(default_factory=list)


def paragraphs(pages: Sequence[Page], *, fix_hyphenation: bool = True) -> list[Paragraph]:
    """The book's paragraphs in reading order. ``fix_hyphenation``: join words that were broken at line
    ends.
    """
    every = [line for page in pages for block in page.blocks for line in block]
    if not every:
        return []
    shape = _shape(pages, every)
    vocabulary = Vocabulary(line.text for line in every)
    writer = _Writer(shape, vocabulary, fix_hyphenation)
    for page in pages:
        for block in page.blocks:
            writer.block(block)
        writer.end_of_page()
    return writer.finish()


class _Writer:
    """Goes through the lines in order and decides at each whether a paragraph starts."""

    def __init__(self, shape: _Shape, vocabulary: Vocabulary, fix_hyphenation: bool) -> None:
        self._shape, self._vocabulary, self._fix = shape, vocabulary, fix_hyphenation
        self._made: list[Paragraph] = []
        self._draft: _Draft | None = None
        self._notes: list[_Draft] = []
        self._open_note: _Draft | None = None
        self._last: tuple[Line, _Margins] | None = None
        self._usual: _Margins | None = None

    def block(self, block: list[Line]) -> None:
        """One column or band of a page."""
        body, notes, continued = footnotes.split(block, self._shape.size, self._open_note is not None)
        if continued and self._open_note:
            self._open_note.lines += continued
            if not footnotes.Note(continued).open:
                self._open_note = None
        margins = self._margins(body)
        above: Line | None = None
        for line in body:
            if self._starts(line, above, margins):
                self._close()
                self._draft = _Draft(self._kind(line, margins))
            assert self._draft is not None
            self._draft.lines.append(line)
            self._last, above = (line, margins), line
        for note in notes:
            self._notes.append(_Draft("note", note.lines))
            self._open_note = self._notes[-1] if note.open else None

    def end_of_page(self) -> None:
        """Lets finished notes out where no paragraph is waiting for its end."""
        if self._draft is None:
            self._close()

    def finish(self) -> list[Paragraph]:
        """All that was written."""
        self._open_note = None
        self._close()
        return self._made

    def _starts(self, line: Line, above: Line | None, margins: _Margins) -> bool:
        if self._draft is None or self._last is None:
            return True
        last, where = self._last
        closed = bool(_CLOSED.search(last.text))
        if last.text.endswith(_HYPHENS) and last.text[-2:-1].isalpha() and line.text[:1].isalpha():
            return False
        if abs(line.size - last.size) > 0.12 * max(line.size, last.size):
            return closed or not line.text[:1].islower() or self._draft.kind == "heading"
        if above is not None:
            distance = above.bottom - line.bottom
            if distance > 1.4 * self._shape.leading * max(1.0, line.size / self._shape.size):
                return True
        elif not closed and line.text[:1].islower():
            return False
        heading = self._kind(line, margins) == "heading" or self._draft.kind == "heading"
        if heading and margins.centred(line) != where.centred(last):
            return True
        short = where.short(last, self._shape.ragged)
        if _DASH.match(line.text) and closed and (short or margins.indented(line)):
            return True
        if self._shape.indents and not line.drop_cap and margins.indented(line):
            return closed or short or not where.indented(last)
        return closed and short

    def _kind(self, line: Line, margins: _Margins) -> Kind:
        large = line.size > 1.12 * self._shape.size
        return "heading" if large or (margins.centred(line) and len(line.text) < 90) else "body"

    def _margins(self, block: list[Line]) -> _Margins:
        """Where the block's lines start and end, by its own lines where they are enough."""
        full = [line for line in block if abs(line.size - self._shape.size) < 0.1 * self._shape.size]
        if len(full) >= 6 or self._usual is None:
            lines = full or block
            if not lines:
                return self._usual or _Margins(0.0, 1.0)
            rights = sorted(line.right for line in lines)
            own = _Margins(_left_margin(lines), rights[min(len(rights) - 1, int(0.9 * len(rights)))])
            self._usual = self._usual.corrected(own, self._shape.size) if self._usual else own
            return self._usual
        # Too few lines to know: the usual margins, moved where the page is set further in or out.
        usual = self._usual
        left = min((line.left for line in block), default=usual.left)
        if not block or usual.left - 2 <= left <= usual.left + 0.5 * (usual.right - usual.left):
            return usual
        return _Margins(left, left + usual.right - usual.left)

    def _close(self) -> None:
        """Writes the paragraph that is open, then the notes that are whole."""
        if self._draft is not None:
            self._write(self._draft)
            self._draft = None
        waiting: list[_Draft] = []
        for note in self._notes:
            if note is self._open_note:
                waiting.append(note)
            else:
                self._write(note)
        self._notes = waiting

    def _write(self, draft: _Draft) -> None:
        parts: list[str] = []
        length, turns, page = 0, [], draft.lines[0].page
        for line in draft.lines:
            piece = _CALL.sub("", line.text)
            if parts:
                before = parts[-1]
                parts[-1] = self._ended(before, piece)
                length += len(parts[-1]) - len(before)
            if line.page != page:
                turns.append((length, line.page))
                page = line.page
            parts.append(piece)
            length += len(piece)
        text = "".join(parts).rstrip(HYPHEN)
        if text.strip():
            inside = tuple((offset, page) for offset, page in turns if 0 < offset < len(text))
            self._made.append(Paragraph(text=text, page=draft.lines[0].page, kind=draft.kind, turns=inside))

    def _ended(self, text: str, piece: str) -> str:
        """A line's text as it must end before the next line's ``piece`` follows."""
        between_letters = text[-2:-1].isalpha() and piece[:1].isalpha()
        if text.endswith(_HYPHENS) and between_letters:
            keeps = not self._fix or self._vocabulary.keeps_hyphen(text[:-1], piece)
            return text[:-1] + "-" if keeps else text[:-1]
        if text.endswith(HYPHEN):
            return text[:-1] + "-"
        if text.endswith(("'", "’")) and between_letters:
            return text
        return text + " "


def _left_margin(lines: Sequence[Line]) -> float:
    """Where lines start that are not indented: the leftmost place where a good part of them starts."""
    counts = Counter(round(line.left / 2) for line in lines)
    least = max(2, len(lines) // 5)
    often = [place for place, count in counts.items() if count + counts[place + 1] >= least]
    place = min(often, default=min(counts))
    return min(line.left for line in lines if round(line.left / 2) in (place, place + 1))


def _shape(pages: Iterable[Page], every: Sequence[Line]) -> _Shape:
    sizes: Counter[float] = Counter()
    for line in every:
        sizes[round(line.size * 4) / 4] += len(line.text)
    size = sizes.most_common(1)[0][0] or 1.0
    blocks = [block for page in pages for block in page.blocks]
    steps = [
        above.bottom - below.bottom
        for block in blocks
        for above, below in pairwise(block)
        if 0 < above.bottom - below.bottom < 4 * size
    ]
    leading = median(steps) if steps else 1.2 * size
    starts = full = lines = 0
    for block in blocks:
        if len(block) < 6:
            continue
        left = _left_margin(block)
        right = max(line.right for line in block)
        width = max(1.0, right - left)
        lines += len(block)
        starts += sum(0.35 * line.size < line.left - left < 0.25 * width for line in block)
        full += sum(line.right > right - 0.03 * width for line in block)
    return _Shape(size, leading, lines == 0 or starts > 0.01 * lines, lines > 0 and full < 0.5 * lines)
