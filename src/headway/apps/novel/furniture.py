"""Running heads, running feet and page numbers: what stands on a page and is no part of the book.

Called by ``reading`` with all pages. Furniture is known by repetition and by place, never by its words: the
same text (numbers aside) at the same height on pages near each other, a number that counts the pages, or
any line that stands alone at a height that is otherwise furniture's. A first line of text is none, whatever
it repeats, since first lines at its height differ from page to page.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from headway.apps.novel.lines import Line

_ROUNDS = 3
"""A head or a foot has at most this many rows."""
_NEAR = 6
"""Repetitions of a head are at most this many pages apart."""
_LEAST = 3
"""On so many pages, at least, must a text or a count be seen."""
_TOLERANCE = 0.006
"""Heights that differ by this share of the page's height are the same height."""

_LONG = 90
"""No head or foot has more characters."""

_ROMAN = r"m{0,3}(?:cm|cd|d?c{0,4})(?:xc|xl|l?x{0,4})(?:ix|iv|v?i{0,4})"
_SIGNS = r"[\s\-–—―•·.,:;|*~=_\[\](){}<>«»/■♦]*"
_NUMBER = re.compile(
    rf"{_SIGNS}(?:p(?:age|g|\.)?\s*)?(?P<n>\d{{1,4}}|(?=[mdclxvi]){_ROMAN})(?:\s*(?:/|sur|de|of)\s*\d{{1,4}})?{_SIGNS}",
    re.IGNORECASE,
)
_OUTER_NUMBER = re.compile(r"^\W*\d{1,4}\b|\b\d{1,4}\W*$")
_VALUES = {"m": 1000, "d": 500, "c": 100, "l": 50, "x": 10, "v": 5, "i": 1}


@dataclass(slots=True)
class Page:
    """One page: its blocks of lines in reading order, its number from 1, its height in points."""

    number: int
    height: float
    blocks: list[list[Line]]

    def rows(self) -> list[list[Line]]:
        """The lines from the top down, those on one height together."""
        rows: list[list[Line]] = []
        for line in sorted((line for block in self.blocks for line in block), key=lambda line: -line.bottom):
            if rows and rows[-1][0].bottom - line.bottom < 0.4 * line.size:
                rows[-1].append(line)
            else:
                rows.append([line])
        return rows

    def drop(self, gone: Iterable[Line]) -> None:
        """Takes these lines away."""
        ids = {id(line) for line in gone}
        self.blocks = [kept for block in self.blocks if (kept := [ln for ln in block if id(ln) not in ids])]


@dataclass(slots=True)
class _Edge:
    """The outermost row that is left at the top or at the bottom of a page."""

    page: Page
    row: list[Line]
    text: str
    height: float
    distance: float
    """How far the next row is, in heights of this row's type."""
    apart: bool
    """Whether it stands further from the next row than that from the one behind it."""
    value: int | None


def without_furniture(pages: list[Page]) -> int:
    """Takes running heads, feet and page numbers off the pages; gives how many rows it took."""
    taken = 0
    for end in (0, -1):
        live = pages
        for turn in range(_ROUNDS):
            edges = [edge for page in live if (edge := _edge(page, end))]
            found = [edge for edge in _furniture(edges) if turn == 0 or edge.apart]
            for edge in found:
                edge.page.drop(edge.row)
            taken += len(found)
            live = [edge.page for edge in found]
            if not live:
                break
    return taken


def _edge(page: Page, end: int) -> _Edge | None:
    rows = page.rows()
    if not rows:
        return None
    row = sorted(rows[end], key=lambda line: line.left)
    text = " ".join(line.text for line in row)
    height = row[0].bottom / page.height
    inward = [row[0], *(others[0] for others in (rows[1:3] if end == 0 else rows[-2:-4:-1]))]
    gaps = [abs(a.bottom - b.bottom) for a, b in pairwise(inward)]
    distance = gaps[0] / max(row[0].size, 1.0) if gaps else 99.0
    apart = len(gaps) < 2 or gaps[0] > 1.15 * gaps[1]
    return _Edge(page, row, text, height, distance, apart, _number(text))


def _furniture(edges: list[_Edge]) -> list[_Edge]:
    """Those of the pages' outermost rows that are furniture."""
    sure = {id(edge) for edge in [*_counting(edges), *_repeated(edges)]}
    total = Counter(level for edge in edges for level in _levels(edge))
    good = Counter(level for edge in edges if id(edge) in sure for level in _levels(edge))
    pure = [
        edge
        for edge in edges
        if id(edge) in sure and good[_level(edge)] >= (0.5 if edge.apart else 0.8) * total[_level(edge)]
    ]
    least = max(_LEAST, len(edges) // 20)
    known = Counter(level for edge in pure for level in _levels(edge))
    kept = {id(edge) for edge in pure}
    alone = [
        edge
        for edge in edges
        if id(edge) not in kept
        and known[_level(edge)] >= least
        and (edge.distance > 1.5 or edge.value is not None)
        and len(edge.text) < _LONG
    ]
    return pure + alone


def _counting(edges: list[_Edge]) -> list[_Edge]:
    """Rows that are nothing but a number, or end in one, which counts up with the pages."""
    shifts: Counter[int] = Counter()
    numbers = {id(edge): _outer_values(edge) for edge in edges}
    for edge in edges:
        shifts.update({value - edge.page.number for value in numbers[id(edge)]})
    least = min(_LEAST, max(1, len(edges)))
    good = {shift for shift, count in shifts.items() if count >= least}
    return [
        edge
        for edge in edges
        if any(value - edge.page.number in good for value in numbers[id(edge)])
        and (len(edges) >= _LEAST or (edge.value is not None and edge.distance > 1.5))
        and (edge.value is not None or edge.distance > 1.3)
    ]


def _outer_values(edge: _Edge) -> set[int]:
    if edge.value is not None:
        return {edge.value}
    if len(edge.text) > _LONG:
        return set()
    return {int(re.sub(r"\D", "", found)) for found in _OUTER_NUMBER.findall(edge.text)}


def _repeated(edges: list[_Edge]) -> list[_Edge]:
    """Rows whose words come again at the same height on pages nearby."""
    groups: defaultdict[str, list[_Edge]] = defaultdict(list)
    for edge in edges:
        if words := _signature(edge.text):
            groups[words].append(edge)
    found: list[_Edge] = []
    reach = _NEAR * (_LEAST - 1)
    for group in groups.values():  # each sorted by page
        for place, edge in enumerate(group):
            around = group[max(0, place - reach) : place + reach + 1]
            near = sum(
                abs(other.page.number - edge.page.number) <= reach
                and abs(other.height - edge.height) <= 2 * _TOLERANCE
                for other in around
            )
            if near >= _LEAST:
                found.append(edge)
    return found


def _level(edge: _Edge) -> int:
    return round(edge.height / _TOLERANCE)


def _levels(edge: _Edge) -> tuple[int, int, int]:
    level = _level(edge)
    return (level - 1, level, level + 1)


def _signature(text: str) -> str:
    """The row's words without numbers: what a running head repeats."""
    words = [word for word in re.findall(r"[^\W\d_]+", text.casefold()) if not re.fullmatch(_ROMAN, word)]
    return " ".join(words)


def _number(text: str) -> int | None:
    """The number that the whole text is, arabic or roman, with its ornaments; else None."""
    found = _NUMBER.fullmatch(text)
    if not found:
        return None
    written = found["n"].lower()
    if written.isdigit():
        return int(written)
    values = [_VALUES[letter] for letter in written]
    return sum(
        -value if any(later > value for later in values[index + 1 :]) else value
        for index, value in enumerate(values)
    )
