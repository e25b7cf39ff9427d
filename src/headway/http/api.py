"""Puts the API together: every route of ours that is the same for all kinds of job.

Called by `server`, which adds the applications' routes and the pages, and wraps `gate` and `shell` around it
all.
"""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from headway import __version__
from headway.http import (
    account,
    auditing,
    auth,
    credits,
    docs,
    events,
    figures,
    google,
    hooks,
    inspection,
    jobs,
    members,
    ops,
    parts,
    problems,
    quotes,
    share,
    timeline,
)
from headway.http.problems import ProblemBody
from headway.http.services import Services

_DESCRIPTION = """Slow AI work behind a web application: accepted in milliseconds, durable, watched live.

Send `Authorization: Bearer TOKEN`; the local account's token is in the data directory's file `token`.
Errors are `application/problem+json` (RFC 9457)."""


def build_api(serving: Services) -> FastAPI:
    """The application with the API's routes; `serving` is what they find through `services(request)`."""
    app = FastAPI(
        title="Headway",
        version=__version__,
        description=_DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.services = serving
    problems.install(app)
    # Routes are tried in order: the busiest first. Added one by one, because an included router is matched
    # twice
    # for each request, which costs more than the rest of the routing.
    busy = (jobs, events, parts, timeline)
    others = (share, credits, quotes, auth, google, account, members, hooks)
    operating = (ops, figures, inspection, auditing)
    for module in busy + others + operating:
        app.router.routes.extend(module.router.routes)
    docs.install(app)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]  # FastAPI's documented way to extend the schema
    return app


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes, tags=None
        )
        components = schema.setdefault("components", {})
        template = "#/components/schemas/{model}"
        problem = ProblemBody.model_json_schema(ref_template=template)
        components.setdefault("schemas", {}).update(
            {**problem.pop("$defs", {}), ProblemBody.__name__: problem}
        )
        components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
        schema["security"] = [{"bearer": []}]
        _drop_undocumented_422(schema)
        app.openapi_schema = schema
    return app.openapi_schema


def _drop_undocumented_422(schema: dict[str, Any]) -> None:
    """FastAPI adds its own form of 422 to whatever has a parameter; ours are named where they can happen."""
    for operations in schema["paths"].values():
        for operation in operations.values():
            answer = operation["responses"].get("422", {})
            if "application/json" in answer.get("content", {}):
                del operation["responses"]["422"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schema["components"]["schemas"].pop(unused, None)
