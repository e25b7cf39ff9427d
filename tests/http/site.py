"""A running installation: web and worker on this event loop, behind a real socket, and a client signed in to it.

The kind `puppet` does what the test tells it, so that a job stands exactly where a test wants it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any, Protocol

import httpx2
import uvicorn
from pydantic import BaseModel, Field

from headway import Context, Headway, PermanentError, Settings, Worker
from headway.accounts.keys import hash_token
from headway.server.application import WebApp
from headway.server.listener import bind, browser_url
from headway.server.sockets import Sockets

WITHIN_S = 60.0


class Puppet(BaseModel):
    name: str = Field(min_length=1, max_length=40)
    size: int = Field(0, ge=0)


class Strings:
    """What holds a puppet: tell it to move, to finish, to fail; wait until it has begun."""

    def __init__(self) -> None:
        self.orders: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self.begun = asyncio.Event()

    def move(self, percent: float, step: str = "At {at}", **args: object) -> None:
        self.orders.put_nowait(("move", (percent, step, args)))

    def log(self, text: str) -> None:
        self.orders.put_nowait(("log", text))

    def step(self, value: int) -> None:
        self.orders.put_nowait(("step", value))

    def finish(self, value: object = "done") -> None:
        self.orders.put_nowait(("finish", value))

    def fail(self, why: str = "It broke at {at}") -> None:
        self.orders.put_nowait(("fail", why))


async def doubled(value: int) -> int:
    return 2 * value


class Site:
    """One installation under test."""

    def __init__(
        self, headway: Headway, web: WebApp, client: httpx2.AsyncClient, url: str, token: str
    ) -> None:
        self.headway = headway
        self.web = web
        self.client = client
        self.url = url
        self.token = token
        self.puppets: dict[str, Strings] = {}
        self.errors: list[BaseException] = []

    def puppet(self, name: str) -> Strings:
        return self.puppets.setdefault(name, Strings())

    async def submit(self, name: str = "a", **options: Any) -> dict[str, Any]:
        answer = await self.client.post("/api/jobs/puppet", json={"name": name}, **options)
        assert answer.status_code == 202, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def running(self, name: str = "a") -> tuple[str, Strings]:
        """A job whose handler has begun."""
        strings = self.puppet(name)
        job = await self.submit(name)
        async with asyncio.timeout(WITHIN_S):
            await strings.begun.wait()
        return job["id"], strings

    async def ended(self, job_id: str) -> dict[str, Any]:
        """The snapshot once it is terminal."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                job: dict[str, Any] = (await self.client.get(f"/api/jobs/{job_id}?wait=5")).json()
                if job["finished_at"]:
                    return job

    async def until(self, job_id: str, true: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first snapshot of which `true` holds."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                job: dict[str, Any] = (await self.client.get(f"/api/jobs/{job_id}?wait=1")).json()
                if true(job):
                    return job

    async def watched(self, n: int = 1) -> None:
        """Until exactly `n` watch."""
        async with asyncio.timeout(WITHIN_S):
            while self.web.services.hub.watchers != n:  # noqa: ASYNC110 - the hub has no event for tests
                await asyncio.sleep(0.002)

    async def completed(self, name: str = "a", value: object = "done") -> str:
        job_id, strings = await self.running(name)
        strings.finish(value)
        await self.ended(job_id)
        return job_id

    async def stranger(self, name: str = "someone") -> httpx2.AsyncClient:
        """A client of another account."""
        await self.headway.store.ensure_local_account(hash_token(f"token of {name}"), id=name, name=name)
        return self.visitor(headers={"Authorization": f"Bearer token of {name}"})

    def visitor(self, **options: Any) -> httpx2.AsyncClient:
        """A client that has shown nothing (yet)."""
        return httpx2.AsyncClient(base_url=self.url, timeout=WITHIN_S, **options)


def puppeteer(site: Callable[[], Site], settings: Settings) -> Headway:
    """An application whose jobs the test plays."""
    headway = Headway(settings)

    @headway.job("puppet", max_attempts=1)
    async def puppet(ctx: Context, order: Puppet) -> Any:
        strings = site().puppet(order.name)
        strings.begun.set()
        while True:
            what, value = await strings.orders.get()
            if what == "move":
                percent, step, args = value
                ctx.progress(percent, step, at=percent, **args)
            elif what == "log":
                await ctx.log(value)
            elif what == "step":
                await ctx.step(doubled, value)
            elif what == "fail":
                raise PermanentError(value, at=7)
            else:
                return value

    @headway.job("weigh", max_attempts=1)
    async def weigh(ctx: Context, order: dict[str, str]) -> Any:
        data = await ctx.file("file").read()
        return {"bytes": len(data), "first": data[:4].hex(), "last": data[-4:].hex(), "fields": order}

    return headway


class _Quiet(uvicorn.Server):
    """Leaves the signals of the test run alone."""

    def capture_signals(self) -> AbstractContextManager[None]:
        return nullcontext()


Application = Callable[[Headway], None]
"""Registers kinds beside the puppets."""


class Start(Protocol):
    """Starts an installation; more settings may be given."""

    def __call__(self, *, worker: bool = True, **settings: Any) -> Coroutine[Any, Any, Site]: ...


@asynccontextmanager
async def running_site(
    url: str,
    folder: Path,
    worker: bool,
    *,
    register: Application = lambda headway: None,
    **options: Any,
) -> AsyncIterator[Site]:
    """A site with the puppets and whatever `register` adds."""
    given = {"lease_s": 15, "grace_s": 1, "poll_ms": 1000, **options}
    settings = Settings(database_url=url, data_dir=folder / "data", **given)
    found: list[Site] = []
    headway = puppeteer(lambda: found[0], settings)
    register(headway)
    web = WebApp(headway)
    listener = bind("127.0.0.1", 0)
    config = uvicorn.Config(
        web,
        lifespan="on",
        ws=Sockets,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=2,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
    )
    server = _Quiet(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    async with asyncio.timeout(WITHIN_S):
        while not server.started:
            assert not serving.done(), serving
            await asyncio.sleep(0.005)
    address = browser_url(listener)
    token = (settings.data_dir / "token").read_text().strip()
    client = httpx2.AsyncClient(
        base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=WITHIN_S
    )
    site = Site(headway, web, client, address, token)
    found.append(site)
    hand = Worker(headway, concurrency=20) if worker else None
    working = asyncio.create_task(hand.run()) if hand else None
    try:
        yield site
    finally:
        await client.aclose()
        if hand and working:
            hand.stop()
            await working
        web.drain()
        server.should_exit = True
        await serving
        listener.close()
