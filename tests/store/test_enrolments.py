"""Enrolments on both stores: kept by owner, code and student."""

import json

import pytest

from headway.store import Store
from headway.store.enrolments import Enrolments, forget_enrolments

pytestmark = pytest.mark.anyio


def row(student: str, code: str = "X-1", **more: str) -> dict[str, str]:
    return {"code": code, "student": student, "language": "en", "record": '[{"question": "1"}]', **more}


async def test_an_import_is_kept_by_code_and_student_and_listed_in_order(store: Store) -> None:
    kept = Enrolments(store)
    await kept.save("ann", [row("b"), row("a"), row("a", "Y-2")])
    listed = await kept.list("ann")
    assert [(each.exam_code, each.student) for each in listed] == [("X-1", "a"), ("X-1", "b"), ("Y-2", "a")]
    assert [each.student for each in await kept.list("ann", "X-1", limit=1)] == ["a"]
    found = await kept.find("ann", "X-1", "a")
    assert found is not None
    assert json.loads(found.record or "") == [{"question": "1"}]


async def test_hundreds_of_long_ones_are_kept_in_several_batches(store: Store) -> None:
    kept = Enrolments(store)
    await kept.save("ann", [row(f"s{n:03}", record="x" * 9_000) for n in range(450)])
    assert len(await kept.list("ann", limit=1000)) == 450


async def test_an_import_takes_the_place_of_what_was_answered(store: Store) -> None:
    kept = Enrolments(store)
    await kept.answer("ann", "X-1", "a", "q1", '"B"', language="ar")
    assert (await kept.answers("ann", "X-1", "a"))["q1"].given == '"B"'
    await kept.save("ann", [row("a", language="en")])
    assert await kept.answers("ann", "X-1", "a") == {}
    found = await kept.find("ann", "X-1", "a")
    assert found is not None
    assert found.language == "en"


async def test_an_answer_opens_its_enrolment_and_the_last_one_counts(store: Store) -> None:
    kept = Enrolments(store)
    first = await kept.answer("ann", "X-1", "", "q1", '"A"', language="ar")
    await kept.answer("ann", "X-1", "", "q1", '"C"', language="en")
    await kept.answer("ann", "X-1", "", "q2", "null", language="en")
    found = await kept.find("ann", "X-1", "")
    assert found is not None
    assert (found.language, found.record) == ("ar", None)
    answers = await kept.answers("ann", "X-1", "")
    assert {name: each.given for name, each in answers.items()} == {"q1": '"C"', "q2": "null"}
    assert answers["q1"].answered_at >= first


async def test_another_owner_sees_changes_and_deletes_nothing(store: Store) -> None:
    kept = Enrolments(store)
    await kept.save("ann", [row("a")])
    await kept.save("bob", [row("a", record="[]")])
    await kept.note_jobs("bob", [("X-1", "a", "job-of-bob")])
    assert not await kept.drop("eve", "X-1", "a")
    assert await kept.find("eve", "X-1", "a") is None
    assert await kept.answers("eve", "X-1", "a") == {}
    ann, bob = await kept.find("ann", "X-1", "a"), await kept.find("bob", "X-1", "a")
    assert ann is not None
    assert bob is not None
    assert (ann.job_id, bob.job_id, bob.record) == (None, "job-of-bob", "[]")
    assert await kept.drop("bob", "X-1", "a")
    assert await kept.find("ann", "X-1", "a") == ann


async def test_everything_of_an_owner_can_be_forgotten(store: Store) -> None:
    kept = Enrolments(store)
    await kept.save("ann", [row("a")])
    await kept.answer("ann", "Z", "", "q", "1", language="en")
    await kept.save("bob", [row("a")])
    await store.act(lambda writer: forget_enrolments(writer, "ann"))
    assert await kept.list("ann") == []
    assert await kept.answers("ann", "Z", "") == {}
    assert len(await kept.list("bob")) == 1
