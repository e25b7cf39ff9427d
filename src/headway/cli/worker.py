"""`worker`: one process that runs jobs, or with `--processes` several.

The process drains at SIGTERM and SIGINT, and exits at once at the second.
"""

import asyncio
import ctypes
import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from headway.cli import opening, ready
from headway.cli.faults import misuse
from headway.cli.loading import load
from headway.cli.options import App

if TYPE_CHECKING:
    from headway.engine.app import Headway
    from headway.engine.worker import Worker

_PR_SET_PDEATHSIG = 1
# One wish may come as two signals: `timeout` and its like tell the process, and then its whole group.
_ECHO_S = 0.05
# Not SIGTERM: Linux sends it for each thread of a dying parent, and a second SIGTERM would end the drain.
_ORPHANED = signal.SIGHUP


def worker(
    app: App = None,
    once: Annotated[bool, typer.Option("--once", help="End when nothing is ready.")] = False,
    max_jobs: Annotated[
        int | None,
        typer.Option("--max-jobs", min=1, metavar="N", help="End after N tasks (attempts and chunks)."),
    ] = None,
    concurrency: Annotated[
        int | None,
        typer.Option(
            "--concurrency",
            min=1,
            max=10_000,
            metavar="N",
            help="How many tasks to run at once. [default: HEADWAY_CONCURRENCY]",
        ),
    ] = None,
    processes: Annotated[
        int,
        typer.Option(
            "--processes",
            min=1,
            max=1_000,
            metavar="N",
            help="Run N worker processes, each with these options; one that dies is replaced.",
        ),
    ] = 1,
    queues: Annotated[
        str | None,
        typer.Option(
            "--queues", metavar="A,B", help="Only these queues. [default: those of the app's kinds]"
        ),
    ] = None,
    memory: Annotated[
        int | None,
        typer.Option(
            "--memory", min=1, metavar="MB", help="End when it uses more; with --processes it is replaced."
        ),
    ] = None,
    max_time: Annotated[
        float | None, typer.Option("--max-time", min=0.001, metavar="S", help="End after S seconds.")
    ] = None,
    parent: Annotated[int | None, typer.Option("--parent", hidden=True)] = None,
) -> None:
    """Run jobs until it is told to stop.

    SIGTERM or Ctrl-C: nothing more is claimed, what runs gets HEADWAY_GRACE_S to finish, the rest is given
    back and costs no attempt. A second signal exits at once.

    \b
    Examples:
        headway worker
        headway worker --processes 4 --queues default,heavy
        headway worker --once
    """
    wanted = _queues(queues)
    headway = load(app, service=True)
    ready.provider(headway)
    if processes > 1:
        from headway.cli.processes import run_processes

        _prepare(headway)
        options = _options(
            app=app,
            once=once,
            max_jobs=max_jobs,
            concurrency=concurrency,
            queues=queues,
            memory=memory,
            max_time=max_time,
        )
        limited = once or max_jobs is not None or max_time is not None
        code = run_processes(processes, headway.settings.worker_id, options, replace_ended=not limited)
        raise typer.Exit(code)
    opening.schema(headway)
    from headway.engine.worker import Worker
    from headway.server import equipment
    from headway.support.process import tune

    tune()
    equipment.install(headway)

    made = Worker(
        headway,
        concurrency=concurrency,
        queues=wanted,
        once=once,
        max_jobs=max_jobs,
        max_time_s=max_time,
        memory_mb=memory,
    )
    import uvloop

    uvloop.run(_run(headway, made, parent))


async def _run(headway: "Headway", worker: "Worker", parent: int | None) -> None:
    """The worker's life between start and drain."""
    import structlog

    told: list[float] = []

    def on_signal(number: int) -> None:
        """The first asks for a drain; the second exits at once, which leases and fences make safe, too."""
        now = time.monotonic()
        if told and now - told[0] > _ECHO_S:
            os._exit(128 + number)
        if told:
            return
        told.append(now)
        log = structlog.get_logger("headway.worker")
        log.info("worker told to stop", worker=worker.id, signal=signal.Signals(number).name)
        worker.stop()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal, number)
    if parent is not None:
        loop.add_signal_handler(_ORPHANED, worker.stop)
        _end_with(parent)
    async with headway:
        await worker.run()


def _queues(given: str | None) -> list[str] | None:
    if given is None:
        return None
    names = [name.strip() for name in given.split(",")]
    if not all(names):
        misuse(f"--queues {given}: write names with commas between them, such as default,heavy")
    return names


def _prepare(headway: "Headway") -> None:
    """Find faults, and migrate, once and not in each process."""
    opening.schema(headway)
    headway.store.migrate()
    opening.close(headway)


def _options(**given: str | float | bool | None) -> list[str]:
    """A command line out of options and their values."""
    words: list[str] = []
    for name, value in given.items():
        if value is True:
            words.append(f"--{name.replace('_', '-')}")
        elif value is not None and value is not False:
            words += [f"--{name.replace('_', '-')}", str(value)]
    return words


def _end_with(parent: int) -> None:
    """Drain when the parent is gone, however it went (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, _ORPHANED)
    if os.getppid() != parent:
        os.kill(os.getpid(), _ORPHANED)
