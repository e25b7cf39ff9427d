"""The end of jobs as rows: what the statement `end` takes, by place, and which of them it wrote.

Called by whatever ends a job: `apply` for workers, `jobs` for cancels, `chunks` for the last chunk of a cancelled job.
"""

from collections.abc import Sequence

from headway.core.states import Status
from headway.store.driver import Value, Writer
from headway.store.intents import TaskKey
from headway.store.ledger import settle_ended
from headway.store.submission import dump

_RESULT = 5
_LARGE = 256 << 10
"""Characters of a result, of a job or of a chunk, beyond which it goes beside the document of its batch: a database takes such a
document apart more than once, and a result of 20 MB would want 400 MB of memory."""

End = Sequence[Value]
"""(id, fence, cancel, leased, status, result, error, tries, percent, who): the job, what must still hold of its task, and what
its row will say. None keeps what the task says."""


def end_jobs(writer: Writer, ends: Sequence[End]) -> list[TaskKey]:
    """End these jobs where their guards hold; gives the keys of those that were ended. Jobs with a reserve end by themselves,
    and are settled: nothing else in the batch pays for that."""
    large = [end for end in ends if is_large(end[_RESULT])]
    rows = dump([_without_result(end) if end in large else end for end in ends] if large else ends)
    keys = _ended(writer, ends, rows)
    for end in large:
        if (end[0], 0, end[1]) in keys:
            writer.run("keep_result", id=end[0], fence=end[1], result=end[_RESULT])
    return keys


def is_large(result: Value) -> bool:
    """Whether a result goes beside its batch's document, by a statement of its own."""
    return isinstance(result, str) and len(result) > _LARGE


def _ended(writer: Writer, ends: Sequence[End], rows: str) -> list[TaskKey]:
    ended = writer.run("end", rows=rows, paid=False)
    if ended < len(ends) and writer.run("end", rows=rows, paid=True):
        settle_ended(writer, rows)
    if ended == len(ends):
        return [(str(id), 0, fence) for id, fence, *_ in ends]  # type: ignore[misc]  # fences are whole numbers
    return [(str(id), 0, int(fence or 0)) for id, _, fence in writer.rows("ended_now", rows=rows)]


def _without_result(end: End) -> End:
    return (*end[:_RESULT], None, *end[_RESULT + 1 :])


def plain_end(id: str, fence: int, cancel: bool, status: Status, who: str | None = None) -> End:
    """The end of a job that nobody runs."""
    return (id, fence, cancel, False, status, None, None, None, None, who)
