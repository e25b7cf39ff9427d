"""`POST /api/quotes/KIND`: what a job would cost and take. Nothing is started.

Included by `api`; `quoted` serves `submission` too, which reserves what the quote says. The applications say how much
work an input is (`Services.quotes`); what that costs is the price list's to say.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from headway.core.errors import UnknownKind
from headway.core.settlement import Price, price_of
from headway.http import bodies, uploads
from headway.http.documented import ok, problems
from headway.http.models import Quote
from headway.http.problems import UnsupportedMediaType
from headway.http.services import QuoteRequest, Services, account_of, lang_of, services
from headway.store import NewJob
from headway.support.i18n import N_

router = APIRouter(prefix="/api/quotes", tags=["credits"])
Given = Mapping[str, object] | bytes | BaseModel
"""An input: its fields, JSON text, or the kind's model."""
_BODY = {
    "requestBody": {
        "description": "The kind's input, as for `POST /api/jobs/{kind}`. Files are not kept but with `keep`.",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
            },
        },
    }
}


@router.post(
    "/{kind}",
    openapi_extra=_BODY,
    responses={200: ok(Quote, "What it would cost and take."), **problems(400, 403, 404, 413, 415, 422)},
)
async def quote(
    request: Request,
    kind: str,
    keep: Annotated[
        bool, Query(description="Keep the file for an hour: submit its `file_id` in its place.")
    ] = False,
) -> Response:
    """Check the input and say what the job would cost and take; nothing is started."""
    serving, owner = services(request), account_of(request).id
    known = serving.headway.kinds.get(kind)
    if known is None or known.internal:
        raise UnknownKind(N_("There is no kind named {kind}"), kind=kind)
    media_type = bodies.media_type(request)
    if media_type == "multipart/form-data":
        form = await uploads.read_form(request, serving.store, owner)
        try:
            if kind in serving.intakes:
                await uploads.take_kept(serving.store, owner, form)
            said = await _quote(request, kind, form.fields, tuple(form.file_ids))
        except BaseException:
            await uploads.drop(serving.store, form)
            raise
        if keep and form.file_ids:
            said[uploads.KEPT] = form.file_ids[0]
        else:
            await uploads.drop(serving.store, form)
    elif media_type in ("", "application/json") or media_type.endswith("+json"):
        body, value = await bodies.read_json(request)
        said = await _quote(request, kind, value if isinstance(value, Mapping) else body, ())
    else:
        raise UnsupportedMediaType(
            N_("Send application/json or multipart/form-data, not {type}"), type=media_type
        )
    return Response(orjson.dumps(said), media_type="application/json")


async def _quote(
    request: Request, kind: str, given: Mapping[str, object] | bytes, file_ids: tuple[str, ...]
) -> dict[str, object]:
    serving, owner, lang = services(request), account_of(request).id, lang_of(request)
    if (intake := serving.intakes.get(kind)) is not None:
        given = await intake(serving, owner, given if isinstance(given, Mapping) else {}, file_ids)
    job = serving.headway.new_job(kind, given, owner=owner)
    return await quoted(serving, job, given, file_ids, lang)


async def quoted(
    serving: Services, job: NewJob, given: Given, file_ids: Sequence[str], lang: str
) -> dict[str, object]:
    """What this job, not yet submitted, would cost and take; `given` are its fields. Raises InvalidInput."""
    fields = _fields(given)
    said: dict[str, object] = {}
    if (quoter := serving.quotes.get(job.kind)) is not None:
        said.update(await quoter(QuoteRequest(serving, job.owner, job.kind, fields, tuple(file_ids), lang)))
    tokens = said.get("tokens")
    price = Price.load(job.charge.price) if job.charge is not None else None
    return {
        "kind": job.kind,
        "credits": credits_of(price, tokens if isinstance(tokens, int) else None),
        "tokens": None,
        "chunks": None,
        "seconds": await serving.estimates.median_s(job.kind) if "seconds" not in said else None,
        **said,
    }


def credits_of(price: Price | None, tokens: int | None) -> int:
    """What a job of that price is thought to cost: by its tokens where they are known, else as the price list says."""
    if price is None:
        return 0
    if price.per_1000_tokens and tokens is None:
        return price.estimate
    return price.per_job + price_of(tokens or 0, price.per_1000_tokens)


async def reserve_as_quoted(
    serving: Services, job: NewJob, given: Given, file_ids: Sequence[str], lang: str
) -> None:
    """Before a submission: reserve what the kind's quote says, where its price depends on the input."""
    if job.charge is None or job.kind not in serving.quotes:
        return
    if Price.load(job.charge.price).per_1000_tokens == 0:
        return
    credits = (await quoted(serving, job, given, file_ids, lang))["credits"]
    if isinstance(credits, int):
        job.charge.reserve = credits


def _fields(given: Given) -> Mapping[str, object]:
    if isinstance(given, BaseModel):
        return given.model_dump(mode="json")
    value = orjson.loads(given) if isinstance(given, bytes) else given
    return value if isinstance(value, Mapping) else {}
