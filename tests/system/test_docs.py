"""What the documentation says about settings, packages and files is true."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from headway.store import queries
from headway.support.settings import Settings

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| `([A-Z_]+)` \| (.*?) \|", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")
PAGES = [
    *(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
CREATED = re.compile(r"^CREATE TABLE (\w+)", re.MULTILINE)


def documented() -> dict[str, str]:
    """Setting → what its row says of the default."""
    return dict(ROW.findall((ROOT / "docs" / "settings.md").read_text()))


def known() -> dict[str, object]:
    """Environment name → default, of every field of Settings."""
    names = {}
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        first = alias.choices[0] if alias is not None and not isinstance(alias, str) else None  # type: ignore[union-attr]
        names[str(first or f"HEADWAY_{name.upper()}")] = field.default
    return names


def test_every_setting_is_documented_and_no_other() -> None:
    assert set(documented()) == set(known())


@pytest.mark.parametrize("name", sorted(known()))
def test_a_plain_default_is_documented_as_it_is(name: str) -> None:
    default = known()[name]
    if default in (None, ""):
        assert "`" not in documented()[name] or "+" in documented()[name]
    else:
        expected = str(default).lower() if isinstance(default, bool) else str(default)
        assert documented()[name] == f"`{expected}`"


def required() -> set[str]:
    """The packages that pyproject.toml asks for, in any extra, Headway itself aside."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [
        *project["dependencies"],
        *(line for extra in project["optional-dependencies"].values() for line in extra),
    ]
    return {canonicalize_name(Requirement(line).name) for line in lines} - {"headway"}


def test_every_dependency_has_its_reason() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text()
    cells = {
        cell.strip() for line in page.splitlines() if line.startswith("|") for cell in re.split(r"[|,]", line)
    }
    assert required() <= cells


def test_every_dependency_is_pinned_and_nothing_else_is_said() -> None:
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9][a-z0-9.-]*==[0-9][\w.]*", line)] == []
    assert required() <= {line.partition("==")[0] for line in lines}


def named(heading: str) -> list[str]:
    """What the first cells under a heading of ARCHITECTURE.md name, each as often as it stands there."""
    section = (ROOT / "ARCHITECTURE.md").read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\|([^|]*)\|", section, re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]


@pytest.mark.parametrize("dialect", ["sqlite", "postgres"])
def test_every_table_of_the_database_is_named_once_and_no_other(dialect: str) -> None:
    made = {table for _, _, script in queries.migrations(dialect) for table in CREATED.findall(script)}
    assert sorted(named("Tables")) == sorted({*made, "migrations"})


def test_every_floor_is_named_once_and_no_other() -> None:
    packages = [path.parent.name for path in (ROOT / "src" / "headway").glob("*/__init__.py")]
    assert sorted(named("Floors")) == sorted(packages)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    assert [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()] == []
