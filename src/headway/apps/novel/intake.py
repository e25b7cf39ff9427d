"""Before a book becomes a job: is there one PDF, and what would it take.

Called by the routes that submit and by the quote. Invariant: what is refused here is refused before anything
is queued or reserved, naming the field; what only a reader can find (damage, encryption, scans) a quote says at once,
and a job that was sent without a quote says when it reads.
"""

import asyncio
from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from headway.apps.novel import offline
from headway.apps.novel.job import FILE, KIND, READ_MEMORY_MB, model_of, read_book, title_of
from headway.apps.novel.planning import quote
from headway.apps.novel.reading import UnreadablePdf, has_header
from headway.apps.novel.schema import TIERS, Manuscript, NovelSettings
from headway.core.errors import FieldError, InvalidInput, PermanentError
from headway.engine.children import ChildDied, run_step
from headway.engine.files import JobFile
from headway.engine.kinds import field_errors, step_of
from headway.http.services import QuoteRequest, Services
from headway.store import FileRow
from headway.support.i18n import N_

_QUOTE_WITHIN_S = 120
_QUOTES_AT_ONCE = 2
_LONGEST_NAME = 255
_NO_PDF = N_("Send the novel as a PDF: multipart/form-data with a field `{field}`")
_quoting = asyncio.Semaphore(_QUOTES_AT_ONCE)
_reader = step_of(read_book, process=True, memory_mb=READ_MEMORY_MB)


async def intake(
    services: Services, owner: str, fields: Mapping[str, object], file_ids: Sequence[str]
) -> Mapping[str, object]:
    """The fields of an order whose one file is a PDF by its first bytes. Raises InvalidInput."""
    file = await _one_pdf(services, owner, file_ids)
    return {**fields, "pdf": file.filename[-_LONGEST_NAME:]}


async def novel_quote(ask: QuoteRequest) -> Mapping[str, object]:
    """The quote of one upload: title, pages, words, chunks, tokens, credits, seconds. Raises InvalidInput,
    also for a PDF that cannot be read."""
    services, owner = ask.services, ask.owner
    file = await _one_pdf(services, owner, ask.file_ids)
    try:
        settings = NovelSettings.model_validate(
            {name: value for name, value in ask.fields.items() if name != "pdf"}
        )
    except ValidationError as error:
        raise InvalidInput(field_errors(error, ask.fields)) from None
    book = await _read(services, owner, file, settings)
    ai = services.headway.settings.ai
    provider = offline.PROVIDER if ai == "off" else ai
    found = book.sources
    by_model = {tier: quote(book.pages, found, book.chunks, tier=tier, provider=provider) for tier in TIERS}
    told = by_model[settings.gemini_model]
    ours = services.headway.provider()
    models = {
        tier: offline.MODEL if provider == offline.PROVIDER else model_of(ours, tier) or ours.model
        for tier in TIERS
    }
    credits = {tier: services.credits.credits_for(KIND, told.tokens, tier) for tier in TIERS}
    return {
        **told.model_dump(exclude={"credits"}),
        "credits": credits[settings.gemini_model],
        "by_model": {
            tier: {"credits": credits[tier], "seconds": by_model[tier].seconds, "model": models[tier]}
            for tier in TIERS
        },
        "title": book.title or title_of(file.filename),
        "filename": file.filename,
        "sentences": len(found),
        "unreadable_pages": list(book.unreadable_pages),
        "provider": provider,
        "model": models[settings.gemini_model],
    }


async def _one_pdf(services: Services, owner: str, file_ids: Sequence[str]) -> FileRow:
    """The one upload, in the field `file`. Raises InvalidInput for none, several, or another sort of file."""
    if not file_ids:
        raise _refused(_NO_PDF, field=FILE)
    if len(file_ids) > 1:
        raise _refused(N_("Send one PDF at a time: each becomes a job of its own"))
    file = await services.store.upload(file_ids[0], owner)
    if file is None or file.name != FILE:
        raise _refused(_NO_PDF, field=FILE)
    if not file.size:
        raise _refused(N_("This file is empty"))
    async for block in services.store.read_upload(file.id, owner):
        if has_header(block):
            return file
        break
    raise _refused(N_("This file is not a PDF"))


async def _read(services: Services, owner: str, file: FileRow, settings: NovelSettings) -> Manuscript:
    """The book of an upload, read in a process of its own. Raises InvalidInput with what is wrong with it."""

    async def content(name: str) -> bytes:
        return b"".join([block async for block in services.store.read_upload(file.id, owner)])

    try:
        async with _quoting, asyncio.timeout(_QUOTE_WITHIN_S):
            pdf = JobFile(name=FILE, job_id="")
            asked = (pdf, settings.fix_hyphenation, settings.min_sentence_length)
            book = Manuscript.model_validate(await run_step(_reader, asked, {}, content))
    except (UnreadablePdf, PermanentError) as error:
        raise _refused(error.detail, **error.params) from error
    except ChildDied as error:
        raise _refused(N_("This PDF breaks its reader: it is damaged")) from error
    except TimeoutError as error:
        raise _refused(
            N_("Reading this PDF took longer than {seconds} seconds"), seconds=_QUOTE_WITHIN_S
        ) from error
    return book


def _refused(message: str, **params: object) -> InvalidInput:
    return InvalidInput([FieldError(FILE, message, params)])
