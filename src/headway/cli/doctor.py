"""`doctor`: is everything there that Headway needs? One line for each thing, exit 1 on a fault.

Each check says what it found, or raises Fault with what to do. Those that need an earlier one are left out
when it failed.
"""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from headway.cli import opening, output, ready
from headway.cli.faults import Fault
from headway.cli.loading import environment, load, read_settings
from headway.cli.options import App, Json
from headway.support.safe import neutral

if TYPE_CHECKING:
    from headway.engine.app import Headway
    from headway.store import Store, WorkerRow
    from headway.store.figures import QueueNow


def doctor(app: App = None, json: Json = False) -> None:
    """Check settings, data folder, provider, database, workers, and that what waits is run by somebody.

    One line each, exit 1 on a fault.

    \b
    Example:
        headway doctor
    """
    found = list(_look(app))
    if json:
        output.print_json([{"check": name, "ok": fine, "detail": detail} for name, fine, detail in found])
    else:
        for name, fine, detail in found:
            output.say(f"{'ok   ' if fine else 'FAULT'}  {name:<8}  {neutral(detail)}")
    if not all(fine for _, fine, _ in found):
        raise typer.Exit(1)


def _look(app: str | None) -> Iterator[tuple[str, bool, str]]:
    """The checks in their order: name, whether all is well, what there is to say."""
    settings = _try("settings", _settings)
    yield settings
    if not settings[1]:
        return
    from headway.http.metrics import live_workers
    from headway.server import equipment

    headways: list[Headway] = []

    def registered() -> str:
        headway = load(app)
        headways.append(headway)
        ready.limits(headway)
        name = app or headway.settings.app
        kinds = sorted(kind.name for kind in headway.kinds.values() if not kind.internal)
        return f"{name} runs {', '.join(kinds) or 'no kind of job yet'}"

    yield _try("app", registered)
    if not headways:
        return
    headway = headways[0]
    yield _try("data", lambda: _data(headway.settings.data_dir))
    yield _try("provider", lambda: _provider(headway))
    database = _try("database", lambda: _database(headway))
    yield database
    if not database[1]:
        return

    async def look(store: "Store") -> "tuple[list[WorkerRow], list[QueueNow], dict[str, int]]":
        alive = await live_workers(store, headway.settings.lease_s)
        return alive, await store.queue_now(), await store.unhandled()

    equipment.install(headway)  # Headway's own kinds need a worker, too
    alive, line, unhandled = opening.with_store(headway, look)
    yield _try("workers", lambda: _workers(alive))
    if alive:
        yield _try("queues", lambda: _queues(headway, alive))
    yield _try("tasks", lambda: _tasks(headway, line, unhandled))


def _try(name: str, look: Callable[[], str]) -> tuple[str, bool, str]:
    try:
        return name, True, look()
    except Fault as fault:
        return name, False, fault.message


def _settings() -> str:
    from headway.core.prices import BadPrices
    from headway.engine.pricing import price_list
    from headway.support.settings import variables

    settings = read_settings()
    try:
        price_list(settings.prices)
    except (BadPrices, OSError) as error:
        raise Fault(f"HEADWAY_PRICES: {error}") from error
    given = sorted(name for name in variables().values() if name in environment())
    return f"{', '.join(given)}; the rest as by default" if given else "all as by default"


def _data(folder: Path) -> str:
    """Can files be made in it, or it itself where it does not exist yet?"""
    parent = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not parent.is_dir():
        raise Fault(f"{parent} is no folder: choose another HEADWAY_DATA_DIR")
    try:
        with tempfile.TemporaryFile(dir=parent):
            pass
    except OSError as error:
        raise Fault(
            f"{parent} cannot be written ({error.strerror}): choose another HEADWAY_DATA_DIR"
        ) from error
    return f"{folder} can be written" if parent == folder else f"{folder} does not exist yet, and can be made"


def _provider(headway: "Headway") -> str:
    provider = ready.provider(headway)
    if headway.settings.ai == "off":
        return "off: handlers that ask a model fail"
    return (
        provider.name if provider.model in ("", provider.name) else f"{provider.name}, model {provider.model}"
    )


def _database(headway: "Headway") -> str:
    have = opening.require_schema(headway)
    return f"{opening.place(headway)} answers, schema {have}"


def _workers(alive: "Sequence[WorkerRow]") -> str:
    if not alive:
        raise Fault("none is alive: start one with `headway worker`")
    return "; ".join(f"{each.id} runs {each.running} of {each.concurrency}" for each in alive)


def _queues(headway: "Headway", alive: "Sequence[WorkerRow]") -> str:
    """Does somebody run each kind?"""
    served = {queue for each in alive for queue in each.queues}
    left: dict[str, list[str]] = {}
    for kind in headway.kinds.values():
        if kind.queue not in served:
            left.setdefault(kind.queue, []).append(kind.name)
    if left:
        raise Fault(
            "; ".join(
                f"no live worker serves the queue {queue}, so nobody runs {', '.join(sorted(kinds))}: "
                f"start one with `headway worker --queues {queue}`"
                for queue, kinds in sorted(left.items())
            )
        )
    return "live workers serve those of every kind"


def _tasks(headway: "Headway", line: "Sequence[QueueNow]", unhandled: "Mapping[str, int]") -> str:
    """Does what stands in line have a handler? No fault, since another app may share the database."""
    waiting: Counter[str] = Counter()
    for row in line:
        if row.kind not in headway.kinds:
            waiting[row.kind] += row.ready + row.waiting
    told = [
        f"{what}: {', '.join(f'{n} of {kind}' for kind, n in sorted(counts.items()))}"
        for what, counts in (
            ("this app has no handler for what waits", +waiting),
            ("a worker that has no handler for them gave back", unhandled),
        )
        if counts
    ]
    return "; ".join(told) or "there is a handler for all that wait"
