"""`/api/docs` and `/api/openapi.json`: the documentation, without a request to another origin.

Called by `api`. Swagger's page needs an inline script; its Content-Security-Policy allows that one script by
its hash.
"""

import base64
import hashlib
import re
from pathlib import Path

import fastapi_offline
import orjson
from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

DOCS_PATH = "/api/docs"
OPENAPI_PATH = "/api/openapi.json"
_ASSETS = Path(fastapi_offline.__file__).parent / "static"
_INLINE_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


def install(app: FastAPI) -> None:
    """Add the documentation's routes to `app`."""
    app.mount(f"{DOCS_PATH}/static", StaticFiles(directory=_ASSETS), name="docs-static")

    @app.get(DOCS_PATH, include_in_schema=False)
    async def docs(request: Request) -> Response:
        page = get_swagger_ui_html(
            openapi_url=OPENAPI_PATH,
            title=f"{app.title} · API",
            swagger_js_url=f"{DOCS_PATH}/static/swagger-ui-bundle.js",
            swagger_css_url=f"{DOCS_PATH}/static/swagger-ui.css",
            swagger_favicon_url=f"{DOCS_PATH}/static/favicon.png",
        )
        return HTMLResponse(page.body, headers={"content-security-policy": _policy(bytes(page.body))})

    @app.get(OPENAPI_PATH, include_in_schema=False)
    async def openapi(request: Request) -> Response:
        return Response(orjson.dumps(app.openapi()), media_type="application/json")


def _policy(page: bytes) -> str:
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"
        for script in _INLINE_SCRIPT.findall(page)
    )
    return (
        f"default-src 'self'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
