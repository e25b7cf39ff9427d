"""What can be read: lists, pages, attempts, and that another's job looks like none."""

import pytest
from tests.conftest import Clock
from tests.store.test_steps import checkpoint, log, open_call, settle_call
from tests.store.verbs import claim, finish, new_job, report, rescue, running, see, submit

from headway.core.errors import JobNotFound
from headway.core.states import Event, Status
from headway.store import Store

pytestmark = pytest.mark.anyio


async def test_a_list_is_newest_first_and_pages_meet(store: Store) -> None:
    ids = [await submit(store) for _ in range(7)]
    await submit(store, owner="bob")
    seen: list[str] = []
    before = None
    for expected in (3, 3, 1):
        page, before = await store.list_jobs("ann", limit=3, before=before)
        assert len(page) == expected
        seen += [s.id for s in page]
    assert before is None
    assert seen == ids[::-1]
    assert await store.list_jobs("ann", before="nonsense") == ([], None)


async def test_a_full_last_page_is_the_last(store: Store) -> None:
    for _ in range(4):
        await submit(store)
    page, before = await store.list_jobs("ann", limit=4)
    assert (len(page), before) == (4, None)


async def test_lists_are_filtered_by_kind_and_by_what_a_person_sees_as_status(store: Store) -> None:
    completed, failed = await running(store, kind="essay"), await running(store, kind="novel")
    await finish(store, completed)
    await finish(store, failed, Event.GIVE_UP)
    processing = await running(store, kind="novel")
    waiting = await running(store, kind="essay")
    await finish(store, waiting, Event.SNOOZE, delay_ms=60_000)
    pending = await submit(store, kind="novel")

    async def listed(**filters: str) -> set[str]:
        page, _ = await store.list_jobs("ann", **filters)
        everywhere, _ = await store.list_jobs(None, **filters)
        assert page == everywhere
        return {s.id for s in page}

    assert await listed(kind="novel") == {failed.job_id, processing.job_id, pending}
    assert await listed(status="processing") == {processing.job_id, waiting.job_id}
    assert await listed(status="processing", kind="essay") == {waiting.job_id}
    assert await listed(status="pending") == {pending}
    assert await listed(status="completed") == {completed.job_id}
    assert await listed(status="failed") == {failed.job_id}
    assert await listed(status="cancelled") == set()


async def test_operators_see_the_jobs_of_all(store: Store) -> None:
    ids = [await submit(store, owner=owner) for owner in ("ann", "bob", "ann")]
    page, before = await store.list_jobs(None, limit=2)
    rest, _ = await store.list_jobs(None, limit=2, before=before)
    assert [s.id for s in page + rest] == ids[::-1]


async def test_attempts_list_every_claim_the_one_under_way_included(store: Store, clock: Clock) -> None:
    task = await running(store, max_attempts=3)
    await finish(store, task, Event.FAIL, error='{"type": "one"}')
    await store.act(lambda w: w.run("promote"))
    await claim(store, worker="w2")
    clock.advance(16)
    await rescue(store)
    [task] = await claim(store, worker="w3")
    attempts = await store.attempts(task.job_id) or []
    assert [(a.part, a.fence, a.attempt, a.worker, a.outcome) for a in attempts] == [
        (0, 1, 1, "w1", "failed"),
        (0, 2, 2, "w2", "lost"),
        (0, 3, 2, "w3", None),
    ]
    assert attempts[2].ended_at is None
    assert attempts[2].started_at == task.claimed_at
    await finish(store, task)
    assert [a.outcome for a in await store.attempts(task.job_id) or []] == ["failed", "lost", "succeeded"]
    seen = await see(store, task.job_id)
    assert (seen.status, seen.attempt) == (Status.COMPLETED, 2)


async def test_many_snapshots_and_versions_at_once(store: Store) -> None:
    mine, other = await submit(store), await submit(store, owner="bob")
    gone = "00000000-0000-7000-8000-000000000000"
    wanted = [mine, other, gone, "nonsense", mine]
    assert set(await store.snapshots(wanted)) == {mine, other}
    assert set(await store.snapshots(wanted, "ann")) == {mine}
    assert await store.versions(wanted) == {mine: 1, other: 1}
    assert (await store.snapshots([mine]))[mine] == await see(store, mine)
    assert await store.snapshots([]) == await store.versions([]) == {}


async def test_the_queue_position_is_the_place_among_the_ready(store: Store) -> None:
    first, second, urgent = await submit(store), await submit(store), await submit(store, priority=1)
    places = {s.id: s.queue_position for s in (await store.list_jobs("ann"))[0]}
    assert places == {urgent: 1, first: 2, second: 3}


async def test_typical_seconds_is_the_median_of_the_latest(store: Store, clock: Clock) -> None:
    assert await store.typical_seconds("essay", 2**41) is None
    for seconds in (1, 100, 3):
        task = await running(store)
        clock.advance(seconds)
        await finish(store, task)
    [[now]] = await store.read(lambda r: r.rows("now"))
    median = await store.typical_seconds("essay", int(now or 0))
    assert median is not None
    assert 3 <= median < 4
    assert await store.typical_seconds("novel", int(now or 0)) is None


async def test_anothers_job_is_no_job_in_every_method(store: Store) -> None:
    task = await running(store)
    await checkpoint(store, task)
    await open_call(store, task)
    await log(store, task, "secret")
    job_id = task.job_id
    for read in (
        store.snapshot, store.result, store.input, store.attempts, store.steps, store.calls, store.chunks,
        store.log, store.files,
    ):  # fmt: skip
        assert await read(job_id, "bob") is None, read
        assert await read(job_id, "ann") is not None, read
        assert await read(job_id, None) is not None, read
        assert await read("nonsense", None) is None, read
        assert await read("00000000-0000-7000-8000-000000000000", None) is None, read
    assert await store.snapshots([job_id], "bob") == {}
    assert (await store.list_jobs("bob"))[0] == []
    before = await see(store, job_id)
    for verb in (
        store.cancel(job_id, "bob", by="bob"),
        store.retry(job_id, "bob"),
        store.retry(job_id, "bob", scratch=True),
        store.delete(job_id, "bob"),
        store.create_share(job_id, "bob", 2**60),
    ):
        with pytest.raises(JobNotFound):
            await verb
    with pytest.raises(JobNotFound):
        [_ async for _ in store.read_file(job_id, "pdf", "bob")]
    await store.create_share(job_id, "ann", 2**60)
    assert await store.revoke_shares(job_id, "bob") == 0
    assert await see(store, job_id) == before
    assert await store.stats("bob") == []


async def test_a_snapshot_is_never_seen_between_its_two_rows(store: Store) -> None:
    """The end moves what the hot row knew into the cold one."""
    task = await running(store)
    await report(store, task.key, 55, step='["Almost", {}]')
    before = await see(store, task.job_id)
    await finish(store, task, Event.GIVE_UP)
    after = await see(store, task.job_id)
    assert (after.percent, after.step, after.started_at) == (before.percent, before.step, before.started_at)
    assert after.version == before.version + 1


@pytest.mark.parametrize("size", [0, 1, 5 << 20])
async def test_inputs_and_results_come_back_as_they_were(store: Store, size: int) -> None:
    text = '"' + "é" * (size // 2) + '"'
    [made] = await store.submit([new_job(input=text)])
    assert await store.input(made.id) == text
    [task] = await claim(store)
    assert task.input == text
    await finish(store, task, result=text)
    _, result = await store.result(made.id) or (None, None)
    assert result == text


async def test_texts_with_nul_emoji_and_quotes_come_back_as_they_were(store: Store) -> None:
    text = '"\\u0000 nul, \\ud83d\\ude00 and 😀, \'; DROP TABLE jobs; -- % %s :now {COMPLETED} \\\\"'
    [made] = await store.submit(
        [new_job(owner="o'%s:now", kind="k{x}", input=text, idempotency_key="'%", request_hash="h")]
    )
    [task] = await claim(store)
    assert (task.input, task.owner, task.kind) == (text, "o'%s:now", "k{x}")
    await log(store, task, "100 % of {COMPLETED} 😀")
    await finish(store, task, result=text)
    _, result = await store.result(made.id, "o'%s:now") or (None, None)
    assert result == text
    assert [line.text for line in await store.log(made.id) or []] == ["100 % of {COMPLETED} 😀"]


async def test_what_no_text_column_can_hold_is_replaced_in_texts_from_outside(store: Store) -> None:
    """PostgreSQL has no NUL in a text, and UTF-8 no lone surrogate; a paid answer is kept all the same."""
    file_id = await store.create_file("ann", "pdf", "a\0\ud800.pdf", "application/pdf")
    task = await running(store, files=(file_id,))
    await log(store, task, "a\0b\udfff")
    await open_call(store, task)
    await settle_call(store, task, answer="\ud83d half a smile")
    assert [line.text for line in await store.log(task.job_id) or []] == ["a\ufffdb\ufffd"]
    assert [call.answer for call in await store.calls(task.job_id) or []] == ["\ufffd half a smile"]
    assert [file.filename for file in await store.files(task.job_id) or []] == ["a\ufffd\ufffd.pdf"]
