"""`stats` and `monitor`: how much of what, and how the queue stands."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from headway.cli import opening, output, times
from headway.cli.loading import load
from headway.cli.options import App, Json

if TYPE_CHECKING:
    from headway.store import Depth, Store, WorkerRow


def stats(app: App = None, json: Json = False) -> None:
    """Count and average seconds by kind and status.

    \b
    Example:
        headway stats
    """
    found = opening.with_store(load(app), lambda store: store.stats())
    if json:
        output.print_json([asdict(row) for row in found])
    elif found:
        right = output.Column
        columns = (right("kind"), right("status"), right("count", right=True), right("average", right=True))
        output.table(columns, [(r.kind, r.status, r.count, _average(r.average_seconds)) for r in found])
    else:
        output.say("No jobs yet")


def monitor(
    app: App = None,
    json: Json = False,
    most: Annotated[
        int | None, typer.Option("--max", min=0, metavar="N", help="Exit 1 when more than N wait.")
    ] = None,
) -> None:
    """How many jobs wait and how long, what runs, what failed lately.

    Scheduled jobs whose time has not come do not count as waiting. Fit for a cron job or an alarm.

    \b
    Example:
        headway monitor --max 100
    """
    headway = load(app)

    async def look(store: "Store") -> tuple["Depth", list["WorkerRow"]]:
        from headway.http.metrics import live_workers

        return await store.depth(), await live_workers(store, headway.settings.lease_s)

    depth, workers = opening.with_store(headway, look)
    if json:
        output.print_json(
            {
                "waiting": depth.ready,
                "oldest_waiting_seconds": depth.oldest_ready_s,
                "later": depth.waiting,
                "running": depth.leased,
                "failed_last_hour": depth.failed_last_hour,
                "workers": len(workers),
            }
        )
    else:
        oldest = (
            "" if depth.oldest_ready_s is None else f", the oldest for {times.length(depth.oldest_ready_s)}"
        )
        output.facts(
            [
                ("waiting", f"{depth.ready}{oldest}"),
                ("later", f"{depth.waiting} (scheduled, asleep, or trying again)"),
                ("running", depth.leased),
                ("failed", f"{depth.failed_last_hour} in the last hour"),
                ("workers", f"{len(workers)} alive"),
            ]
        )
    if most is not None and depth.ready > most:
        raise typer.Exit(1)


def _average(seconds: float | None) -> str:
    return "" if seconds is None else times.length(seconds)
