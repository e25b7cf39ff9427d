"""Stored enrolments as orders: what is there under a code, an answer changed, and jobs started for them.

Called by the routes, the page and the job. Invariant: the same answers under the same code are the same job of
the same owner, so that no advice is paid for twice; one that failed or was cancelled is tried again.
"""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from headway.core.errors import HeadwayError
from headway.engine import Headway
from headway.store.enrolments import Enrolment, Enrolments, GivenAnswer
from headway.store.intents import NewJob
from headway.support.i18n import N_

from . import bank
from .schema import Answer, ExamInput

MOST_LISTED = 5_000
"""So many enrolments one answer lists."""
_KIND = "exam"


class NoEnrolment(HeadwayError):
    """Nothing of the caller's is stored under that code."""

    status = 404
    type = "no-enrolment"
    title = N_("There is no such enrolment")


class WhichStudent(HeadwayError):
    """Several students are enrolled under the code, and none was named."""

    status = 409
    type = "which-student"
    title = N_("Several students are enrolled under this code")


@dataclass(frozen=True, slots=True)
class Started:
    """A job for an enrolment; `created` is False where the same answers had one already."""

    job_id: str
    exam_code: str
    student: str
    created: bool


async def stored(enrolments: Enrolments, owner: str, code: str, student: str) -> ExamInput:
    """The enrolment as an order. Without a student, the only one under the code. Raises NoEnrolment,
    WhichStudent."""
    found = await find(enrolments, owner, code, student)
    given = await enrolments.answers(owner, found.exam_code, found.student)
    return ExamInput(
        exam_code=found.exam_code,
        student=found.student,
        language="ar" if found.language == "ar" else "en",
        answers=merged(found, given),
    )


async def find(enrolments: Enrolments, owner: str, code: str, student: str) -> Enrolment:
    """The enrolment that is meant. Raises NoEnrolment, WhichStudent."""
    if not storable(code, student):
        raise NoEnrolment()
    code = bank.canonical(code)
    found = await enrolments.find(owner, code, student)
    if found is None and not student:
        several = await enrolments.list(owner, code, limit=2)
        if len(several) > 1:
            raise WhichStudent(N_("Several students are enrolled under {code}: name one"), code=code)
        found = await enrolments.find(owner, code, several[0].student) if several else None
    if found is None:
        raise NoEnrolment(N_("There is no enrolment with the code {code}"), code=code)
    return found


def storable(*texts: str) -> bool:
    """Whether a database can be asked for these at all: what comes in an address may hold anything."""
    return not any("\x00" in text or any("\ud800" <= c <= "\udfff" for c in text) for text in texts)


def merged(found: Enrolment, given: dict[str, GivenAnswer]) -> list[Answer]:
    """The imported answers with those of the page in their place; a changed answer is marked by its key."""
    answers = [Answer.model_validate(each) for each in json.loads(found.record or "[]")]
    changed = {question: json.loads(each.given) for question, each in given.items()}
    kept = [
        answer.model_copy(update={"given": changed.pop(answer.question), "points": None})
        if answer.question in changed
        else answer
        for answer in answers
    ]
    return kept + [Answer(question=question, given=value) for question, value in changed.items()]


def record(order: ExamInput) -> dict[str, str]:
    """An order as the store keeps it."""
    answers = [answer.model_dump(mode="json") for answer in order.answers or ()]
    return {
        "code": order.exam_code,
        "student": order.student,
        "language": order.language,
        "record": json.dumps(answers, ensure_ascii=False),
    }


def new_job(headway: Headway, owner: str, order: ExamInput) -> NewJob:
    """The job of an order, under the key that makes the same answers the same job.

    The language does not belong to it, since a result has both; the way the AI is set does: scores that were
    made while it was off do not stand in for advice.
    """
    job = headway.new_job(_KIND, order, owner=owner, idempotency_key=key_of(headway, order))
    job.request_hash = job.idempotency_key  # all that the key stands for is in the key
    return job


def key_of(headway: Headway, order: ExamInput) -> str:
    """The idempotency key of an order."""
    asked = f"{headway.settings.ai}\0{headway.settings.ai_model or ''}\0{order.model_dump_json(exclude={'language'})}"
    return f"exam:{hashlib.blake2b(asked.encode(), digest_size=20).hexdigest()}"


async def start(headway: Headway, owner: str, orders: Sequence[ExamInput]) -> list[Started]:
    """Jobs for all of them, submitted in one go; what failed or was cancelled before is tried again."""
    # In a thread: for hundreds it takes a second, in which the loop has others to serve.
    jobs = await asyncio.to_thread(lambda: [new_job(headway, owner, order) for order in orders])
    accepted = await headway.store.submit(jobs)
    started = [
        Started(done.id, order.exam_code, order.student, done.created)
        for order, done in zip(orders, accepted, strict=True)
    ]
    known = [each.job_id for each in started if not each.created]
    for snapshot in (await headway.store.snapshots(known, owner)).values() if known else ():
        if snapshot.status in ("failed", "cancelled"):
            await headway.store.retry(snapshot.id, owner)
    enrolments = Enrolments(headway.store)
    await enrolments.note_jobs(owner, [(each.exam_code, each.student, each.job_id) for each in started])
    return started


async def keep_and_start(headway: Headway, owner: str, orders: Sequence[ExamInput]) -> list[Started]:
    """Store imported enrolments, then start their jobs."""
    rows = await asyncio.to_thread(lambda: [record(order) for order in orders])
    await Enrolments(headway.store).save(owner, rows)
    return await start(headway, owner, orders)
