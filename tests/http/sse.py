"""Reads server-sent events as an EventSource would, and remembers comments."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx2
import orjson


@dataclass
class Event:
    id: int | None
    data: dict[str, Any]


async def events(answer: httpx2.Response) -> AsyncIterator[Event | str]:
    """Events, and comments as text, in their order."""
    fields: dict[str, str] = {}
    async for line in answer.aiter_lines():
        if line.startswith(":"):
            yield line[1:].strip()
        elif line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        elif "data" in fields:
            number = fields.get("id")
            yield Event(None if number is None else int(number), orjson.loads(fields["data"]))
            fields = {}
        else:
            fields = {}


async def snapshots(answer: httpx2.Response) -> AsyncIterator[Event]:
    """Events only."""
    async for event in events(answer):
        if isinstance(event, Event):
            yield event
