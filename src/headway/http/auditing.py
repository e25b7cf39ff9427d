"""`GET /api/audit`, and how routes keep what was done: `await note(request, "job.cancel", job_id)` right after the act.

Included by `api`; `note` is called by every route whose act somebody may have to answer for.
"""

from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel, Field
from starlette.requests import HTTPConnection
from starlette.responses import Response

from headway.core.errors import FieldError, InvalidInput
from headway.http.documented import ok, problems
from headway.http.rendering import timestamp
from headway.http.services import operator_of, services
from headway.store.jobs import is_id
from headway.support.i18n import N_

router = APIRouter(prefix="/api/audit", tags=["operations"])
NOBODY = "nobody"
"""The actor of an act by somebody who has not signed in."""


async def note(
    connection: HTTPConnection, act: str, subject: str = "", *, actor: str | None = None, **detail: object
) -> None:
    """Keep an act of the one who asks, or of `actor`, with the address it came from."""
    account = connection.state.account
    who = actor or (account.id if account is not None else NOBODY)
    origin = connection.client.host if connection.client else ""
    await services(connection).store.note(who, act, subject, origin=origin, **detail)


class ActBody(BaseModel):
    """One act."""

    id: str
    at: AwareDatetime
    actor: str = Field(description="The account that did it.")
    act: str = Field(examples=["job.cancel"])
    subject: str = Field(description="The id of what it was done to.")
    origin: str = Field(description="The address that it came from.")
    detail: dict[str, object]


class AuditBody(BaseModel):
    """A page of acts."""

    acts: list[ActBody]
    next: str | None = Field(description="The `cursor` of the next page.")


@router.get("", responses={200: ok(AuditBody, "Acts, newest first."), **problems(403, 422)})
async def audit(
    request: Request,
    actor: str | None = None,
    act: Annotated[str | None, Query(description="One act, or a family: `job` is all of `job.…`.")] = None,
    subject: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(description="`next` of the page before.")] = None,
) -> Response:
    """Who did what, for operators."""
    operator_of(request)
    if cursor is not None and not is_id(cursor):
        raise InvalidInput([FieldError("cursor", N_("Must be the `next` of an answer before"))])
    acts, following = await services(request).store.acts(
        actor=actor, act=act, subject=subject, before=cursor, limit=limit
    )
    shown = [
        {
            "id": each.id,
            "at": timestamp(each.at),
            "actor": each.actor,
            "act": each.act,
            "subject": each.subject,
            "origin": each.origin,
            "detail": each.detail,
        }
        for each in acts
    ]
    return Response(orjson.dumps({"acts": shown, "next": following}), media_type="application/json")
