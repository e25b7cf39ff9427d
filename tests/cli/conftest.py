"""The command line under test: `headway(…)` in this process, `start(…)` in one of its own, on the tests' app.

The app is a module `errands` in the test's folder; what its handlers wait for are files there, so that a test
says when.
"""

import importlib
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import structlog
from tests.cli.harness import ERRANDS, Command, Ended, Process, Submit

from headway import Headway
from headway.cli import run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The test's folder, current, with the module `errands`, and no setting of the outside."""
    for name in os.environ:
        if name.startswith("HEADWAY_") or name in ("HOST", "PORT", "NO_COLOR"):
            monkeypatch.delenv(name)
    (tmp_path / "errands.py").write_text(ERRANDS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HEADWAY_APP", "errands:app")
    return tmp_path


@pytest.fixture
def own_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Puts back what a command changes for its whole process: modules, paths, logging."""
    handlers, level, modules = logging.root.handlers[:], logging.root.level, set(sys.modules)
    monkeypatch.setattr(sys, "path", sys.path[:])
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()
    for name in set(sys.modules) - modules:
        if not name.startswith(("headway", "rich", "typer", "pygments", "psycopg")):
            del sys.modules[name]


@pytest.fixture
def headway(folder: Path, own_process: None, capsysbinary: pytest.CaptureFixture[bytes]) -> Command:
    """Runs one command in this process."""

    def command(*args: str) -> Ended:
        sys.modules.pop("errands", None)
        capsysbinary.readouterr()
        code = run(args)
        captured = capsysbinary.readouterr()
        return Ended(code, captured.out.decode(), captured.err.decode())

    return command


@pytest.fixture
def migrated(headway: Command) -> Command:
    """The same with a database."""
    assert headway("migrate").code == 0
    return headway


@pytest.fixture
def errands(folder: Path, own_process: None) -> Callable[[], Headway]:
    """The app of `errands`, with the settings of now, as a program of the user's would have it."""

    def fresh() -> Headway:
        sys.path.insert(0, str(folder))
        sys.modules.pop("errands", None)
        app: Headway = importlib.import_module("errands").app
        return app

    return fresh


@pytest.fixture
def submit(errands: Callable[[], Headway]) -> Submit:
    """Submits a job; returns its id."""

    def one(kind: str, input: object = None, **options: Any) -> str:
        app = errands()
        with closing(app.store):
            return app.submit_sync(kind, input, **options)

    return one


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[..., Process]]:
    """Starts `headway …` as a process; whatever is left of it ends with the test."""
    started: list[Process] = []

    def one(*args: str) -> Process:
        started.append(Process(*args))
        return started[-1]

    yield one
    for each in started:
        each.kill()


@pytest.fixture
def ended(migrated: Command, submit: Submit) -> dict[str, str]:
    """A greeting that completed and a stumble that failed: {kind: id}."""
    ids = {"greet": submit("greet", "Ada"), "stumble": submit("stumble", "a stone")}
    assert migrated("worker", "--once").code == 0
    return ids
