"""Schedules: one job a tick, whoever looks and however often; at most one tick made up for."""

import asyncio
import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import Clock
from tests.engine.workshop import Workshop

from headway import Context, Headway, Settings
from headway.engine.cron import Crontab, Schedule
from headway.store import Store

pytestmark = pytest.mark.anyio


def app_with(expression: str = "0 * * * *", zone: str = "UTC", prices: Path | None = None) -> Headway:
    app = Headway(Settings(database_url="sqlite:///unused.db", prices=prices))

    @app.cron(expression, name="nightly", zone=zone)
    async def nightly(ctx: Context, tick: datetime) -> str:
        return tick.isoformat()

    return app


class Ticker:
    """One worker's crontab on a store."""

    def __init__(self, store: Store, expression: str = "0 * * * *", zone: str = "UTC") -> None:
        self.store = store
        self.crontab = Crontab(app_with(expression, zone))

    async def look(self) -> int:
        return await self.store.act(self.crontab.step)


async def ticks(store: Store) -> list[datetime]:
    """The ticks that jobs were enqueued for, oldest first."""
    jobs, _ = await store.list_jobs("local", limit=100)
    inputs = [json.loads(await store.input(job.id) or "null") for job in reversed(jobs)]
    return [datetime.fromisoformat(each) for each in inputs]


async def database_now(store: Store) -> datetime:
    return datetime.fromtimestamp(await store.act(lambda w: w.now) / 1000, UTC)


async def next_hour(store: Store) -> datetime:
    now = await database_now(store)
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


async def to(store: Store, clock: Clock, moment: datetime) -> None:
    clock.advance((moment - await database_now(store)).total_seconds())


async def test_a_tick_becomes_one_job_of_all_who_look(store: Store, clock: Clock, database_url: str) -> None:
    """Three workers in two processes' stores, each looking again and again around the tick."""
    hour = await next_hour(store)
    with closing(Store.open(database_url, shift=clock)) as other:
        other.start()
        workers = [Ticker(store), Ticker(other), Ticker(other)]
        for worker in workers:
            assert await worker.look() == 0
        await to(store, clock, hour + timedelta(seconds=1))
        fired = await asyncio.gather(*(worker.look() for worker in workers * 10))
        assert sum(fired) == 1
        assert await ticks(store) == [hour]
        await to(store, clock, hour + timedelta(hours=1, seconds=1))
        fired = await asyncio.gather(*(worker.look() for worker in workers * 10))
        assert sum(fired) == 1
    assert await ticks(store) == [hour, hour + timedelta(hours=1)]


async def test_of_missed_ticks_only_the_last_is_made_up_for(store: Store, clock: Clock) -> None:
    hour = await next_hour(store)
    ticker = Ticker(store)
    await ticker.look()
    await to(store, clock, hour + timedelta(hours=9, minutes=20))
    assert [await ticker.look() for _ in range(3)] == [1, 0, 0]
    assert await ticks(store) == [hour + timedelta(hours=9)]


async def test_a_new_schedule_does_not_run_for_the_past(store: Store, clock: Clock) -> None:
    assert await Ticker(store).look() == 0
    assert await ticks(store) == []


async def test_a_changed_schedule_goes_by_its_new_times(store: Store, clock: Clock) -> None:
    hour = await next_hour(store)
    await Ticker(store).look()
    await Ticker(store, "30 * * * *").look()
    await to(store, clock, hour + timedelta(minutes=29))
    later = Ticker(store, "30 * * * *")
    before = await later.look()
    await to(store, clock, hour + timedelta(minutes=31))
    assert await later.look() == 1
    assert (await ticks(store))[-1] == hour + timedelta(minutes=30)
    assert before in (0, 1)  # by the minute of the hour in which this test began


async def test_it_says_when_to_look_again(store: Store, clock: Clock) -> None:
    ticker = Ticker(store, "* * * * *")
    await ticker.look()
    now = await store.act(lambda w: w.now)
    assert ticker.crontab.look_at is not None
    assert now <= ticker.crontab.look_at <= now + 30_000
    assert Crontab(Headway(Settings(database_url="sqlite:///unused.db"))).look_at is None


async def test_a_worker_runs_what_a_schedule_enqueues(sqlite_url: str) -> None:
    workshop = Workshop(sqlite_url)

    @workshop.app.cron("* * * * * *", name="heart")
    async def heart(ctx: Context, tick: datetime) -> str:
        return tick.isoformat()

    await workshop.open()
    try:
        await workshop.hire()
        await workshop.hire(worker_id="w2")

        async def two_done() -> list[str] | None:
            jobs, _ = await workshop.app.store.list_jobs("local", limit=100)
            done = [job.id for job in jobs if job.status == "completed"]
            return done if len(done) >= 2 else None

        done = await workshop.until(two_done)
        results = [await workshop.result(job) for job in done]
        assert len(set(results)) == len(results)
    finally:
        await workshop.close()


async def test_a_tick_that_cannot_be_enqueued_holds_up_no_other_schedule(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text(
        "monthly_grant = 0\ncharge_offline = true\n[credits]\nbroken = {per_job = 5}\ndear = {per_job = 5}\n"
    )
    app = app_with(prices=prices)

    def unpriced(order: object) -> str:
        raise LookupError("no such tier")

    @app.cron("0 * * * *", name="broken", tier=unpriced)
    async def broken(ctx: Context) -> None: ...

    @app.cron("0 * * * *", name="dear", owner="poor")
    async def dear(ctx: Context) -> None: ...

    crontab = Crontab(app)
    hour = await next_hour(store)
    await store.act(crontab.step)
    await to(store, clock, hour + timedelta(seconds=1))
    with structlog.testing.capture_logs() as logs:
        assert await store.act(crontab.step) == 1
    assert await ticks(store) == [hour]
    assert [(line["schedule"], line["error"][:20]) for line in logs] == [
        ("broken", "LookupError('no such"),
        ("dear", "InsufficientCredits("),
    ]
    assert await store.act(crontab.step) == 0
    last = await store.read(lambda r: r.rows("lock_schedules", names='["broken", "dear", "nightly"]'))
    assert {int(str(row[3])) for row in last} == {int((hour + timedelta(hours=1)).timestamp() * 1000)}
    await store.grant("poor", 5, reason="x", by="op")
    await to(store, clock, hour + timedelta(hours=1, seconds=1))
    assert await store.act(crontab.step) == 2


def test_a_handler_that_cannot_take_a_tick_is_refused_when_it_is_registered() -> None:
    app = Headway(Settings(database_url="sqlite:///unused.db"))

    async def count(ctx: Context, tick: int) -> None: ...

    with pytest.raises(TypeError, match="nightly"):
        app.cron("0 3 * * *", name="nightly")(count)


@pytest.mark.parametrize("wrong", ["", "* * * *", "61 * * * *", "0 0 31 2 *", "often"])
def test_what_is_no_schedule_is_refused_when_it_is_registered(wrong: str) -> None:
    with pytest.raises(ValueError, match="nightly"):
        app_with(wrong)


def test_a_zone_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="Nowhere"):
        app_with(zone="Europe/Nowhere")


def test_a_zone_has_its_own_hours_and_daylight_saving() -> None:
    berlin = Schedule.read("n", "30 3 * * *", "Europe/Berlin", "local")

    def ms(text: str) -> int:
        return int(datetime.fromisoformat(text).timestamp() * 1000)

    assert berlin.after(ms("2026-01-10T00:00:00+00:00")) == ms("2026-01-10T02:30:00+00:00")
    assert berlin.after(ms("2026-07-10T00:00:00+00:00")) == ms("2026-07-10T01:30:00+00:00")


@given(st.integers(0, 4_000_000_000_000))
def test_the_last_tick_is_never_after_now_nor_the_next_before_it(now: int) -> None:
    schedule = Schedule.read("n", "*/7 3,15 * * *", "Asia/Riyadh", "local")
    assert schedule.last(now) <= now < schedule.after(now)
    assert schedule.after(schedule.last(now) - 1) == schedule.last(now)
