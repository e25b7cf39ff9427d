"""The .sql files of both dialects say the same things by the same names."""

import re
from pathlib import Path

import pytest

import headway
from headway.store import queries

DIALECTS = ("sqlite", "postgres")
PARAMETER = {"sqlite": re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)"), "postgres": re.compile(r"%\((\w+)\)s")}
BOUND_BY_ITSELF = {"now"}
"""Bound in every query, whether it uses it or not."""


def parameters(dialect: str, name: str) -> set[str]:
    """What a caller must give."""
    return set(PARAMETER[dialect].findall(" ".join(queries.load(dialect)[name]))) - BOUND_BY_ITSELF


def test_both_dialects_have_the_same_queries() -> None:
    assert set(queries.load("sqlite")) == set(queries.load("postgres"))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_name_is_used_twice(dialect: str) -> None:
    folder = Path(headway.__file__).parent / "store" / "sql"
    texts = [path.read_text("utf-8") for ours in (dialect, "both") for path in folder.glob(f"{ours}.*")]
    names = [name for text in texts for name in re.findall(r"^-- name: (\w+)", text, re.MULTILINE)]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("name", sorted(queries.load("sqlite")))
def test_both_dialects_ask_for_the_same_parameters(name: str) -> None:
    assert parameters("sqlite", name) == parameters("postgres", name)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_word_and_fragment_is_rendered(dialect: str) -> None:
    for name, statements in queries.load(dialect).items():
        assert statements, name
        for statement in statements:
            assert not re.search(r"\{\w+\}", statement), name
            assert "--" not in statement, name


@pytest.mark.parametrize("dialect", DIALECTS)
def test_state_names_are_rendered_not_bound(dialect: str) -> None:
    assert any("'completed'" in statement for statement in queries.load(dialect)["retry"])


def test_every_query_is_asked_for_somewhere() -> None:
    sources = [path.read_text("utf-8") for path in Path(headway.__file__).parent.rglob("*.py")]
    unused = [name for name in queries.load("sqlite") if not any(f'"{name}"' in source for source in sources)]
    assert unused == []


def test_migrations_are_numbered_without_gaps_and_alike_in_both_dialects() -> None:
    lists = [[(number, name) for number, name, _ in queries.migrations(dialect)] for dialect in DIALECTS]
    assert lists[0] == lists[1]
    assert [number for number, _ in lists[0]] == list(range(1, len(lists[0]) + 1))
