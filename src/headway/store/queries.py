"""Named queries: read once from `sql/<dialect>.<theme>.sql`, and from `sql/both.<theme>.sql` where the dialects need no words of
their own, with state names rendered in and parameters in the driver's style; `sql/<dialect>.sql` says how they are written.

A file is a run of `-- name: x` blocks; each may hold several statements, run in order with the same
parameters. A name that begins with an underscore is a fragment, put in wherever `{_name}` stands.
State names are rendered into the text, not bound, so that partial indexes serve. A test checks that both
dialects have the same names.
"""

import re
from functools import cache
from importlib.resources import files

from headway.core.states import Outcome, Status

_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)
_PARAMETER = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)\b")
_END = re.compile(r";(?!\s*END\b)")  # not the one inside a trigger
_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)
_WORDS = {f"{{{word.name}}}": f"'{word.value}'" for words in (Status, Outcome) for word in words}


@cache
def load(dialect: str) -> dict[str, tuple[str, ...]]:
    """All queries of `dialect` ("sqlite" or "postgres"): name → statements, ready for that dialect's
    driver."""
    folder = files("headway.store").joinpath("sql")
    ours = (f"{dialect}.", "both.")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.startswith(ours))
    text = "\n".join(folder.joinpath(name).read_text("utf-8") for name in names)
    pieces = _NAME.split(text)[1:]
    bodies = {
        name: _COMMENT.sub("", body).strip() for name, body in zip(pieces[::2], pieces[1::2], strict=True)
    }
    fragments = {f"{{{name}}}": body for name, body in bodies.items() if name.startswith("_")}
    return {
        name: _statements(body, fragments, dialect)
        for name, body in bodies.items()
        if not name.startswith("_")
    }


def _statements(body: str, fragments: dict[str, str], dialect: str) -> tuple[str, ...]:
    for name, fragment in reversed(fragments.items()):
        body = body.replace(name, fragment)
    for word, literal in _WORDS.items():
        body = body.replace(word, literal)
    if dialect == "postgres":
        body = _PARAMETER.sub(r"%(\1)s", body.replace("%", "%%"))
    return tuple(statement.strip() for statement in _END.split(body) if statement.strip())


def migrations(dialect: str) -> list[tuple[int, str, str]]:
    """The numbered schema changes of `dialect`: (number, name, SQL), in order."""
    folder = files("headway.store").joinpath("sql", "migrations", dialect)
    found = []
    for entry in folder.iterdir():
        number, _, name = entry.name.removesuffix(".sql").partition("_")
        found.append((int(number), name, entry.read_text("utf-8")))
    return sorted(found)
