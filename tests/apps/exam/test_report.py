"""The files of a result: a bilingual A4 PDF whose Arabic is shaped and runs from right to left, and JSON."""

import json
import unicodedata
from functools import cache
from typing import Any

import pypdfium2
import pytest
from tests.apps.exam.people import builder, marked_elsewhere, pupil

from headway.apps.exam import advice, cases, offline, scoring
from headway.apps.exam.export import EXPORTS, to_json, to_pdf
from headway.apps.exam.schema import ExamInput

A4_POINTS = (595, 842)
BODIES = {
    "aptitude": builder(),
    "marked": pupil(student="سارة"),
    "elsewhere": marked_elsewhere("Zoë <b>"),
    "nothing right": pupil(0),
}


def result_of(body: dict[str, Any]) -> dict[str, Any]:
    order = ExamInput.model_validate(body)
    scores = scoring.score(order.exam_code, order.answers or [])
    branches = cases.branches(scores, order.exam_code) if scores.kind == "aptitude" else []
    topics = cases.topics_to_work_on(scores, order.exam_code, order.answers or [])
    words = advice.of_words(
        scores,
        [(case, offline.branch(case)) for case in branches],
        [(case, offline.topic(case)) for case in topics if scores.kind == "marked"],
    )
    return advice.result(order, scores, words, "offline", offline.MODEL).model_dump(mode="json")


@cache
def report_of(name: str) -> bytes:
    """Made once: shaping takes a while."""
    return to_pdf({}, result_of(BODIES[name]), "en")


def pages(data: bytes) -> list[pypdfium2.PdfPage]:
    return list(pypdfium2.PdfDocument(data))


def text_of(data: bytes) -> str:
    """What a reader would copy, presentation forms of Arabic folded back to letters."""
    found = "\n".join(page.get_textpage().get_text_bounded() for page in pages(data))
    return unicodedata.normalize("NFKC", found)


@pytest.mark.parametrize("name", ["aptitude", "marked", "elsewhere"])
def test_the_report_is_a4_and_has_both_languages(name: str) -> None:
    data = report_of(name)
    assert data.startswith(b"%PDF-")
    assert {tuple(round(side) for side in page.get_size()) for page in pages(data)} == {A4_POINTS}
    text = text_of(data)
    assert BODIES[name]["student"] in text
    for words in ("Recommended", "التوصيات") if name == "aptitude" else ("Study plan", "الدراسة"):
        assert words in text, text


def test_english_stands_left_and_arabic_right() -> None:
    data = report_of("marked")
    found = pages(data)[0].get_textpage()
    for word, left in (("Mathematics and science", True), ("اختبار", False)):
        index, count = found.search(word).get_next() or (None, None)
        assert index is not None, word
        boxes = [found.get_charbox(index + n) for n in range(count)]
        middle = A4_POINTS[0] / 2
        assert all((box[2] < middle) is left for box in boxes), word


def test_arabic_letters_are_joined_and_run_from_right_to_left() -> None:
    """In "محاور" each letter stands left of the one before it, and letters that join touch."""
    data = report_of("marked")
    found = pages(data)[0].get_textpage()
    index, count = found.search("المحاور").get_next() or (0, 0)
    assert count == 7
    boxes = [found.get_charbox(index + n) for n in range(count)]
    lefts = [box[0] for box in boxes]
    assert lefts == sorted(lefts, reverse=True)
    meem, haa = boxes[2], boxes[3]
    assert meem[0] - haa[2] < 1.0  # points: no gap where they join


def test_a_page_of_arabic_is_not_empty_boxes() -> None:
    """Two different words of the same length look different: none is drawn with the glyph for what is missing."""
    data = report_of("aptitude")
    fonts = {font.get_base_name() for page in pages(data) for font in _fonts(page)}
    assert any("fira" in name.lower() for name in fonts), fonts
    assert "[U+06" not in text_of(data)


def _fonts(page: pypdfium2.PdfPage) -> list[Any]:
    return [obj.get_font() for obj in page.get_objects() if hasattr(obj, "get_font")]


def test_a_long_plan_goes_over_to_further_pages_and_loses_nothing() -> None:
    data, result = report_of("nothing right"), result_of(BODIES["nothing right"])
    text = " ".join(text_of(data).split())
    assert len(pages(data)) > 1
    assert len(result["study_plan"]) == 8
    for plan in result["study_plan"]:
        assert plan["topic"] in text
        for step in plan["steps"]:
            assert step.split()[-1] in text


def test_json_is_the_result_itself() -> None:
    result = result_of(pupil())
    assert json.loads(to_json({}, result, "ar")) == result
    assert set(EXPORTS) == {"pdf", "json"}
