"""A fake provider that plays a script, and the real providers that talk to it over real sockets."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from headway.ai.provider import Provider
from headway.testing.upstream import Rule, Script, Upstream

KEY = "sk-secret-4711"
Play = Callable[..., Awaitable[Upstream]]


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
