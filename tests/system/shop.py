"""An app for real worker processes whose jobs cost credits, and end in every way that there is.

`python -m headway.cli worker --app tests.system.shop:app` runs it. Its provider is one of our own: it counts tokens by what it
is asked, so that a test can work out what a job owes.
"""

import asyncio
import os

from pydantic import BaseModel

from headway import Context, Headway, PermanentError, Request, TransientError
from headway.ai.provider import Answer, Usage
from headway.core.prices import PriceList

RATE = 100
"""Credits for 1,000 tokens."""
FATES = ("finish", "finish", "finish", "fail", "again", "wait", "fan", "fan")
POISON = "poison"


def tokens(prompt: str) -> int:
    """What an answer to this takes, in and out."""
    return 20 + sum(map(ord, prompt)) % 180


class Coins:
    """Answers after a moment."""

    name = "coins"
    model = "coins-1"
    paced = False

    def accept(self, request: Request) -> None:
        """Everything is accepted."""

    async def generate(self, request: Request) -> Answer:
        await asyncio.sleep(0.02)
        return Answer("yes", self.model, Usage(tokens(request.prompt) - 5, 5))

    async def close(self) -> None:
        """Nothing to let go."""


class Errand(BaseModel):
    n: int
    fate: str


app = Headway(provider=Coins())
app._prices = PriceList.parse({"credits": {"errand": {"per_1000_tokens": RATE}}}, "here")


@app.step(name="share")
async def share(ctx: Context, what: str) -> str:
    return (await ctx.ask(Request(what))).text


@app.job("errand", max_attempts=3)
async def errand(ctx: Context, order: Errand) -> int:
    """Asks three times, and ends as its fate wants it."""
    await ctx.step(share, f"{order.n} first")
    match order.fate:
        case "fail":
            raise PermanentError("as it was to be")
        case "again" if ctx.attempt == 1:
            raise TransientError("once more", retry_after_s=0)
        case "wait":
            await ctx.sleep(3_600)
        case "fan":
            await ctx.fan_out(share, [f"{order.n} part {k}" for k in range(4)])
        case "poison":
            os._exit(9)
    await ctx.step(share, f"{order.n} last")
    return order.n
