"""The provider without a network: runs the analyser that the request brings, in a thread, and says so."""

import asyncio

from headway.ai.provider import Answer, ProviderError, Request, Usage


class Offline:
    """Answers by `Request.offline`; costs nothing, uses no tokens, is deterministic."""

    name = "offline"
    model = "offline"

    async def generate(self, request: Request) -> Answer:
        """Run the request's own analyser. Raises ProviderError when it brings none."""
        if request.offline is None:
            raise ProviderError("permanent", "this request cannot be answered offline")
        return Answer(await asyncio.to_thread(request.offline), self.model, Usage(0, 0))

    async def close(self) -> None:
        """Nothing to let go."""
