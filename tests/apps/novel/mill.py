"""A workshop with the novel's job in it, books to feed it, and a model that answers by our own rules."""

import contextlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.engine.workshop import Workshop

from headway.apps.novel.job import FILE, KIND
from headway.apps.novel.shortening import Style, shorten
from headway.store import Snapshot
from headway.testing.upstream import Question

Answer = Callable[[Question], str]
_NUMBERED = re.compile(r"^\[(\d+)\] (.*)$", re.MULTILINE)
_TEXT = re.compile(r"<<<TEXT>>>\n(.*?)\n<<<END TEXT>>>", re.DOTALL)
_LIMIT = re.compile(r"at most (\d+) words")


def asked(question: Question) -> dict[int, str]:
    """The numbered sentences that a prompt asks for."""
    found = _TEXT.search(question.prompt)
    return {int(n): text for n, text in _NUMBERED.findall(found[1])} if found else {}


def honest(question: Question) -> str:
    """What a good model says: every sentence by our own rules."""
    limit = _LIMIT.search(question.system)
    style = Style(limit=int(limit[1]) if limit else 8)
    return said({n: [piece.text for piece in shorten(text, style)] for n, text in asked(question).items()})


def said(short: Mapping[int, Sequence[str]]) -> str:
    """An answer in the asked form."""
    return json.dumps({"sentences": [{"n": n, "short": list(texts)} for n, texts in short.items()]})


BUDGET = 100_000
PRICES = "monthly_grant = 1000000"
"""A price list under which nobody runs short."""


async def upload(shop: Workshop, data: bytes, owner: str = "local", name: str = "livre.pdf") -> str:
    """A file as the upload routes leave it."""
    store = shop.app.store
    file_id = await store.create_file(owner, FILE, name, "application/pdf")
    block = 256 << 10
    for n, start in enumerate(range(0, len(data), block)):
        await store.write_block(file_id, n, data[start : start + block])
    await store.finish_file(file_id, len(data), "")
    return file_id


async def start(shop: Workshop, data: bytes, **settings: Any) -> str:
    """Submit a book; its job's id."""
    file_id = await upload(shop, data)
    reserve = BUDGET if shop.app.settings.ai != "offline" else None
    return await shop.submit(KIND, {"pdf": "livre.pdf", **settings}, files=(file_id,), reserve=reserve)


async def shortened(
    shop: Workshop, data: bytes, *, patience: int = 1, **settings: Any
) -> tuple[Snapshot, dict[str, Any]]:
    """A book from its upload to its result; `patience` times the workshop's own."""
    job_id = await start(shop, data, **settings)
    for _ in range(patience - 1):
        with contextlib.suppress(TimeoutError):
            await shop.ended(job_id)
    snapshot = await shop.ended(job_id)
    assert snapshot.status == "completed", snapshot.error
    return snapshot, await shop.result(snapshot.id)
