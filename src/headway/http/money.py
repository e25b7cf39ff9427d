"""Credits and quotes. Offline work is free, so an account has, holds and pays nothing.

Included by `api`.
"""

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from headway.core.errors import UnknownKind
from headway.http import bodies
from headway.http.documented import ok, problems
from headway.http.models import Credits, Ledger, Quote
from headway.http.services import account_of, services
from headway.support.i18n import N_

router = APIRouter(prefix="/api", tags=["credits"])


@router.get("/credits", responses={200: ok(Credits, "The caller's credits."), **problems()})
async def credits(request: Request) -> Response:
    """Balance, and what is reserved for jobs under way."""
    account_of(request)
    return Response(orjson.dumps({"balance": 0, "reserved": 0}), media_type="application/json")


@router.get("/credits/ledger", responses={200: ok(Ledger, "The entries."), **problems()})
async def ledger(request: Request) -> Response:
    """The ledger's entries, newest first."""
    account_of(request)
    return Response(orjson.dumps({"entries": [], "next": None}), media_type="application/json")


@router.post(
    "/quotes/{kind}",
    openapi_extra={"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}},
    responses={200: ok(Quote, "What it would cost and take."), **problems(400, 403, 404, 413, 415, 422)},
)
async def quote(request: Request, kind: str) -> Response:
    """Check the input and say what the job would cost and take; nothing is started."""
    serving = services(request)
    known = serving.headway.kinds.get(kind)
    if known is None:
        raise UnknownKind(N_("There is no kind named {kind}"), kind=kind)
    body, _ = await bodies.read_json(request)
    known.input.take(body)
    seconds = await serving.estimates.median_s(kind)
    return Response(
        orjson.dumps({"kind": kind, "credits": 0, "tokens": None, "chunks": None, "seconds": seconds}),
        media_type="application/json",
    )
