"""Static files: style, scripts and glyphs of the web floor, the JavaScript client, each application's own.

Mounted at `/static`. Answers with an entity tag and asks browsers to revalidate, so that an upgrade is seen
at once; any origin may read them, since the client is imported by pages of other sites.
"""

import gzip
from collections.abc import Iterable, Mapping
from functools import cache
from mimetypes import guess_type
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from headway.web.application import Application

HERE = Path(__file__).resolve().parent
CLIENT_IN_CHECKOUT = HERE.parents[2] / "clients" / "js" / "src"
"""Where the client lives in a checkout; the wheel has it among the static files."""

_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


class Assets:
    """An ASGI application that serves files by name from a fixed list of folders."""

    def __init__(self, applications: Iterable[Application]) -> None:
        self._shared = [HERE / "static", CLIENT_IN_CHECKOUT]
        self._own: Mapping[str, Path] = {a.name: a.directory for a in applications}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; `404` for what is not there, `405` for another method than GET and HEAD."""
        request = Request(scope)
        if request.method not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        root = scope.get("root_path", "")
        path = self.find(scope["path"].removeprefix(root).lstrip("/"))
        if path is None:
            raise HTTPException(404)
        await _answer(request, path)(scope, receive, send)

    def find(self, name: str) -> Path | None:
        """Return the file of that name. `apps/essay/page.js` is in the folder of the application."""
        folders = self._shared
        if name.startswith("apps/"):
            _, owner, name = [*name.split("/", 2), "", ""][:3]
            folders = [self._own[owner]] if owner in self._own else []
        try:
            for folder in folders:
                path = (folder / name).resolve()
                if path.is_relative_to(folder) and path.suffix in _TYPES and path.is_file():
                    return path
        except (OSError, ValueError):  # no file can have this name: it is too long, or has a NUL
            return None
        return None


def _answer(request: Request, path: Path) -> Response:
    stat = path.stat()
    body, packed, tag = _read(path, stat.st_mtime_ns, stat.st_size)
    headers = {
        "ETag": tag,
        "Cache-Control": "public, no-cache",
        "Vary": "Accept-Encoding",
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = packed, "gzip"
    kind = _TYPES.get(path.suffix) or guess_type(path.name)[0]
    return Response(body, headers=headers, media_type=kind)


@cache
def _read(path: Path, mtime_ns: int, size: int) -> tuple[bytes, bytes, str]:
    """Return a file's bytes, the same packed, and its weak entity tag; read anew when time or size change."""
    body = path.read_bytes()
    return body, gzip.compress(body, mtime=0), f'W/"{mtime_ns:x}-{size:x}"'
