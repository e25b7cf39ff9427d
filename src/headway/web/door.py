"""The pages before one is in: making an account, a forgotten password. The form of `/sign-in` posts to `http.auth`.

`router` is included by the server floor. Every form works without a script; what is wrong with it stands beside the field.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from headway.accounts.sessions import local_path
from headway.core.errors import HeadwayError, InvalidInput
from headway.http import forms
from headway.http.auditing import note
from headway.http.auth import mailed_url, signed_in
from headway.http.services import Services, lang_of, services
from headway.support.i18n import gettext
from headway.web.application import Application
from headway.web.templating import Renderer, language

Errors = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Ways:
    """How one can come in here: who may make an account, and whether Google is asked."""

    registration: str = "closed"
    google: bool = False


def ways_of(request: Request) -> Ways:
    """The ways of this installation."""
    found = getattr(request.app.state, "services", None)
    if not isinstance(found, Services):
        return Ways()
    return Ways(found.members.registration, found.google is not None)


def complaints(request: Request, error: HeadwayError) -> Errors:
    """What a form shows: a list of (field or "", message in the reader's language)."""
    lang = language(request)
    if isinstance(error, InvalidInput):
        return [{"field": e.field, "message": gettext(lang, e.message, **e.params)} for e in error.errors]
    return [{"field": "", "message": gettext(lang, error.detail, **error.params)}]


def router(applications: Sequence[Application]) -> APIRouter:
    """The routes of `/register`, `/forgot` and `/reset`."""
    renderer = Renderer(applications)
    routes = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    def register_page(
        request: Request, form: Mapping[str, str], error: HeadwayError | None = None
    ) -> Response:
        return renderer.page(
            request,
            "register.html",
            error.status if error else 200,
            ways=ways_of(request),
            form=form,
            next=local_path(form.get("next")),
            invitation=form.get("invitation", ""),
            errors=complaints(request, error) if error else [],
        )

    @routes.get("/register")
    async def register_form(request: Request) -> Response:
        return register_page(request, request.query_params)

    @routes.post("/register")
    async def register(request: Request) -> Response:
        form, serving = await forms.fields(request), services(request)
        try:
            serving.members.may_register()
            await serving.limits.sign_in(request)
            account = await serving.members.register(
                form.get("email", ""),
                form.get("password", ""),
                form.get("name", ""),
                form.get("invitation", ""),
            )
        except HeadwayError as error:
            return register_page(request, form, error)
        await note(request, "account.register", account.id, actor=account.id)
        return await signed_in(request, account, local_path(form.get("next")))

    def forgot_page(
        request: Request, form: Mapping[str, str], error: HeadwayError | None = None, *, sent: bool = False
    ) -> Response:
        errors = complaints(request, error) if error else []
        status = error.status if error else 200
        return renderer.page(request, "forgot.html", status, form=form, errors=errors, sent=sent)

    @routes.get("/forgot")
    async def forgot_form(request: Request) -> Response:
        return forgot_page(request, {})

    @routes.post("/forgot")
    async def forgot(request: Request) -> Response:
        form, serving = await forms.fields(request), services(request)
        email = form.get("email", "")
        try:
            await serving.limits.sign_in(request, email)
            await serving.members.forgot(email, f"{mailed_url(request)}/reset", lang_of(request))
        except HeadwayError as error:
            return forgot_page(request, form, error)
        return forgot_page(request, form, sent=True)

    def reset_page(request: Request, key: str, error: HeadwayError | None = None) -> Response:
        errors = complaints(request, error) if error else []
        return renderer.page(request, "reset.html", error.status if error else 200, key=key, errors=errors)

    @routes.get("/reset")
    async def reset_form(request: Request) -> Response:
        return reset_page(request, request.query_params.get("key", ""))

    @routes.post("/reset")
    async def reset(request: Request) -> Response:
        form, serving = await forms.fields(request), services(request)
        try:
            await serving.limits.sign_in(request)
            account = await serving.members.reset(form.get("key", ""), form.get("password", ""))
        except HeadwayError as error:
            return reset_page(request, form.get("key", ""), error)
        await note(request, "account.password", account.id, actor=account.id, how="reset")
        return RedirectResponse("/sign-in?done=reset", 303)

    return routes
