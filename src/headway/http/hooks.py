"""`/api/hooks`: where an account's programs hear of the ends of its jobs.

Included by `api`. The owner is part of every query; a hook's key is shown when it is made or replaced, and never again.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel, Field
from starlette.responses import Response

from headway.core.errors import FieldError, InvalidInput
from headway.http import bodies
from headway.http.auditing import note
from headway.http.documented import ok, plain, problems
from headway.http.rendering import timestamp
from headway.http.services import Services, account_of, lang_of, services
from headway.http.validation import validated
from headway.notify.outbound import read_target
from headway.notify.signing import new_secret
from headway.store.hooks import Delivery, Hook
from headway.store.jobs import is_id
from headway.support.hosts import read_inside_hosts
from headway.support.i18n import N_

router = APIRouter(prefix="/api/hooks", tags=["webhooks"])


class NewHook(BaseModel):
    """Where to send the ends of one's jobs."""

    url: str = Field(examples=["https://example.org/headway"], max_length=2000)
    kinds: list[str] | None = Field(None, max_length=50, description="Only these kinds of job; absent: all.")


class Rotation(BaseModel):
    """How a hook's key is replaced."""

    overlap_hours: float = Field(24, ge=0, le=24 * 30, description="So long the old key signs too.")


class Replay(BaseModel):
    """Which deliveries to send again, under their own ids."""

    deliveries: list[str] = Field(default_factory=list, max_length=1000)
    since: AwareDatetime | None = Field(None, description="All that came to nothing since then.")


class HookBody(BaseModel):
    """A hook."""

    id: str
    url: str
    kinds: list[str] | None
    created_at: AwareDatetime
    disabled_at: AwareDatetime | None = Field(description="Since when nothing is sent any more.")
    reason: str | None = Field(description="Why: `gone` after an answer of 410.")
    old_key_until: AwareDatetime | None


class KeyBody(HookBody):
    """A hook with its key, which is shown this once."""

    secret: str = Field(examples=["whsec_…"])


class HookList(BaseModel):
    """The caller's hooks."""

    hooks: list[HookBody]


class DeliveryBody(BaseModel):
    """One event sent, or being sent, to a hook."""

    id: str = Field(description="The `webhook-id` of every try.")
    event: str
    job: str | None
    state: str = Field(description="`pending`, `delivered`, `failed` or `dropped`.")
    tries: int
    created_at: AwareDatetime
    tried_at: AwareDatetime | None
    answer: int | None = Field(description="The status that the last try was answered with.")
    error: str | None
    body: dict[str, object]


class DeliveryList(BaseModel):
    """A page of deliveries, newest first."""

    deliveries: list[DeliveryBody]
    next: str | None


class Replayed(BaseModel):
    """Which deliveries are on their way again."""

    deliveries: list[str]


async def send_test(request: Request, hook_id: str) -> str:
    """Have an event sent that says nothing but that it is a test; its delivery's id. Raises JobNotFound, LimitReached."""
    serving, owner = services(request), account_of(request).id
    await serving.store.hook(hook_id, owner)
    await serving.limits.spend(request, "deliveries")
    return await serving.store.test_hook(hook_id, owner)


async def send_again(request: Request, hook_id: str, ids: Sequence[str], since: int | None) -> list[str]:
    """Have past deliveries sent again: those named, and what came to nothing since a moment (ms); which. Raises JobNotFound,
    LimitReached."""
    serving, owner = services(request), account_of(request).id
    found = await serving.store.replayable(hook_id, owner, ids=ids, since=since)
    await serving.limits.spend(request, "deliveries", len(found))
    return await serving.store.replay(hook_id, owner, found)


def _takes(model: type[BaseModel], *, required: bool = True) -> dict[str, Any]:
    schema = {"application/json": {"schema": model.model_json_schema()}}
    return {"requestBody": {"content": schema, "required": required}}


def hook_fields(hook: Hook) -> dict[str, object]:
    """A hook as its owner sees it, without its keys."""
    return {
        "id": hook.id,
        "url": hook.url,
        "kinds": hook.kinds,
        "created_at": timestamp(hook.created_at),
        "disabled_at": timestamp(hook.disabled_at),
        "reason": hook.reason,
        "old_key_until": timestamp(hook.old_until),
    }


def _delivery_fields(each: Delivery) -> dict[str, object]:
    return {
        "id": each.id,
        "event": each.event,
        "job": each.job_id,
        "state": each.state,
        "tries": each.tries,
        "created_at": timestamp(each.created_at),
        "tried_at": timestamp(each.tried_at),
        "answer": each.answer,
        "error": each.error,
        "body": orjson.Fragment(each.body),
    }


def _json(value: object, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, {"cache-control": "no-store"}, media_type="application/json")


async def make_hook(serving: Services, owner: str, given: NewHook) -> Hook:
    """A new hook of `owner`, with a fresh key. Raises InvalidInput, Conflict."""
    read_target(given.url, read_inside_hosts(serving.headway.settings.hook_hosts))
    known = {kind.name for kind in serving.headway.kinds.values() if not kind.internal}
    wrong = [each for each in given.kinds or () if each not in known]
    if wrong or given.kinds == []:
        text = N_("Must name kinds of job that there are")
        raise InvalidInput([FieldError("kinds", text)])
    return await serving.store.add_hook(owner, given.url, given.kinds, new_secret())


@router.post(
    "",
    status_code=201,
    openapi_extra=_takes(NewHook),
    responses={
        201: ok(KeyBody, "Made; its key is shown this once."),
        **problems(400, 403, 409, 413, 415, 422),
    },
)
async def create(request: Request) -> Response:
    """Have the ends of one's jobs sent to a URL."""
    _, value = await bodies.read_json(request)
    hook = await make_hook(
        services(request), account_of(request).id, validated(NewHook, value, lang_of(request))
    )
    await note(request, "hook.create", hook.id, url=hook.url)
    return _json({**hook_fields(hook), "secret": hook.secret}, 201)


@router.get("", responses={200: ok(HookList, "The caller's hooks, oldest first."), **problems()})
async def listed(request: Request) -> Response:
    """List one's hooks."""
    hooks = await services(request).store.hooks_of(account_of(request).id)
    return _json({"hooks": [hook_fields(hook) for hook in hooks]})


@router.delete("/{hook_id}", status_code=204, responses={204: plain("It is gone."), **problems(403, 404)})
async def delete(request: Request, hook_id: str) -> Response:
    """Forget a hook and its deliveries."""
    await services(request).store.drop_hook(hook_id, account_of(request).id)
    await note(request, "hook.delete", hook_id)
    return Response(None, 204)


@router.post(
    "/{hook_id}/rotate",
    openapi_extra=_takes(Rotation, required=False),
    responses={200: ok(KeyBody, "The new key is shown this once."), **problems(400, 403, 404, 413, 415, 422)},
)
async def rotate(request: Request, hook_id: str) -> Response:
    """Replace a hook's key; for a while both sign, so that no message is lost meanwhile."""
    _, value = await bodies.read_json(request)
    how = validated(Rotation, value, lang_of(request))
    store, owner, secret = services(request).store, account_of(request).id, new_secret()
    until = int((time.time() + how.overlap_hours * 3600) * 1000)
    await store.rotate_hook(hook_id, owner, secret, until)
    await note(request, "hook.rotate", hook_id)
    return _json({**hook_fields(await store.hook(hook_id, owner)), "secret": secret})


@router.post("/{hook_id}/enable", responses={200: ok(HookBody, "It is sent to again."), **problems(403, 404)})
async def enable(request: Request, hook_id: str) -> Response:
    """Send to a hook again that was disabled."""
    store, owner = services(request).store, account_of(request).id
    await store.enable_hook(hook_id, owner)
    await note(request, "hook.enable", hook_id)
    return _json(hook_fields(await store.hook(hook_id, owner)))


@router.post(
    "/{hook_id}/test", status_code=202, responses={202: ok(Replayed, "On its way."), **problems(403, 404)}
)
async def test(request: Request, hook_id: str) -> Response:
    """Send an event of the type `hook.test`."""
    return _json({"deliveries": [await send_test(request, hook_id)]}, 202)


@router.post(
    "/{hook_id}/replay",
    status_code=202,
    openapi_extra=_takes(Replay),
    responses={202: ok(Replayed, "On their way again."), **problems(400, 403, 404, 413, 415, 422)},
)
async def replay(request: Request, hook_id: str) -> Response:
    """Send past deliveries again: those named, and all that came to nothing since a moment; at most 1,000 at once."""
    _, value = await bodies.read_json(request)
    which = validated(Replay, value, lang_of(request))
    since = None if which.since is None else int(which.since.timestamp() * 1000)
    return _json({"deliveries": await send_again(request, hook_id, which.deliveries, since)}, 202)


@router.get("/{hook_id}/deliveries", responses={200: ok(DeliveryList, "Newest first."), **problems(404, 422)})
async def deliveries(
    request: Request,
    hook_id: str,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(description="`next` of the page before.")] = None,
) -> Response:
    """What was sent to a hook, and what came of it."""
    if cursor is not None and not is_id(cursor):
        raise InvalidInput([FieldError("cursor", N_("Must be the `next` of an answer before"))])
    page, following = await services(request).store.deliveries(
        hook_id, account_of(request).id, before=cursor, limit=limit
    )
    shown: list[Mapping[str, object]] = [_delivery_fields(each) for each in page]
    return _json({"deliveries": shown, "next": following})
