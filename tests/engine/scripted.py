"""A provider that says what a test wrote down: the seam for everything that asks a model."""

import asyncio
from collections.abc import Sequence

from headway.ai.provider import Answer, Request, Usage


class Scripted:
    """Answers by its `lines`, one a request, the last for ever: a text, or an error to raise.

    `asked` is what was asked. While `gate` is not set, requests wait, as they do on the way to a model.
    """

    name = "scripted"
    model = "scripted-1"
    paced = False

    def __init__(self, lines: Sequence[str | Exception] = ("yes",)) -> None:
        self.lines = list(lines)
        self.asked: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()

    def accept(self, request: Request) -> None:
        """Everything is accepted."""

    async def generate(self, request: Request) -> Answer:
        self.asked.append(request.prompt)
        await self.gate.wait()
        line = self.lines.pop(0) if len(self.lines) > 1 else self.lines[0]
        if isinstance(line, Exception):
            raise line
        return Answer(line.format(prompt=request.prompt), self.model, Usage(len(request.prompt), 1))

    async def close(self) -> None:
        """Nothing to let go."""
