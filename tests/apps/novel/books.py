"""Books of any length out of our story, no two of whose paragraphs are the same."""

from collections.abc import Iterator, Sequence
from itertools import count, islice

from fpdf import FPDF

_PLACES = (
    "Kermadec",
    "Brignogan",
    "Portsall",
    "Ploumanac'h",
    "Roscoff",
    "Locquirec",
    "Trévignon",
    "Penmarc'h",
)


def _endless(story: Sequence[str]) -> Iterator[str]:
    for year in count(1700):
        place = _PLACES[year % len(_PLACES)]
        for number, paragraph in enumerate(story, 1):
            yield f"{paragraph} On se souvient, à {place}, de la {number}e nuit de {year}."


def pages(story: Sequence[str], n: int, lines: int = 36) -> bytes:
    """A PDF of exactly `n` pages, set line by line in a narrow measure; quick, with a core font."""
    pdf = FPDF(unit="pt", format=(380, 600))
    pdf.set_auto_page_break(False)
    pdf.set_font("Times", size=10)
    flow = _lines(pdf, story)
    for page in range(n):
        pdf.add_page()
        sheet = list(islice(flow, lines))
        if page == n - 1:  # the book ends with a paragraph
            sheet = sheet[: 1 + max(place for place, (_, _, ends) in enumerate(sheet) if ends)]
        for place, (indent, line, _) in enumerate(sheet):
            pdf.text(40 + indent, 44 + 14 * place, line)
    return bytes(pdf.output())


def _lines(pdf: FPDF, story: Sequence[str]) -> Iterator[tuple[int, str, bool]]:
    """Indent, text, and whether the paragraph ends with it."""
    widths = {chr(code): pdf.get_string_width(chr(code)) for code in range(32, 256)}
    for paragraph in _endless(story[1:]):
        text = paragraph.translate({0x2019: "'", 0x2014: "-", 0x2026: "...", 0x153: "oe"})
        indent, line, size = 14, "", 14.0
        for word in text.split():
            wide = sum(widths.get(char, 5.0) for char in word) + 2.5
            if line and size + wide > 300:
                yield indent, line, False
                indent, line, size = 0, "", 0.0
            line, size = f"{line} {word}".lstrip(), size + wide
        yield indent, line, True
