"""The providers without a network: `Offline` runs the analyser that the request brings, `Off` refuses."""

import asyncio

from headway.ai.provider import AiOff, Answer, ProviderError, Request, Usage
from headway.support.i18n import N_


class Offline:
    """Answers by `Request.offline`, in a thread; costs nothing, uses no tokens, is deterministic."""

    name = "offline"
    model = "offline"
    paced = False

    def accept(self, request: Request) -> None:
        """Raises ProviderError when the request brings no analyser."""
        if request.offline is None:
            raise ProviderError("permanent", N_("This question can only be answered by a model"))

    async def generate(self, request: Request) -> Answer:
        """Run the request's own analyser."""
        self.accept(request)
        assert request.offline is not None
        return Answer(await asyncio.to_thread(request.offline), self.model, Usage(0, 0))

    async def close(self) -> None:
        """Nothing to let go."""


class Off:
    """HEADWAY_AI=off: every question is refused before anything is written down."""

    name = "off"
    model = "off"
    paced = False

    def accept(self, request: Request) -> None:
        """Raises AiOff."""
        raise AiOff()

    async def generate(self, request: Request) -> Answer:
        """Raises AiOff."""
        raise AiOff()

    async def close(self) -> None:
        """Nothing to let go."""
