"""What one account, or one address, may ask of this installation. Operators may as much as they like.

Called by the routes that accept something (`submission`, `uploads`, `hooks`, signing in) and by `throttle` for every request.
What is accepted is counted in the database, by all processes together; requests and open streams are counted in memory, by each
process for itself. Fields: draft-ietf-httpapi-ratelimit-headers-10.
"""

import ipaddress
import math
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from starlette.requests import HTTPConnection

from headway.core.gcra import Taken, take
from headway.http.problems import LimitReached
from headway.store import Account, Store
from headway.store.limits import Charge
from headway.support.i18n import N_
from headway.support.limits import Limit

_COUNT_AGAIN_S = 5.0
_SOON_S = 1.0
_BUCKETS = 100_000
_NO_ROOM_S: Final = 60
_STORED_WAIT_S: Final = 3600


class Limits:
    """One per application. `rules` are the settings' limits by name; what has no rule has no limit."""

    def __init__(self, store: Store, rules: Mapping[str, Limit]) -> None:
        self._store = store
        self._rules = rules
        self._unfinished: dict[str, tuple[float, int]] = {}
        self._memory: dict[str, float] = {}
        self._open: dict[str, int] = {}

    # -- counted in the database ----------------------------------------------------------------------------------------

    async def submission(
        self, connection: HTTPConnection, kind: str, n: int = 1, key: str | None = None
    ) -> dict[str, str]:
        """`n` jobs of `kind` are about to be submitted; gives the fields for the answer. A request whose idempotency `key` is
        known already is let through, since it makes no job. Raises LimitReached."""
        account = connection.state.account
        if account is None or account.role == "operator":
            return {}
        here = address_of(connection)
        visitor = account.role == "browser"
        wanted = [
            ("submissions.visitor", here) if visitor else ("submissions", account.id),
            ("submissions.address", here),
            (f"submissions.{kind}", here if visitor else account.id),
        ]
        try:
            await self._leave_room(account, n)
            return await self._charge(wanted, n)
        except LimitReached:
            if key is not None and await self._store.job_of_key(account.id, key):
                return {}
            raise

    async def upload(self, connection: HTTPConnection, announced: int) -> None:
        """A form with files is about to be read, of `announced` bytes if known. Raises LimitReached."""
        account = connection.state.account
        if account is None or account.role == "operator":
            return
        most = self._rules.get("stored_mb")
        if most is not None:
            stored = await self._store.stored_bytes(account.id)
            if stored + announced > most.amount << 20:
                text = N_("You have stored {limit} MiB of files. Delete jobs that you no longer need")
                raise LimitReached(
                    text, _fields([(most, 0, _STORED_WAIT_S)], _STORED_WAIT_S), limit=most.amount
                )
        here = address_of(connection)
        own = [] if account.role == "browser" else [("uploads", account.id)]
        await self._charge([*own, ("uploads.address", here)])

    async def spend(self, connection: HTTPConnection, name: str, n: int = 1) -> None:
        """An account is about to do something dear, `n` times, that the limit `name` counts. Raises LimitReached."""
        account = connection.state.account
        if n and account is not None and account.role != "operator":
            await self._charge([(name, account.id)], n)

    async def sign_in(self, connection: HTTPConnection, who: str | None = None) -> None:
        """Somebody is about to prove who they are, as `who` (an e-mail address, say) if that is known. Call it before a password
        is hashed. Raises LimitReached."""
        wanted = [("sign_in", address_of(connection))]
        if who:
            wanted.append(("sign_in.account", who.strip().casefold()[:254]))
        await self._charge(wanted)

    async def _charge(self, wanted: Sequence[tuple[str, str]], n: int = 1) -> dict[str, str]:
        rules = [(rule, whom) for name, whom in wanted if (rule := self._rules.get(name)) is not None]
        if not rules:
            return {}
        charges = [Charge(f"{rule.name}:{whom}", rule.amount, rule.window_s, n) for rule, whom in rules]
        taken = await self._store.charge(charges)
        said = [
            (rule, each.left, math.ceil(each.reset_ms / 1000))
            for (rule, _), each in zip(rules, taken, strict=True)
        ]
        wait = math.ceil(max(each.wait_ms for each in taken) / 1000)
        if wait:
            raise _too_often(_fields(said, wait), wait)
        return _fields(said)

    async def _leave_room(self, account: Account, n: int) -> None:
        """Bounds what is queued and running: a count that may be some seconds old, and what this process accepted since."""
        most = self._rules.get("unfinished")
        if most is None:
            return
        now = time.monotonic()
        counted_at, count = self._unfinished.get(account.id, (-math.inf, 0))
        full = count + n > most.amount
        if now - counted_at > (_SOON_S if full else _COUNT_AGAIN_S):
            if len(self._unfinished) > _BUCKETS:
                self._unfinished.clear()
            count = await self._store.unfinished(account.id)
            other_at, other = self._unfinished.get(account.id, (counted_at, 0))
            if other_at > counted_at:  # who counted at the same time has accepted some since
                count = max(count, other)
            counted_at, full = now, count + n > most.amount
        if full:
            self._unfinished[account.id] = (counted_at, count)
            text = N_("You have {limit} jobs that have not ended. Wait for some to end, or cancel some")
            raise LimitReached(text, _fields([(most, 0, _NO_ROOM_S)], _NO_ROOM_S), limit=most.amount)
        self._unfinished[account.id] = (counted_at, count + n)

    # -- counted in memory ----------------------------------------------------------------------------------------------

    def request(self, account: Account | None, here: str, *, unsafe: bool) -> None:
        """Something is about to be asked, or (`unsafe`) done. Raises LimitReached."""
        known = account is not None and account.role == "user"
        what = "writes" if unsafe else "reads"
        rule = self._rules.get(what if known else f"{what}.address")
        if rule is None:
            return
        name = f"{what}:a:{account.id}" if known and account is not None else f"{what}:i:{here}"
        now = time.monotonic() * 1000
        taken = take(self._memory.get(name, 0.0), now, rule.amount, rule.window_s * 1000)
        if taken.wait_ms:
            wait = math.ceil(taken.wait_ms / 1000)
            raise _too_often(_fields([(rule, taken.left, math.ceil(taken.reset_ms / 1000))], wait), wait)
        self._remember(name, taken, now)

    def _remember(self, name: str, taken: Taken, now: float) -> None:
        self._memory[name] = taken.at
        if len(self._memory) > _BUCKETS:
            self._memory = {each: at for each, at in self._memory.items() if at > now}
            if len(self._memory) > _BUCKETS // 2:  # or each request would look through all of them
                self._memory.clear()

    def open_stream(self, account: Account | None, here: str) -> str:
        """A stream is about to be opened; give what this returns to `close_stream`. Raises LimitReached."""
        known = account is not None and account.role == "user"
        rule = self._rules.get("streams" if known else "streams.address")
        name = f"a:{account.id}" if known and account is not None else f"i:{here}"
        open_now = self._open.get(name, 0)
        if rule is not None and open_now >= rule.amount:
            text = N_("At most {limit} streams may be open at once")
            raise LimitReached(text, _fields([(rule, 0, 1)], 1), limit=rule.amount)
        self._open[name] = open_now + 1
        return name

    def close_stream(self, name: str) -> None:
        """A stream has ended."""
        left = self._open[name] - 1
        if left:
            self._open[name] = left
        else:
            del self._open[name]


def address_of(connection: HTTPConnection) -> str:
    """Whom an address stands for: an IPv4 address, or the /64 that one IPv6 subscriber is given."""
    client = connection.client
    return network_of(client.host if client else "")


@lru_cache(10_000)
def network_of(host: str) -> str:
    """The same for an address as text; "" and socket paths stand for themselves."""
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)


def _too_often(fields: dict[str, str], wait_s: int) -> LimitReached:
    return LimitReached(N_("Too many requests. Try again in {seconds} seconds"), fields, seconds=wait_s)


def _fields(said: Sequence[tuple[Limit, int, int]], wait_s: int = 0) -> dict[str, str]:
    """`RateLimit-Policy`, `RateLimit` and, where one has to wait, `Retry-After`: limits with what is left and when all is back."""
    policies = []
    for rule, _, _ in said:
        window = f";w={rule.window_s}" if rule.window_s else ""
        unit = (
            ""
            if rule.window_s
            else ';qu="content-bytes"'
            if rule.name == "stored_mb"
            else ';qu="concurrent-requests"'
        )
        amount = rule.amount << 20 if rule.name == "stored_mb" else rule.amount
        policies.append(f'"{rule.name}";q={amount}{unit}{window}')
    fields = {
        "ratelimit-policy": ", ".join(policies),
        "ratelimit": ", ".join(f'"{rule.name}";r={left};t={reset}' for rule, left, reset in said),
    }
    return {**fields, "retry-after": str(wait_s)} if wait_s else fields
