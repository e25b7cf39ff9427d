"""What every installation does by itself: the monthly credits, tidying up."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.conftest import Clock
from tests.engine.workshop import Workshop

from headway.accounts.credits import Credits
from headway.engine.cron import Crontab
from headway.server import equipment
from headway.store import Store

pytestmark = pytest.mark.anyio


async def test_the_first_of_a_month_pays_everyone_once(sqlite_url: str, tmp_path: Path, clock: Clock) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text("monthly_grant = 500\ncharge_offline = true\n")
    workshop = Workshop(sqlite_url, prices=prices)
    equipment.install(workshop.app)
    await workshop.open()
    try:
        for name in ("ann", "bob"):
            await workshop.app.store.add_person(
                id=name, name=name, role="user", email=f"{name}@example.org", password=None
            )
        with closing(
            Store.open(sqlite_url, shift=clock)
        ) as ahead:  # another process, whose clock a test moves
            ahead.start()
            crontab = Crontab(workshop.app)
            assert await ahead.act(crontab.step) == 0
            first = (datetime.now(UTC).replace(day=1) + timedelta(days=32)).replace(day=1, hour=0, minute=6)
            clock.advance((first - datetime.now(UTC)).total_seconds())
            assert await ahead.act(crontab.step) >= 1
            assert await ahead.act(crontab.step) == 0
        await workshop.hire()

        async def paid() -> str | None:
            jobs, _ = await workshop.app.store.list_jobs("headway", kind=equipment.GRANTS)
            return jobs[0].id if jobs and jobs[0].status == "completed" else None

        job = await workshop.until(paid)
        assert (await workshop.result(job))["accounts"] >= 2
        assert (await Credits(workshop.app).balance("ann")).balance == 500
        assert await Credits(workshop.app).grant_monthly() == 0
    finally:
        await workshop.close()


async def test_installing_twice_changes_nothing(sqlite_url: str) -> None:
    workshop = Workshop(sqlite_url)
    equipment.install(workshop.app)
    before = dict(workshop.app.kinds)
    equipment.install(workshop.app)
    assert workshop.app.kinds == before
    assert all(kind.internal for kind in before.values())
