"""What the jobs of these tests do, and how their calls are read."""

import asyncio

from pydantic import BaseModel
from tests.engine.workshop import Workshop

from headway import Context, Headway, TransientError
from headway.ai.provider import AiOff, Request
from headway.engine.thread_context import ThreadContext
from headway.store import CallRow


class Word(BaseModel):
    word: str


def register(app: Headway) -> None:
    """What the tests' jobs do."""

    @app.step
    async def ask_in_step(ctx: Context, prompt: str) -> str:
        return (await ctx.ask(Request(prompt))).text

    @app.step(name="ask_in_thread")
    def ask_in_thread(ctx: ThreadContext, prompt: str) -> str:
        return ctx.ask(Request(prompt)).text

    @app.job("one")
    async def one(ctx: Context, prompt: str) -> str:
        return (await ctx.ask(Request(prompt))).text

    @app.job("stepped")
    async def stepped(ctx: Context, prompt: str) -> str:
        with ctx.stage("Asking", 10, 90):
            return str(await ctx.step(ask_in_step, prompt))

    @app.job("threaded")
    async def threaded(ctx: Context, prompt: str) -> str:
        return str(await ctx.step(ask_in_thread, prompt))

    @app.job("many")
    async def many(ctx: Context, n: int) -> list[str]:
        with ctx.stage("Asking {n} times", 0, 100, n=n):
            return list(await ctx.fan_out(ask_in_step, [f"chunk {k}" for k in range(n)]))

    @app.job("chorus")
    async def chorus(ctx: Context, n: int) -> list[str]:
        return list(await ctx.fan_out(ask_in_step, ["the same"] * n))

    @app.job("same")
    async def same(ctx: Context, n: int) -> list[str]:
        answers = await asyncio.gather(*(ctx.ask(Request("the same")) for _ in range(n)))
        if ctx.attempt == 1:
            raise TransientError("again", retry_after_s=0)
        return [answer.text for answer in answers]

    @app.job("twice")
    async def twice(ctx: Context) -> list[str]:
        first = await ctx.ask(Request("first"))
        second = await ctx.step(ask_in_step, "second")
        if ctx.attempt == 1:
            raise TransientError("again", retry_after_s=0)
        return [first.text, str(second)]

    @app.job("form")
    async def form(ctx: Context, prompt: str) -> str:
        return (await ctx.ask_for(Word, Request(prompt))).word

    @app.job("optional")
    async def optional(ctx: Context) -> str:
        try:
            return (await ctx.ask(Request("anyone?"))).text
        except AiOff:
            return "nobody"

    @app.job("idle")
    async def idle(ctx: Context) -> str:
        return "done"


async def apart(ctx: Context, n: int) -> list[str]:
    """For a process of its own, which must find it by name: asks `n` questions at once."""
    answers = await asyncio.gather(*(ctx.ask(Request(f"question {k}")) for k in range(n)))
    return [answer.text for answer in answers]


async def calls(workshop: Workshop, job_id: str) -> list[CallRow]:
    return await workshop.app.store.calls(job_id) or []


def outcomes(rows: list[CallRow]) -> list[str | None]:
    return [row.outcome for row in rows]
