"""The bytes of a PDF to a book: its text without what is only on the page.

Called in a child process that can be killed, since a PDF may be hostile; works page by page and closes each,
so that memory follows the text and not the file's images. Invariant: a file that cannot give a book (not a
PDF, encrypted, damaged, empty, scanned, too long) raises ``UnreadablePdf`` with a text for its owner; text
that is there is never given up for a damaged page elsewhere, which is listed instead.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from headway.apps.novel.book import Book
from headway.apps.novel.columns import ordered
from headway.apps.novel.furniture import Page, without_furniture
from headway.apps.novel.lines import segments
from headway.apps.novel.paragraphs import paragraphs
from headway.core.errors import PermanentError
from headway.support.i18n import N_

MAX_PAGES = 1_000
_HEADER = b"%PDF-"
_HEADER_WITHIN = 1_024
"""ISO 32000-1, annex H.3.4.1: readers look for the header in the first 1,024 bytes."""
_LEAST_LETTERS = 8
"""A page with fewer letters has no text to speak of."""
_SCANNED = 0.8
"""A book of which more pages than this share are images without text is a scan."""


class UnreadablePdf(PermanentError):
    """The file cannot be read as a book; the message says why, to the one who sent it."""

    type = "unreadable-pdf"
    title = N_("This PDF cannot be read")


def read_pdf(
    data: bytes,
    *,
    max_pages: int = MAX_PAGES,
    fix_hyphenation: bool = True,
    on_page: Callable[[int, int], None] | None = None,
) -> Book:
    """The text of the PDF ``data``; ``on_page(done, total)`` hears of every page.

    Raises UnreadablePdf for every file without a book in it.
    """
    if not has_header(data):
        raise UnreadablePdf(N_("This file is not a PDF"))
    with _opened(data) as document:
        total = len(document)
        if total == 0:
            raise UnreadablePdf(N_("This PDF is damaged: no page of it can be read"))
        if total > max_pages:
            raise UnreadablePdf(
                N_("This PDF has {pages} pages; at most {limit} are read"), pages=total, limit=max_pages
            )
        pages, broken, scanned = _pages(document, on_page)
        title = str(document.get_metadata_dict(skip_empty=True).get("Title", ""))
    if len(broken) == total:
        raise UnreadablePdf(N_("This PDF is damaged: no page of it can be read"))
    if len(scanned) > _SCANNED * total or (scanned and not pages):
        raise UnreadablePdf(
            N_("There is no text in this PDF: its pages are images. Recognise the text (OCR) first")
        )
    without_furniture(pages)
    found = paragraphs(pages, fix_hyphenation=fix_hyphenation)
    if not any(char.isalpha() for paragraph in found for char in paragraph.text):
        raise UnreadablePdf(N_("There is no text in this PDF"))
    return Book(
        pages=total,
        paragraphs=tuple(found),
        title=" ".join(title.split()),
        unreadable_pages=tuple(sorted({*broken, *scanned})),
    )


def has_header(data: bytes) -> bool:
    """Whether a file that begins with ``data`` says that it is a PDF."""
    return _HEADER in data[:_HEADER_WITHIN]


@contextmanager
def _opened(data: bytes) -> Iterator[pdfium.PdfDocument]:
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if error.err_code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise UnreadablePdf(
                N_("This PDF is encrypted. Save it without a password and send it again")
            ) from error
        raise UnreadablePdf(N_("This PDF is damaged and cannot be opened")) from error
    with closing(document):
        yield document


def _pages(
    document: pdfium.PdfDocument, on_page: Callable[[int, int], None] | None
) -> tuple[list[Page], list[int], list[int]]:
    """The pages with text, the numbers of the damaged ones, and of those that are images."""
    total = len(document)
    pages: list[Page] = []
    broken: list[int] = []
    scanned: list[int] = []
    for index in range(total):
        try:
            with closing(document[index]) as sheet, closing(sheet.get_textpage()) as textpage:
                blocks = ordered(segments(textpage.raw), index + 1)
                letters = sum(char.isalpha() for block in blocks for line in block for char in line.text)
                if letters < _LEAST_LETTERS and _has_image(sheet):
                    scanned.append(index + 1)
                if letters:
                    pages.append(Page(index + 1, max(1.0, sheet.get_height()), blocks))
        except pdfium.PdfiumError:
            broken.append(index + 1)
        if on_page:
            on_page(index + 1, total)
    return pages, broken, scanned


def _has_image(sheet: pdfium.PdfPage) -> bool:
    return any(True for _ in sheet.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3))
