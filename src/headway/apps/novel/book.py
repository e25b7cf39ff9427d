"""A book as text: paragraphs that know their pages.

Made by ``reading.read_pdf``, read by ``sentences`` and ``planning``. Invariant: ``turns`` of a paragraph are
sorted, start after offset 0 and lie inside its text.
"""

from bisect import bisect_right
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["heading", "body", "note"]


class Paragraph(BaseModel):
    """One paragraph without line ends. ``turns`` are ``(offset, page)``: from there on, that page."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str
    page: Annotated[int, Field(ge=1)]
    kind: Kind = "body"
    turns: tuple[tuple[int, int], ...] = ()

    def page_at(self, offset: int) -> int:
        """The page, counted from 1, on which the character at ``offset`` stands."""
        found = bisect_right(self.turns, offset, key=lambda turn: turn[0])
        return self.turns[found - 1][1] if found else self.page

    @property
    def last_page(self) -> int:
        """The page on which the paragraph ends."""
        return self.turns[-1][1] if self.turns else self.page


class Book(BaseModel):
    """What was read of a PDF: its paragraphs in reading order, and what could not be read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pages: Annotated[int, Field(ge=1)]
    paragraphs: tuple[Paragraph, ...]
    title: str = ""
    unreadable_pages: tuple[int, ...] = ()
    """Pages that are damaged or without text under an image."""

    @property
    def text(self) -> str:
        """Everything, a paragraph a line."""
        return "\n".join(paragraph.text for paragraph in self.paragraphs)
