"""The CSRF token of a plain HTML form, read from the body without spoiling the body for the route.

Called by `gate` when a session's unsafe request has no `X-CSRF-Token` header. A url-encoded form may have the
field anywhere; a multipart form must have it FIRST, since a file of many megabytes may follow.
"""

from urllib.parse import parse_qsl

from python_multipart.multipart import parse_options_header
from starlette.types import Message, Receive

from headway.core.errors import TooLarge

FIELD = "csrf_token"
FORM_LIMIT_BYTES = 1 << 20
_HEAD_BYTES = 4096


async def form_token(content_type: str, receive: Receive) -> tuple[str | None, Receive]:
    """The field's value, None if there is none, and a `receive` that yields the body from its start.

    Raises TooLarge for a url-encoded form beyond 1 MiB.
    """
    media_type, params = parse_options_header(content_type)
    if media_type == b"application/x-www-form-urlencoded":
        body, messages = await _read(receive, FORM_LIMIT_BYTES + 1)
        if len(body) > FORM_LIMIT_BYTES:
            raise TooLarge()
        fields = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        return fields.get(FIELD), _replay(messages, receive)
    if media_type == b"multipart/form-data" and params.get(b"boundary"):
        head, messages = await _read(receive, _HEAD_BYTES)
        return _first_part(head, params[b"boundary"]), _replay(messages, receive)
    return None, receive


def _first_part(head: bytes, boundary: bytes) -> str | None:
    """The value of the first part if it is our field, from the first bytes of a multipart body."""
    start = b"--" + boundary + b"\r\n"
    if not head.startswith(start):
        return None
    header, blank, rest = head[len(start) :].partition(b"\r\n\r\n")
    value, end, _ = rest.partition(b"\r\n--" + boundary)
    if not blank or not end or f'name="{FIELD}"'.encode() not in header or b"filename" in header:
        return None
    return value.decode("latin-1")


async def _read(receive: Receive, enough: int) -> tuple[bytes, list[Message]]:
    messages: list[Message] = []
    body = b""
    while len(body) < enough:
        message = await receive()
        messages.append(message)
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return body, messages


def _replay(messages: list[Message], receive: Receive) -> Receive:
    waiting = iter(messages)

    async def again() -> Message:
        message = next(waiting, None)
        return message if message is not None else await receive()

    return again
