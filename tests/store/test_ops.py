"""What operators see, and that the audit finds each kind of broken row. Rows are broken by hand here: no verb
can."""

import apsw
import psycopg
import pytest
from tests.conftest import Clock
from tests.store.test_steps import checkpoint
from tests.store.verbs import claim, finish, running, submit

from headway.core.settlement import Price
from headway.core.states import Event
from headway.store import KindStatus, Store, audit
from headway.store.intents import Charge
from headway.store.queries import load

pytestmark = pytest.mark.anyio


def execute(url: str, statement: str) -> None:
    """One statement beside the store."""
    if url.startswith("sqlite"):
        connection = apsw.Connection(url.removeprefix("sqlite:///"))
        connection.execute(statement)
        connection.close()
    else:
        with psycopg.connect(url, autocommit=True) as pg:
            pg.execute(statement.encode())


async def test_stats_count_by_kind_and_status(store: Store, clock: Clock) -> None:
    one, two = await running(store), await running(store)
    clock.advance(10)
    await finish(store, one)
    clock.advance(10)
    await finish(store, two)
    await submit(store)
    await running(store, kind="novel", priority=1)
    by = {(s.kind, s.status): s for s in await store.stats()}
    assert set(by) == {("essay", "completed"), ("essay", "pending"), ("novel", "processing")}
    completed = by["essay", "completed"]
    assert completed.count == 2
    assert completed.average_seconds is not None
    assert 15 <= completed.average_seconds < 17
    assert by["essay", "pending"] == KindStatus("essay", "pending", 1, None)


async def test_depth_counts_the_queue(store: Store) -> None:
    empty = await store.depth()
    assert (empty.ready, empty.waiting, empty.leased, empty.oldest_ready_s, empty.failed_last_hour) == (
        0,
        0,
        0,
        None,
        0,
    )
    failed = await running(store)
    await finish(store, failed, Event.GIVE_UP)
    for _ in range(3):
        await submit(store)
    await claim(store)
    await submit(store, scheduled_at=2**50)
    depth = await store.depth()
    assert (depth.ready, depth.waiting, depth.leased, depth.failed_last_hour) == (2, 1, 1, 1)
    assert depth.oldest_ready_s is not None
    assert 0 <= depth.oldest_ready_s < 60


BROKEN = {
    "audit_1_terminal": "UPDATE jobs SET finished_at = NULL WHERE id = '{done}'",
    "audit_3_body": "DELETE FROM tasks WHERE job_id = '{ready}'",
    "audit_3_leftover": "UPDATE jobs SET status = 'failed', finished_at = 1 WHERE id = '{ready}'",
    "audit_3_orphan": "DELETE FROM jobs WHERE id = '{ready}'",
    "audit_3_lease": "UPDATE tasks SET lease_until = NULL WHERE job_id = '{leased}'",
    "audit_3_wake": "UPDATE tasks SET ready = FALSE WHERE job_id = '{ready}'",
    "audit_4_fence": "UPDATE attempts SET fence = 9 WHERE job_id = '{done}'",
    "audit_6_chunks": "UPDATE jobs SET total_chunks = 2, processed_chunks = 3 WHERE id = '{done}'",
    "audit_7_balance": "UPDATE purses SET balance = balance + 1",
    "audit_7_running": "UPDATE ledger SET balance = balance + 1 WHERE entry = 'settle'",
    "audit_7_rounds": "UPDATE ledger SET round = 2 WHERE entry = 'settle'",
    "audit_7_holds": "INSERT INTO holds (id, owner, kind, amount, made_at, expires_at) VALUES ('{ready}', 'ann', 'k', 1, 1, 1)",
    "audit_7_settled": "UPDATE jobs SET credits = 1 WHERE id = '{done}'",
    "audit_8_key": "UPDATE jobs SET idempotency_key = 'k', owner = 'ann'",
    "audit_10_percent": "UPDATE tasks SET percent = 101 WHERE job_id = '{leased}'",
}


def test_every_audit_has_a_meaning_and_a_test() -> None:
    for dialect in ("sqlite", "postgres"):
        assert (
            {name for name in load(dialect) if name.startswith("audit_")}
            == set(audit._MEANING)
            == set(BROKEN)
        )


@pytest.mark.parametrize("name", BROKEN)
async def test_the_audit_finds_what_is_broken(store: Store, database_url: str, name: str) -> None:
    await store.grant("ann", 9, reason="for the test", by="tests")
    done = await running(store, charge=Charge(5, Price(per_job=5).dump()))
    await checkpoint(store, done)
    await finish(store, done, Event.GIVE_UP)
    leased = await running(store)
    ready = await submit(store)
    assert await store.audit() == []
    if name == "audit_8_key":
        execute(database_url, "DROP INDEX jobs_by_key")
    broken = {"done": done.job_id, "leased": leased.job_id, "ready": ready}
    execute(database_url, BROKEN[name].format(**broken))
    found = await store.audit()
    assert audit._MEANING[name] in {violation.what for violation in found}
    assert {violation.rule for violation in found if violation.what == audit._MEANING[name]} == {
        int(name.split("_")[1])
    }
    assert all(violation.row in {*broken.values(), "k", "ann"} for violation in found)


async def test_a_checkpoint_of_a_fence_never_given_out_is_found(store: Store, database_url: str) -> None:
    task = await running(store)
    await checkpoint(store, task)
    execute(database_url, "UPDATE checkpoints SET fence = 2")
    assert [(v.rule, v.row) for v in await store.audit()] == [(4, task.job_id)]
