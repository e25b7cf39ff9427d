"""The page of one's own account: name, password, tokens, sessions, export, erasure.

`router` is included by the server floor. The API of `http.account` does the same for programs; both stand on `accounts.members`.
"""

import re
from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from headway.accounts.errors import WrongPassword
from headway.accounts.sessions import clear_cookie
from headway.core.errors import FieldError, HeadwayError, InvalidInput
from headway.http import forms
from headway.http.account import session_json, token_json
from headway.http.auditing import note
from headway.http.auth import account_json
from headway.http.problems import NotFound
from headway.http.services import account_of, lang_of, services
from headway.support.i18n import N_, gettext
from headway.web.application import Application
from headway.web.door import complaints, ways_of
from headway.web.templating import Renderer

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Macintosh", "Linux")
_PROGRAM = re.compile(r"[\w.-]+(/[\w.-]+)?")


def device(agent: str | None, lang: str) -> str:
    """What a person calls a client: "Firefox, Linux"; a program by the first word of its name."""
    agent = agent or ""
    browser = next((name for mark, name in _BROWSERS if f"{mark}/" in agent), "")
    system = next((name for name in _SYSTEMS if name in agent), "").replace("Macintosh", "macOS")
    if browser and agent.startswith("Mozilla/"):
        return ", ".join(filter(None, (browser, system)))
    found = _PROGRAM.match(agent)
    return found[0][:60] if found else gettext(lang, N_("A program"))


def _of(field: str, error: HeadwayError) -> HeadwayError:
    """A wrong password, said of the field that it was typed into."""
    return InvalidInput([FieldError(field, error.detail)]) if isinstance(error, WrongPassword) else error


def router(applications: Sequence[Application]) -> APIRouter:
    """The routes of `/account`."""
    renderer = Renderer(applications)
    routes = APIRouter(prefix="/account", include_in_schema=False, default_response_class=HTMLResponse)

    async def show(
        request: Request,
        error: HeadwayError | None = None,
        *,
        form: Mapping[str, str] | None = None,
        secret: str = "",
        erasing: bool = False,
    ) -> Response:
        serving, account, lang = services(request), account_of(request), lang_of(request)
        current = request.state.access.key
        sessions = [session_json(each, current) for each in await serving.store.sessions(account.id)]
        response = renderer.page(
            request,
            "account.html",
            error.status if error else 200,
            me=await account_json(serving, account),
            ways=ways_of(request),
            tokens=[token_json(token) for token in await serving.store.tokens(account.id)],
            sessions=[{**each, "name": device(str(each["agent"] or ""), lang)} for each in sessions],
            errors=complaints(request, error) if error else [],
            form=form or {},
            done=request.query_params.get("done", ""),
            secret=secret,
            erasing=erasing,
        )
        response.headers["cache-control"] = "no-store"
        return response

    @routes.get("")
    async def account(request: Request) -> Response:
        return await show(request)

    @routes.post("/name")
    async def rename(request: Request) -> Response:
        form = await forms.fields(request)
        try:
            await services(request).members.rename(account_of(request), form.get("name", ""))
        except HeadwayError as error:
            return await show(request, error)
        return _done("name")

    @routes.post("/password")
    async def change_password(request: Request) -> Response:
        form, serving = await forms.fields(request), services(request)
        try:
            await serving.limits.sign_in(request, account_of(request).id)
            await serving.members.change_password(
                request.state.access, form.get("current", ""), form.get("password", "")
            )
        except HeadwayError as error:
            return await show(request, _of("current", error))
        await note(request, "account.password", account_of(request).id)
        return _done("password")

    @routes.post("/tokens")
    async def make_token(request: Request) -> Response:
        form, serving = await forms.fields(request), services(request)
        try:
            token, secret = await serving.members.make_token(account_of(request), form.get("token_name", ""))
        except InvalidInput as error:
            wrong = InvalidInput([FieldError("token_name", e.message, e.params) for e in error.errors])
            return await show(request, wrong, form=form)
        await note(request, "token.make", token.id or "", name=token.name)
        return await show(request, secret=secret)

    @routes.post("/tokens/{token_id}/revoke")
    async def revoke(request: Request, token_id: str) -> Response:
        if not await services(request).members.drop_token(account_of(request), token_id):
            raise NotFound()
        await note(request, "token.revoke", token_id)
        return _done("revoked")

    @routes.post("/sessions/{session_id}/end")
    async def end(request: Request, session_id: str) -> Response:
        if not await services(request).members.end_session(account_of(request), session_id):
            raise NotFound()
        await note(request, "sign-out", session_id)
        return _done("ended")

    @routes.post("/sign-out-everywhere")
    async def sign_out_everywhere(request: Request) -> Response:
        await services(request).members.sign_out_everywhere(account_of(request))
        await note(request, "sign-out", how="everywhere")
        return _gone(request, "out")

    @routes.post("/erase")
    async def erase(request: Request) -> Response:
        form = await forms.fields(request)
        try:
            if form.get("sure") != "yes":
                raise InvalidInput([FieldError("sure", N_("Say that you understand it"))])
            await services(request).limits.sign_in(request, account_of(request).id)
            await services(request).members.erase(request.state.access, form.get("farewell", ""))
        except HeadwayError as error:
            return await show(request, _of("farewell", error), erasing=True)
        await note(request, "account.erase")
        return _gone(request, "erased")

    return routes


def _done(what: str) -> Response:
    return RedirectResponse(f"/account?done={what}", 303)


def _gone(request: Request, what: str) -> Response:
    return RedirectResponse(f"/sign-in?done={what}", 303, {"set-cookie": clear_cookie(request.state.https)})
