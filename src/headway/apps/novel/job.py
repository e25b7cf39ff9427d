"""The novel's job: read, plan, shorten chunk by chunk on any worker, merge, count what is covered.

Registered by `headway.apps`; run by workers. Its functions stand at the top of this module, so that a process of
its own finds them: reading runs in a killable one, and so does a chunk that is suspected of killing workers.
Invariant: what was read, planned, shortened or answered is recorded, so that neither a retry nor a crash does
or pays it again; and whoever shortens, a chunk's result holds every sentence of its own.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from pydantic import ValidationError

from headway.ai.provider import Provider, ProviderBusy, ProviderError, Request
from headway.apps.novel import answer, offline, prompts
from headway.apps.novel.book import Book
from headway.apps.novel.coverage import coverage
from headway.apps.novel.merging import merge
from headway.apps.novel.planning import plan, sources
from headway.apps.novel.reading import UnreadablePdf, read_pdf
from headway.apps.novel.schema import (
    Chunk,
    ChunkResult,
    FailedChunk,
    NovelOrder,
    NovelResult,
    NovelSettings,
    ProviderChunk,
    Tier,
)
from headway.core.errors import BudgetSpent, PermanentError
from headway.core.retry import transient
from headway.engine import Context, Headway
from headway.engine.children import ChildDied
from headway.engine.fanout import ChunkFailure
from headway.engine.files import JobFile
from headway.support.i18n import N_

KIND = "novel"
FILE = "file"
"""The field under which the PDF is kept."""

READ_WITHIN_S = 600
READ_MEMORY_MB = 512
_READERS = 2
_CHUNK_TRIES = 4
_CHUNK_WITHIN_S = 900
_RULES_AT_ONCE = 8
"""Chunks of one book that are shortened by rules at once, over all workers: they want a processor each."""
_MODELS: dict[Tier, str] = {
    "speed": "gemini-2.5-flash-lite",
    "balanced": "gemini-2.5-flash",
    "quality": "gemini-2.5-pro",
}
_USUAL = _MODELS["balanced"]
_NO_MODEL = ("offline", "off")
_rules = ThreadPoolExecutor(1, thread_name_prefix="headway-novel")
"""One thread a process: the rules hold the interpreter's lock, and more would only starve the event loop."""


def register(app: Headway) -> None:
    """Make `novel` a kind of `app`."""
    app.step(name="read_book", process=True, timeout=READ_WITHIN_S, memory_mb=READ_MEMORY_MB)(read_book)
    app.step(name="plan_book")(plan_book)
    app.step(name="shorten_part", retry=transient(_CHUNK_TRIES), timeout=_CHUNK_WITHIN_S)(shorten_part)
    app.job(KIND, title=N_("French novel"), max_attempts=3, time_limit=3600, tier=tier_of)(novel)


def tier_of(order: NovelOrder) -> str:
    """The row of the price list."""
    return order.gemini_model


async def novel(ctx: Context, order: NovelOrder) -> NovelResult:
    """One book to its short sentences."""
    with ctx.stage(N_("Reading the PDF"), 0, 5):
        book = await _read(ctx, order)
    with ctx.stage(N_("Planning the chunks"), 5, 10):
        chunks: list[Chunk] = await ctx.step(plan_book, book, order.min_sentence_length)
    with ctx.stage(N_("Handing out {chunks} chunks"), 10, 15, chunks=len(chunks)):
        ctx.progress(100)
    with ctx.stage(N_("Processing chunk {done} of {total}"), 15, 75):
        at_once = _RULES_AT_ONCE if ctx.provider.name in _NO_MODEL else None
        parts = await ctx.fan_out(shorten_part, chunks, order.settings, keep_going=True, concurrency=at_once)
    with ctx.stage(N_("Merging the chunks"), 75, 95):
        _refuse_half(parts)
        result = await asyncio.get_running_loop().run_in_executor(
            _rules, assembled, order, book, chunks, parts
        )
    with ctx.stage(N_("Finishing"), 95, 100):
        return result


async def _read(ctx: Context, order: NovelOrder) -> Book:
    """The book. Raises UnreadablePdf for whatever the file does to its reader; one death of a reader may be
    another's fault (a machine short of memory), so it is given a second."""
    for tries in range(1, _READERS + 1):
        try:
            book: Book = await ctx.step(read_book, ctx.file(FILE), order.fix_hyphenation, key="book")
            return book
        except TimeoutError as error:
            raise UnreadablePdf(
                N_("Reading this PDF took longer than {seconds} seconds"), seconds=READ_WITHIN_S
            ) from error
        except ChildDied as error:
            if tries == _READERS:
                raise UnreadablePdf(N_("This PDF breaks its reader: it is damaged")) from error
    raise AssertionError("unreachable")


def read_book(pdf: JobFile, fix_hyphenation: bool) -> Book:
    """The text of the uploaded file; runs in a process that can be killed, with bounded memory and time."""
    return read_pdf(pdf.read_now(), fix_hyphenation=fix_hyphenation)


def plan_book(book: Book, least: int) -> list[Chunk]:
    """The book's sentences in chunks; in a thread, about half a second for a thousand pages."""
    return plan(sources(book, least))


async def shorten_part(ctx: Context, chunk: Chunk, settings: NovelSettings) -> ChunkResult:
    """One chunk to short sentences: by rules where no model is set, else by the model under our rules."""
    if ctx.provider.name in _NO_MODEL:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(_rules, offline.shorten_chunk, chunk, settings.style)
    return await _by_model(ctx, chunk, settings)


async def _by_model(ctx: Context, chunk: Chunk, settings: NovelSettings) -> ChunkResult:
    """Ask, ask once more for the sentences that break a rule, and do by rules what is wrong even then.

    A model that gives no usable text at all (blocked, cut off) has every sentence done by rules, and so has what is
    wrong when no credits are left to ask again. What may pass is raised, and so is a refusal of the provider
    itself: they are the chunk's failure.
    """
    style, provider = settings.style, ctx.provider
    model = model_of(provider, settings.gemini_model)
    question = Request(
        prompts.user_prompt(chunk), prompts.system_prompt(style), prompts.JSON_SCHEMA, model=model
    )
    given: list[ProviderChunk] = []
    try:
        said = await ctx.ask(question)
        model = said.model
        given.append(_read_answer(said.text))
        if wrong := answer.faults(chunk, given[0], style):
            said = await ctx.ask(replace(question, prompt=prompts.repair_prompt(chunk, wrong)))
            given.append(_read_answer(said.text))
    except ProviderBusy:
        raise
    except BudgetSpent:
        if not given:
            raise
    except ProviderError as error:
        if not given and "status" in error.params:
            raise
    return answer.assemble(chunk, given, style, provider=provider.name, model=model or provider.model)


def model_of(provider: Provider, tier: Tier) -> str:
    """The model of a tier at Gemini; elsewhere, or where a model was chosen by setting, that one ("")."""
    return _MODELS[tier] if provider.name == "gemini" and provider.model == _USUAL else ""


def _read_answer(text: str) -> ProviderChunk:
    """The model's answer; one without the asked form is an answer for no sentence."""
    try:
        return ProviderChunk.model_validate_json(text)
    except ValidationError:
        return ProviderChunk(sentences=[])


def _refuse_half(parts: Sequence[ChunkResult | ChunkFailure]) -> None:
    """Raises PermanentError when more than half of the chunks failed, those aside for which no credits were left; or
    when there is nothing to deliver."""
    failed = [part for part in parts if isinstance(part, ChunkFailure)]
    unpaid = sum(part.error.get("type") == BudgetSpent.type for part in failed)
    if 2 * (len(failed) - unpaid) > len(parts) or (failed and len(failed) == len(parts)):
        raise PermanentError(
            N_("{failed} of {total} chunks failed, the first of them with: {reason}"),
            failed=len(failed),
            total=len(parts),
            reason=str(failed[0].error.get("message", "")),
        )


def assembled(
    order: NovelOrder, book: Book, chunks: Sequence[Chunk], parts: Sequence[ChunkResult | ChunkFailure]
) -> NovelResult:
    """The result of all chunks; those that failed leave a gap that is told."""
    done = [part for part in parts if isinstance(part, ChunkResult)]
    rows = merge(chunks, done)
    found = [source for chunk in chunks for source in chunk.own]
    seen = coverage(found, [(row.source, row.normalized) for row in rows])
    failed = [
        FailedChunk(
            chunk=chunk.index,
            first_page=chunk.own[0].page,
            last_page=max(source.page for source in chunk.own),
            error=str(part.error.get("message", "")),
        )
        for chunk, part in zip(chunks, parts, strict=True)
        if isinstance(part, ChunkFailure)
    ]
    return NovelResult(
        title=book.title or title_of(order.pdf),
        pages=book.pages,
        words=seen.words,
        chunks=len(chunks),
        sentences=tuple(rows),
        coverage=seen.share,
        failed_chunks=tuple(failed),
        unreadable_pages=book.unreadable_pages,
        settings=order.settings,
        provider=done[0].provider if done else offline.PROVIDER,
        model=done[0].model if done else offline.MODEL,
    )


def title_of(filename: str) -> str:
    """A file's name without its folder and its `.pdf`."""
    name = filename.replace("\\", "/").rsplit("/", 1)[-1]
    return name[:-4] if name.lower().endswith(".pdf") else name
