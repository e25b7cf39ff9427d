"""`/api/accounts` and `/api/invitations`: what operators do about people.

Included by `api`. Every route answers 403 to whoever is no operator.
"""

from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from headway.http.account_models import (
    Change,
    InvitationOrder,
    InvitationsBody,
    NewInvitationBody,
    PeopleBody,
    PersonBody,
)
from headway.http.auditing import note
from headway.http.auth import asked, base_url, body_of, known_of
from headway.http.documented import ok, plain, problems
from headway.http.parts import json_response
from headway.http.problems import NotFound
from headway.http.rendering import timestamp
from headway.http.services import lang_of, operator_of, services
from headway.store.accounts import Invitation, Person

router = APIRouter(prefix="/api", tags=["operators"])


def person_json(person: Person) -> dict[str, object]:
    """An account, as operators see it."""
    return {**known_of(person), "disabled": person.disabled_at is not None}


def _invitation_json(invitation: Invitation) -> dict[str, object]:
    return {
        "id": invitation.id,
        "email": invitation.email,
        "role": invitation.role,
        "created_at": timestamp(invitation.made_at),
        "expires_at": timestamp(invitation.expires_at),
        "used_at": timestamp(invitation.used_at),
    }


@router.get("/accounts", responses={200: ok(PeopleBody, "Accounts, by id."), **problems(403, 422)})
async def people(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[str | None, Query(max_length=100, description="`next` of the page before.")] = None,
) -> Response:
    """List the accounts of this installation."""
    operator_of(request)
    found = await services(request).store.people(after=cursor, limit=limit)
    following = found[-1].id if len(found) == limit else None
    return json_response({"accounts": [person_json(person) for person in found], "next": following})


@router.patch(
    "/accounts/{account_id}",
    openapi_extra=body_of(Change),
    responses={200: ok(PersonBody, "As it is now."), **problems(400, 403, 404, 409, 413, 415, 422)},
)
async def change(request: Request, account_id: str) -> Response:
    """Give a role, disable, enable. Disabling ends sessions and streams at once; jobs go on."""
    by, serving = operator_of(request), services(request)
    order = await asked(request, Change)
    if order.role is not None and not await serving.members.set_role(by.id, account_id, order.role):
        raise NotFound()
    if order.disabled is not None and not await serving.members.set_disabled(
        by.id, account_id, order.disabled
    ):
        raise NotFound()
    await note(request, "account.change", account_id, **order.model_dump(exclude_none=True))
    person = await serving.store.person(account_id)
    if person is None or person.erased_at is not None:
        raise NotFound()
    return json_response(person_json(person))


@router.get("/invitations", responses={200: ok(InvitationsBody, "Newest first."), **problems(403)})
async def invitations(request: Request) -> Response:
    """List invitations."""
    operator_of(request)
    found = await services(request).store.invitations()
    return json_response({"invitations": [_invitation_json(each) for each in found]})


@router.post(
    "/invitations",
    status_code=201,
    openapi_extra=body_of(InvitationOrder),
    responses={201: ok(NewInvitationBody, "Its link, this once."), **problems(400, 403, 413, 415, 422)},
)
async def invite(request: Request) -> Response:
    """Invite somebody: good once, for 14 days. With an address, the link is sent there too."""
    by, serving = operator_of(request), services(request)
    order = await asked(request, InvitationOrder)
    page = f"{base_url(request)}/register"
    id, link = await serving.members.invite(by.id, order.email, order.role, page, lang_of(request))
    await note(request, "account.invite", id, role=order.role)
    body = orjson.dumps({"id": id, "url": link})
    return Response(body, 201, {"cache-control": "no-store"}, media_type="application/json")


@router.delete(
    "/invitations/{invitation_id}",
    status_code=204,
    responses={204: plain("Withdrawn."), **problems(403, 404)},
)
async def withdraw(request: Request, invitation_id: str) -> Response:
    """Withdraw an invitation that nobody has used."""
    operator_of(request)
    if not await services(request).store.drop_invitation(invitation_id):
        raise NotFound()
    await note(request, "account.uninvite", invitation_id)
    return Response(None, 204)
