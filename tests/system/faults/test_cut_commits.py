"""COMMIT sent and the connection cut: what was done is read back, what was not is done, and nothing twice."""

import asyncio
from collections import Counter

import pytest
from tests.engine.workshop import Workshop
from tests.system.faults.cutter import Moment, cutting

from headway import Context, RetryPolicy, Snooze

pytestmark = pytest.mark.anyio


async def work_through(url: str, moment: Moment, jobs: int, every: int, most: int) -> None:
    async with cutting(url, moment, every, most) as (through, cutter):
        workshop = Workshop(through, lease_s=30)  # far more than this takes: what is lost is our fault
        paid: Counter[tuple[int, int]] = Counter()
        begun: Counter[int] = Counter()

        async def pay(n: int, k: int) -> int:
            paid[n, k] += 1
            return k

        @workshop.app.job("errand", max_attempts=2, retry=RetryPolicy(base_s=0.0))
        async def errand(ctx: Context, n: int) -> int | Snooze:
            begun[n] += 1
            first = await ctx.step(pay, n, 1)
            await ctx.log(f"first of {n}")
            if n % 3 == 0 and begun[n] == 1:
                raise RuntimeError("once")
            if n % 3 == 1 and begun[n] == 1:
                return Snooze(0)
            ctx.progress(50)
            second = await ctx.step(pay, n, 2)
            await ctx.log(f"second of {n}")
            return int(first + second)

        await workshop.open()
        try:
            await workshop.hire()
            ids = await asyncio.gather(
                *[workshop.submit(errand, n, idempotency_key=str(n)) for n in range(jobs)]
            )
            for n, job_id in enumerate(ids):
                snapshot = await workshop.ended(job_id)
                assert (snapshot.status, snapshot.tries) == ("completed", int(n % 3 == 0))
                assert await workshop.result(job_id) == 3
                first = {0: ["failed"], 1: ["snoozed"], 2: []}[n % 3]
                outcomes = [
                    o for o in await workshop.outcomes(job_id) if o != "interrupted"
                ]  # given back unstarted
                assert outcomes == [*first, "succeeded"]
                lines = [line.text for line in await workshop.app.store.log(job_id) or []]
                assert lines == [f"first of {n}", f"second of {n}"]
            assert set(paid.values()) == {1}
            assert len(paid) == 2 * jobs
            assert begun == Counter({n: 1 + (n % 3 < 2) for n in range(jobs)})
            assert len((await workshop.app.store.list_jobs(None, limit=jobs + 1))[0]) == jobs
            assert cutter.cuts >= min(3, most), "too few were cut to prove anything"
        finally:
            await workshop.close()


@pytest.mark.parametrize("moment", ["request", "reply"])
async def test_a_cut_commit_does_nothing_twice(postgres_url: str, moment: Moment) -> None:
    await work_through(postgres_url, moment, jobs=40, every=4, most=30)


@pytest.mark.long
@pytest.mark.parametrize("moment", ["request", "reply"])
async def test_hundreds_of_cut_commits_do_nothing_twice(postgres_url: str, moment: Moment) -> None:
    await work_through(postgres_url, moment, jobs=600, every=3, most=300)
