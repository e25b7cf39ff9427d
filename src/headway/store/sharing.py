"""What those do who ask what another claim of their job asks already: join it, and look what it has come to. `calls` begins
and ends it.

Called by the engine when `OpenCall` has named such a call, and while a question waits for its turn.
"""

from typing import NamedTuple

from headway.store.base import Base
from headway.store.calls import UnderWay, join
from headway.store.driver import Value
from headway.store.intents import TaskKey


class Said(NamedTuple):
    """What a call has come to; `outcome` None: nothing that anybody waits for."""

    outcome: str | None = None
    answer: str | None = None
    model: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None


class Sharing(Base):
    """What a question asks of other claims' calls."""

    async def join_call(self, task: TaskKey, request_hash: str) -> UnderWay | None:
        """The call under way that asks the same for the task's job; it counts from now on as shared with the task."""
        question: dict[str, Value] = {"id": task[0], "request_hash": request_hash}
        if not await self.read(lambda r: r.rows("under_way", **question)):
            return None
        return await self.act(lambda writer: join(writer, task, request_hash))

    async def said(self, job_id: str, step: str, key: str, n: int) -> Said | None:
        """What that call has come to; None while its answer is waited for."""
        found = await self.read(lambda r: r.rows("said", id=job_id, step=step, key=key, n=n))
        return Said._make(found[0]) if found else None
