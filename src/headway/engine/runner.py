"""From a claim to its end: read the input, call the handler, name the outcome. `run_attempt` is the whole way on one screen."""

import asyncio
import threading
import time
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson
import structlog

from headway.core.errors import ContextClosed, HeadwayError, LeaseLost
from headway.core.retry import classify
from headway.core.states import Event
from headway.engine import children
from headway.engine.attempt import Attempt, Ending
from headway.engine.context import Context, ThreadContext
from headway.engine.kinds import Cancel, Snooze
from headway.store.intents import Finish
from headway.support.i18n import N_

if TYPE_CHECKING:
    import random

log = structlog.get_logger("headway.runner")
_LINES_READ = 10_000


async def run_attempt(attempt: Attempt, jitter: "random.Random") -> Finish | None:
    """Run one claim to its end and say how it ended; None when there is nothing left to say (parked, or the lease is lost)."""
    limits: list[asyncio.TimerHandle] = []
    try:
        context = await open_context(attempt)
        limits = set_limits(attempt)
        value = await call(attempt, context)
    except asyncio.CancelledError:
        return stopped(attempt)
    except (LeaseLost, ContextClosed) as error:
        return lost(attempt, error)
    except children.ChildDied as error:
        return died(attempt, error)
    except Exception as error:  # noqa: BLE001 — whatever a handler raises is its job's failure
        return failed(attempt, error, jitter)
    finally:
        for timer in limits:
            timer.cancel()
        if attempt.context is not None:
            attempt.context.close()
    return returned(attempt, value)


async def open_context(attempt: Attempt) -> Context:
    """A context that knows what earlier attempts have recorded; the first attempt has nothing to read."""
    claimed = attempt.claimed
    steps, calls, lines = [], [], []
    if claimed.fence > 1:
        steps = await attempt.store.steps(claimed.job_id) or []
        calls = await attempt.store.calls(claimed.job_id) or []
        lines = await attempt.store.log(claimed.job_id, limit=_LINES_READ) or []
    attempt.context = Context(
        attempt,
        job_id=claimed.job_id,
        attempt=claimed.tries + 1,
        owner=claimed.owner,
        percent=claimed.percent,
        steps=steps,
        calls=calls,
        logged=[line.text for line in lines],
    )
    return attempt.context


async def call(attempt: Attempt, context: Context) -> Any:
    """Call the handler where it wants to run: in a child process, on the event loop, or in a thread."""
    kind = attempt.kind
    if kind.process or attempt.claimed.suspect:
        return await children.run_handler(attempt, context)
    args = (kind.input.load(attempt.claimed.input),) if kind.takes_input else ()
    if kind.is_async:
        return await kind.handler(context, *args)
    return await in_thread(kind.handler, ThreadContext(context), *args)


def set_limits(attempt: Attempt) -> list[asyncio.TimerHandle]:
    """Timers for the soft limit, the hard limit and the deadline. Limits count running time, earlier parks' included."""
    kind, claimed = attempt.kind, attempt.claimed
    if kind.time_limit is None and kind.soft_time_limit is None and claimed.deadline_at is None:
        return []
    loop = asyncio.get_running_loop()
    ran = claimed.ran_ms / 1000
    timers = []
    if kind.soft_time_limit is not None:
        timers.append(loop.call_later(max(0.0, kind.soft_time_limit - ran), attempt.stop, Ending.SOFT_TIME))
    hard = [kind.time_limit - ran] if kind.time_limit is not None else []
    if claimed.deadline_at is not None:
        hard.append(claimed.deadline_at / 1000 - time.time())
    if hard:
        timers.append(loop.call_later(max(0.0, min(hard)), attempt.stop, Ending.TIME))
    return timers


def returned(attempt: Attempt, value: object) -> Finish | None:
    """The handler returned: a result, or a wish to be called again or to end."""
    if attempt.ending in (Ending.PARKED, Ending.LOST) or attempt.park_at is not None:
        return None
    if isinstance(value, Snooze):
        return attempt.finish(Event.SNOOZE, delay_ms=int(value.seconds * 1000))
    if isinstance(value, Cancel):
        reason = orjson.dumps({"type": "cancelled", "message": value.reason}).decode()
        return attempt.finish(Event.STOP, error=reason, cancelled_by="handler")
    if attempt.ending is Ending.TIME:
        return over_time(attempt)
    result = value.text if isinstance(value, children.Encoded) else attempt.kind.input.dump(value)
    return attempt.finish(Event.SUCCEED, result=result)


def stopped(attempt: Attempt) -> Finish | None:
    """The handler was cancelled from outside, or cancelled itself."""
    match attempt.ending:
        case Ending.PARKED | Ending.LOST:
            return None
        case Ending.INTERRUPT:
            return attempt.finish(Event.INTERRUPT)
        case Ending.TIME | Ending.SOFT_TIME:
            return over_time(attempt)
        case _:
            return attempt.finish(Event.STOP)


def over_time(attempt: Attempt) -> Finish:
    """The time limit ends a try, the deadline ends the job."""
    deadline = attempt.claimed.deadline_at
    if deadline is not None and time.time() * 1000 >= deadline:
        return attempt.finish(Event.GIVE_UP, error=error_json("deadline", N_("The job's deadline has passed")))
    text = N_("The work took longer than its time limit")
    delay = attempt.kind.retry.delay(attempt.claimed.tries + 1, lambda low, high: high)
    return attempt.finish(Event.FAIL, error=error_json("time-limit", text), delay_ms=int(delay * 1000))


def failed(attempt: Attempt, error: Exception, jitter: "random.Random") -> Finish | None:
    """The handler raised: again later when the error may pass, else for good."""
    if attempt.ending is Ending.LOST or attempt.park_at is not None:
        return None
    if attempt.ending is Ending.TIME:
        return over_time(attempt)
    verdict = classify(error)
    kind, claimed = attempt.kind, attempt.claimed
    log.warning("attempt failed", job=claimed.job_id, kind=kind.name, attempt=claimed.tries + 1, error=repr(error))
    described = describe(error)
    if not verdict.transient:
        return attempt.finish(Event.GIVE_UP, error=described)
    delay = kind.retry.delay(claimed.tries + 1, jitter.uniform, verdict.retry_after_s)
    return attempt.finish(Event.FAIL, error=described, delay_ms=int(delay * 1000))


def died(attempt: Attempt, error: "children.ChildDied") -> Finish | None:
    """The child process of this very task died: the task is what killed it, unless we did."""
    if attempt.ending is not None:
        return stopped(attempt)
    return attempt.finish(Event.DIE, error=error_json("died", str(error)))


def lost(attempt: Attempt, error: HeadwayError) -> Finish | None:
    """Another owner has the task, or the attempt was over before the handler noticed: write nothing."""
    if attempt.ending is None and attempt.park_at is None:
        log.warning("lease lost", job=attempt.claimed.job_id, fence=attempt.claimed.fence, error=repr(error))
    return stopped(attempt) if attempt.ending in (Ending.INTERRUPT, Ending.CANCEL, Ending.TIME) else None


def describe(error: BaseException) -> str:
    """An exception as it is kept: type and message for the owner, and where it was raised for the operator."""
    kind = error.type if isinstance(error, HeadwayError) else type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)[-1:]
    where = f"{frames[0].filename.rsplit('/', 1)[-1]}:{frames[0].lineno}" if frames else None
    detail = error.detail if isinstance(error, HeadwayError) else None
    return orjson.dumps(
        {
            "type": kind,
            "message": str(error)[:4000] or kind,
            "id": detail,
            "params": error.params if isinstance(error, HeadwayError) else None,
            "where": where,
        },
        default=str,
    ).decode()


def error_json(type: str, message: str) -> str:
    """An error of our own as it is kept; `message` is a message id."""
    return orjson.dumps({"type": type, "message": message, "id": message, "params": {}, "where": None}).decode()


async def in_thread(function: Callable[..., Any], *args: object) -> Any:
    """Run a plain function in a thread that does not keep the process alive; a cancelled wait leaves it to notice by itself."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()

    def settle(value: object, error: BaseException | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(value)
        else:
            future.set_exception(error)

    def run() -> None:
        value, failure = None, None
        try:
            value = function(*args)
        except BaseException as error:  # noqa: BLE001 — carried to the loop
            failure = RuntimeError(repr(error)) if isinstance(error, StopIteration | SystemExit) else error
        try:
            loop.call_soon_threadsafe(settle, value, failure)
        except RuntimeError:  # the loop is gone, and with it whoever waited
            return

    threading.Thread(target=run, name="headway-handler", daemon=True).start()
    return await future
