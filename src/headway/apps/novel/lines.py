"""The lines of a PDF page, put together from its characters and their boxes.

Called by ``reading``, one page at a time. Line ends and blanks that the PDF library guesses are not believed:
a line is what stands on one baseline, a blank is a gap that is wide beside the other gaps of its line. So
words that were glued or torn apart (italics, letter-spaced titles, justified lines) come out whole.

Units are PDF points, the origin is the page's lower left corner; boxes are advance boxes, from the font's
descent to its ascent, so their height is a measure of the size of the type.
"""

import ctypes
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import NamedTuple

import pypdfium2.raw as pdfium

HYPHEN = "\u00ad"
"""How a line's text ends where the PDF library, or the PDF itself, says that a hyphen was put by the
setter.
"""

_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "ſ": "s"}
_ACCENTS = {"´": "\u0301", "`": "\u0300", "ˆ": "\u0302", "¨": "\u0308", "¸": "\u0327", "˜": "\u0303"}
_BLANKS = frozenset(
    " \t\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
)
_HYPHENS = frozenset("\ufffe\x02\u00ad")
_NARROW_GAP = 0.08
"""A gap of this many mean character widths is a blank where the PDF library also sees one."""
_WIDE_GAP = 0.27
"""A gap of this many mean character widths is a blank whatever the PDF library sees."""


class Glyph(NamedTuple):
    """One visible character, its box, whether a blank comes before it and is the PDF's own."""

    char: str
    left: float
    right: float
    bottom: float
    top: float
    blank: bool
    own_blank: bool


@dataclass(slots=True)
class Line:
    """One line of print. ``mark`` is the number of the note that starts here, where it is set as a raised
    one.
    """

    text: str
    left: float
    right: float
    bottom: float
    top: float
    size: float
    page: int
    mark: str = ""
    drop_cap: bool = False


class Segment:
    """Glyphs side by side on one baseline, as the PDF wrote them, and the box around them."""

    __slots__ = ("bottom", "glyphs", "left", "right", "top")

    def __init__(self, glyphs: list[Glyph]) -> None:
        self.glyphs = glyphs
        self.left = min(glyph.left for glyph in glyphs)
        self.right = max(glyph.right for glyph in glyphs)
        self.bottom = median(glyph.bottom for glyph in glyphs)
        self.top = median(glyph.top for glyph in glyphs)


def segments(textpage: object) -> list[Segment]:
    """The page's runs of glyphs in the order in which the PDF draws them; a wide gap starts a new one."""
    found: list[Segment] = []
    current: list[Glyph] = []
    for glyph, new in _glyphs(textpage):
        if current and (new or _apart(current[-1], glyph)):
            found.append(Segment(current))
            current = []
        current.append(glyph)
    if current:
        found.append(Segment(current))
    return found


def _glyphs(textpage: object) -> Iterator[tuple[Glyph, bool]]:
    """Every visible character of the page, and whether the PDF library starts a line with it."""
    count = pdfium.FPDFText_CountChars(textpage)
    unicode, generated = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_IsGenerated
    loose, angle = pdfium.FPDFText_GetLooseCharBox, pdfium.FPDFText_GetCharAngle
    rect = pdfium.FS_RECTF()
    reference = ctypes.byref(rect)
    blank = own_blank = new = False
    upright = True
    fresh = True
    for index in range(count):
        code = unicode(textpage, index)
        char = chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else ""
        if char in ("\r", "\n"):
            new = fresh = True
            continue
        if char in _BLANKS:
            blank = True
            own_blank = own_blank or generated(textpage, index) == 0
            continue
        if not char or (
            char not in _HYPHENS and unicodedata.category(char) in ("Cc", "Cf", "Co", "Cn", "Cs")
        ):
            continue
        if fresh:
            turned = angle(textpage, index)
            upright = turned < 0.1 or turned > 6.18
            fresh = False
        if not upright or not loose(textpage, index, reference) or rect.top <= rect.bottom:
            continue
        yield Glyph(char, rect.left, rect.right, rect.bottom, rect.top, blank, own_blank), new
        blank = own_blank = new = False


def _apart(before: Glyph, after: Glyph) -> bool:
    """Whether the two cannot belong to one run: another baseline, backwards, or a gap like a column's."""
    high, other = after.top - after.bottom, before.top - before.bottom
    low, high = (high, other) if high < other else (other, high)
    top = before.top if before.top < after.top else after.top
    bottom = before.bottom if before.bottom > after.bottom else after.bottom
    if top - bottom < 0.3 * low:
        return True
    gap = after.left - before.right
    return gap > 0.9 * high or gap < -1.5 * high


def lines(runs: Iterable[Segment], page: int) -> list[Line]:
    """The lines of one column, from the top down: runs that stand on one baseline put together."""
    rows: list[list[Segment]] = []
    spans: list[tuple[float, float]] = []
    for run in sorted(runs, key=lambda run: -run.top):
        bottom, top = run.bottom, run.top
        for index in range(len(rows) - 1, max(-1, len(rows) - 5), -1):
            low, high = spans[index]
            shared = min(high, top) - max(low, bottom)
            similar = max(top - bottom, high - low) < 1.8 * min(top - bottom, high - low)
            if similar and shared >= 0.5 * min(top - bottom, high - low):
                rows[index].append(run)
                if len(run.glyphs) > sum(len(other.glyphs) for other in rows[index]) / 2:
                    spans[index] = (bottom, top)
                break
        else:
            rows.append([run])
            spans.append((bottom, top))
    made = [_line(sorted(row, key=lambda run: run.left), page) for row in rows]
    return _with_drop_caps([line for line in made if line.text])


def _line(row: list[Segment], page: int) -> Line:
    glyphs = [glyph for run in row for glyph in run.glyphs]
    heights = sorted(glyph.top - glyph.bottom for glyph in glyphs)
    size = heights[len(heights) // 2]
    bottom = median(glyph.bottom for glyph in glyphs)
    mark, kept = _without_note_marks(_accented(glyphs), size, bottom)
    text = _spaced(kept)
    return Line(
        text,
        glyphs[0].left,
        max(glyph.right for glyph in glyphs),
        bottom,
        median(glyph.top for glyph in glyphs),
        size,
        page,
        mark,
    )


def _without_note_marks(glyphs: list[Glyph], size: float, bottom: float) -> tuple[str, list[Glyph]]:
    """The number of the note that the line opens with, and the glyphs without raised note numbers."""
    raised = [
        (glyph.char.isdigit() or glyph.char in "*†‡()[]")
        and glyph.top - glyph.bottom < 0.85 * size
        and glyph.bottom > bottom + 0.08 * size
        for glyph in glyphs
    ]
    if not any(raised):
        return "", glyphs
    start = next((index for index, up in enumerate(raised) if not up), len(glyphs))
    mark = "".join(glyph.char for glyph in glyphs[:start])
    kept: list[Glyph] = []
    owed = False
    for glyph, up in zip(glyphs, raised, strict=True):
        if up:
            owed = owed or glyph.blank
        else:
            kept.append(glyph._replace(blank=glyph.blank or owed) if owed else glyph)
            owed = False
    return mark, kept


def _spaced(glyphs: list[Glyph]) -> str:
    """The line's text, with blanks where the gaps say so."""
    if not glyphs:
        return ""
    unit = _mean_width(glyphs)
    gaps = [after.left - before.right for before, after in pairwise(glyphs)]
    usual = median(gaps) if gaps else 0.0
    spread = len(gaps) >= 4 and sum(glyph.blank for glyph in glyphs[1:]) > 0.6 * len(gaps)
    if not spread and usual < 0:
        usual = max(usual, -0.1 * unit)  # boxes that overlap by habit: a gap of nothing is still no blank
    parts, previous = [glyphs[0].char], glyphs[0]
    for gap, glyph in zip(gaps, glyphs[1:], strict=True):
        beyond = (gap - usual) / unit
        if spread:
            is_blank = beyond > max(_WIDE_GAP, 0.6 * usual / unit)
        else:
            is_blank = (glyph.blank and (glyph.own_blank or beyond > _NARROW_GAP)) or beyond > _WIDE_GAP * (
                2 if glyph.char in ".,;:!?)" or parts[-1] in "(’'" else 1
            )
        if is_blank:
            parts.append(" ")
        elif glyph.char.isupper() and _raised(previous, glyph):
            parts.append(" ")  # "Mme Vierge" with a raised "me": the end of an abbreviation
        parts.append(glyph.char)
        previous = glyph
    return _clean("".join(parts))


def _raised(before: Glyph, after: Glyph) -> bool:
    """Whether the letter before is a small one set higher."""
    high = after.top - after.bottom
    return (
        before.char.islower()
        and before.top - before.bottom < 0.85 * high
        and before.bottom > after.bottom + 0.08 * high
    )


def _mean_width(glyphs: list[Glyph]) -> float:
    widths = [g.right - g.left for g in glyphs if g.char.isalnum() and g.right > g.left]
    if not widths:
        widths = [g.right - g.left for g in glyphs if g.right > g.left]
    if not widths:
        return max(0.1, 0.4 * (glyphs[0].top - glyphs[0].bottom))
    return max(0.1, sum(widths) / len(widths))


def _clean(text: str) -> str:
    """Ligatures as letters, hyphens that the setter put at the line's end as ``HYPHEN``."""
    letters = "".join(HYPHEN if char in _HYPHENS else _LIGATURES.get(char, char) for char in text)
    joined = unicodedata.normalize("NFC", letters).strip()
    if joined.endswith(HYPHEN):
        return joined[:-1].replace(HYPHEN, "-") + HYPHEN
    return joined.replace(HYPHEN, "-")


def _accented(glyphs: list[Glyph]) -> list[Glyph]:
    """Puts an accent that was drawn by itself over a letter onto that letter (old TeX fonts do so)."""
    if not any(glyph.char in _ACCENTS for glyph in glyphs):
        return glyphs
    kept: list[Glyph] = []
    waiting: Glyph | None = None
    for glyph in glyphs:
        if glyph.char in _ACCENTS:
            middle = (glyph.left + glyph.right) / 2
            composed = (
                _composed(kept[-1], glyph) if kept and kept[-1].left < middle < kept[-1].right else None
            )
            if composed:
                kept[-1] = composed
            else:
                kept.append(glyph)
                waiting = glyph
            continue
        if waiting and glyph.left < (waiting.left + waiting.right) / 2 < glyph.right:
            composed = _composed(glyph, waiting)
            if composed:
                kept[-1] = composed._replace(blank=waiting.blank, own_blank=waiting.own_blank)
                waiting = None
                continue
        waiting = None
        kept.append(glyph)
    return kept


def _composed(letter: Glyph, accent: Glyph) -> Glyph | None:
    base = {"ı": "i", "ȷ": "j"}.get(letter.char, letter.char)
    char = unicodedata.normalize("NFC", base + _ACCENTS[accent.char])
    return letter._replace(char=char) if len(char) == 1 else None


def _with_drop_caps(found: list[Line]) -> list[Line]:
    """Sets a letter that is as high as two lines or more before the line beside its upper half."""
    if len(found) < 3:
        return found
    usual = median(line.size for line in found)
    caps = [line for line in found if len(line.text) <= 2 and line.text.isalpha() and line.size > 1.7 * usual]
    for cap in caps:
        beside = [
            line
            for line in found
            if line is not cap
            and line.left >= cap.right - 0.3 * usual
            and line.left - cap.right < 2 * usual
            and min(line.top, cap.top) - max(line.bottom, cap.bottom) > 0.4 * line.size
        ]
        if len(beside) < 2:
            continue
        first = max(beside, key=lambda line: line.top)
        blank = "" if first.text[:1].isalpha() or first.text[:1] in "’'" else " "
        first.text = cap.text + blank + first.text
        first.drop_cap = True
        for line in beside:
            line.left = cap.left
        found = [line for line in found if line is not cap]
    return found
