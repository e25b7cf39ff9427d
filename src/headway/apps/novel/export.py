"""A shortened book as a file: CSV, XLSX and plain text, with the same rows in the same order.

``EXPORTS`` is what ``GET /api/jobs/ID/export`` offers for the kind ``novel``. Invariant: no cell is ever a
formula. In CSV a text that a spreadsheet would take for one gets an apostrophe in front (OWASP, CSV
injection); in XLSX every text is written as text.
"""

import csv
import io
from collections.abc import Mapping

import xlsxwriter

from headway.apps.novel.schema import NovelResult, Sentence
from headway.apps.novel.words import count_words
from headway.http.services import Export
from headway.support.i18n import N_, gettext

_COLUMNS = (
    N_("Short sentence"),
    N_("Original"),
    N_("Page"),
    N_("Chunk"),
    N_("Words"),
    N_("Remarks"),
)
_REMARKS = {
    "long": N_("over the limit"),
    "short": N_("under the minimum"),
    "fragment": N_("not a whole sentence"),
    "fallback": N_("by rules"),
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_LONGEST_CELL = 32_767
"""Characters that a cell may have (Excel's own limit)."""


def to_csv(given: object, result: object, lang: str) -> bytes:
    """UTF-8 with a byte order mark, commas, every text quoted: what Excel and LibreOffice open by a click."""
    book = NovelResult.model_validate(result)
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow([gettext(lang, column) for column in _COLUMNS])
    for sentence in book.sentences:
        writer.writerow(
            [_harmless(cell) if isinstance(cell, str) else cell for cell in _cells(sentence, lang)]
        )
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def to_xlsx(given: object, result: object, lang: str) -> bytes:
    """A workbook with one sheet: headings that stay, a filter on each column, texts wrapped."""
    book = NovelResult.model_validate(result)
    out = io.BytesIO()
    workbook = xlsxwriter.Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    workbook.set_properties({"title": book.title})
    sheet = workbook.add_worksheet(_sheet_name(gettext(lang, N_("Sentences"))))
    heading = workbook.add_format({"bold": True, "bottom": 1})
    wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
    for column, name in enumerate(_COLUMNS):
        sheet.write_string(0, column, gettext(lang, name), heading)
    row = 0
    for row, sentence in enumerate(book.sentences, 1):
        for column, cell in enumerate(_cells(sentence, lang)):
            if isinstance(cell, str):
                sheet.write_string(row, column, _fitting(cell), wrapped)
            else:
                sheet.write_number(row, column, cell, wrapped)
    sheet.set_column(0, 0, 50)
    sheet.set_column(1, 1, 80)
    sheet.set_column(5, 5, 20)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, row, len(_COLUMNS) - 1)
    workbook.close()
    return out.getvalue()


def to_txt(given: object, result: object, lang: str) -> bytes:
    """The short sentences, one a line, a blank line where a chunk failed."""
    book = NovelResult.model_validate(result)
    lines: list[str] = []
    before: Sentence | None = None
    for sentence in book.sentences:
        if before is not None and sentence.chunk > before.chunk + 1:
            lines.append("")
        lines.append(" ".join(sentence.normalized.split()))
        before = sentence
    return ("\n".join(lines) + "\n").encode() if lines else b""


def _cells(sentence: Sentence, lang: str) -> tuple[str, str, int, int, int, str]:
    remarks = ", ".join(gettext(lang, _REMARKS[flag]) for flag in sentence.flags)
    return (
        sentence.normalized,
        sentence.original,
        sentence.page,
        sentence.chunk,
        count_words(sentence.normalized),
        remarks,
    )


def _harmless(cell: str) -> str:
    visible = next((char for char in cell if char.isprintable() and not char.isspace()), "")
    return f"'{cell}" if visible in _FORMULA or cell.startswith(_FORMULA) else cell


def _fitting(cell: str) -> str:
    return cell if len(cell) <= _LONGEST_CELL else cell[: _LONGEST_CELL - 1] + "…"


def _sheet_name(name: str) -> str:
    """Excel allows 31 characters and not these signs."""
    return "".join(" " if char in "[]:*?/\\" else char for char in name)[:31]


EXPORTS: Mapping[str, Export] = {
    "csv": Export("text/csv; charset=utf-8", "csv", to_csv),
    "xlsx": Export("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", to_xlsx),
    "txt": Export("text/plain; charset=utf-8", "txt", to_txt),
}
