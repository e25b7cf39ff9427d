"""Enrolments and their answers, question by question, over HTTP.

Included by `routes`. Invariant: the owner is part of every look into the store.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import Response

from headway.apps.exam import bank, enrolling, paper, rules
from headway.apps.exam.schema import Answer, ExamInput, Given
from headway.apps.exam.texts import Language
from headway.core.errors import InvalidInput
from headway.http import bodies
from headway.http.documented import ok, plain, problems
from headway.http.models import StatusName
from headway.http.problems import NotFound
from headway.http.rendering import timestamp
from headway.http.services import account_of, lang_of, services
from headway.http.validation import validated
from headway.store.enrolments import Enrolment, Enrolments, GivenAnswer
from headway.support.i18n import N_

router = APIRouter(tags=["exam"])

_STUDENT = Annotated[
    str, Query(max_length=200, description="Whose; may be left out where the code has one student only.")
]


class EnrolmentRow(BaseModel):
    """One enrolment in a list; `status` is its last job's."""

    exam_code: str
    student: str
    language: Language
    job_id: str | None
    status: StatusName | None
    percent: int | None
    updated_at: AwareDatetime


class EnrolmentList(BaseModel):
    """The caller's enrolments, by code and student."""

    enrolments: list[EnrolmentRow]


class EnrolmentBody(BaseModel):
    """An enrolment with its answers by question."""

    exam_code: str
    student: str
    language: Language
    answers: dict[str, Any]
    answered: int
    job_id: str | None
    updated_at: AwareDatetime


class AnswerBody(BaseModel):
    """An answer to one question; null for a blank."""

    exam_code: str
    student: str
    question: str
    given: str | list[str] | None
    answered_at: AwareDatetime | None


class PutAnswer(BaseModel):
    """What is answered: `yes` or `no`, an option, several options, or null to take it back."""

    model_config = ConfigDict(extra="forbid")

    given: Given = Field(description="`yes`, `no`, an option's letter, a list of letters, or null.")


def _enrolments(request: Request) -> Enrolments:
    return Enrolments(services(request).store)


def as_json(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer whose words depend on the reader's language."""
    return Response(
        orjson.dumps(body),
        status,
        {"vary": "Accept-Language", **(headers or {})},
        media_type="application/json",
    )


@router.get(
    "/api/exams/{code}/enrolments",
    responses={200: ok(EnrolmentList, "The enrolments under a code."), **problems(422)},
)
async def enrolments_of(
    request: Request, code: str, limit: Annotated[int, Query(ge=1, le=enrolling.MOST_LISTED)] = 1000
) -> Response:
    """List the caller's enrolments under a code, with where their jobs are."""
    if not enrolling.storable(code):
        return as_json({"enrolments": []})
    return await _list(request, bank.canonical(code), limit)


@router.get(
    "/api/enrolments", responses={200: ok(EnrolmentList, "All of the caller's enrolments."), **problems(422)}
)
async def enrolments(
    request: Request, limit: Annotated[int, Query(ge=1, le=enrolling.MOST_LISTED)] = 1000
) -> Response:
    """List the caller's enrolments, with where their jobs are."""
    return await _list(request, None, limit)


async def _list(request: Request, code: str | None, limit: int) -> Response:
    owner = account_of(request).id
    rows = await _enrolments(request).list(owner, code, limit=limit)
    jobs = await services(request).store.snapshots([row.job_id for row in rows if row.job_id], owner)
    listed = []
    for row in rows:
        job = jobs.get(row.job_id or "")
        listed.append(
            {
                "exam_code": row.exam_code,
                "student": row.student,
                "language": row.language,
                "job_id": job.id if job else None,
                "status": job.status if job else None,
                "percent": int(job.percent) if job else None,
                "updated_at": timestamp(row.updated_at),
            }
        )
    return as_json({"enrolments": listed})


@router.get(
    "/api/enrolments/{exam_code}",
    responses={200: ok(EnrolmentBody, "The enrolment with its answers."), **problems(404, 409, 422)},
)
async def enrolment(request: Request, exam_code: str, student: _STUDENT = "") -> Response:
    """Read an enrolment, so that an exam can be gone on with."""
    owner, kept = account_of(request).id, _enrolments(request)
    row = await enrolling.find(kept, owner, exam_code, student)
    answers = enrolling.merged(row, await kept.answers(owner, row.exam_code, row.student))
    given = {answer.question: answer.given for answer in answers if answer.given is not None}
    return as_json(
        {
            "exam_code": row.exam_code,
            "student": row.student,
            "language": row.language,
            "answers": given,
            "answered": len(given),
            "job_id": row.job_id,
            "updated_at": timestamp(row.updated_at),
        }
    )


@router.delete(
    "/api/enrolments/{exam_code}",
    status_code=204,
    responses={204: plain("It is gone."), **problems(403, 404, 409, 422)},
)
async def drop(request: Request, exam_code: str, student: _STUDENT = "") -> Response:
    """Delete an enrolment with its answers; what was computed of it stays among the jobs."""
    owner, kept = account_of(request).id, _enrolments(request)
    row = await enrolling.find(kept, owner, exam_code, student)
    await kept.drop(owner, row.exam_code, row.student)
    return Response(None, 204)


@router.get(
    "/api/enrolments/{exam_code}/answers/{question:path}",
    responses={200: ok(AnswerBody, "The answer."), **problems(404, 409, 422)},
)
async def read_answer(request: Request, exam_code: str, question: str, student: _STUDENT = "") -> Response:
    """Read the answer to one question."""
    owner, kept = account_of(request).id, _enrolments(request)
    row = await enrolling.find(kept, owner, exam_code, student)
    given = await kept.answers(owner, row.exam_code, row.student)
    answers = {answer.question: answer.given for answer in enrolling.merged(row, given)}
    if question not in answers and not paper.has(row.exam_code, question):
        raise NotFound(
            N_("The exam {code} has no question {question}"), code=row.exam_code, question=question
        )
    return _answer(row.exam_code, row.student, question, answers.get(question), given.get(question))


@router.put(
    "/api/enrolments/{exam_code}/answers/{question:path}",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": PutAnswer.model_json_schema()}},
        }
    },
    responses={200: ok(AnswerBody, "It is kept."), **problems(400, 403, 404, 409, 413, 415, 422)},
)
async def save_answer(request: Request, exam_code: str, question: str, student: _STUDENT = "") -> Response:
    """Keep the answer to one question; the first one opens the enrolment, where the exam is one of ours."""
    _, value = await bodies.read_json(request)
    lang = lang_of(request)
    given = validated(PutAnswer, value, lang).given
    owner, kept = account_of(request).id, _enrolments(request)
    code, student = bank.canonical(exam_code), student.strip()
    if not enrolling.storable(student, question):
        raise enrolling.NoEnrolment()
    row = await _meant(request, kept, code, student)
    if row is not None:
        code, student = row.exam_code, row.student
    if row is not None and bank.exam(code) is None:
        _check_imported(json.loads(row.record or "[]"), code, question)
    elif not paper.has(code, question):
        raise NotFound(N_("The exam {code} has no question {question}"), code=code, question=question)
    else:
        _check_own(code, Answer(question=question, given=given), lang)
    at = await kept.answer(
        owner, code, student, question, json.dumps(given, ensure_ascii=False), language=lang
    )
    return _answer(code, student, question, given, GivenAnswer(question, "", at))


async def _meant(request: Request, kept: Enrolments, code: str, student: str) -> Enrolment | None:
    """The enrolment that an answer goes to; None where it opens one, which only an exam of ours lets it. Raises
    NoEnrolment, WhichStudent."""
    ours = bank.exam(code) is not None
    if ours and "student" in request.query_params:
        return None  # an empty name is one's own, as the page says it; only without one the only student is meant
    try:
        return await enrolling.find(kept, account_of(request).id, code, student)
    except enrolling.NoEnrolment:
        if not ours:
            raise
        return None


def _check_own(code: str, answer: Answer, lang: str) -> None:
    """An answer to an exam of ours is one of its options. Raises InvalidInput."""
    try:
        validated(ExamInput, {"exam_code": code, "answers": [answer]}, lang)
    except InvalidInput as error:
        raise InvalidInput([replace(each, field="given") for each in error.errors]) from error


def _check_imported(record: list[dict[str, Any]], code: str, question: str) -> None:
    """An imported answer can be changed where there is a key to mark it by. Raises NotFound, InvalidInput."""
    known = [Answer.model_validate(each) for each in record if each.get("question") == question]
    if not known:
        raise NotFound(N_("The exam {code} has no question {question}"), code=code, question=question)
    if not rules.has_key(known[0]):
        raise InvalidInput([rules.no_key(question)])


def _answer(
    code: str, student: str, question: str, given: str | list[str] | None, kept: GivenAnswer | None
) -> Response:
    return as_json(
        {
            "exam_code": code,
            "student": student,
            "question": question,
            "given": given,
            "answered_at": timestamp(kept.answered_at) if kept else None,
        }
    )
