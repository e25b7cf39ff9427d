"""A story of our own, and a small press that sets it: heads, feet, hyphens, columns, notes, drop caps."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pymupdf_fonts
import pytest
from fpdf import FPDF

STORY = Path(__file__).parent / "recit.txt"
_VOWELS = "aeiouyéèêàâîôûëïœ"


@dataclass
class Press:
    """Sets paragraphs line by line, as a book has them. All lengths are points, from the top left corner."""

    width: float = 300
    height: float = 440
    margin: float = 40
    size: float = 11
    leading: float = 14
    indent: float = 16
    gap: float = 0
    justify: bool = True
    hyphenate: bool = True
    columns: int = 1
    head: Callable[[int], str] | None = None
    foot: Callable[[int], str] | None = None
    bottom: Sequence[str] = ()
    """Lines of small type at the foot of page 1."""
    drop_cap: bool = False
    core_font: bool = False
    pdf: FPDF = field(init=False)
    broken: list[str] = field(default_factory=list, init=False)
    """The words that were broken at a line's end."""

    def __post_init__(self) -> None:
        self.pdf = FPDF(unit="pt", format=(self.width, self.height))
        self.pdf.set_auto_page_break(False)
        self.font = "Times"
        if not self.core_font:
            self.font = "Press"
            self.pdf.add_font("Press", fname=_font())
        self._column = self.columns - 1
        self._y = self.height

    def set(self, paragraphs: Sequence[str]) -> bytes:
        """The PDF of these paragraphs; the first is a heading."""
        self.write(paragraphs)
        return bytes(self.pdf.output())

    def write(self, paragraphs: Sequence[str]) -> None:
        """The paragraphs on the PDF, which can still be added to."""
        for place, paragraph in enumerate(paragraphs):
            self._paragraph(paragraph, heading=place == 0, cap=self.drop_cap and place == 1)

    @property
    def _measure(self) -> float:
        return (self.width - 2 * self.margin - 24 * (self.columns - 1)) / self.columns

    def _paragraph(self, text: str, *, heading: bool, cap: bool) -> None:
        self._use(1.5 if heading else 1)
        if heading:
            self._line([text], 0, last=True)
            self._y += self.leading
            self._use(1)
            return
        words = text.split()
        narrow = 0
        first = True
        shift = self.indent
        if cap:
            self._room(3)
            self.pdf.set_font(self.font, size=self.size * 2.6)
            self.pdf.text(self._left, self._y + 2 * self.leading, words[0][0])
            shift = self.pdf.get_string_width(words[0][0]) + 3
            words[0] = words[0][1:]
            self._use(1)
            narrow = 2
        while words:
            start = shift if first or narrow > 0 else 0
            line, words = self._fill(words, self._measure - start)
            self._line(line, start, last=not words)
            narrow -= 1
            first = False
        self._y += self.gap

    def _fill(self, words: list[str], room: float) -> tuple[list[str], list[str]]:
        taken: list[str] = []
        for place, word in enumerate(words):
            if self._wide([*taken, word]) <= room:
                taken.append(word)
                continue
            for cut in range(len(word) - 3, 2, -1) if self.hyphenate and word.isalpha() else ():
                if word[cut] in _VOWELS or word[cut - 1] not in _VOWELS:
                    continue
                if self._wide([*taken, word[:cut] + "-"]) <= room:
                    self.broken.append(word)
                    return [*taken, word[:cut] + "-"], [word[cut:], *words[place + 1 :]]
            if taken:
                return taken, words[place:]
            return [word], words[place + 1 :]
        return taken, []

    def _line(self, words: list[str], start: float, *, last: bool) -> None:
        self._room(1)
        x = self._left + start
        slack = self._measure - start - self._wide(words)
        extra = slack / (len(words) - 1) if self.justify and not last and len(words) > 1 else 0
        self._y += self.leading
        if not extra:
            self.pdf.text(x, self._y, " ".join(words))
            return
        blank = self.pdf.get_string_width(" ") + extra
        for word in words:
            self.pdf.text(x, self._y, word)
            x += self.pdf.get_string_width(word) + blank

    @property
    def _left(self) -> float:
        return self.margin + self._column * (self._measure + 24)

    def _wide(self, words: list[str]) -> float:
        return float(self.pdf.get_string_width(" ".join(words)))

    def _use(self, scale: float) -> None:
        self.pdf.set_font(self.font, size=self.size * scale)

    def _room(self, lines: int) -> None:
        floor = self.height - self.margin - (30 if self.bottom and self.pdf.page == 1 else 0)
        if self.pdf.page and self._y + lines * self.leading <= floor:
            return
        self._column += 1
        if self._column >= self.columns or not self.pdf.page:
            self.pdf.add_page()
            self._column = 0
            self._furnish(self.pdf.page)
        self._y = self.margin

    def _furnish(self, page: int) -> None:
        size = self.pdf.font_size_pt
        self.pdf.set_font(self.font, size=8)
        if self.head:
            text = self.head(page)
            x = self.margin if page % 2 == 0 else self.width - self.margin - self.pdf.get_string_width(text)
            self.pdf.text(x, self.margin - 18, text)
        if self.foot:
            text = self.foot(page)
            self.pdf.text((self.width - self.pdf.get_string_width(text)) / 2, self.height - 16, text)
        if page == 1:
            for place, text in enumerate(self.bottom):
                y = self.height - self.margin - 10 * (len(self.bottom) - 1 - place)
                self.pdf.text(self.margin, y, text)
        self.pdf.set_font(self.font, size=size)


_fonts: list[Path] = []


def _font() -> Path:
    if not _fonts:
        path = Path(tempfile.mkdtemp()) / "press.ttf"
        path.write_bytes(pymupdf_fonts.fontbuffers["notos"]())
        _fonts.append(path)
    return _fonts[0]


@pytest.fixture(scope="session")
def story() -> list[str]:
    """The paragraphs of our story, its title first."""
    return [" ".join(part.split()) for part in STORY.read_text(encoding="utf-8").split("\n\n")]


@pytest.fixture
def press() -> Callable[..., Press]:
    """`press(columns=2, …).set(paragraphs)`: a PDF."""
    return Press
