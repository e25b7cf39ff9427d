"""From a claim to its end: read the input, call the handler, name the outcome. `run_attempt` is the whole way on one screen."""

import asyncio
import hashlib
import time
import traceback
from typing import TYPE_CHECKING, Any

import orjson
import structlog

from headway.core.errors import ContextClosed, HeadwayError, InvalidInput, LeaseLost, Overloaded
from headway.core.retry import RetryPolicy, classify
from headway.core.states import Event
from headway.engine import children
from headway.engine.attempt import Attempt, Ending
from headway.engine.context import Context
from headway.engine.fanout import arguments
from headway.engine.kinds import Cancel, Snooze
from headway.engine.thread_context import ThreadContext
from headway.engine.waiting import in_thread
from headway.store.intents import Finish
from headway.store.texts import storable
from headway.support.i18n import N_

if TYPE_CHECKING:
    import random

log = structlog.get_logger("headway.runner")
_LINES_READ = 10_000


async def run_attempt(attempt: Attempt, jitter: "random.Random") -> Finish | None:
    """Run one claim to its end and say how it ended; None when there is nothing left to say (parked, or the lease is lost)."""
    timers: list[asyncio.TimerHandle] = []
    try:
        context = await open_context(attempt)
        if attempt.claimed.deadline_at is not None:
            timers.append(deadline(attempt, attempt.claimed.deadline_at))
        if attempt.alone:
            async with attempt.suspects:
                timers += limits(attempt)
                value = await children.run_handler(attempt, context)
        else:
            timers += limits(attempt)
            value = await call(attempt, context)
    except StoreAway:
        return attempt.finish(Event.INTERRUPT)
    except asyncio.CancelledError:
        return stopped(attempt)
    except (LeaseLost, ContextClosed) as error:
        return lost(attempt, error)
    except children.ChildDied as error:
        return died(attempt, error)
    except (Exception, SystemExit) as error:  # noqa: BLE001 — whatever a handler raises is its job's failure
        return failed(attempt, error, jitter)
    finally:
        for timer in timers:
            timer.cancel()
        if attempt.context is not None:
            attempt.context.close()
    return returned(attempt, value)


class StoreAway(Exception):
    """What earlier attempts recorded could not be read: the handler was not called, and no try is spent."""


async def open_context(attempt: Attempt) -> Context:
    """A context that knows what earlier attempts have recorded; the first attempt has nothing to read. Raises StoreAway."""
    claimed = attempt.claimed
    scope = f"{claimed.part}/" if claimed.part else ""
    recorded = await _recorded(attempt, scope) if claimed.fence > 1 else {}
    attempt.context = Context(
        attempt,
        job_id=claimed.job_id,
        attempt=claimed.tries + 1,
        owner=claimed.owner,
        percent=claimed.percent,
        scope=scope,
        **recorded,
    )
    return attempt.context


async def _recorded(attempt: Attempt, scope: str) -> dict[str, Any]:
    """What a context is told of earlier attempts: steps, calls, log lines, chunks."""
    store, claimed = attempt.store, attempt.claimed
    try:
        lines = await store.log(claimed.job_id, limit=_LINES_READ) or []
        return {
            "steps": await store.steps(claimed.job_id, prefix=scope) or [],
            "calls": await store.calls(claimed.job_id) or [],
            "logged": [line.text for line in lines],
            "chunks": await store.chunks(claimed.job_id) or []
            if claimed.chunked and not claimed.part
            else [],
        }
    except Overloaded as error:
        raise StoreAway() from error


async def call(attempt: Attempt, context: Context) -> Any:
    """Call the handler (or a chunk's step) where it wants to run: in a child process, on the event loop, or in a thread."""
    kind, step = attempt.kind, attempt.step
    if (
        step is not None and attempt.claimed.fence == 1
    ):  # one that was begun may have bought its answers already
        await attempt.within_budget()
    if step is None and kind.process:
        return await children.run_handler(attempt, context)
    if step is not None:
        _, key, recorded = orjson.loads(attempt.claimed.input)
        return await context.run_chunk(step, key, arguments(step, recorded))
    args = (kind.input.load(attempt.claimed.input),) if kind.takes_input else ()
    if kind.is_async:
        return await kind.handler(context, *args)
    return await in_thread(kind.handler, ThreadContext(context), *args, asked=lambda: attempt.asked)


def deadline(attempt: Attempt, at: int) -> asyncio.TimerHandle:
    """A timer for the deadline (ms), which counts all time."""
    return _timer(attempt, at / 1000 - time.time(), Ending.DEADLINE)


def limits(attempt: Attempt) -> list[asyncio.TimerHandle]:
    """Timers for the soft limit and the hard limit. They count running time, which begins here; what ran before earlier parks
    counts too."""
    attempt.started = time.monotonic()
    soft, hard = attempt.kind.soft_time_limit, attempt.kind.time_limit
    if attempt.step is not None:
        soft, hard = None, attempt.step.timeout
    if soft is None and hard is None:
        return []
    ran = attempt.claimed.ran_ms / 1000
    times = ((soft, Ending.SOFT_TIME), (hard, Ending.TIME))
    return [_timer(attempt, limit - ran, ending) for limit, ending in times if limit is not None]


def _timer(attempt: Attempt, left_s: float, ending: Ending) -> asyncio.TimerHandle:
    return asyncio.get_running_loop().call_later(max(0.0, left_s), attempt.stop, ending)


def returned(attempt: Attempt, value: object) -> Finish | None:
    """The handler returned: a result, or a wish to be called again or to end."""
    if attempt.ending in (Ending.PARKED, Ending.LOST) or attempt.parking:
        return None
    if isinstance(value, Snooze):
        return attempt.finish(Event.SNOOZE, delay_ms=int(value.seconds * 1000))
    if isinstance(value, Cancel):
        reason = orjson.dumps({"type": "cancelled", "message": value.reason}).decode()
        return attempt.finish(Event.STOP, error=reason, cancelled_by="handler")
    if attempt.is_over_time:
        return over_time(attempt)
    try:
        codec = attempt.step.result if attempt.step is not None else attempt.kind.input
        result = value.text if isinstance(value, children.Encoded) else codec.dump(value)
    except InvalidInput as error:
        text = error_json("result", N_("The result cannot be kept: {reason}"), reason=str(error))
        return attempt.finish(Event.GIVE_UP, error=text)
    return attempt.finish(Event.SUCCEED, result=result)


def stopped(attempt: Attempt) -> Finish | None:
    """The handler was cancelled from outside, or cancelled itself. A park that is on its way says all there is to say."""
    if attempt.parking:
        return None
    match attempt.ending:
        case Ending.PARKED | Ending.LOST:
            return None
        case Ending.INTERRUPT:
            return attempt.finish(Event.INTERRUPT)
        case Ending.TIME | Ending.SOFT_TIME | Ending.DEADLINE:
            return over_time(attempt)
        case _:
            return attempt.finish(Event.STOP)


def over_time(attempt: Attempt) -> Finish:
    """The time limit ends a try, the deadline ends the job. Which it was, its timer has said: timers fire a little early, and the
    clock would have the deadline still to come."""
    if attempt.ending is Ending.DEADLINE:
        return attempt.finish(
            Event.GIVE_UP, error=error_json("deadline", N_("The job's deadline has passed"))
        )
    text = N_("The work took longer than its time limit")
    delay = retry_of(attempt).delay(attempt.claimed.tries + 1, lambda low, high: high)
    return attempt.finish(Event.FAIL, error=error_json("time-limit", text), delay_ms=int(delay * 1000))


def failed(attempt: Attempt, error: BaseException, jitter: "random.Random") -> Finish | None:
    """The handler raised: again later when the error may pass, else for good."""
    if attempt.ending is Ending.LOST or attempt.parking:
        return None
    if attempt.is_over_time:
        return over_time(attempt)
    verdict = classify(error)
    kind, claimed = attempt.kind, attempt.claimed
    incident = incident_of(error)
    log.warning(
        "attempt failed",
        job=claimed.job_id,
        kind=kind.name,
        attempt=claimed.tries + 1,
        error=repr(error),
        **({"incident": incident, "exc_info": error} if incident else {}),
    )
    described = describe(error)
    if not verdict.transient:
        return attempt.finish(Event.GIVE_UP, error=described)
    delay = retry_of(attempt).delay(claimed.tries + 1, jitter.uniform, verdict.retry_after_s)
    return attempt.finish(Event.FAIL, error=described, delay_ms=int(delay * 1000))


def retry_of(attempt: Attempt) -> RetryPolicy:
    """The kind's policy, or of a chunk its step's."""
    return attempt.step.retry if attempt.step is not None else attempt.kind.retry


def died(attempt: Attempt, error: "children.ChildDied") -> Finish | None:
    """The child process of this very task died: the task is what killed it, unless we did."""
    if attempt.ending is not None:
        return stopped(attempt)
    if attempt.claimed.suspect:
        text = N_(
            "It ended the process that ran it, again and again; the last time with exit status {status}"
        )
        return attempt.finish(Event.DIE, error=error_json("poison", text, status=error.status))
    text = N_("The process that ran it died with exit status {status}")
    return attempt.finish(Event.DIE, error=error_json("died", text, status=error.status))


def lost(attempt: Attempt, error: HeadwayError) -> Finish | None:
    """Another owner has the task, or the attempt was over before the handler noticed: write nothing."""
    if attempt.ending is None and not attempt.parking:
        log.warning("lease lost", job=attempt.claimed.job_id, fence=attempt.claimed.fence, error=repr(error))
    told = attempt.is_over_time or attempt.ending in (Ending.INTERRUPT, Ending.CANCEL)
    return stopped(attempt) if told else None


def describe(error: BaseException) -> str:
    """An exception as it is kept: type, message, and where it was raised. One that nobody foresaw is kept for operators; its owner
    is shown `core.errors.public`, with the `incident` alone."""
    kind = error.type if isinstance(error, HeadwayError) else type(error).__name__
    detail = error.detail if isinstance(error, HeadwayError) else None
    shown = {"type": kind, "message": storable(_words(error))[:4000] or kind, "where": _where(error)}
    if (incident := incident_of(error)) is not None:
        shown["incident"] = incident
    try:
        params = error.params if isinstance(error, HeadwayError) else None
        return orjson.dumps({**shown, "id": detail, "params": params}, default=str).decode()
    except TypeError:  # a message id or a value that is no text at all: the words must do
        return orjson.dumps({**shown, "id": None, "params": None}).decode()


def incident_of(error: BaseException) -> str | None:
    """The number under which the log has an exception that nobody foresaw; the same for the same words from the same place, so that
    failures can be counted. None for our own errors, whose words are meant for people."""
    if isinstance(error, HeadwayError):
        return None
    same = f"{type(error).__name__}\n{_where(error)}\n{_words(error)}"
    return hashlib.blake2b(same.encode("utf-8", "replace"), digest_size=4).hexdigest()


def _where(error: BaseException) -> str | None:
    frames = traceback.extract_tb(error.__traceback__)[-1:]
    return f"{frames[0].filename.rsplit('/', 1)[-1]}:{frames[0].lineno}" if frames else None


def _words(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as broken:  # noqa: BLE001 — a stranger's __str__ may do anything
        return f"(its words cannot be had: {type(broken).__name__})"


def error_json(type: str, message: str, **params: object) -> str:
    """An error of our own as it is kept; `message` is a message id, filled with `params`."""
    filled = message.format(**params) if params else message
    return orjson.dumps(
        {"type": type, "message": filled, "id": message, "params": params, "where": None}
    ).decode()
