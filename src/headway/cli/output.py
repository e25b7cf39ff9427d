"""Prints: JSON for programs, tables for people; colour and lines only on a terminal, and no colour under
NO_COLOR.

Called by every command that prints data. Invariant: whatever a job's owner wrote reaches the terminal through
`safe.neutral`, and is never taken for markup.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from headway.support.safe import neutral

_STYLES = {
    "cancelled": "dim",
    "completed": "green",
    "failed": "red",
    "processing": "cyan",
    "FAULT": "bold red",
    "ok": "green",
}
_LEAST = 12


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column; `right` is for numbers. On a terminal too narrow, `spare` columns are left out, `cut`
    ones shortened, `fold` ones broken into lines."""

    title: str
    right: bool = False
    spare: bool = False
    cut: bool = False
    fold: bool = False


def print_json(data: Any) -> None:
    """One JSON document, in UTF-8 whatever the terminal speaks."""
    import orjson

    text = orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    sys.stdout.flush()
    sys.stdout.buffer.write(text)
    sys.stdout.buffer.flush()


def say(text: str) -> None:
    """One line of plain words."""
    _write(neutral(text))


def heading(text: str) -> None:
    """The title of what follows, with an empty line before it."""
    _write("")
    if sys.stdout.isatty():
        _rich_print(neutral(text), "bold")
    else:
        _write(neutral(text))


def table(columns: Sequence[Column], rows: Sequence[Sequence[object]]) -> None:
    """Rows under their titles; None is an empty cell. Elsewhere than on a terminal nothing is cut or
    coloured."""
    cells = [[neutral(str(cell)) if cell is not None else "" for cell in row] for row in rows]
    if sys.stdout.isatty():
        _rich_table(columns, cells)
        return
    titles = [column.title for column in columns]
    widths = [max(map(len, each)) for each in zip(titles, *cells, strict=True)]
    for row in (titles, *cells):
        padded = (
            text.rjust(width) if column.right else text.ljust(width)
            for text, width, column in zip(row, widths, columns, strict=True)
        )
        _write("  ".join(padded).rstrip())


def facts(pairs: Sequence[tuple[str, object]]) -> None:
    """Names and values, one pair a line; pairs without a value are left out."""
    shown = [(name, neutral(str(value))) for name, value in pairs if value is not None and value != ""]
    width = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        _write(f"  {name.ljust(width)}  {value}")


def _rich_table(columns: Sequence[Column], cells: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False, markup=False)
    shown = _fitting(columns, cells, console.width)
    made = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for column in (columns[n] for n in shown):
        made.add_column(
            column.title,
            justify="right" if column.right else "left",
            no_wrap=not column.fold,
            overflow="ellipsis" if column.cut else "fold",
        )
    for row in cells:
        made.add_row(*(Text(row[n], style=_STYLES.get(row[n], "")) for n in shown))
    console.print(made)


def _fitting(columns: Sequence[Column], cells: Sequence[Sequence[str]], width: int) -> list[int]:
    """Which columns to show: all, or without as many of the spare ones (last first) as the width asks for."""
    widths = [
        _LEAST if column.cut or column.fold else max([len(column.title), *(len(row[n]) for row in cells)])
        for n, column in enumerate(columns)
    ]
    shown = list(range(len(columns)))
    for n in reversed(range(len(columns))):
        if sum(widths[m] + 2 for m in shown) - 2 > width and columns[n].spare:
            shown.remove(n)
    return shown


def _rich_print(text: str, style: str) -> None:
    from rich.console import Console

    Console(highlight=False, markup=False).print(text, style=style)


def _write(text: str) -> None:
    """A terminal that cannot show a character gets a question mark, not a traceback."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding) + "\n")
