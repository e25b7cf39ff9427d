"""`doctor`: is everything there that Headway needs? One line for each thing, exit 1 on a fault.

Each check says what it found, or raises Fault with what to do. Those that need an earlier one are left out
when it failed.
"""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from headway.cli import opening, output
from headway.cli.faults import Fault
from headway.cli.loading import environment, load, read_settings
from headway.cli.options import App, Json
from headway.support.safe import neutral

if TYPE_CHECKING:
    from headway.engine.app import Headway


def doctor(app: App = None, json: Json = False) -> None:
    """Check settings, data folder, provider, database, workers.

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
    headways: list[Headway] = []

    def registered() -> str:
        headway = load(app)
        headways.append(headway)
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
    if database[1]:
        yield _try("workers", lambda: _workers(headway))


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
    try:
        provider = headway.provider()
    except ValueError as error:
        raise Fault(str(error)) from error
    if headway.settings.ai == "off":
        return "off: handlers that ask a model fail"
    return (
        provider.name if provider.model in ("", provider.name) else f"{provider.name}, model {provider.model}"
    )


def _database(headway: "Headway") -> str:
    have = opening.require_schema(headway)
    return f"{opening.place(headway)} answers, schema {have}"


def _workers(headway: "Headway") -> str:
    from headway.http.metrics import live_workers

    lease_s = headway.settings.lease_s
    alive = opening.with_store(headway, lambda store: live_workers(store, lease_s))
    if not alive:
        raise Fault("none is alive: start one with `headway worker`")
    return "; ".join(f"{each.id} runs {each.running} of {each.concurrency}" for each in alive)
