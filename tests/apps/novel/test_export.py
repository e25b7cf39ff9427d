"""A shortened book as files that other programs open."""

import csv
import io
import zipfile
from xml.etree import ElementTree

import pytest

from headway.apps.novel.export import EXPORTS
from headway.apps.novel.schema import NovelResult, NovelSettings, Sentence

NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
TEXTS = [
    "Elle nagea.",
    '=HYPERLINK("http://x","y")',
    "- Non, dit-il.",
    "+33",
    "@SOMME(A1)",
    "« Œuvre », dit-elle ; « l'été » !",
    'Il dit "oui".',
    "https://example.org",
    "— Là.",
    "\u000b=1+1",
]


def result(texts: list[str] = TEXTS) -> object:
    rows = [
        Sentence(normalized=text, original=f"Original {n}.", page=n + 1, chunk=1, source=n, flags=("long",))
        for n, text in enumerate(texts)
    ]
    book = NovelResult(
        title="Le phare",
        pages=9,
        words=50,
        chunks=1,
        sentences=tuple(rows),
        coverage=1.0,
        settings=NovelSettings(),
        provider="offline",
        model="rules-1",
    )
    return book.model_dump(mode="json")


def rendered(name: str, texts: list[str] = TEXTS) -> bytes:
    return EXPORTS[name].render({}, result(texts), "en")


def test_csv_starts_with_a_byte_order_mark_and_holds_every_row() -> None:
    data = rendered("csv")
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert rows[0][:3] == ["Short sentence", "Original", "Page"]
    assert [row[0].removeprefix("'") for row in rows[1:]] == TEXTS
    assert rows[1] == ["Elle nagea.", "Original 0.", "1", "1", "2", "over the limit"]


def test_no_cell_of_the_csv_starts_like_a_formula() -> None:
    rows = list(csv.reader(io.StringIO(rendered("csv").decode("utf-8-sig"), newline="")))
    for row in rows:
        assert not any(cell.strip().startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


def cells(data: bytes) -> list[list[str]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        shared = [
            "".join(node.text or "" for node in item.iter(f"{{{NS['m']}}}t"))
            for item in ElementTree.fromstring(archive.read("xl/sharedStrings.xml")).findall("m:si", NS)
        ]
        sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))
        assert not sheet.findall(".//m:f", NS), "a formula"
        assert not sheet.findall(".//m:hyperlink", NS), "a link"
        return [
            [
                shared[int(cell.findtext("m:v", "", NS))]
                if cell.get("t") == "s"
                else cell.findtext("m:v", "", NS)
                for cell in row.findall("m:c", NS)
            ]
            for row in sheet.findall(".//m:row", NS)
        ]


def test_xlsx_is_a_workbook_of_texts_and_numbers_without_formulas() -> None:
    rows = cells(rendered("xlsx"))
    assert rows[0][:3] == ["Short sentence", "Original", "Page"]
    assert [row[0] for row in rows[1:]][:-1] == TEXTS[:-1]
    assert rows[1][2:5] == ["1", "1", "2"]


def test_a_cell_that_is_too_long_for_a_workbook_is_cut_visibly() -> None:
    cell = cells(rendered("xlsx", ["mot " * 10_000]))[1][0]
    assert len(cell) == 32_767
    assert cell.endswith("…")


def test_txt_is_one_sentence_a_line() -> None:
    assert rendered("txt", ["Elle nagea.", "— Là,\nici."]).decode() == "Elle nagea.\n— Là, ici.\n"


@pytest.mark.parametrize("name", ["csv", "xlsx", "txt"])
def test_an_empty_book_still_makes_a_file(name: str) -> None:
    assert isinstance(rendered(name, []), bytes)
    assert EXPORTS[name].extension == name
