"""`Headway`: what a program registers its handlers with, submits jobs through, and hands to workers and servers."""

import asyncio
import hashlib
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import repeat
from typing import Any, TypeVar

from headway.ai.provider import Provider, provider_for
from headway.core.errors import FieldError, InvalidInput, UnknownKind
from headway.core.ids import new_id
from headway.core.prices import PriceList
from headway.core.retry import RetryPolicy
from headway.engine.cron import Schedule, moment_of
from headway.engine.kinds import Handler, Kind, Step, kind_of, step_of
from headway.engine.pricing import OFFLINE, charge_for, price_list
from headway.engine.transaction import fresh, submit_in
from headway.store.intents import Charge, NewJob
from headway.store.rows import Snapshot
from headway.store.store import Store
from headway.support.i18n import N_
from headway.support.settings import Settings

H = TypeVar("H", bound=Handler)
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9999, 12, 30, tzinfo=UTC)  # a day before the last, which is over in some zones


class Headway:
    """Handlers, settings and the store of one installation.

    `settings` default to the environment (`HEADWAY_*`); `provider` answers `ctx.ask` in place of the one that they
    name. Nothing is opened before it is used; `start` and `stop` bind it to an event loop, and `async with app:`
    does both.
    """

    def __init__(self, settings: Settings | None = None, *, provider: Provider | None = None) -> None:
        self.settings = settings or Settings()
        self.kinds: dict[str, Kind] = {}
        self.steps: dict[str, Step] = {}
        self.schedules: dict[str, Schedule] = {}
        self.chores: dict[str, tuple[float, Callable[[], Awaitable[None]]]] = {}
        self._store: Store | None = None
        self._starting = threading.Lock()
        self._migrated = False
        self._given = provider
        self._provider: Provider | None = None
        self._prices: PriceList | None = None

    # -- registering --------------------------------------------------------------------------------------------------

    def job(
        self,
        name: str,
        *,
        title: str | None = None,
        queue: str = "default",
        priority: int = 0,
        max_attempts: int = 3,
        retry: RetryPolicy | None = None,
        time_limit: float | None = None,
        soft_time_limit: float | None = None,
        process: bool = False,
        memory_mb: int | None = None,
        internal: bool = False,
        tier: Callable[[Any], str] | None = None,
        limit: int | None = None,
    ) -> Callable[[H], H]:
        """Register `handler(ctx, input)` as the kind `name`. Limits are seconds of running time; `process` runs it in a killable
        child with at most `memory_mb` of memory; `internal` kinds are not submitted from outside; `tier` names the row of the
        price list that an input is priced by; at most `limit` of them, bodies and chunks alike, run at a time on all workers
        together. Raises ValueError for a name that is taken, TypeError for another shape."""
        if name in self.kinds:
            raise ValueError(f"there is a kind {name!r} already")
        if ":" in queue:
            raise ValueError(f"a queue's name has no colon: {queue!r}")
        if limit is not None and limit < 1:
            raise ValueError(f"a limit is at least 1, not {limit}")

        def register(handler: H) -> H:
            kind = kind_of(
                name,
                handler,
                title=title,
                options={
                    "queue": queue,
                    "priority": priority,
                    "max_attempts": max_attempts,
                    "retry": retry or RetryPolicy(max_attempts),
                    "time_limit": time_limit,
                    "soft_time_limit": soft_time_limit,
                    "process": process,
                    "memory_mb": memory_mb,
                    "internal": internal,
                    "tier": tier,
                    "limit": limit,
                },
            )
            self.kinds[name] = kind
            handler.__headway_kind__ = kind  # type: ignore[attr-defined]  # how a child process finds it again
            return handler

        return register

    def cron(
        self, expression: str, *, name: str, zone: str = "UTC", owner: str = "local", **options: Any
    ) -> Callable[[H], H]:
        """Register `handler(ctx)`, or `handler(ctx, tick: datetime)`, as the kind `name`, and enqueue one job of it at each tick of
        `expression` (five cron fields) in `zone`, however many workers run; `options` are those of `job`. Of ticks that were
        missed because no worker ran, the last one is made up for. Raises ValueError for what cannot be understood, and TypeError
        for a handler that cannot take a tick."""
        schedule = Schedule.read(name, expression, zone, owner)

        def register(handler: H) -> H:
            self.job(name, **options)(handler)
            kind = self.kinds[name]
            try:
                _input_text(kind, moment_of(schedule.after(0)) if kind.takes_input else None)
            except InvalidInput as error:
                raise TypeError(
                    f"the handler of {name!r} must take (ctx) or (ctx, tick: datetime)"
                ) from error
            self.schedules[name] = schedule
            return handler

        return register

    def chore(self, name: str, every_s: float, run: Callable[[], Awaitable[None]]) -> None:
        """Have every worker call `run` every `every_s` seconds: for what any number may look after at once. A failure is logged."""
        self.chores[name] = (every_s, run)

    def step(
        self,
        function: H | None = None,
        *,
        name: str | None = None,
        retry: RetryPolicy | None = None,
        timeout: float | None = None,
        process: bool = False,
        memory_mb: int | None = None,
    ) -> Any:
        """Say how `ctx.step` treats a function, and make it known to `ctx.fan_out`: its retries, its timeout in seconds, a child
        process. Usable bare or with arguments."""

        def mark(target: H) -> H:
            step: Step = step_of(
                target,
                name=name,
                retry=retry or RetryPolicy(times=1),
                timeout=timeout,
                process=process,
                memory_mb=memory_mb,
            )
            if self.steps.setdefault(step.name, step).function is not target:
                raise ValueError(f"there is a step {step.name!r} already")
            target.__headway_step__ = step  # type: ignore[attr-defined]  # read by `Context.step`
            return target

        return mark if function is None else mark(function)

    # -- life ---------------------------------------------------------------------------------------------------------

    @property
    def store(self) -> Store:
        """The store at `settings.database_url`, opened at first use."""
        if self._store is None:
            self._store = Store.open(self.settings.database_url)
        return self._store

    @property
    def prices(self) -> PriceList:
        """What jobs cost in credits. Raises BadPrices for a file that cannot be used."""
        return price_list(self.settings.prices) if self._prices is None else self._prices

    @property
    def offline(self) -> bool:
        """Whether no provider is asked, so that nothing is charged for answers."""
        if self._given is not None:
            return self._given.name == OFFLINE
        return self.settings.ai in ("offline", "off")

    def provider(self) -> Provider:
        """Who answers `ctx.ask`, made at first use."""
        if self._provider is None:
            self._provider = self._given or provider_for(self.settings)
        return self._provider

    async def start(self, *, migrate: bool = True) -> None:
        """Bring the schema up to date and begin committing on this event loop. Raises BadPrices."""
        price_list(self.settings.prices)  # one that cannot be used is told before the first job comes
        if migrate:
            await asyncio.to_thread(self.store.migrate)
        self._migrated = True
        self.store.start()

    async def stop(self) -> None:
        """Commit what is queued and close. The object may be started again."""
        if self._provider is not None:
            await self._provider.close()
            self._provider = None
        if self._store is not None:
            store, self._store, self._migrated = self._store, None, False
            await asyncio.to_thread(store.close)

    async def __aenter__(self) -> "Headway":
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    # -- submitting ---------------------------------------------------------------------------------------------------

    async def submit(
        self,
        kind: str | Handler,
        input: object = None,
        *,
        owner: str = "local",
        priority: int | None = None,
        scheduled_at: datetime | None = None,
        idempotency_key: str | None = None,
        deadline: datetime | None = None,
        files: Sequence[str] = (),
        job_id: str | None = None,
        reserve: int | None = None,
        conn: Any = None,
    ) -> Snapshot:
        """Accept one job; when this returns it is durable.

        `input` is the kind's model, a dict, or JSON bytes. `reserve` is its budget in credits, where its kind has a price (None:
        as the price list says); `job_id` is a hold's, which the job uses up. With `conn`, a psycopg connection (sync or async)
        inside the caller's own transaction, the job exists when and if the caller commits. Raises UnknownKind, InvalidInput,
        IdempotencyMismatch, InsufficientCredits, HoldGone, Overloaded, StoreUnavailable.
        """
        job = self.new_job(
            kind,
            input,
            owner=owner,
            priority=priority,
            scheduled_at=scheduled_at,
            idempotency_key=idempotency_key,
            deadline=deadline,
            files=files,
            job_id=job_id,
            reserve=reserve,
        )
        if conn is not None:
            submitted = await submit_in(conn, job)
        else:
            submitted = (await self.store.submit([job]))[0]
        if submitted.created:
            return fresh(job, submitted.at)
        known = await self.store.snapshot(submitted.id, owner)
        return known or replace(
            fresh(job, submitted.at), id=submitted.id
        )  # not committed, or deleted at once

    async def submit_many(
        self,
        kind: str | Handler,
        inputs: Sequence[object],
        *,
        owner: str = "local",
        priority: int | None = None,
    ) -> list[str]:
        """Accept many jobs of one kind in a few transactions; returns their ids in order."""
        jobs = self.new_jobs(kind, inputs, owner=owner, priority=priority)
        return [submitted.id for submitted in await self.store.submit(jobs)]

    def submit_sync(self, kind: str | Handler, input: object = None, **options: Any) -> str:
        """`submit` for code without an event loop; blocks until it is durable and returns the id."""
        self._start_sync()
        return self.store.submit_sync([self.new_job(kind, input, **options)])[0].id

    def submit_many_sync(
        self,
        kind: str | Handler,
        inputs: Sequence[object],
        *,
        owner: str = "local",
        priority: int | None = None,
    ) -> list[str]:
        """`submit_many` for code without an event loop."""
        self._start_sync()
        return [
            s.id for s in self.store.submit_sync(self.new_jobs(kind, inputs, owner=owner, priority=priority))
        ]

    def new_job(
        self,
        kind: str | Handler,
        input: object = None,
        *,
        owner: str = "local",
        priority: int | None = None,
        scheduled_at: datetime | None = None,
        idempotency_key: str | None = None,
        deadline: datetime | None = None,
        files: Sequence[str] = (),
        job_id: str | None = None,
        reserve: int | None = None,
    ) -> NewJob:
        """A checked job, not yet submitted. Raises UnknownKind, InvalidInput."""
        found = self.kind(kind)
        text = _input_text(found, input)
        return NewJob(
            id=job_id or new_id(),
            owner=owner,
            kind=found.name,
            input=text,
            queue=found.lane,
            priority=found.priority if priority is None else _priority(priority),
            max_attempts=found.max_attempts,
            scheduled_at=_ms("scheduled_at", scheduled_at),
            deadline_at=_ms("deadline", deadline),
            idempotency_key=idempotency_key,
            request_hash=_hash(found.name, text) if idempotency_key is not None else None,
            files=files,
            charge=charge_for(self.prices, found, text, owner, self.offline, reserve, job_id is not None),
        )

    def new_jobs(
        self, kind: str | Handler, inputs: Sequence[object], *, owner: str, priority: int | None
    ) -> Iterator[NewJob]:
        """Many jobs of one kind: all are checked at once, and made as they are drawn. Raises UnknownKind, InvalidInput."""
        found = self.kind(kind)
        rank = found.priority if priority is None else _priority(priority)
        texts = [_input_text(found, each) for each in inputs]
        charges: Iterable[Charge | None] = repeat(None)
        if found.name in self.prices.kinds:
            charges = [charge_for(self.prices, found, text, owner, self.offline) for text in texts]
        return (
            NewJob(new_id(), owner, found.name, text, found.lane, rank, found.max_attempts, charge=charge)
            for text, charge in zip(texts, charges, strict=False)
        )

    def kind(self, kind: str | Handler) -> Kind:
        """The registered kind, by name or by its handler. Raises UnknownKind."""
        if not isinstance(kind, str):
            registered = getattr(kind, "__headway_kind__", None)
            if not isinstance(registered, Kind):
                raise UnknownKind(N_("{name} is not registered as a job"), name=repr(kind))
            return registered
        found = self.kinds.get(kind)
        if found is None:
            raise UnknownKind(N_("There is no kind of job called {name}"), name=kind)
        return found

    async def run(self, kind: str | Handler, input: object = None) -> Any:
        """Run a handler to its end in this process, with a store of its own in memory's place: for tests and notebooks.

        Steps, sleeps, retries and progress behave as under a worker. Returns the result as plain JSON data; raises JobFailed.
        """
        from headway.engine.inline import run_inline

        return await run_inline(self, self.kind(kind), input)

    def _start_sync(self) -> None:
        with self._starting:  # any number of threads may be the first
            if not self._migrated:
                self.store.migrate()
                self._migrated = True
            self.store.start_sync()


def _input_text(kind: Kind, input: object) -> str:
    if not kind.takes_input and input in (None, b"", b"null", b"{}", {}):
        return "null"
    return kind.input.dump(kind.input.take(input))


def _priority(value: int) -> int:
    if not -1000 <= value <= 1000:
        raise InvalidInput([FieldError("priority", N_("must be between -1000 and 1000; higher goes first"))])
    return value


def _ms(field: str, moment: datetime | None) -> int | None:
    if moment is None:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if not _EARLIEST <= moment <= _LATEST:
        raise InvalidInput([FieldError(field, N_("Must be a time between the years 1970 and 9999"))])
    return int(moment.timestamp() * 1000)


def _hash(kind: str, text: str) -> str:
    return hashlib.blake2b(f"{kind}\0{text}".encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
