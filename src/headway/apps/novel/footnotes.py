"""Footnotes: the small type at the foot of a page.

Called by ``paragraphs`` after the furniture is off. A note starts with its number or sign; smaller type that
does not (a quotation, a poem) stays where it is. A note that runs over its page goes on at the next.
"""

import re
from dataclasses import dataclass

from headway.apps.novel.lines import Line

_SMALLER = 0.93
_MARK = re.compile(r"[\[(]?(?:\d{1,3}|\*{1,3}|[†‡]|[a-z](?=\s?[).]))[\])]?[.)]?(?:\s|(?=[^\W\d_]))")
_CLOSED = re.compile(r"[.!?…][»”\"')\]]*$")


@dataclass(slots=True)
class Note:
    """The lines of one note, its number taken off."""

    lines: list[Line]

    @property
    def open(self) -> bool:
        """Whether the note seems to go on overleaf."""
        return not _CLOSED.search(self.lines[-1].text)


def split(block: list[Line], body_size: float, unfinished: bool) -> tuple[list[Line], list[Note], list[Line]]:
    """The block without its notes, the notes that start in it, and the lines that continue an earlier note.

    ``unfinished``: whether the page before ended in an open note.
    """
    start = len(block)
    while start and block[start - 1].size < _SMALLER * body_size:
        start -= 1
    if start == len(block):
        return block, [], []
    first = start
    while first < len(block) and not _marked(block[first]):
        first += 1
    goes_on = unfinished and start > 0
    if not goes_on:
        start = first
    notes: list[Note] = []
    continued = block[start:first]
    for line in block[first:]:
        if _marked(line) or not notes:
            notes.append(Note([]))
            line.text = line.text if line.mark else _MARK.sub("", line.text, count=1)
        if line.text:
            notes[-1].lines.append(line)
    return block[:start], [note for note in notes if note.lines], continued


def _marked(line: Line) -> bool:
    return bool(line.mark or _MARK.match(line.text))
