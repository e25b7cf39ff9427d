"""Before reviews become a job: read what came, refuse what cannot be one, and say what it would take.

Called by the own route, the general one (uploads) and the quote. Invariant: what is refused here is refused
before anything is queued, naming the field; reading runs in a thread, since 20,000 reviews take a second.
"""

import asyncio
import hashlib
from collections.abc import Iterator, Mapping, Sequence

from headway.core.errors import FieldError, InvalidInput, TooLarge
from headway.http.services import QuoteRequest, Services
from headway.store.files import BLOCK_BYTES
from headway.support.hosts import read_sources
from headway.support.i18n import N_

from . import prompts, reading, repeats, sources
from .job import WITHOUT_MODEL, parts_of
from .schema import ProductInput, Review, Upload, canonical, distinct

MOST_BYTES = 32 << 20
"""Of a body or a file: 20,000 reviews of 1,600 characters."""
INLINE_CHARACTERS = 64 << 10
"""So much text at most travels in the job's own row."""
_FIELD = "reviews"
_LONGEST_NAME = 1_000
_TOKENS_A_REVIEW, _TOKENS_A_REQUEST, _TOKENS_AN_ANSWER = 25, 900, 140
_CHARACTERS_A_TOKEN = 4


async def intake(
    services: Services, owner: str, fields: Mapping[str, object], file_ids: Sequence[str]
) -> Mapping[str, object]:
    """The input of a job, from a form's fields and file; or of JSON, whose address is checked. Raises InvalidInput."""
    if file_ids:
        order, upload = await from_upload(services, owner, fields, file_ids)
        product = order.product.model_dump(mode="json", exclude_none=True)
        return {"product": product, "upload": upload.model_dump()}
    if fields.get("url") and not fields.get("reviews"):
        sources.target(str(fields["url"]), read_sources(services.headway.settings.product_sources))
    return fields


async def from_upload(
    services: Services, owner: str, fields: Mapping[str, object], file_ids: Sequence[str]
) -> tuple[ProductInput, Upload]:
    """The order in the one file of a form, and that file. Raises InvalidInput, TooLarge."""
    if len(file_ids) > 1:
        raise InvalidInput([FieldError("file", N_("Send one file at a time"))])
    file = await services.store.upload(file_ids[0], owner)
    if file is None or file.size is None:
        raise InvalidInput(
            [FieldError("file", N_("Send the reviews as a file: multipart/form-data with a field `file`"))]
        )
    if file.size > MOST_BYTES:
        raise TooLarge(N_("At most {limit} bytes are taken here"), limit=MOST_BYTES)
    data = bytearray()
    async for block in services.store.read_upload(file.id, owner):
        data += block
    title = str(fields.get("title") or "").strip()
    order = await asyncio.to_thread(lambda: canonical(reading.from_file(bytes(data), file.filename, title)))
    return order, Upload(field=file.name, filename=file.filename[:_LONGEST_NAME])


async def from_value(services: Services, value: object) -> ProductInput:
    """The order in a JSON value, with an address that may be fetched. Raises InvalidInput."""
    order = await asyncio.to_thread(lambda: canonical(reading.checked(value)))
    if order.reviews is None and order.url is not None:
        sources.target(order.url, read_sources(services.headway.settings.product_sources))
    return order


async def spooled(
    services: Services, owner: str, order: ProductInput
) -> tuple[ProductInput, tuple[str, ...]]:
    """The order as it is put in, with the ids of its files: many reviews go into a file, a few stay."""
    reviews = order.reviews
    if not reviews or sum(len(review.text) for review in reviews) <= INLINE_CHARACTERS:
        return order, ()
    file_id = await services.store.create_file(owner, _FIELD, f"{_FIELD}.json", "application/json")
    try:
        digest, n, size = hashlib.sha256(), 0, 0
        for block in _blocks(reviews):
            await services.store.write_block(file_id, n, block)
            digest.update(block)
            n, size = n + 1, size + len(block)
        await services.store.finish_file(file_id, size, digest.hexdigest())
    except BaseException:
        await services.store.drop_file(file_id)
        raise
    upload = Upload(field=_FIELD, filename=f"{_FIELD}.json")
    return order.model_copy(update={"reviews": None, "upload": upload}), (file_id,)


def _blocks(reviews: Sequence[Review]) -> Iterator[bytes]:
    """The reviews as JSON, in full blocks but for the last; never whole in memory."""
    block = bytearray(b'{"reviews":[')
    for place, review in enumerate(reviews):
        block += (b"," if place else b"") + review.model_dump_json(exclude_defaults=True).encode()
        while len(block) >= BLOCK_BYTES:
            yield bytes(block[:BLOCK_BYTES])
            del block[:BLOCK_BYTES]
    block += b"]}"
    yield from (bytes(block[i : i + BLOCK_BYTES]) for i in range(0, len(block), BLOCK_BYTES))


async def product_quote(ask: QuoteRequest) -> Mapping[str, object]:
    """What an analysis would take: reviews, those that stand for themselves, chunks, tokens. Raises InvalidInput."""
    if ask.file_ids:
        order, _ = await from_upload(ask.services, ask.owner, ask.fields, ask.file_ids)
    else:
        order = await from_value(ask.services, ask.fields)
    ai = ask.services.headway.provider().name
    if order.reviews is None:  # a page is looked at by the job
        unknown = dict.fromkeys(("reviews", "distinct", "repeated", "chunks", "tokens"))
        return {**unknown, "provider": ai}
    return await asyncio.to_thread(_measured, order, ai)


def _measured(order: ProductInput, ai: str) -> dict[str, object]:
    reviews = order.reviews or []
    found = repeats.find(reviews)
    wanted = [review for review in distinct(reviews, found.same_as) if review.text]
    alone = ai not in WITHOUT_MODEL
    parts = list(parts_of(order.product.title, wanted, alone=alone))
    shown = sum(min(len(review.text), prompts.MOST_CHARACTERS) for review in wanted)
    tokens = shown // _CHARACTERS_A_TOKEN + (_TOKENS_A_REVIEW + _TOKENS_AN_ANSWER) * len(wanted)
    return {
        "reviews": len(reviews),
        "distinct": len(wanted),
        "repeated": len(found.same_as),
        "chunks": len(parts),
        "tokens": tokens + _TOKENS_A_REQUEST * len(parts) if alone else 0,
        "provider": ai,
    }
