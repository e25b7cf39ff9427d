"""Every way to submit: one, many, from threads, and inside a caller's own transaction."""

import asyncio
import contextlib
import threading
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row, namedtuple_row
from pydantic import BaseModel
from tests.engine.workshop import Workshop

from headway import Context, Headway, InvalidInput
from headway.core.errors import IdempotencyMismatch

pytestmark = pytest.mark.anyio


class Order(BaseModel):
    n: int


def register(engine: Workshop) -> None:
    @engine.app.job("double", priority=2, max_attempts=7)
    async def double(ctx: Context, order: Order) -> int:
        return 2 * order.n


async def test_the_answer_is_the_snapshot_that_everyone_will_see(engine: Workshop) -> None:
    register(engine)
    answered = await engine.app.submit("double", Order(n=4), owner="ann")
    assert answered == replace(await engine.see(answered.id), queue_position=None)
    assert (answered.kind, answered.owner, answered.status) == ("double", "ann", "pending")
    assert (answered.max_attempts, answered.percent, answered.version) == (7, 0, 1)


async def test_many_are_submitted_in_order(engine: Workshop) -> None:
    register(engine)
    await engine.hire()
    ids = await engine.app.submit_many("double", [{"n": n} for n in range(1_200)], owner="ann")
    assert len(set(ids)) == 1_200
    assert ids == sorted(ids)
    for n in (0, 599, 1_199):
        await engine.ended(ids[n])
        assert await engine.result(ids[n]) == 2 * n

    async def drained() -> bool:
        depth = await engine.app.store.depth()
        return depth.ready + depth.leased + depth.waiting == 0

    await engine.until(drained)


async def test_one_wrong_input_of_many_makes_none(lite: Workshop) -> None:
    register(lite)
    with pytest.raises(InvalidInput):
        await lite.app.submit_many("double", [{"n": 1}, {"n": "two"}])
    assert await lite.app.store.list_jobs(None) == ([], None)


@pytest.mark.parametrize("priority", [-1001, 1001])
async def test_a_priority_out_of_bounds_is_refused(lite: Workshop, priority: int) -> None:
    register(lite)
    with pytest.raises(InvalidInput, match="priority"):
        await lite.app.submit("double", {"n": 1}, priority=priority)


@pytest.mark.parametrize("field", ["scheduled_at", "deadline"])
@pytest.mark.parametrize(
    "moment", ["9999-12-31T23:59:59-01:00", "0001-01-01T00:00:00+23:59", "1969-12-31T23:59:59", "9999-12-31"]
)
async def test_a_time_that_no_list_could_show_is_refused(lite: Workshop, field: str, moment: str) -> None:
    register(lite)
    with pytest.raises(InvalidInput, match=field):
        await lite.app.submit("double", {"n": 1}, **{field: datetime.fromisoformat(moment)})
    assert await lite.app.store.list_jobs(None) == ([], None)


async def test_a_key_used_again_gives_the_same_job(engine: Workshop) -> None:
    register(engine)
    first = await engine.app.submit("double", {"n": 1}, idempotency_key="k", owner="ann")
    again = await engine.app.submit("double", {"n": 1}, idempotency_key="k", owner="ann")
    others = await engine.app.submit("double", {"n": 1}, idempotency_key="k", owner="bob")
    assert replace(again, queue_position=None) == first
    assert others.id != first.id
    with pytest.raises(IdempotencyMismatch):
        await engine.app.submit("double", {"n": 2}, idempotency_key="k", owner="ann")
    await engine.run("double", {"n": 3})
    assert (await engine.ended(first.id)).status == "completed"
    finished = await engine.app.submit("double", {"n": 1}, idempotency_key="k", owner="ann")
    assert (finished.id, finished.status) == (first.id, "completed")


async def test_plain_threads_submit_beside_the_loop(engine: Workshop) -> None:
    register(engine)
    await engine.hire()

    def client(k: int, ids: list[str]) -> None:
        ids.append(engine.app.submit_sync("double", {"n": k}, owner=f"thread {k}"))
        ids.extend(engine.app.submit_many_sync("double", [{"n": n} for n in range(10)]))

    ids: list[str] = []
    await asyncio.gather(*[asyncio.to_thread(client, k, ids) for k in range(6)])
    assert len(set(ids)) == 66
    for job_id in ids:
        assert (await engine.ended(job_id)).status == "completed"


def test_a_program_without_a_loop_submits(tmp_path: Path) -> None:
    """Several threads, none of which has opened or migrated anything yet."""
    workshop = Workshop(f"sqlite:///{tmp_path / 'new.db'}")
    register(workshop)
    assert workshop.app.store.loop is None  # whoever asks for the store has not migrated it
    together = threading.Barrier(4)
    ids: list[str] = []

    def client() -> None:
        together.wait()
        ids.append(workshop.app.submit_sync("double", {"n": 1}))

    threads = [threading.Thread(target=client) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(set(ids)) == 4
    committers = [t for t in threading.enumerate() if t.name == "headway-committer"]
    assert len(committers) == 1
    workshop.app.store.close()
    assert not committers[0].is_alive()


class OnPostgres:
    """A workshop on PostgreSQL, with connections of the caller's own."""

    def __init__(self, url: str, row_factory: Any) -> None:
        self.workshop = Workshop(url)
        self._url, self._factory = url, row_factory

    def plain(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self._url, row_factory=self._factory)

    async def asynchronous(self) -> psycopg.AsyncConnection[Any]:
        return await psycopg.AsyncConnection.connect(self._url, row_factory=self._factory)


@pytest.fixture(params=[None, dict_row, namedtuple_row], ids=["tuples", "dicts", "names"])
async def postgres(postgres_url: str, request: pytest.FixtureRequest) -> Any:
    on = OnPostgres(postgres_url, request.param or psycopg.rows.tuple_row)
    register(on.workshop)
    await on.workshop.open()
    yield on
    await on.workshop.close()


async def test_a_commit_makes_the_job_and_a_rollback_leaves_none(postgres: OnPostgres) -> None:
    engine = postgres.workshop
    await engine.hire()
    with contextlib.closing(postgres.plain()) as connection:
        connection.execute("CREATE TABLE orders (id TEXT)")
        dropped = await engine.app.submit("double", {"n": 1}, conn=connection)
        connection.execute("INSERT INTO orders VALUES (%s)", (dropped.id,))
        connection.rollback()
        connection.execute("CREATE TABLE orders (id TEXT)")
        made = await engine.app.submit("double", {"n": 21}, conn=connection, owner="ann")
        connection.execute("INSERT INTO orders VALUES (%s)", (made.id,))
        assert await engine.app.store.snapshot(made.id) is None
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
        connection.commit()
    assert (made.owner, made.status, made.version) == ("ann", "pending", 1)
    assert (await engine.ended(made.id)).status == "completed"
    assert await engine.result(made.id) == 42
    assert await engine.app.store.snapshot(dropped.id) is None


async def test_an_asynchronous_connection_does_the_same(postgres: OnPostgres) -> None:
    engine = postgres.workshop
    await engine.hire()
    async with await postgres.asynchronous() as connection:
        dropped = await engine.app.submit("double", {"n": 1}, conn=connection)
        await connection.rollback()
        async with connection.transaction():
            made = await engine.app.submit("double", {"n": 21}, conn=connection)
            assert await engine.app.store.snapshot(made.id) is None
    assert (await engine.ended(made.id)).status == "completed"
    assert await engine.result(made.id) == 42
    assert await engine.app.store.snapshot(dropped.id) is None


async def test_keys_and_input_are_checked_inside_a_transaction_too(postgres: OnPostgres) -> None:
    engine = postgres.workshop
    known = await engine.app.submit("double", {"n": 1}, idempotency_key="known")
    async with await postgres.asynchronous() as connection:
        with pytest.raises(InvalidInput):
            await engine.app.submit("double", {"n": "two"}, conn=connection)
        first = await engine.app.submit("double", {"n": 1}, idempotency_key="new", conn=connection)
        again = await engine.app.submit("double", {"n": 1}, idempotency_key="new", conn=connection)
        assert again.id == first.id
        same = await engine.app.submit("double", {"n": 1}, idempotency_key="known", conn=connection)
        assert same.id == known.id
        with pytest.raises(IdempotencyMismatch):
            await engine.app.submit("double", {"n": 2}, idempotency_key="known", conn=connection)
        await connection.commit()
    await engine.hire()
    assert (await engine.ended(first.id)).status == "completed"
    assert (await engine.ended(known.id)).status == "completed"


async def test_a_failure_in_the_callers_transaction_is_the_callers(postgres: OnPostgres) -> None:
    engine = postgres.workshop
    async with await postgres.asynchronous() as connection:
        with pytest.raises(psycopg.errors.UndefinedTable):
            await connection.execute("SELECT * FROM nowhere")
        with pytest.raises(psycopg.errors.InFailedSqlTransaction):
            await engine.app.submit("double", {"n": 1}, conn=connection)
    assert await engine.app.store.list_jobs(None) == ([], None)


async def test_an_app_is_started_and_stopped_again(database_url: str) -> None:
    app = Headway(Workshop(database_url).app.settings)

    @app.job("tick")
    async def tick(ctx: Context) -> None: ...

    ids = []
    for _ in range(2):
        async with app:
            ids.append((await app.submit(tick)).id)
            assert all([await app.store.snapshot(job_id) for job_id in ids])
