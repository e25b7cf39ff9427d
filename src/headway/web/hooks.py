"""The page of one's webhooks: make, test, replace the key, forget, and what was sent.

`router` is included by the server floor. The API of `http.hooks` does the same for programs; both stand on `store.hooks`.
"""

import time
from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from headway.core.errors import HeadwayError
from headway.http import forms
from headway.http.auditing import note
from headway.http.hooks import NewHook, hook_fields, make_hook, send_again, send_test
from headway.http.rendering import timestamp
from headway.http.services import Services, account_of, lang_of, services
from headway.http.validation import validated
from headway.notify.signing import new_secret
from headway.store.hooks import Hook
from headway.support.i18n import gettext
from headway.web.application import Application
from headway.web.door import complaints
from headway.web.templating import Renderer

_KIND = "kind."
_SHOWN = 5
_OVERLAP_S = 24 * 3600


def router(applications: Sequence[Application]) -> APIRouter:
    """The routes of `/account/hooks`."""
    renderer = Renderer(applications)
    titles = {each.name: each.title for each in applications}
    routes = APIRouter(prefix="/account/hooks", include_in_schema=False, default_response_class=HTMLResponse)

    async def show(
        request: Request,
        error: HeadwayError | None = None,
        *,
        form: Mapping[str, str] | None = None,
        secret: str = "",
    ) -> Response:
        serving, account, lang = services(request), account_of(request), lang_of(request)
        kinds = _kinds(serving, titles, lang)
        hooks = await serving.store.hooks_of(account.id)
        response = renderer.page(
            request,
            "hooks.html",
            error.status if error else 200,
            hooks=[await _shown(serving, hook, kinds) for hook in hooks],
            choices=kinds,
            errors=complaints(request, error) if error else [],
            form=form or {},
            done=request.query_params.get("done", ""),
            secret=secret,
        )
        response.headers["cache-control"] = "no-store"
        return response

    @routes.get("")
    async def page(request: Request) -> Response:
        return await show(request)

    @routes.post("")
    async def create(request: Request) -> Response:
        form, serving = await forms.fields(request), services(request)
        chosen = [name.removeprefix(_KIND) for name in form if name.startswith(_KIND)]
        try:
            given = validated(
                NewHook, {"url": form.get("url", ""), "kinds": chosen or None}, lang_of(request)
            )
            hook = await make_hook(serving, account_of(request).id, given)
        except HeadwayError as error:
            return await show(request, error, form=form)
        await note(request, "hook.create", hook.id, url=hook.url)
        return await show(request, secret=hook.secret)

    @routes.post("/{hook_id}/rotate")
    async def rotate(request: Request, hook_id: str) -> Response:
        secret, until = new_secret(), int((time.time() + _OVERLAP_S) * 1000)
        await services(request).store.rotate_hook(hook_id, account_of(request).id, secret, until)
        await note(request, "hook.rotate", hook_id)
        return await show(request, secret=secret)

    @routes.post("/{hook_id}/enable")
    async def enable(request: Request, hook_id: str) -> Response:
        await services(request).store.enable_hook(hook_id, account_of(request).id)
        await note(request, "hook.enable", hook_id)
        return _done("enabled")

    @routes.post("/{hook_id}/test")
    async def test(request: Request, hook_id: str) -> Response:
        await send_test(request, hook_id)
        return _done("tested")

    @routes.post("/{hook_id}/replay")
    async def replay(request: Request, hook_id: str) -> Response:
        """All that came to nothing."""
        await send_again(request, hook_id, (), 0)
        return _done("replayed")

    @routes.post("/{hook_id}/delete")
    async def delete(request: Request, hook_id: str) -> Response:
        await services(request).store.drop_hook(hook_id, account_of(request).id)
        await note(request, "hook.delete", hook_id)
        return _done("deleted")

    return routes


def _kinds(serving: Services, titles: Mapping[str, str], lang: str) -> dict[str, str]:
    """The kinds that can be chosen, as the reader calls them."""
    known = (kind for kind in serving.headway.kinds.values() if not kind.internal)
    return {kind.name: gettext(lang, titles.get(kind.name, kind.title)) for kind in known}


async def _shown(serving: Services, hook: Hook, kinds: Mapping[str, str]) -> dict[str, object]:
    """A hook with its last deliveries."""
    page, more = await serving.store.deliveries(hook.id, hook.owner, limit=_SHOWN)
    return {
        **hook_fields(hook),
        "kinds": [kinds.get(name, name) for name in hook.kinds or ()],
        "more": more is not None,
        "failed": any(each.state in ("failed", "dropped") for each in page),
        "deliveries": [
            {
                "event": each.event,
                "job": each.job_id,
                "at": timestamp(each.tried_at or each.created_at),
                "state": each.state,
                "tries": each.tries,
                "answer": each.answer,
            }
            for each in page
        ],
    }


def _done(what: str) -> Response:
    return RedirectResponse(f"/account/hooks?done={what}", 303)
