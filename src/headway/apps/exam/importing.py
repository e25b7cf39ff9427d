"""A request that brings enrolments: JSON, JSON lines, CSV, or a form with a file of them.

Called by the import's routes. Invariant: bounded while it streams, and read in a thread, so that a file of
hundreds holds nobody up.
"""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, Final

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from headway.apps.exam import records
from headway.apps.exam.schema import ExamInput
from headway.core.errors import FieldError, InvalidInput
from headway.http import bodies
from headway.http.problems import MalformedBody, UnsupportedMediaType
from headway.http.services import lang_of
from headway.support.i18n import N_

LIMIT_BYTES: Final = 32 << 20
_MULTIPART = "multipart/form-data"
_TYPES = frozenset(
    {
        "",
        "application/json",
        "application/jsonl",
        "application/json-lines",
        "application/x-jsonlines",
        "application/x-ndjson",
        "application/ndjson",
        "application/csv",
        "application/vnd.ms-excel",
        "application/octet-stream",
        "text/csv",
        "text/plain",
    }
)
_LIST: dict[str, Any] = {"type": "array", "items": ExamInput.model_json_schema()}
BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": _LIST},
            "application/x-ndjson": {"schema": {"type": "string"}},
            "text/csv": {"schema": {"type": "string"}},
            _MULTIPART: {
                "schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
            },
        },
    }
}


async def read(request: Request, code: str | None) -> list[ExamInput]:
    """The enrolments of the body. Raises UnsupportedMediaType, MalformedBody, TooLarge, InvalidInput."""
    kind = bodies.media_type(request)
    if kind not in _TYPES and kind != _MULTIPART:
        raise UnsupportedMediaType(
            N_("Send JSON, JSON lines, CSV or a form with a file, not {type}"), type=kind
        )
    data = await bodies.read(request, LIMIT_BYTES)
    if kind == _MULTIPART:
        data = await _file_of(request, data)
    return await asyncio.to_thread(records.read, data, code, lang_of(request))


async def _file_of(request: Request, body: bytes) -> bytes:
    """The file of a form."""

    async def stream() -> AsyncGenerator[bytes, None]:
        yield body
        yield b""

    try:
        form = await MultiPartParser(request.headers, stream(), max_files=1, max_fields=20).parse()
    except (MultiPartException, KeyError) as error:
        raise MalformedBody([FieldError("", N_("Not a multipart form, or it ended early"))]) from error
    try:
        for value in form.values():
            if isinstance(value, UploadFile):
                return await value.read()
    finally:
        await form.close()
    raise InvalidInput([FieldError("file", N_("This field is required"))])
