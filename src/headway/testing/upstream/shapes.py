"""What both protocols' replies are built from: JSON bodies, pieces, garbled answers, pages of proxies."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import cycle
from typing import Any

from headway.testing.upstream.behaviours import Behaviour
from headway.testing.upstream.http import Reply
from headway.testing.upstream.script import Move

PAGE = (
    b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1><hr>proxy</body></html>"
)
_ODD_SIZES = (1, 7, 2, 13, 3, 5)


def dumped(value: object) -> bytes:
    """JSON with characters of several bytes left as they are, so that pieces can cut through them."""
    return json.dumps(value, ensure_ascii=False).encode()


def json_reply(status: int, body: object, headers: dict[str, str] | None = None) -> Reply:
    """A whole JSON body."""
    return Reply(
        status, [dumped(body)], {"content-type": "application/json; charset=UTF-8", **(headers or {})}
    )


def shredded(data: bytes) -> list[bytes]:
    """The bytes in small odd pieces."""
    pieces, place, sizes = [], 0, cycle(_ODD_SIZES)
    while place < len(data):
        size = next(sizes)
        pieces.append(data[place : place + size])
        place += size
    return pieces


def said(behaviour: Behaviour, text: str) -> str:
    """The honest answer, as this behaviour says it."""
    match behaviour:
        case Behaviour.FENCED:
            return f"```json\n{text}\n```"
        case Behaviour.PROSE:
            return f"Certainly! Here is what you asked for: {text} I hope that this helps {{or not}}."
        case Behaviour.WRONG_JSON:
            return '{"unexpected": ["form"]}'
        case Behaviour.NOT_JSON:
            return "I would rather talk about the weather."
    return text


def deltas(text: str) -> list[str]:
    """A text as a stream gives it: about six parts."""
    size = max(1, -(-len(text) // 6))
    return [text[n : n + size] for n in range(0, len(text), size)] or [""]


def tokens(text: str) -> int:
    """About how many tokens that is."""
    return 1 + len(text) // 4


def page(status: int) -> Reply:
    """What a proxy answers."""
    return Reply(status, [PAGE], {"content-type": "text/html"})


def retry_headers(move: Move) -> dict[str, str]:
    """The wait in the header that the behaviour uses."""
    match move.do:
        case Behaviour.RATE_LIMITED:
            return {"retry-after": f"{move.wait_s:g}"}
        case Behaviour.RATE_LIMITED_MS:
            return {"retry-after-ms": f"{move.wait_s * 1000:.0f}"}
        case Behaviour.RATE_LIMITED_DATE:
            # An HTTP date has whole seconds: rounded up, it asks for no less.
            when = datetime.now(UTC) + timedelta(seconds=move.wait_s + 0.999)
            return {"retry-after": format_datetime(when.replace(microsecond=0), usegmt=True)}
    return {}


def framed(frames: Sequence[Any], ends: bytes, last: bytes = b"") -> list[bytes]:
    """Server-sent events of JSON."""
    return [b"data: " + dumped(frame) + ends + ends for frame in frames] + ([last] if last else [])
