"""Before reviews become a job: read what came, refuse what cannot be one, and say what it would take.

Called by the own route, the general one (uploads) and the quote. Invariant: what is refused here is refused
before anything is queued, naming the field; reading runs in a thread, since 20,000 reviews take a second.
"""

import asyncio
from collections.abc import Mapping, Sequence

from headway.core.errors import FieldError, InvalidInput, TooLarge
from headway.http.services import Services
from headway.support.i18n import N_

from . import prompts, reading, repeats, sources
from .job import WITHOUT_MODEL, parts_of
from .schema import ProductInput, canonical, distinct

MOST_BYTES = 32 << 20
"""Of a body or a file: 20,000 reviews of 1,600 characters."""
_TOKENS_A_REVIEW, _TOKENS_A_REQUEST, _TOKENS_AN_ANSWER = 25, 900, 90
_CHARACTERS_A_TOKEN = 4


async def intake(
    services: Services, owner: str, fields: Mapping[str, object], file_ids: Sequence[str]
) -> Mapping[str, object]:
    """The input of a job, from a form's fields and file; or of JSON, whose address is checked. Raises InvalidInput."""
    if file_ids:
        order = await from_upload(services, owner, fields, file_ids)
        return order.model_dump(mode="json", exclude_none=True)
    if fields.get("url") and not fields.get("reviews"):
        sources.target(str(fields["url"]), sources.parse(services.headway.settings.product_sources))
    return fields


async def from_upload(
    services: Services, owner: str, fields: Mapping[str, object], file_ids: Sequence[str]
) -> ProductInput:
    """The order in the one file of a form. Raises InvalidInput, TooLarge."""
    if len(file_ids) > 1:
        raise InvalidInput([FieldError("file", N_("Send one file at a time"))])
    file = await services.store.loose_file(file_ids[0], owner)
    if file is None or file.size is None:
        raise InvalidInput(
            [FieldError("file", N_("Send the reviews as a file: multipart/form-data with a field `file`"))]
        )
    if file.size > MOST_BYTES:
        raise TooLarge(N_("At most {limit} bytes are taken here"), limit=MOST_BYTES)
    data = bytearray()
    async for block in services.store.read_loose_file(file.id, owner):
        data += block
    title = str(fields.get("title") or "").strip()
    return await asyncio.to_thread(lambda: canonical(reading.from_file(bytes(data), file.filename, title)))


async def from_value(services: Services, value: object) -> ProductInput:
    """The order in a JSON value, with an address that may be fetched. Raises InvalidInput."""
    order = await asyncio.to_thread(lambda: canonical(reading.checked(value)))
    if order.reviews is None and order.url is not None:
        sources.target(order.url, sources.parse(services.headway.settings.product_sources))
    return order


async def price(
    services: Services, owner: str, fields: Mapping[str, object], file_ids: Sequence[str], lang: str
) -> Mapping[str, object]:
    """What an analysis would take: reviews, those that stand for themselves, parts, tokens. Raises InvalidInput."""
    order = (
        await from_upload(services, owner, fields, file_ids)
        if file_ids
        else await from_value(services, fields)
    )
    ai = services.headway.settings.ai
    if order.reviews is None:  # a page is looked at by the job
        return {
            "reviews": None,
            "distinct": None,
            "repeated": None,
            "chunks": None,
            "tokens": None,
            "provider": ai,
        }
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
