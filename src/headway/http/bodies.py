"""Reads request bodies: bounded while they stream, checked before anything is stored.

Called by `submission` and by the applications' routes. Invariant: no more than the limit is ever held in
memory, and text that reaches the store has neither NUL nor half a surrogate pair, which PostgreSQL cannot
keep.
"""

from collections.abc import Iterator

import orjson
from starlette.requests import ClientDisconnect, Request

from headway.core.errors import FieldError, InvalidInput, TooLarge
from headway.http.problems import MalformedBody, UnsupportedMediaType
from headway.support.i18n import N_, gettext

JSON_LIMIT_BYTES = 1 << 20
UPLOAD_LIMIT_BYTES = 50 << 20
_NUL = "\x00"


def media_type(request: Request) -> str:
    """The body's media type without parameters, in lower case; "" when none is named."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read(request: Request, limit: int = JSON_LIMIT_BYTES) -> bytes:
    """The whole body. Raises TooLarge as soon as more than `limit` bytes are announced or have come."""
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced) > limit:
        raise TooLarge(N_("At most {limit} bytes are taken here"), limit=limit)
    parts: list[bytes] = []
    size = 0
    try:
        async for part in request.stream():
            size += len(part)
            if size > limit:
                raise TooLarge(N_("At most {limit} bytes are taken here"), limit=limit)
            parts.append(part)
    except ClientDisconnect as error:
        raise MalformedBody([FieldError("", N_("The body ended early"))]) from error
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def read_json(request: Request, limit: int = JSON_LIMIT_BYTES) -> tuple[bytes, object]:
    """The body as it came, and its value. An empty body is an empty object.

    Raises UnsupportedMediaType for another content type than JSON, MalformedBody naming the position of a
    mistake.
    """
    kind = media_type(request)
    if kind and kind != "application/json" and not kind.endswith("+json"):
        raise UnsupportedMediaType(N_("Send application/json, not {type}"), type=kind)
    body = await read(request, limit)
    if not body.strip():
        return b"{}", {}
    return body, parse_json(body, str(request.state.lang))


def parse_json(body: bytes, lang: str = "en") -> object:
    """The value of a JSON text (RFC 8259, UTF-8). Raises MalformedBody with the position, InvalidInput for a
    NUL."""
    try:
        value: object = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        text = gettext(
            lang,
            N_("Not valid JSON at line {line}, column {column}: {reason}"),
            line=error.lineno,
            column=error.colno,
            reason=error.msg,
        )
        raise MalformedBody([FieldError("", text)]) from error
    if b"\\u0000" in body:
        wrong = list(_with_nul(value, ""))
        if wrong:
            raise InvalidInput([FieldError(path, N_("Must not contain the character NUL")) for path in wrong])
    return value


def check_text(fields: dict[str, str]) -> None:
    """The same rule for the fields of a form."""
    wrong = [name for name, value in fields.items() if _NUL in value or _NUL in name]
    if wrong:
        raise InvalidInput([FieldError(name, N_("Must not contain the character NUL")) for name in wrong])


def _with_nul(value: object, path: str) -> Iterator[str]:
    if isinstance(value, str):
        if _NUL in value:
            yield path
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _with_nul(item, f"{path}.{index}" if path else str(index))
    elif isinstance(value, dict):
        for name, item in value.items():
            here = f"{path}.{name}" if path else str(name)
            if _NUL in name:
                yield here.replace(_NUL, "\\u0000")
            yield from _with_nul(item, here)
