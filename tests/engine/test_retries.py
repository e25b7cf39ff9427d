"""When a failed job is tried again, and what the handler's own wishes do."""

import itertools
import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from tests.engine.workshop import Workshop

from headway import Cancel, Context, PermanentError, RetryPolicy, Snooze, TransientError

pytestmark = pytest.mark.anyio
AT_ONCE = RetryPolicy(base_s=0.0)


class HttpError(Exception):
    def __init__(self, status: int, retry_after: str | None = None) -> None:
        super().__init__(f"HTTP {status}")
        headers = {} if retry_after is None else {"retry-after": retry_after}
        self.response = SimpleNamespace(status_code=status, headers=headers)


async def test_a_passing_failure_is_tried_again_until_it_succeeds(engine: Workshop) -> None:
    seen: list[int] = []

    @engine.app.job("flaky", max_attempts=3, retry=AT_ONCE)
    async def flaky(ctx: Context) -> int:
        seen.append(ctx.attempt)
        if ctx.attempt < 3:
            raise RuntimeError(f"failure {ctx.attempt}")
        return ctx.attempt

    snapshot = await engine.run(flaky)
    assert (snapshot.status, snapshot.tries, snapshot.attempt) == ("completed", 2, 3)
    assert snapshot.error is None
    assert seen == [1, 2, 3]
    attempts = await engine.attempts(snapshot.id)
    assert [a.outcome for a in attempts] == ["failed", "failed", "succeeded"]
    assert [a.attempt for a in attempts] == [1, 2, 3]
    assert [a.error["message"] for a in attempts if a.error] == ["failure 1", "failure 2"]
    assert all(a.worker == "w1" and a.started_at and a.ended_at for a in attempts)


async def test_a_failure_that_stays_fails_the_job_when_its_tries_are_used_up(lite: Workshop) -> None:
    @lite.app.job("broken", max_attempts=3, retry=AT_ONCE)
    async def broken(ctx: Context) -> None:
        raise ConnectionError(f"down {ctx.attempt}")

    snapshot = await lite.run(broken)
    assert (snapshot.status, snapshot.tries, snapshot.attempt) == ("failed", 3, 3)
    assert snapshot.error is not None
    assert (snapshot.error["type"], snapshot.error["message"]) == ("ConnectionError", "down 3")
    assert await lite.outcomes(snapshot.id) == ["failed"] * 3


@pytest.mark.parametrize(
    "error", [lambda: PermanentError("no"), lambda: HttpError(404), lambda: HttpError(401)]
)
async def test_a_permanent_failure_is_not_tried_again(lite: Workshop, error: Callable[[], Exception]) -> None:
    @lite.app.job("broken", max_attempts=5)
    async def broken(ctx: Context) -> None:
        raise error()

    snapshot = await lite.run(broken)
    assert (snapshot.status, snapshot.tries) == ("failed", 1)
    assert await lite.outcomes(snapshot.id) == ["failed"]


@pytest.mark.parametrize("error", [TransientError("busy", retry_after_s=0.4), HttpError(429, "0.4")])
async def test_a_wait_that_was_asked_for_is_kept(lite: Workshop, error: Exception) -> None:
    at: list[float] = []

    @lite.app.job("busy", retry=AT_ONCE)
    async def busy(ctx: Context) -> None:
        at.append(time.monotonic())
        if len(at) == 1:
            raise error

    assert (await lite.run(busy)).status == "completed"
    assert at[1] - at[0] >= 0.39


async def test_a_snooze_costs_no_try(engine: Workshop) -> None:
    at: list[float] = []

    @engine.app.job("wait", max_attempts=1)
    async def wait(ctx: Context) -> int | Snooze:
        at.append(time.monotonic())
        return Snooze(0.2) if len(at) < 4 else ctx.attempt

    snapshot = await engine.run(wait)
    assert (snapshot.status, snapshot.tries) == ("completed", 0)
    assert await engine.result(snapshot.id) == 1
    assert await engine.outcomes(snapshot.id) == ["snoozed"] * 3 + ["succeeded"]
    assert all(later - earlier >= 0.19 for earlier, later in itertools.pairwise(at))


async def test_a_handler_cancels_its_job_with_a_reason(engine: Workshop) -> None:
    @engine.app.job("enough")
    async def enough(ctx: Context) -> Cancel:
        return Cancel("the book is empty")

    snapshot = await engine.run(enough)
    assert (snapshot.status, snapshot.cancelled_by) == ("cancelled", "handler")
    [attempt] = await engine.attempts(snapshot.id)
    assert attempt.outcome == "cancelled"
    assert attempt.error is not None
    assert attempt.error["message"] == "the book is empty"
    assert snapshot.error is not None
    assert snapshot.error["message"] == "the book is empty"


async def test_a_wish_that_cannot_be_kept_fails_the_job(lite: Workshop) -> None:
    @lite.app.job("forever")
    async def forever(ctx: Context) -> Snooze:
        return Snooze(float("inf"))

    await lite.hire(concurrency=1)
    assert (await lite.run(forever)).status == "failed"
    assert (await lite.run(forever)).status == "failed"


async def test_a_retry_asked_for_begins_a_new_round(engine: Workshop) -> None:
    healthy: list[bool] = []

    @engine.app.job("broken", max_attempts=2, retry=AT_ONCE)
    async def broken(ctx: Context) -> int:
        if not healthy:
            raise RuntimeError("broken")
        return ctx.attempt

    first = await engine.run(broken)
    healthy.append(True)
    await engine.app.store.retry(first.id, None)
    second = await engine.ended(first.id)
    assert (first.status, second.status, second.tries) == ("failed", "completed", 0)
    assert second.version > first.version
    assert await engine.outcomes(first.id) == ["failed", "failed", "succeeded"]
