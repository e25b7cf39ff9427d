"""Enrolments from a file: JSON, JSON lines or CSV, as other systems write them.

Called by the import's routes and by the command `headway exam import`. Accepted are

- a JSON list of enrolments, one enrolment, ``{"enrolments": [...]}``, or one enrolment a line;
- CSV with a row for each answer: `student`, `question`, `given`, and as far as there are any `exam_code`,
  `language`, `topic` (several with ``;`` or ``|`` between), `correct`, `points`, `max_points`,
  `multi_select`, `not_administered`;
- CSV with a row for each student: `student`, and a column for each question.

Invariant: all of a file or nothing; what is wrong is said with its place, the first fifty of it.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import orjson
from pydantic import ValidationError

from headway.core.errors import FieldError, InvalidInput
from headway.engine.kinds import field_errors
from headway.support.i18n import N_

from .schema import MAX_ENROLMENTS, ExamInput

MOST_ERRORS: Final = 50
_ENROLMENT = ("exam_code", "student", "language")
_ANSWER = (
    "question",
    "given",
    "topic",
    "correct",
    "points",
    "max_points",
    "multi_select",
    "not_administered",
)
_FLAGS = ("multi_select", "not_administered")
_NUMBERS = ("points", "max_points")
_TRUE = frozenset({"1", "true", "yes", "y", "x", "نعم"})
_SAME = {"exam": "exam_code", "code": "exam_code", "name": "student", "student_id": "student", "answer": "given",
         "topics": "topic", "key": "correct", "max": "max_points", "lang": "language"}  # fmt: skip


def read(data: bytes, code: str | None = None, language: str = "en") -> list[ExamInput]:
    """The enrolments of a file; `code` and `language` are for those that name none. Raises InvalidInput, each place
    named."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _wrong("", N_("The file is not UTF-8 text: byte {at}"), at=error.start) from error
    if "\x00" in text:
        raise _wrong("", N_("Must not contain the character NUL"))
    start = text.lstrip()[:1]
    if not start:
        raise _wrong("", N_("The file is empty"))
    return _checked(_from_json(text) if start in "[{" else _from_csv(text), code, language)


def _wrong(place: str, message: str, **params: object) -> InvalidInput:
    return InvalidInput([FieldError(place, message, params)])


def _checked(found: Sequence[tuple[str, object]], code: str | None, language: str) -> list[ExamInput]:
    """Every enrolment through its model."""
    if not found:
        raise _wrong("", N_("The file has no enrolments"))
    if len(found) > MAX_ENROLMENTS:
        raise _wrong("", N_("At most {most} enrolments are taken at once; the file has {n}"),
                     most=MAX_ENROLMENTS, n=len(found))  # fmt: skip
    good: list[ExamInput] = []
    errors: list[FieldError] = []
    for place, value in found:
        try:
            good.append(_enrolment(place, value, code, language))
        except InvalidInput as error:
            errors += error.errors
        if len(errors) >= MOST_ERRORS:
            break
    errors = errors or _twice(found, good)
    if errors:
        raise InvalidInput(errors[:MOST_ERRORS])
    return good


def _enrolment(place: str, value: object, code: str | None, language: str) -> ExamInput:
    if not isinstance(value, Mapping):
        raise _wrong(place, N_("Must be an object"))
    given = dict(value)
    if given.get("exam_code") in (None, "") and code is not None:
        given["exam_code"] = code
    given["language"] = given.get("language") or language
    if given.get("answers") is None:
        raise _wrong(_at(place, "answers"), N_("This field is required"))
    try:
        return ExamInput.model_validate(given)
    except ValidationError as error:
        errors = field_errors(error, given)
        raise InvalidInput([FieldError(_at(place, e.field), e.message, e.params) for e in errors]) from None


def _twice(found: Sequence[tuple[str, object]], good: Sequence[ExamInput]) -> list[FieldError]:
    seen: dict[tuple[str, str], str] = {}
    errors = []
    for (place, _), one in zip(found, good, strict=True):
        first = seen.setdefault((one.exam_code, one.student), place)
        if first != place:
            message = N_("The student {student} has two enrolments for {code}: here and at {first}")
            params = {"student": one.student, "code": one.exam_code, "first": first}
            errors.append(FieldError(_at(place, "student"), message, params))
    return errors


def _at(place: str, field: str) -> str:
    return f"{place}.{field}" if place and field else place or field


# -- JSON ----------------------------------------------------------------------------------------------------


def _from_json(text: str) -> list[tuple[str, object]]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as whole:
        lines = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
        if len(lines) < 2 or _json_or_none(lines[0][1]) is None:
            raise _wrong("", N_("Not valid JSON at line {line}, column {column}: {reason}"),
                         line=whole.lineno, column=whole.colno, reason=whole.msg) from whole  # fmt: skip
        return [(f"line {n}", _json_line(n, line)) for n, line in lines]
    if isinstance(value, dict):
        inner = value.get("enrolments")
        value = inner if isinstance(inner, list) else [value]
    return [(f"enrolments.{n}", each) for n, each in enumerate(value)]


def _json_or_none(line: str) -> object | None:
    try:
        value: object = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return value


def _json_line(n: int, line: str) -> object:
    try:
        value: object = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise _wrong(f"line {n}", N_("Not valid JSON at line {line}, column {column}: {reason}"),
                     line=n, column=error.colno, reason=error.msg) from error  # fmt: skip
    return value


# -- CSV -----------------------------------------------------------------------------------------------------


def _from_csv(text: str) -> list[tuple[str, object]]:
    head = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [_SAME.get(name.strip().lower(), name.strip()) for name in next(reader)]
        names = [name.lower() if name.lower() in (*_ENROLMENT, *_ANSWER) else name for name in names]
        _check_head(names)
        rows = list(_rows(reader, names))
    except csv.Error as error:
        raise _wrong(f"line {reader.line_num}", N_("Not valid CSV: {reason}"), reason=str(error)) from error
    return _long(rows) if "question" in names else _wide(rows)


def _check_head(names: Sequence[str]) -> None:
    twice = {name for name in names if name and names.count(name) > 1}
    if twice:
        raise _wrong("line 1", N_("The column {name} is there twice"), name=sorted(twice)[0])
    if "question" in names and not {"given", "points"} & set(names):
        raise _wrong("line 1", N_("A file with a column question needs a column given or points as well"))
    if "question" not in names and not [name for name in names if name and name not in _ENROLMENT]:
        raise _wrong("line 1", N_("The first line must name the columns: student, question, given, …"))


def _rows(reader: Any, names: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    for row in reader:
        if not any(cell.strip() for cell in row):
            continue
        if len(row) > len(names):
            raise _wrong(f"line {reader.line_num}", N_("The line has {n} cells, the first line names {most}"),
                         n=len(row), most=len(names))  # fmt: skip
        yield reader.line_num, {name: cell.strip() for name, cell in zip(names, row, strict=False) if name}


def _long(rows: Sequence[tuple[int, dict[str, str]]]) -> list[tuple[str, object]]:
    """A row for each answer; an enrolment is the rows of one student under one code, wherever they stand."""
    found: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {}
    for line, row in rows:
        key = (row.get("exam_code", ""), row.get("student", ""))
        _, enrolment = found.setdefault(
            key, (f"line {line}", {name: row[name] for name in _ENROLMENT if row.get(name)} | {"answers": []})
        )
        enrolment["answers"].append(_answer(line, row))
    return [(place, value) for place, value in found.values()]


def _answer(line: int, row: Mapping[str, str]) -> dict[str, object]:
    answer: dict[str, object] = {name: row[name] for name in _ANSWER if row.get(name)}
    for name in set(_FLAGS) & set(answer):
        answer[name] = str(answer[name]).casefold() in _TRUE
    for name in set(_NUMBERS) & set(answer):
        try:
            answer[name] = float(str(answer[name]).replace(",", "."))
        except ValueError:
            raise _wrong(f"line {line}.{name}", N_("Must be a number")) from None
    if "topic" in answer:
        topics = str(answer["topic"]).replace("|", ";").split(";")
        answer["topic"] = [topic.strip() for topic in topics if topic.strip()]
    return answer


def _wide(rows: Sequence[tuple[int, dict[str, str]]]) -> list[tuple[str, object]]:
    """A row for each student, a column for each question."""
    return [
        (
            f"line {line}",
            {name: row[name] for name in _ENROLMENT if row.get(name)}
            | {"answers": {name: cell or None for name, cell in row.items() if name not in _ENROLMENT}},
        )
        for line, row in rows
    ]
