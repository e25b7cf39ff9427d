"""A job's files in its handler and in every sort of step."""

import asyncio
import hashlib
from typing import Any

import pytest
from tests.engine import errands
from tests.engine.workshop import Workshop

from headway import Context, RetryPolicy
from headway.engine.files import JobFile
from headway.store.files import BLOCK_BYTES

pytestmark = pytest.mark.anyio
BOOK = bytes(range(256)) * 1_500
"""More than one block, and no text."""


async def upload(engine: Workshop, name: str = "pdf") -> str:
    store = engine.app.store
    file_id = await store.create_file("local", name, "book.pdf", "application/pdf")
    for n in range(0, len(BOOK), BLOCK_BYTES):
        await store.write_block(file_id, n // BLOCK_BYTES, BOOK[n : n + BLOCK_BYTES])
    await store.finish_file(file_id, len(BOOK), hashlib.sha256(BOOK).hexdigest())
    return file_id


async def test_a_handler_reads_its_file(engine: Workshop) -> None:
    @engine.app.job("reads")
    async def reads(ctx: Context) -> str:
        return hashlib.sha256(await ctx.file("pdf").read()).hexdigest()

    @engine.app.job("reads-in-a-thread")
    def in_a_thread(ctx: Any) -> str:
        return hashlib.sha256(ctx.file("pdf")).hexdigest()

    for kind in (reads, in_a_thread):
        file_id = await upload(engine)
        assert await engine.outcome(kind, files=[file_id]) == hashlib.sha256(BOOK).hexdigest()


async def test_a_step_is_given_the_file_and_a_replay_knows_it_again(lite: Workshop) -> None:
    read: list[str] = []

    async def outline(file: JobFile) -> int:
        read.append("outline")
        return len(await file.read())

    def pages(file: JobFile) -> int:
        read.append("pages")
        return len(file.read_now())

    @lite.app.job("reads", max_attempts=2, retry=RetryPolicy(base_s=0.0))
    async def reads(ctx: Context) -> list[int]:
        found = [await ctx.step(outline, ctx.file("pdf")), await ctx.step(pages, ctx.file("pdf"))]
        if ctx.attempt == 1:
            raise RuntimeError("again")
        return found

    assert await lite.outcome(reads, files=[await upload(lite)]) == [len(BOOK)] * 2
    assert read == ["outline", "pages"]


async def test_a_step_in_a_process_of_its_own_reads_the_file(lite: Workshop) -> None:
    steps = [lite.app.step(process=True)(function) for function in (errands.size, errands.size_now)]

    @lite.app.job("reads", max_attempts=1)
    async def reads(ctx: Context) -> list[int]:
        return list(await asyncio.gather(*[ctx.step(step, ctx.file("pdf")) for step in steps]))

    try:
        assert await lite.outcome(reads, files=[await upload(lite)]) == [len(BOOK)] * 2
    finally:
        for step in steps:
            del step.__headway_step__


async def test_a_file_that_is_not_there_fails_the_job(lite: Workshop) -> None:
    @lite.app.job("reads")
    async def reads(ctx: Context) -> bytes:
        return await ctx.file("cover").read()

    snapshot = await lite.run(reads, files=[await upload(lite)])
    assert (snapshot.status, snapshot.tries) == ("failed", 1)


async def test_reading_now_on_the_loop_is_refused(lite: Workshop) -> None:
    @lite.app.job("reads", max_attempts=1)
    async def reads(ctx: Context) -> bytes:
        return ctx.file("pdf").read_now()

    snapshot = await lite.run(reads, files=[await upload(lite)])
    assert snapshot.error is not None
    assert "await file.read()" in snapshot.error["message"]
