"""Percent and step of one attempt: nested windows, whole percents, never falling.

Pure arithmetic; the engine's `Context` holds one `Track` and sends what it says to the store.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence for people, stored untranslated: a message id and the values that fill it."""

    id: str
    args: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the whole, in percent: `start` to `end`, with 0 ≤ start ≤ end ≤ 100."""

    start: float = 0.0
    end: float = 100.0

    def inner(self, start: float, end: float) -> "Window":
        """The window that covers `start` to `end` percent of this one."""
        if not 0 <= start <= end <= 100:
            raise ValueError(f"a stage runs from 0 ≤ start ≤ end ≤ 100, not {start} to {end}")
        width = (self.end - self.start) / 100
        return Window(self.start + start * width, self.start + end * width)

    def at(self, percent: float) -> float:
        """Where `percent` of this window lies in the whole."""
        return self.start + (self.end - self.start) * min(100.0, max(0.0, percent)) / 100


class Track:
    """How far an attempt is. `percent` only rises, whatever is reported; it starts where an earlier attempt
    got to."""

    __slots__ = ("percent", "step")

    def __init__(self, percent: int = 0, step: Text | None = None) -> None:
        self.percent = percent
        self.step = step

    def report(self, percent: float, step: Text | None = None) -> bool:
        """Take in a position in the whole and perhaps a new step text; True when anything that a person sees
        changed."""
        reached = max(self.percent, min(100, int(percent + 1e-9)))
        changed = reached != self.percent or (step is not None and step != self.step)
        self.percent = reached
        if step is not None:
            self.step = step
        return changed
