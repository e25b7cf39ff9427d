"""Files of enrolments: each form is read, and what is wrong is named with its place."""

import json
from typing import Any

import pytest
from tests.apps.exam.people import MARKED, marked_elsewhere, pupil

from headway.apps.exam import records, scoring
from headway.apps.exam.schema import ExamInput
from headway.core.errors import InvalidInput

LONG = """exam_code,student,language,question,topic,given,correct,points,max_points,multi_select
T-1,Amal,ar,1,Cells;Genetics,B,B,,,
T-1,Amal,ar,2,Genetics,DB,BD,,2,yes
T-1,Zaid,,1,Cells|Genetics,,B,,,
T-1,Zaid,,2,Genetics,,,"1,5",2,
"""


def faults(data: bytes, code: str | None = None) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as caught:
        records.read(data, code)
    return [(error.field, str(error)) for error in caught.value.errors]


def test_a_list_lines_one_object_and_a_named_list_say_the_same() -> None:
    rows = [marked_elsewhere("a"), marked_elsewhere("b")]
    whole = records.read(json.dumps(rows).encode())
    assert [one.student for one in whole] == ["a", "b"]
    assert records.read("\n".join(json.dumps(row) for row in rows).encode()) == whole
    assert records.read(json.dumps({"enrolments": rows}, indent=2).encode()) == whole
    assert records.read(b"\xef\xbb\xbf" + json.dumps(rows[0]).encode()) == whole[:1]


def test_what_other_systems_say_besides_is_passed_over() -> None:
    row = marked_elsewhere("a")
    row["pass_rule"] = "8 of 13"
    row["answers"][0] |= {"subtopic": "x", "state": "correct", "exam_points": 1.0, "item_format": ["m"]}
    assert records.read(json.dumps(row).encode()) == records.read(json.dumps(marked_elsewhere("a")).encode())


def test_csv_with_a_row_for_each_answer() -> None:
    amal, zaid = records.read(LONG.encode())
    assert (amal.exam_code, amal.student, amal.language, zaid.language) == ("T-1", "Amal", "ar", "en")
    topics = scoring.score("T-1", amal.answers or []).topics
    assert {name: (score.points, score.max) for name, score in topics.items()} == {
        "Cells": (1.0, 1.0), "Genetics": (3.0, 3.0),
    }  # fmt: skip
    assert scoring.score("T-1", zaid.answers or []).total.points == 1.5


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_with_a_column_for_each_question(delimiter: str) -> None:
    text = "Student,q01,q03,q04\nAmal,B,BCE,\n\nZaid,a,,B\n".replace(",", delimiter)
    amal, zaid = records.read(text.encode(), MARKED)
    assert (amal.exam_code, amal.student) == (MARKED, "Amal")
    assert [scoring.score(MARKED, one.answers or []).total.points for one in (amal, zaid)] == [4.0, 2.0]


def test_a_file_without_a_code_needs_one() -> None:
    assert faults(b"student,q01\nAmal,B\n")[0][0] == "line 2.exam_code"


@pytest.mark.parametrize(
    ("data", "place", "words"),
    [
        (b"", "", "empty"),
        (b"\xff\xfe", "", "UTF-8"),
        (b"[]", "", "no enrolments"),
        (b'[{"exam_code": 1}', "", "line 1"),
        (b'[{"exam_code": "X"}]', "enrolments.0.answers", "required"),
        (b'[{"exam_code": "X", "answers": [{"question": "1"}]}]', "enrolments.0.answers", "neither points nor"),
        (b'[{"exam_code": "X", "answers": [{"question": "1", "points": 3}]}]', "enrolments.0.answers.0", "more than"),
        (b'{"exam_code": "X", "answers": {}}\n{bad}', "line 2", "column"),
        (b"[1]", "enrolments.0", "object"),
        (b"student,student\na,b\n", "line 1", "twice"),
        (b"student,question\na,1\n", "line 1", "given or points"),
        (b"student,q01\na,B,C\n", "line 2", "3 cells"),
        (b"student,question,points\na,1,two\n", "line 2.points", "number"),
        (b'student,q01\n"a,B\n', "line 2", "CSV"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(data: bytes, place: str, words: str) -> None:
    (field, said), *_ = faults(data, MARKED if b"q01" in data else "X")
    assert field == place
    assert words in said


def test_a_question_of_ours_that_is_not_there_and_an_option_that_is_not_offered_are_refused() -> None:
    for answers, words in (({"q99": "A"}, "no question q99"), ({"q01": "Z"}, "options A, B, C, D")):
        ((field, said),) = faults(json.dumps([{"exam_code": MARKED, "answers": answers}]).encode())
        assert field == "enrolments.0.answers"
        assert words in said


def test_the_same_student_twice_is_refused_and_names_both_places() -> None:
    rows = [marked_elsewhere("a"), marked_elsewhere("b"), marked_elsewhere("a")]
    ((field, said),) = faults(json.dumps(rows).encode())
    assert field == "enrolments.2.student"
    assert "enrolments.0" in said


def test_at_most_fifty_faults_are_told() -> None:
    bad = [{"exam_code": "X", "student": str(n), "answers": [{"question": "1"}]} for n in range(80)]
    assert len(faults(json.dumps(bad).encode())) == 50


def test_an_order_is_stored_without_its_defaults_and_read_back_the_same() -> None:
    for body in (pupil(), marked_elsewhere("a")):
        order = ExamInput.model_validate(body)
        text = order.model_dump_json()
        assert ExamInput.model_validate_json(text) == order
        assert "not_administered" not in text


@pytest.mark.parametrize("value", [{"exam_code": "a\x00b"}, {"student": "\ud800"}, {"exam_code": ""}])
def test_what_cannot_be_stored_is_refused(value: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        ExamInput.model_validate({**marked_elsewhere("a"), **value})
