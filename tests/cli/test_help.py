"""Every command explains itself, and starting one loads only what it needs."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from tests.cli.harness import Command

from headway.cli.program import program


def commands() -> Iterator[tuple[str, ...]]:
    """The words of every command."""
    root = typer.main.get_command(program)
    for name, command in root.commands.items():  # type: ignore[attr-defined]  # a group, which has no public type
        inner = getattr(command, "commands", {})
        yield from ((name, each) for each in inner)
        if not inner:
            yield (name,)


def loaded(*args: str) -> set[str]:
    """The modules that a command has loaded in a process of its own when it ends."""
    script = "import sys; from headway.cli import run; run(sys.argv[1:]); print('\\n', *sys.modules)"
    done = subprocess.run([sys.executable, "-c", script, *args], check=True, capture_output=True, text=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_a_command_explains_itself_with_an_example(words: tuple[str, ...], headway: Command) -> None:
    shown = headway(*words, "--help")
    assert shown.code == 0
    assert "Example" in shown.out
    assert f"headway {' '.join(words)}" in shown.out.split("Example")[1]
    assert ("--app MODULE:NAME" in shown.out) == (words != ("fake-ai",))  # which plays someone else


def test_what_prints_data_prints_json() -> None:
    printing = {"migrate", "check", "doctor", "stats", "cleanup", "monitor"}
    root = typer.main.get_command(program)
    groups = {**root.commands, **root.commands["jobs"].commands}  # type: ignore[attr-defined]  # as above
    with_json = {
        name
        for name, command in groups.items()
        if any("--json" in getattr(each, "opts", ()) for each in command.params)
    }
    assert with_json == printing | {"list", "show", "failed", "retry", "cancel"}


@pytest.mark.parametrize("words", [(), ("jobs",)], ids=["headway", "headway jobs"])
def test_without_a_command_the_help_is_shown_and_it_counts_as_misuse(
    words: tuple[str, ...], headway: Command
) -> None:
    shown = headway(*words)
    assert shown.code == 2
    assert "Commands:" in shown.err


def test_the_version_is_printed(headway: Command) -> None:
    assert headway("--version").out.startswith("headway ")


def test_help_loads_nothing_heavy() -> None:
    heavy = {"pydantic", "structlog", "rich", "fastapi", "apsw", "psycopg", "headway.engine.app"}
    assert loaded("--help") & heavy == set()


def test_a_worker_loads_no_web_framework(folder: Path) -> None:
    assert loaded("worker", "--once") & {"fastapi", "starlette", "uvicorn", "jinja2"} == set()


def test_the_module_runs_as_the_command_does(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "headway.cli", "--version"], check=True, capture_output=True, text=True
    )
    assert done.stdout.startswith("headway ")
