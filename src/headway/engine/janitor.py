"""What every worker does now and then for all: promote what is due, rescue what is lost, end what is past its deadline.

A stepped core: `Janitor.step(writer)` is one transaction's worth, called from the worker's loop through the committer. Any
number of workers may do it at once; rows are locked or skipped, and every move is decided by `core.states`.
"""

from collections.abc import Callable

from headway.core.states import Event, decide
from headway.engine.runner import error_json
from headway.store.driver import Hint, Row, Writer
from headway.store.intents import Finish
from headway.store.jobs import end_waiting, seen_task
from headway.store.ledger import release_expired_holds
from headway.store.moves import write_moves
from headway.support.i18n import N_

_RESCUE_BATCH = 100


class Janitor:
    """`lease_ms` is how long leases are: one that ran out while the store was away is nobody's fault. That PostgreSQL was started
    anew it says itself; of other outages (a full disk, a broken network, a failover) only those that this process met are known:
    `since_outage` says how many seconds ago it met the last, None when it met none."""

    def __init__(self, lease_ms: int, since_outage: Callable[[], float | None] = lambda: None) -> None:
        self._lease_ms = lease_ms
        self._since_outage = since_outage
        self.hints: set[Hint] = set()

    def step(self, writer: Writer) -> int | None:
        """Promote, rescue, end, release holds in vain; returns in how many ms the next waiting task is due; None if none."""
        if writer.run("promote"):
            self.hints.add("work")
        self._rescue(writer)
        self._end_overdue(writer)
        release_expired_holds(writer)
        due = writer.rows("next_due")[0][0]
        return int(due) - writer.now if due is not None else None

    def _rescue(self, writer: Writer) -> None:
        expired = writer.rows("expired", n=_RESCUE_BATCH)
        if not expired:
            return
        up_since = self._up_since(writer)
        moves = []
        for row in expired:
            task, job = seen_task(row)
            worker, claimed_at, lease_until = str(row[11]), row[12], int(row[13] or 0)
            task.claimed_at = int(claimed_at or 0)
            event = self._blame(lease_until, up_since, job.suspect)
            error = error_json("lost", N_("The worker that ran it was lost"))
            if event is Event.DIE and job.suspect:
                error = error_json("poison", N_("It ended the process that ran it, again and again"))
            intent = Finish(task, worker, event, error=error, chunked=task.part == 0)
            moves.append((intent, decide(job, event, writer.now), job.cancel_requested))
        write_moves(writer, moves, self.hints)

    def _up_since(self, writer: Writer) -> int:
        """When the store was last away, as far as anyone here knows; 0 when it never was."""
        started = int(writer.rows("up_since")[0][0] or 0)
        since = self._since_outage()
        return started if since is None else max(started, writer.now - int(since * 1000))

    def _blame(self, lease_until: int, up_since: int, suspect: bool) -> Event:
        """A lease that was extended last before the store came up, or within a lease of it, was lost by the store. A suspect has a
        process of its own, whose death its worker would have told: a worker lost around it says nothing of it."""
        away = lease_until - self._lease_ms < up_since + self._lease_ms
        return Event.LOSE if away or suspect else Event.DIE

    def _end_overdue(self, writer: Writer) -> None:
        overdue: list[Row] = writer.rows("overdue", n=_RESCUE_BATCH)
        error = error_json("deadline", N_("The job's deadline has passed"))
        for row in overdue:
            end_waiting(writer, row, Event.GIVE_UP, error, self.hints)
