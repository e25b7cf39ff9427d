"""Delivers webhooks: each delivery is a job of the kind `headway.hook`, tried over days.

Registered by `server.equipment`. 2xx is success; 410 disables the hook (its receiver says that it is gone); everything else,
redirects included, is tried again: after five seconds, five minutes, half an hour, 2, 5, 10, 14, 20 and 24 hours. What the
receiver wishes by `Retry-After` is kept when it is later.
"""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import structlog
from pydantic import BaseModel

from headway import __version__
from headway.core.errors import HeadwayError, PermanentError, TransientError
from headway.core.retry import RetryPolicy
from headway.engine.context import Context
from headway.notify.outbound import Outbound, Refused
from headway.notify.signing import headers
from headway.store.hooks import KIND, TRIES, Parcel
from headway.support.hosts import read_inside_hosts
from headway.support.i18n import N_

if TYPE_CHECKING:
    from headway.engine.app import Headway

_HOUR = 3600
WAITS_S: Sequence[float] = (
    5,
    300,
    1800,
    2 * _HOUR,
    5 * _HOUR,
    10 * _HOUR,
    14 * _HOUR,
    20 * _HOUR,
    24 * _HOUR,
)
_LONGEST_S = 24 * _HOUR
TELL_EVERY_S = 1.0
_log = structlog.get_logger("headway.hooks")


class HookOrder(BaseModel):
    """The input of `headway.hook`."""

    delivery: str


def install(headway: "Headway", outbound: Outbound | None = None, waits_s: Sequence[float] = WAITS_S) -> None:
    """Register the kind that delivers, and the chore that finds what is to be told. `waits_s` are the pauses between tries."""
    out = outbound or Outbound(read_inside_hosts(headway.settings.hook_hosts))
    tries = min(TRIES, len(waits_s) + 1)

    @headway.job(KIND, internal=True, max_attempts=tries, retry=RetryPolicy(tries), time_limit=120)
    async def deliver(ctx: Context, order: HookOrder) -> str:
        """One try; the state that the delivery has come to."""
        store = headway.store
        parcel = await store.parcel(order.delivery)
        if parcel is None or parcel.state != "pending":
            return "dropped" if parcel is None else parcel.state
        if parcel.disabled_at is not None:
            await store.tried(parcel.id, "dropped", error="disabled")
            return "dropped"
        try:
            status, said = await _try(out, parcel)
        except TransientError as error:
            last = ctx.attempt >= tries
            await store.tried(parcel.id, "failed" if last else "pending", error=str(error))
            raise _again(error.detail, ctx.attempt, waits_s, None, **error.params) from error
        except HeadwayError as error:
            await store.tried(parcel.id, "failed", error=str(error))
            raise
        if 200 <= status < 300:
            await store.tried(parcel.id, "delivered", answer=status)
            return "delivered"
        if status == 410:
            await store.tried(parcel.id, "dropped", answer=410, disable=(parcel.hook_id, "gone"))
            _log.info("hook disabled", hook=parcel.hook_id, reason="gone")
            return "dropped"
        await store.tried(parcel.id, "failed" if ctx.attempt >= tries else "pending", answer=status)
        raise _again(
            N_("The receiver answered {status}"), ctx.attempt, waits_s, said.get("retry-after"), status=status
        )

    async def tell() -> None:
        await headway.store.tell_ends()

    headway.chore("hooks", TELL_EVERY_S, tell)


async def _try(out: Outbound, parcel: Parcel) -> tuple[int, dict[str, str]]:
    now = time.time()
    keys = [parcel.secret]
    if parcel.old_secret is not None and (parcel.old_until or 0) > now * 1000:
        keys.append(parcel.old_secret)
    body = parcel.body.encode()
    try:
        target = out.target(parcel.url)
    except HeadwayError as error:  # admitted once, and no longer
        raise Refused(N_("This address cannot be used")) from error
    sent = {"user-agent": f"Headway/{__version__}", **headers(parcel.id, int(now), body, keys)}
    status, said = await out.post(target, body, sent)
    return status, dict(said)


def _again(
    text: str, attempt: int, waits_s: Sequence[float], wish: str | None, **params: object
) -> TransientError | PermanentError:
    """Another try after the pause of the table, or what the receiver wishes if that is later; the last try's failure is final."""
    if attempt > len(waits_s):
        return PermanentError(text, **params)
    return TransientError(text, max(waits_s[attempt - 1], _wished_s(wish)), **params)


def _wished_s(wish: str | None) -> float:
    """`Retry-After` (RFC 9110, 10.2.3): seconds or a date; 0 where it cannot be read, and no more than a day."""
    if not wish:
        return 0
    if wish.isascii() and wish.isdigit():
        return min(float(wish[:9]), _LONGEST_S)
    try:
        moment = parsedate_to_datetime(wish)
    except ValueError:
        return 0
    left = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - datetime.now(UTC)
    return min(max(0.0, left.total_seconds()), _LONGEST_S)
