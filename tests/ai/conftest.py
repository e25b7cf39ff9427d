"""A fake provider that plays a script, and the real providers that talk to it over real sockets."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from tests.ai.jobs import register
from tests.conftest import Clock
from tests.engine.workshop import Workshop

from headway.ai.provider import Provider
from headway.store import Store
from headway.testing.upstream import Rule, Script, Upstream

KEY = "sk-secret-4711"
Play = Callable[..., Awaitable[Upstream]]
Open = Callable[..., Awaitable[Workshop]]


def provider(upstream: Upstream, protocol: str, *, stream: bool = False, timeout_s: float = 5.0) -> Provider:
    """The real provider of a protocol, asking `upstream`."""
    from headway.ai.gemini import Gemini
    from headway.ai.openai import OpenAI

    kind = {"gemini": Gemini, "openai": OpenAI}[protocol]
    return kind(key=KEY, url=upstream.url_for(protocol), timeout_s=timeout_s, stream=stream)


@pytest.fixture
async def play() -> AsyncIterator[Play]:
    """`await play(Rule(…), …)` starts a fake provider that is stopped with the test."""
    async with AsyncExitStack() as stack:

        async def one(*rules: Rule, script: Script | None = None, **options: object) -> Upstream:
            upstream = Upstream(script or Script(rules), **options)  # type: ignore[arg-type]  # its own options
            return await stack.enter_async_context(upstream)

        yield one


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What is asked is the same on either store; a module where it is not says so."""
    return sqlite_url


@pytest.fixture
async def workshop(database_url: str, clock: Clock) -> AsyncIterator[Open]:
    """`await workshop(upstream)`: an app that asks it, on the test's database; again: another process's."""
    async with AsyncExitStack() as stack:

        async def one(upstream: Upstream | None, protocol: str = "openai", **more: Any) -> Workshop:
            about = {"ai": protocol, "ai_url": upstream.url_for(protocol), "ai_key": KEY} if upstream else {}
            # No lease runs out here by itself, on a busy machine either.
            made = Workshop(database_url, **{"ai_timeout": 5.0, "lease_s": 6.0, **about, **more})
            made.app._store = Store.open(database_url, shift=clock)
            register(made.app)
            await made.open()
            stack.push_async_callback(made.close)
            return made

        yield one
