"""The novel's job: read, plan, shorten chunk by chunk on any worker, merge, count what is covered.

Registered by `headway.apps`; run by workers. Its functions stand at the top of this module, so that a process of
its own finds them: reading runs in a killable one, and so does a chunk that is suspected of killing workers.
Invariant: what was read, planned, shortened or answered is recorded, so that neither a retry nor a crash does
or pays it again; and whoever shortens, a chunk's result holds every sentence of its own.
"""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import orjson
from pydantic import ValidationError

from headway.ai.provider import Provider, ProviderBusy, ProviderError, Request
from headway.apps.novel import answer, offline, prompts
from headway.apps.novel.coverage import coverage
from headway.apps.novel.merging import merge
from headway.apps.novel.planning import plan, sources
from headway.apps.novel.reading import UnreadablePdf, read_pdf
from headway.apps.novel.schema import (
    Chunk,
    ChunkResult,
    FailedChunk,
    Manuscript,
    NovelOrder,
    NovelResult,
    NovelSettings,
    ProviderChunk,
    Tier,
)
from headway.core.errors import BudgetSpent, PermanentError
from headway.core.retry import transient
from headway.engine import Context, Headway
from headway.engine.children import ChildDied, Encoded
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
    app.step(name="shorten_part", retry=transient(_CHUNK_TRIES), timeout=_CHUNK_WITHIN_S)(shorten_part)
    app.job(KIND, title=N_("French novel"), max_attempts=3, time_limit=3600, tier=tier_of)(novel)


def tier_of(order: NovelOrder) -> str:
    """The row of the price list."""
    return order.gemini_model


async def novel(ctx: Context, order: NovelOrder) -> Encoded:
    """One book to its short sentences, a `NovelResult`.

    Book, chunks and result are plain JSON here, and the result is written chunk by chunk: as models a thousand pages
    would take half a gigabyte.
    """
    with ctx.stage(N_("Reading the PDF"), 0, 5):
        book: dict[str, Any] = await _read(ctx, order)
    with ctx.stage(N_("Planning the chunks"), 5, 10):  # done by the reader, which has the text at hand
        chunks: list[dict[str, Any]] = book["chunks"]
    with ctx.stage(N_("Handing out {chunks} chunks"), 10, 15, chunks=len(chunks)):
        ctx.progress(100)
    with ctx.stage(N_("Processing chunk {done} of {total}"), 15, 75):
        at_once = _RULES_AT_ONCE if ctx.provider.name in _NO_MODEL else None
        parts = await ctx.fan_out(shorten_part, chunks, order.settings, keep_going=True, concurrency=at_once)
    with ctx.stage(N_("Merging the chunks"), 75, 95):
        _refuse_half(parts)
        result = await asyncio.get_running_loop().run_in_executor(_rules, assembled, order, book, parts)
    with ctx.stage(N_("Finishing"), 95, 100):
        return Encoded(result)


async def _read(ctx: Context, order: NovelOrder) -> dict[str, Any]:
    """The book as `read_book` gives it. Raises UnreadablePdf for whatever the file does to its reader; one death of a
    reader may be another's fault (a machine short of memory), so it is given a second."""
    for tries in range(1, _READERS + 1):
        try:
            asked = (ctx.file(FILE), order.fix_hyphenation, order.min_sentence_length)
            book: dict[str, Any] = await ctx.step(read_book, *asked, key="book")
            return book
        except TimeoutError as error:
            raise UnreadablePdf(
                N_("Reading this PDF took longer than {seconds} seconds"), seconds=READ_WITHIN_S
            ) from error
        except ChildDied as error:
            if tries == _READERS:
                raise UnreadablePdf(N_("This PDF breaks its reader: it is damaged")) from error
    raise AssertionError("unreachable")


def read_book(pdf: JobFile, fix_hyphenation: bool, least: int) -> Any:
    """The uploaded file read and planned, a `Manuscript` as plain JSON; runs in a process that can be killed, with bounded
    memory and time."""
    book = read_pdf(pdf.read_now(), fix_hyphenation=fix_hyphenation)
    chunks = plan(sources(book, least))
    told = Manuscript(
        title=book.title, pages=book.pages, unreadable_pages=book.unreadable_pages, chunks=tuple(chunks)
    )
    return told.model_dump(mode="json")


async def shorten_part(ctx: Context, chunk: Chunk, settings: NovelSettings) -> Any:
    """One chunk to short sentences, a `ChunkResult` as plain JSON: by rules where no model is set, else by the model under
    our rules."""
    if ctx.provider.name in _NO_MODEL:
        loop = asyncio.get_running_loop()
        result = await loop.run_in_executor(_rules, offline.shorten_chunk, chunk, settings.style)
    else:
        result = await _by_model(ctx, chunk, settings)
    return result.model_dump(mode="json")


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


def _refuse_half(parts: Sequence[dict[str, Any] | ChunkFailure]) -> None:
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
    order: NovelOrder, book: Mapping[str, Any], parts: Sequence[Mapping[str, Any] | ChunkFailure]
) -> str:
    """The `NovelResult` of all chunks as JSON text; those that failed leave a gap that is told."""
    rows: list[bytes] = []
    failed: list[FailedChunk] = []
    words = covered = 0
    by = (offline.PROVIDER, offline.MODEL)
    for given, part in zip(book["chunks"], parts, strict=True):
        chunk = Chunk.model_validate(given)
        done = [] if isinstance(part, ChunkFailure) else [ChunkResult.model_validate(part)]
        made = merge([chunk], done)
        seen = coverage(chunk.own, [(row.source, row.normalized) for row in made])
        words, covered = words + seen.words, covered + seen.covered
        rows += [row.model_dump_json().encode() for row in made]
        if isinstance(part, ChunkFailure):
            failed.append(_failed(chunk, part))
        else:
            by = (done[0].provider, done[0].model)
    head = NovelResult(
        title=book["title"] or title_of(order.pdf),
        pages=book["pages"],
        words=words,
        chunks=len(parts),
        sentences=(),
        coverage=covered / words if words else 1.0,
        failed_chunks=tuple(failed),
        unreadable_pages=book["unreadable_pages"],
        settings=order.settings,
        provider=by[0],
        model=by[1],
    )
    whole = {**head.model_dump(mode="json"), "sentences": orjson.Fragment(b"[%b]" % b",".join(rows))}
    return orjson.dumps(whole).decode()


def _failed(chunk: Chunk, part: ChunkFailure) -> FailedChunk:
    return FailedChunk(
        chunk=chunk.index,
        first_page=chunk.own[0].page,
        last_page=max(source.page for source in chunk.own),
        error=str(part.error.get("message", "")),
    )


def title_of(filename: str) -> str:
    """A file's name without its folder and its `.pdf`."""
    name = filename.replace("\\", "/").rsplit("/", 1)[-1]
    return name[:-4] if name.lower().endswith(".pdf") else name
