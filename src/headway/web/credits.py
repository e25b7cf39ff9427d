"""The page of one's credits: the balance, what jobs cost, the ledger; for operators, grants and refunds.

`router` is included by the server floor. It stands on the same functions as the API (`http.credits`), and works without a
script; credits.js writes numbers and times as the reader does.
"""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from headway.core.errors import HeadwayError
from headway.http import forms
from headway.http.credits import entry_body, give, give_back, number_of, prices_body, standing_body
from headway.http.models import GrantBody, RefundBody
from headway.http.services import account_of, lang_of, operator_of, services
from headway.http.validation import validated
from headway.web.application import Application
from headway.web.door import complaints
from headway.web.templating import Renderer

_A_PAGE = 25


def router(applications: Sequence[Application]) -> APIRouter:
    """The routes of `/credits`."""
    renderer = Renderer(applications)
    routes = APIRouter(prefix="/credits", include_in_schema=False, default_response_class=HTMLResponse)

    async def show(
        request: Request, error: HeadwayError | None = None, form: Mapping[str, str] | None = None
    ) -> Response:
        serving, account = services(request), account_of(request)
        cursor = request.query_params.get("cursor") or None
        standing = await serving.credits.balance(account.id)
        entries, following = await serving.credits.ledger(account.id, limit=_A_PAGE, before=number_of(cursor))
        titles = {kind: serving.headway.kinds[kind].title for kind in serving.headway.kinds}
        response = renderer.page(
            request,
            "credits.html",
            error.status if error else 200,
            standing=standing_body(standing),
            prices=prices_body(serving),
            titles=titles,
            offline=serving.headway.offline,
            entries=[entry_body(entry) for entry in entries],
            next=following,
            cursor=cursor,
            operator=account.role == "operator",
            errors=complaints(request, error) if error else [],
            form=form or {},
            done=request.query_params.get("done", ""),
        )
        response.headers["cache-control"] = "no-store"
        return response

    @routes.get("")
    async def credits(request: Request) -> Response:
        return await show(request)

    @routes.post("/grant")
    async def grant(request: Request) -> Response:
        operator_of(request)
        form = await forms.fields(request)
        try:
            await give(request, validated(GrantBody, _wanted(form, "account"), lang_of(request)))
        except HeadwayError as error:
            return await show(request, error, form)
        return RedirectResponse("/credits?done=granted", 303)

    @routes.post("/refund")
    async def refund(request: Request) -> Response:
        operator_of(request)
        form = await forms.fields(request)
        try:
            await give_back(request, validated(RefundBody, _wanted(form, "job_id"), lang_of(request)))
        except HeadwayError as error:
            return await show(request, error, {f"refund_{name}": value for name, value in form.items()})
        return RedirectResponse("/credits?done=refunded", 303)

    return routes


def _wanted(form: Mapping[str, str], whose: str) -> dict[str, object]:
    """The form as the API's body: an amount that is left out is none."""
    wanted: dict[str, object] = {whose: form.get(whose, "").strip(), "reason": form.get("reason", "").strip()}
    if amount := form.get("amount", "").strip():
        wanted["amount"] = amount
    return wanted
