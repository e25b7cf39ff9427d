"""What the documentation says of commands is true: each with its options and an example, and no other."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer.main

from headway.cli.program import program

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "cli.md").read_text()
SHARED = {"--app", "--json", "--help"}
PROMPT = re.compile(r"^\$ (.+)$", re.MULTILINE)
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands() -> dict[str, Any]:
    """Every command by its words, such as `jobs list`."""
    found: dict[str, Any] = {}
    for name, command in typer.main.get_command(program).commands.items():  # type: ignore[attr-defined]  # a group
        inner = getattr(command, "commands", None)
        if inner is None:
            found[name] = command
        else:
            found.update({f"{name} {each}": one for each, one in inner.items()})
    return found


def sections() -> dict[str, str]:
    """The page's text on each command, by its words."""
    parts = re.split(r"^## headway (.+)\n", PAGE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def options(command: Any) -> set[str]:
    """The long options that people may use."""
    return {
        option
        for parameter in command.params
        if not getattr(parameter, "hidden", False)
        for option in parameter.opts
        if option.startswith("--")
    }


def shell(text: str) -> list[str]:
    """The text's blocks of shell."""
    return [block for language, block in BLOCK.findall(text) if language in ("", "sh")]


def calls(text: str) -> list[list[str]]:
    """The words after `headway` of every command line of ours in a text's shell examples."""
    found = []
    for line in text.splitlines():
        words = shlex.split(line.removeprefix("$ "), comments=True) if "headway " in line else []
        starts = [n for n, word in enumerate(words) if word in ("headway", ".venv/bin/headway")]
        found += [words[n + 1 :] for n in starts[:1]]
    return found


def documented_calls() -> list[list[str]]:
    """Every call of a command in README, in the contribution guide and in docs."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    found = []
    for page in pages:
        for block in shell(page.read_text()):
            prompted = PROMPT.findall(block)
            found += calls("\n".join(prompted) if prompted else block)
    return found


def test_every_command_has_its_section_and_no_other() -> None:
    assert set(sections()) == set(commands())


@pytest.mark.parametrize("words", sorted(commands()))
def test_every_option_of_a_command_is_in_its_section(words: str) -> None:
    assert {
        each for each in options(commands()[words]) - SHARED if f"`{each}" not in sections()[words]
    } == set()
    assert set(re.findall(r"`(--\w+)", PAGE.partition("## headway")[0])) >= SHARED


@pytest.mark.parametrize("words", sorted(commands()))
def test_every_command_is_shown_in_use(words: str) -> None:
    shown = [" ".join(call) for block in shell(sections()[words]) for call in calls(block)]
    assert any(line == words or line.startswith(f"{words} ") for line in shown)


@pytest.mark.parametrize("call", documented_calls(), ids=" ".join)
def test_a_documented_call_is_a_command_with_options_of_its_own(call: list[str]) -> None:
    words = " ".join(call[:2]) if call[0] in ("accounts", "exam", "jobs") else call[0]
    assert words in commands()
    used = {word.partition("=")[0] for word in call if word.startswith("--")}
    assert used <= options(commands()[words]) | {"--help"}


def test_every_exit_code_is_explained() -> None:
    assert {"| 0 |", "| 1 |", "| 2 |"} <= set(re.findall(r"\| \d \|", PAGE))
