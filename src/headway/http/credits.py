"""`/api/credits`: what the caller can spend and what became of it; grants and refunds by operators.

Included by `api`. The owner is part of every query; what operators give is kept in the ledger and in the audit.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from headway.accounts.credits import Standing
from headway.core.errors import FieldError, InvalidInput
from headway.http import bodies
from headway.http.auditing import note
from headway.http.documented import ok, problems
from headway.http.models import CreditsBody, GrantBody, LedgerBody, RefundBody, StandingBody
from headway.http.parts import json_response
from headway.http.rendering import timestamp
from headway.http.services import Services, account_of, lang_of, operator_of, services
from headway.http.validation import validated
from headway.store.credits import Entry
from headway.support.i18n import N_

router = APIRouter(prefix="/api/credits", tags=["credits"])


@router.get("", responses={200: ok(CreditsBody, "The caller's credits."), **problems()})
async def credits(request: Request) -> Response:
    """Balance, what is reserved for jobs under way, the monthly grant, and what jobs cost."""
    serving = services(request)
    standing = await serving.credits.balance(account_of(request).id)
    return json_response({**standing_body(standing), "prices": prices_body(serving)})


@router.get("/ledger", responses={200: ok(LedgerBody, "A page of entries, newest first."), **problems(422)})
async def ledger(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(description="`next` of the page before.")] = None,
) -> Response:
    """The entries of the caller's ledger."""
    entries, following = await services(request).credits.ledger(
        account_of(request).id, limit=limit, before=number_of(cursor)
    )
    shown = [entry_body(entry) for entry in entries]
    return json_response({"entries": shown, "next": None if following is None else str(following)})


@router.post(
    "/grant",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": GrantBody.model_json_schema()}},
        }
    },
    responses={200: ok(StandingBody, "The account's credits now."), **problems(400, 403, 413, 415, 422)},
)
async def grant(request: Request) -> Response:
    """Give credits to an account, with a reason. For operators."""
    operator_of(request)
    _, value = await bodies.read_json(request)
    return json_response(standing_body(await give(request, validated(GrantBody, value, lang_of(request)))))


@router.post(
    "/refund",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": RefundBody.model_json_schema()}},
        }
    },
    responses={200: ok(StandingBody, "The owner's credits now."), **problems(400, 403, 404, 413, 415, 422)},
)
async def refund(request: Request) -> Response:
    """Give back what a job has cost, or a part of it, with a reason. For operators."""
    operator_of(request)
    _, value = await bodies.read_json(request)
    return json_response(
        standing_body(await give_back(request, validated(RefundBody, value, lang_of(request))))
    )


async def give(request: Request, wanted: GrantBody) -> Standing:
    """An operator gives credits. Raises InvalidInput where there is no such account."""
    operator, serving = operator_of(request), services(request)
    store = serving.store
    person = await store.person(wanted.account) or await store.person_by_email(wanted.account.lower())
    if person is None:
        raise InvalidInput([FieldError("account", N_("There is no such account"))])
    standing = await serving.credits.grant(person.id, wanted.amount, wanted.reason, operator.id)
    await note(request, "credits.grant", person.id, amount=wanted.amount, reason=wanted.reason)
    return standing


async def give_back(request: Request, wanted: RefundBody) -> Standing:
    """An operator gives back what a job has cost. Raises JobNotFound, InvalidInput."""
    operator = operator_of(request)
    owner, standing = await services(request).credits.refund(
        wanted.job_id, wanted.amount, wanted.reason, operator.id
    )
    given = {"amount": wanted.amount, "reason": wanted.reason}
    await note(request, "credits.refund", wanted.job_id, account=owner, given=given)
    return standing


def standing_body(standing: Standing) -> dict[str, object]:
    """An account's credits as JSON."""
    return {
        "balance": standing.balance,
        "reserved": standing.reserved,
        "monthly_grant": standing.monthly_grant,
        "next_grant_at": timestamp(standing.next_grant_at),
    }


def prices_body(serving: Services) -> dict[str, object]:
    """What each kind costs here and now; kinds that are free are not listed."""
    listed = serving.headway.prices.kinds
    costly = [
        kind
        for kind in listed
        if kind in serving.headway.kinds
        and serving.headway.prices.of(kind, offline=serving.headway.offline) is not None
    ]
    rates = {} if serving.headway.offline else {kind: dict(listed[kind].rates) for kind in costly}
    return {
        kind: {"per_job": listed[kind].per_job, "per_1000_tokens": rates.get(kind, {})} for kind in costly
    }


def entry_body(entry: Entry) -> dict[str, Any]:
    """One entry as JSON."""
    return {
        "id": str(entry.id),
        "at": timestamp(entry.at),
        "entry": entry.entry,
        "amount": entry.amount,
        "reserved": entry.held,
        "balance": entry.balance,
        "job_id": entry.job_id,
        "kind": entry.kind,
        "round": entry.round or None,
        "month": entry.month,
        "reason": entry.reason,
        "made_by": entry.made_by,
    }


def number_of(cursor: str | None) -> int | None:
    """The entry that a cursor names. Raises InvalidInput."""
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 18):
        raise InvalidInput([FieldError("cursor", N_("Must be the `next` of an answer before"))])
    return int(cursor)
