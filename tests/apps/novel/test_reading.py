"""What is read of a PDF: the book's text, whole, and nothing of what is only on the page."""

import io
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from fpdf import FPDF
from PIL import Image

from headway.apps.novel.book import Book
from headway.apps.novel.reading import UnreadablePdf, read_pdf

Press = Callable[..., Any]
ROMANS = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv"]


def texts(book: Book) -> list[str]:
    return [paragraph.text for paragraph in book.paragraphs]


def test_a_justified_book_is_read_paragraph_by_paragraph(press: Press, story: list[str]) -> None:
    machine = press()
    book = read_pdf(machine.set(story))
    assert machine.broken, "the press broke no word, so nothing was tried"
    assert texts(book) == story
    assert book.paragraphs[0].kind == "heading"
    assert {paragraph.kind for paragraph in book.paragraphs[1:]} == {"body"}


@pytest.mark.parametrize("justify", [True, False])
def test_paragraphs_set_apart_by_a_gap_instead_of_an_indent_are_found(
    press: Press, story: list[str], justify: bool
) -> None:
    whole = press(indent=0, gap=9, justify=justify, height=2_400).set(story)
    assert texts(read_pdf(whole)) == story


def test_two_columns_are_read_one_after_the_other(press: Press, story: list[str]) -> None:
    book = read_pdf(press(width=420, columns=2, size=9, leading=11).set(story))
    assert texts(book) == story


@pytest.mark.parametrize(
    ("head", "foot"),
    [
        (lambda page: "LE PHARE DE KERMADEC" if page % 2 else "PREMIÈRE PARTIE", None),
        (None, lambda page: str(page)),
        (None, lambda page: f"— {page} —"),
        (None, lambda page: f"Page {page} sur 40"),
        (None, lambda page: ROMANS[page - 1]),
        (lambda page: f"{page} LE PHARE" if page % 2 else f"YVES TANGUY {page}", None),
        (lambda page: f"Chapitre {page // 3 + 1}", lambda page: f"[{page + 211}]"),
    ],
)
def test_running_heads_feet_and_page_numbers_are_no_part_of_the_text(
    press: Press, story: list[str], head: Callable[[int], str] | None, foot: Callable[[int], str] | None
) -> None:
    book = read_pdf(press(head=head, foot=foot, height=170).set(story))
    assert book.pages > 8
    assert texts(book) == story


def test_a_line_of_text_that_repeats_at_the_top_of_pages_is_kept(press: Press, story: list[str]) -> None:
    # Every fifth line is the same, on pages of four: it stands at the top of every fifth page.
    words = re.findall(r"\w{3,}", " ".join(story))
    paragraphs = ["Refrain"]
    for place in range(0, 160, 4):
        others = [f"Il vit {words[place + step]} et {words[-1 - place - step]}." for step in range(4)]
        paragraphs += ["— Encore ?", *others]
    book = read_pdf(press(height=180, indent=0, gap=8, hyphenate=False).set(paragraphs))
    assert book.pages > 40
    assert " ".join(texts(book)) == " ".join(paragraphs)


def test_each_paragraph_knows_its_pages_and_runs_on_over_them(press: Press, story: list[str]) -> None:
    book = read_pdf(press(height=200, foot=str).set(story))
    assert texts(book) == story
    pages = [paragraph.page for paragraph in book.paragraphs]
    assert pages == sorted(pages)
    turning = [paragraph for paragraph in book.paragraphs if paragraph.turns]
    assert turning
    for paragraph in turning:
        assert paragraph.page_at(0) == paragraph.page
        assert paragraph.page_at(len(paragraph.text) - 1) == paragraph.last_page > paragraph.page
        for offset, page in paragraph.turns:
            assert paragraph.page_at(offset) == page == paragraph.page_at(offset - 1) + 1
    assert book.paragraphs[-1].last_page == book.pages


def test_hyphens_of_compounds_and_inversions_stay_at_a_lines_end(press: Press) -> None:
    pieces = (
        "peut-|être dit-|il lieutenant-|colonel Saint-|Malo là-|bas moin-|dre répondit-|elle quatre-|vingts"
    )
    first = "Le lieutenant-colonel, un colonel, un lieutenant et la moindre des choses."
    lines = [first, *(f"Alors {piece} enfin." for piece in pieces.split())]
    pdf = FPDF(unit="pt", format=(300, 500))
    pdf.set_font("Times", size=11)
    pdf.add_page()
    y = 40
    for line in lines:
        for place, part in enumerate(line.split("|")):
            pdf.text(40 if place else 56, y, part)
            y += 14
    assert texts(read_pdf(bytes(pdf.output()))) == [
        line.replace("|", "").replace("moin-", "moin") for line in lines
    ]


def test_broken_words_are_left_as_printed_when_asked(press: Press, story: list[str]) -> None:
    machine = press()
    book = read_pdf(machine.set(story), fix_hyphenation=False)
    assert all(word not in book.text.split() for word in machine.broken if story.count(word) == 1)
    assert "-" in book.text


def test_ligatures_are_letters_and_oe_stays(press: Press) -> None:
    words = "Le coeur, le cœur, l'Œuvre, la ﬁn du conﬂit, l'eﬀort diﬃcile et le siﬄet."
    plain = "Le coeur, le cœur, l'Œuvre, la fin du conflit, l'effort difficile et le sifflet."
    assert texts(read_pdf(press().set(["Titre", words])))[1] == plain


def test_a_drop_cap_joins_its_word(press: Press, story: list[str]) -> None:
    assert texts(read_pdf(press(drop_cap=True, indent=12).set(story))) == story


def test_a_page_of_short_replies_is_one_paragraph_a_line(press: Press, story: list[str]) -> None:
    replies = [f"— {word.strip(',.')} !" for word in story[1].split() if len(word) > 4]
    paragraphs = [*story[:3], *replies, *story[-2:]]
    assert texts(read_pdf(press(height=260).set(paragraphs))) == paragraphs


def test_letter_spaced_titles_come_out_whole(press: Press, story: list[str]) -> None:
    pdf = FPDF(unit="pt", format=(300, 300))
    pdf.set_font("Times", size=12)
    pdf.add_page()
    pdf.set_char_spacing(5)
    pdf.text(60, 60, "LE PHARE")
    pdf.set_char_spacing(0)
    for place, line in enumerate(
        ["Le gardien monta l'escalier de pierre, car le", "vent soufflait depuis trois jours."]
    ):
        pdf.text(40, 100 + 14 * place, line)
    assert texts(read_pdf(bytes(pdf.output())))[0] == "LE PHARE"


def test_words_set_without_blanks_are_told_apart_by_their_gaps(press: Press) -> None:
    # Justified lines of the press hold no blank at all: every word is set at its own place.
    line = "La litre est une grande bande noire que l'on tend autour de la nef et du choeur."
    assert texts(read_pdf(press(width=230, size=9).set(["Titre", line])))[1] == line


def test_notes_at_the_foot_follow_their_paragraph_without_their_number(
    press: Press, story: list[str]
) -> None:
    notes = ["1 Les Trois-Sœurs sont des récifs.", "2 On dit aussi lunette."]
    book = read_pdf(press(bottom=notes, foot=str).set(story))
    found = [(paragraph.kind, paragraph.text) for paragraph in book.paragraphs]
    assert [text for kind, text in found if kind == "note"] == [note[2:] for note in notes]
    assert [text for kind, text in found if kind != "note"] == story


def refusal(data: bytes, **options: int) -> str:
    with pytest.raises(UnreadablePdf) as caught:
        read_pdf(data, **options)
    return str(caught.value)


def test_what_is_no_pdf_is_refused_by_its_first_bytes() -> None:
    assert refusal(b"") == refusal(b"PK\x03\x04" + bytes(2_000)) == "This file is not a PDF"


def test_a_pdf_behind_some_leading_bytes_is_read(press: Press, story: list[str]) -> None:
    assert texts(read_pdf(b"\n\n" + press().set(story)))[0] == story[0]


def test_a_damaged_pdf_is_refused(press: Press, story: list[str]) -> None:
    data = press().set(story)
    assert "damaged" in refusal(data[:600])
    assert "damaged" in refusal(b"%PDF-1.7\n" + bytes(range(256)) * 40)


def test_an_encrypted_pdf_is_refused_and_one_that_opens_without_a_password_is_read(
    press: Press, story: list[str]
) -> None:
    locked, open_ = press(core_font=True), press(core_font=True)
    latin = [text.replace("œ", "oe").replace("—", "-") for text in story]
    locked.pdf.set_encryption(owner_password="owner", user_password="user")
    open_.pdf.set_encryption(owner_password="owner")
    assert "encrypted" in refusal(locked.set(latin))
    assert "phare" in read_pdf(open_.set(latin)).text


def picture() -> io.BytesIO:
    out = io.BytesIO()
    Image.new("L", (200, 280), 200).save(out, "PNG")
    return out


def test_a_scan_without_text_is_refused_with_what_to_do() -> None:
    pdf = FPDF(unit="pt", format=(300, 400))
    for _ in range(3):
        pdf.add_page()
        pdf.image(picture(), 0, 0, 300, 400)
    assert "images" in refusal(bytes(pdf.output()))


def test_a_book_with_one_plate_is_read_and_the_plate_is_listed(press: Press, story: list[str]) -> None:
    machine = press()
    machine.write(story)
    pages = machine.pdf.page
    machine.pdf.add_page()
    machine.pdf.image(picture(), 0, 0, 300, 400)
    book = read_pdf(bytes(machine.pdf.output()))
    assert texts(book) == story
    assert book.unreadable_pages == (pages + 1,)


def test_an_empty_pdf_is_refused() -> None:
    pdf = FPDF()
    pdf.add_page()
    assert "no text" in refusal(bytes(pdf.output()))


def test_a_pdf_with_too_many_pages_is_refused_with_both_numbers() -> None:
    pdf = FPDF()
    for _ in range(4):
        pdf.add_page()
    message = refusal(bytes(pdf.output()), max_pages=3)
    assert "4" in message
    assert "3" in message


def test_every_page_is_told_as_it_is_read(press: Press, story: list[str]) -> None:
    heard: list[tuple[int, int]] = []
    book = read_pdf(press(height=200).set(story), on_page=lambda done, total: heard.append((done, total)))
    assert heard == [(page, book.pages) for page in range(1, book.pages + 1)]


# VmHWM is this program's own; ru_maxrss would begin with what pytest held when it made the process.
MEASURE = """
import re, sys
from headway.apps.novel.reading import read_pdf
book = read_pdf(sys.stdin.buffer.read())
peak = int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) // 1024
print(book.pages, len(book.paragraphs), peak, "Encyclopédie" in book.text)
"""


def test_a_thousand_pages_are_read_within_400_megabytes() -> None:
    pdf = FPDF(unit="pt", format=(300, 220))
    pdf.set_font("Times", size=11)
    line = "Le gardien descendit vers la grève où la mer"
    for page in range(1_000):
        pdf.add_page()
        pdf.text(40, 24, "LE PHARE DE KERMADEC")
        for row in range(9):
            pdf.text(56 if row % 3 == 0 else 40, 50 + 14 * row, f"{line} {page}." if row % 3 == 2 else line)
        pdf.text(145, 205, str(page + 1))
    done = subprocess.run(
        [sys.executable, "-c", MEASURE],
        input=bytes(pdf.output()),
        capture_output=True,
        timeout=120,
        check=True,
    )
    pages, paragraphs, peak, _ = done.stdout.split()
    assert (int(pages), int(paragraphs)) == (1_000, 3_000)
    assert int(peak) <= 400
