"""Text of any script survives in a PDF."""

import pypdfium2
import pytest

from headway.support.pdf import Document


def text_of(*pieces: str) -> str:
    document = Document("Title", pieces)
    for piece in pieces:
        document.paragraph(piece)
    pdf = pypdfium2.PdfDocument(document.bytes())
    return " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in pdf)


@pytest.mark.parametrize(
    "text", ["Žluťoučký naïve “œuvre” – €", "Ελληνικά", "Русский язык", "ไทย", "ქართული", "∑ → ✓"]
)
def test_text_of_a_script_comes_back(text: str) -> None:
    assert text in text_of(text)


def test_arabic_is_shaped_and_comes_back_letter_by_letter() -> None:
    assert set("مرحبا بالعالم") <= set(text_of("مرحبا بالعالم"))


def test_what_no_font_can_draw_is_spelled_out() -> None:
    assert "[U+10FFFE]" in text_of("a\U0010fffeb")


def test_a_long_text_takes_more_pages() -> None:
    document = Document("Title", ["word"])
    document.paragraph("word " * 5_000)
    pdf = pypdfium2.PdfDocument(document.bytes())
    assert len(pdf) > 1
    assert sum(page.get_textpage().get_text_range().count("word") for page in pdf) == 5_000
