"""The pages: which address shows which template, and who may see it.

`router` is included by the server floor; `error_page` is what it answers a browser with when something is
missing or broken. A page holds no data of jobs: its scripts ask the public API.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from headway.accounts.sessions import local_path
from headway.core.errors import HeadwayError
from headway.http.problems import LimitReached
from headway.http.services import services
from headway.store.jobs import is_id
from headway.support.i18n import N_
from headway.web.application import Application
from headway.web.costs import Cost, cost_of
from headway.web.door import complaints, ways_of
from headway.web.templating import Renderer, language

Page = Callable[[Request], Awaitable[Response]]

_ERRORS = {
    403: (
        N_("This is not for you"),
        N_("Only operators of this installation may see this page. Your own jobs are under Jobs."),
    ),
    404: (
        N_("This page does not exist"),
        N_("The address may be mistyped, or what it showed has been deleted."),
    ),
    405: (N_("This address does not take that"), N_("Go back and use the page's own buttons.")),
    500: (
        N_("Something went wrong on our side"),
        N_("Your jobs are not touched by it: what was accepted goes on. Try this page again."),
    ),
    503: (
        N_("Headway is not ready"),
        N_("It is starting, or its database cannot be reached. Try again in a moment."),
    ),
}


def router(
    applications: Sequence[Application],
    formats: Mapping[str, Iterable[str]] | None = None,
    cost: Cost = cost_of,
) -> APIRouter:
    """Return the routes of every page, for the applications that are registered; `formats` and `cost` as `Renderer` takes
    them."""
    renderer = Renderer(applications, formats, cost)
    routes = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @routes.get("/")
    async def home(request: Request) -> Response:
        return renderer.page(request, "home.html")

    @routes.get("/sign-in")
    async def sign_in(request: Request) -> Response:
        return renderer.page(
            request,
            "sign_in.html",
            next=local_path(request.query_params.get("next")),
            error=request.query_params.get("error")
            or ("token" if "failed" in request.query_params else None),
            done=request.query_params.get("done"),
            ways=ways_of(request),
        )

    @routes.get("/jobs")
    async def jobs(request: Request) -> Response:
        return sign_in_first(request) or renderer.page(request, "jobs.html", query=request.query_params)

    @routes.get("/jobs/{job_id}")
    async def job(request: Request, job_id: str) -> Response:
        return sign_in_first(request) or renderer.page(request, "job.html", status_of(job_id), job_id=job_id)

    def for_operators(request: Request, template: str, **context: Any) -> Response:
        if redirect := sign_in_first(request):
            return redirect
        if request.state.account.role != "operator":
            return refusal(request, renderer, 403)
        return renderer.page(request, template, **context)

    @routes.get("/ops")
    async def ops(request: Request) -> Response:
        return for_operators(request, "ops.html")

    @routes.get("/ops/jobs/{job_id}")
    async def ops_job(request: Request, job_id: str) -> Response:
        return for_operators(request, "ops_job.html", status=status_of(job_id), job_id=job_id)

    @routes.get("/watch/{token}")
    async def watch(request: Request, token: str) -> Response:
        return renderer.page(request, "watch.html", status_of(token.rpartition(".")[0]), token=token)

    for application in applications:
        _add_application(routes, renderer, application)
    return routes


def _add_application(routes: APIRouter, renderer: Renderer, application: Application) -> None:
    """Add an application's page: shown by GET; its form, posted without a script, starts a job."""

    def show(request: Request, status: int = 200, **context: Any) -> Response:
        return renderer.page(
            request,
            f"{application.name}/page.html",
            status,
            application=application,
            cost=partial(renderer.cost, request, application.name),
            **{"form": {}, "errors": [], **application.context(language(request)), **context},
        )

    async def page(request: Request) -> Response:
        return sign_in_first(request) or show(request)

    async def post(request: Request) -> Response:
        if redirect := sign_in_first(request):
            return redirect
        assert application.submit is not None
        form: dict[str, str] = {}
        try:
            if request.headers.get("content-type", "").startswith("multipart/"):
                announced = request.headers.get("content-length", "")
                await services(request).limits.upload(request, int(announced) if announced.isdigit() else 0)
            form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
            job_id = await application.submit(request, form)
        except HeadwayError as error:
            if error.status >= 500:
                raise
            response = show(request, error.status, form=form, errors=complaints(request, error))
            response.headers.update(error.fields if isinstance(error, LimitReached) else {})
            return response
        return RedirectResponse(f"/jobs/{job_id}", 303)

    routes.add_api_route(f"/{application.name}", page, methods=["GET"], name=application.name)
    if application.submit is not None:
        routes.add_api_route(f"/{application.name}", post, methods=["POST"], name=f"{application.name}_form")


def status_of(id: str) -> int:
    """The status of a page about something: 404 for what cannot be an id. Whether the thing is there, its script asks."""
    return 200 if is_id(id) else 404


def sign_in_first(request: Request) -> Response | None:
    """Return the way to the sign-in page, and back afterwards, for one who is not signed in; else None."""
    if getattr(request.state, "account", None) is not None:
        return None
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/sign-in?{urlencode({'next': here})}", 303)


def error_page(applications: Sequence[Application]) -> Callable[[Request, int], Response]:
    """Return what renders an error for a browser: `(request, status) → page`; 401 leads to signing in."""
    renderer = Renderer(applications)

    def render(request: Request, status: int) -> Response:
        if status == 401 and (redirect := sign_in_first(request)):
            return redirect
        return refusal(request, renderer, status)

    return render


def refusal(request: Request, renderer: Renderer, status: int) -> Response:
    """The page that says, in a person's words, why there is nothing to see."""
    title, detail = _ERRORS.get(status) or _ERRORS[500 if status >= 500 else 404]
    return renderer.page(request, "error.html", status, code=status, title=title, detail=detail)
