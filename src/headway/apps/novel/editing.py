"""Edited sentences: a person's own words in the place of a short sentence.

Called by the routes (saving) and by whoever reads a result (``amend``). A place is the number of the source
sentence and which of its short sentences it is, not the row's number: so an edit stays where it belongs when a chunk
that had failed comes in before it. Invariant: an edit shows only where the sentence that it was made for
still stands.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from headway.apps.novel.words import count_words
from headway.core.errors import Conflict, FieldError, InvalidInput, JobNotFound
from headway.store import Store
from headway.store.edits import Edit
from headway.support.i18n import N_

LONGEST = 2_000
"""Characters of an edited sentence."""


def places(sentences: Sequence[Mapping[str, Any]]) -> list[str]:
    """The place of each row: ``source.nth``."""
    seen: Counter[int] = Counter()
    found: list[str] = []
    for row in sentences:
        found.append(f"{row['source']}.{seen[row['source']]}")
        seen[row["source"]] += 1
    return found


def applied(result: Mapping[str, Any], edits: Mapping[str, Edit]) -> None:
    """Put the edits into a result's rows; an edited row keeps what it was in ``made``, and its flags are those of
    its new text."""
    limit = result["settings"]["sentence_length_limit"]
    least = result["settings"]["min_sentence_length"]
    rows = result["sentences"]
    for place, row in zip(places(rows), rows, strict=True):
        edit = edits.get(place)
        if edit is not None and edit.base == row["normalized"]:
            size = count_words(edit.text)
            flags = ["long"] if size > limit else ["short"] if size < least else []
            row.update(made=row["normalized"], normalized=edit.text, edited=True, flags=flags)


async def amend(store: Store, job_id: str, result: str) -> str:
    """The result with what its owner changed; as it stands where nothing was."""
    edits = await store.edits(job_id)
    if not edits:
        return result

    def put_in() -> str:
        value = orjson.loads(result)
        applied(value, edits)
        return orjson.dumps(value).decode()

    return await asyncio.to_thread(put_in)


async def save(store: Store, job_id: str, owner: str, n: int, text: str | None) -> Mapping[str, Any] | None:
    """Keep `text` as the job's `n`-th sentence (None: take the edit back); the row as it stands then, None where there
    is no such row. Raises JobNotFound, Conflict before the job has a result."""
    found = await store.result(job_id, owner)
    if found is None or found[0].kind != "novel":
        raise JobNotFound()
    if found[1] is None:
        raise Conflict(N_("There is no result yet that could be edited"))
    value = await asyncio.to_thread(orjson.loads, found[1])
    rows = value["sentences"]
    if not 0 <= n < len(rows):
        return None
    row, place = rows[n], places(rows[: n + 1])[n]
    if text is None or text == row["normalized"]:
        await store.drop_edit(job_id, owner, place)
        return dict(row)
    edit = Edit(place, row["normalized"], text)
    if not await store.save_edit(job_id, owner, edit):
        raise JobNotFound()
    applied({"settings": value["settings"], "sentences": rows[: n + 1]}, {place: edit})
    return dict(row)


def checked(text: object) -> str:
    """What a sentence is edited to: one line. Raises InvalidInput."""
    if not isinstance(text, str) or not text.strip():
        raise InvalidInput([FieldError("normalized", N_("A sentence cannot be empty"))])
    line = " ".join(text.split())
    if len(line) > LONGEST:
        raise InvalidInput(
            [FieldError("normalized", N_("A sentence has at most {limit} characters"), {"limit": LONGEST})]
        )
    return line
