"""Enrolments: which exam was sat under which code, by whom, with which answers.

Called by the exam application, on any store. Invariant: the owner is part of every key and of every WHERE, so
that another's enrolment looks exactly like none. What the answers mean is not known here.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from headway.store.base import Base
from headway.store.driver import Row, Writer

_ROWS_AT_ONCE: Final = 200
_BYTES_AT_ONCE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One student under one code. `record` is the imported answers as JSON text, None where they are given on
    the page; `job_id` the last job that was started for it; times in milliseconds."""

    exam_code: str
    student: str
    language: str
    record: str | None
    job_id: str | None
    created_at: int
    updated_at: int


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """An answer that was given on the page: its JSON text, and when (ms)."""

    question: str
    given: str
    answered_at: int


class Enrolments:
    """The verbs on enrolments, over an open store."""

    def __init__(self, store: Base) -> None:
        self._store = store

    async def find(self, owner: str, code: str, student: str) -> Enrolment | None:
        """The enrolment, None where there is none of the owner's."""
        rows = await self._store.read(lambda r: r.rows("enrolment", owner=owner, code=code, student=student))
        return _enrolment(rows[0]) if rows else None

    async def list(self, owner: str, code: str | None = None, *, limit: int = 200) -> list[Enrolment]:
        """The owner's enrolments under a code (None: all), by code and student, without their records."""
        rows = await self._store.read(lambda r: r.rows("enrolments_of", owner=owner, code=code, n=limit))
        return [_enrolment(row) for row in rows]

    async def answers(self, owner: str, code: str, student: str) -> dict[str, GivenAnswer]:
        """What was answered on the page, by question."""
        rows = await self._store.read(
            lambda r: r.rows("exam_answers", owner=owner, code=code, student=student)
        )
        return {str(q): GivenAnswer(str(q), str(given), int(str(at))) for q, given, at in rows}

    async def save(self, owner: str, rows: Sequence[Mapping[str, str]]) -> None:
        """Keep imported enrolments (`code`, `student`, `language`, `record`), in place of those there are."""
        for part in _parts(rows):
            text = json.dumps(part, ensure_ascii=False)

            def write(writer: Writer, text: str = text) -> int:
                return writer.run("save_enrolments", owner=owner, rows=text)

            await self._store.act(write, size=len(text))

    async def answer(
        self, owner: str, code: str, student: str, question: str, given: str, *, language: str
    ) -> int:
        """Keep one answer (JSON text), and open the enrolment with the first; returns when (ms)."""
        key = {"owner": owner, "code": code, "student": student}

        def write(writer: Writer) -> int:
            writer.run("open_enrolment", **key, language=language)
            writer.run("save_answer", **key, question=question, given=given)
            return writer.now

        return await self._store.act(write, size=len(given) + 200)

    async def note_jobs(self, owner: str, jobs: Sequence[tuple[str, str, str]]) -> None:
        """Note `(code, student, job id)`: which job was started for which enrolment."""
        rows = [{"code": code, "student": student, "job_id": job} for code, student, job in jobs]
        for part in _parts(rows):
            text = json.dumps(part, ensure_ascii=False)

            def write(writer: Writer, text: str = text) -> int:
                return writer.run("note_exam_jobs", owner=owner, rows=text)

            await self._store.act(write, size=len(text))

    async def drop(self, owner: str, code: str, student: str) -> bool:
        """Delete an enrolment with its answers; its jobs stay. False where there is none."""
        key = {"owner": owner, "code": code, "student": student}
        return await self._store.act(lambda w: bool(w.run("drop_enrolment", **key)) or w.repeat)


def forget_enrolments(writer: Writer, owner: str) -> None:
    """Delete all of an owner's, inside an open transaction: when the account goes."""
    writer.run("forget_enrolments", owner=owner)


def _parts(rows: Sequence[Mapping[str, str]]) -> Iterator[Sequence[Mapping[str, str]]]:
    """Batches that hold up nobody's heartbeat for long."""
    part: list[Mapping[str, str]] = []
    size = 0
    for row in rows:
        weight = sum(map(len, row.values()))
        if part and (len(part) >= _ROWS_AT_ONCE or size + weight > _BYTES_AT_ONCE):
            yield part
            part, size = [], 0
        part.append(row)
        size += weight
    if part:
        yield part


def _enrolment(row: Row) -> Enrolment:
    return Enrolment(*row)  # type: ignore[arg-type]  # columns in order
