"""The face of an application: what its pages need to be shown, said by the application itself.

Built by `apps/*/pages`, read by `pages.py`. The web floor knows no application by name.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from fastapi import Request

Form = Mapping[str, str]
"""The fields of a posted form, one value each."""


@dataclass(frozen=True, slots=True)
class Station:
    """A stage on the line of a job: the percentage at which it begins, and its name (a message id)."""

    at: int
    name: str


def _nothing(lang: str) -> Mapping[str, object]:
    return {}


@dataclass(frozen=True, slots=True)
class Application:
    """One application's page, card and line.

    `name` is its job kind and its path (`/essay`). `directory` holds its templates (`essay/page.html` and, if
    it has one, `essay/card.html`) and static files (`/static/apps/essay/…`).
    `title` and `sentence` are message ids. `context` gives the values that its templates want, in a language.
    `submit` takes the page's form when there is no script, and returns the id of the accepted job. `shows_shared`: its page shows
    the result behind a watch link, at `?watch=TOKEN`.
    """

    name: str
    title: str
    sentence: str
    stations: tuple[Station, ...]
    directory: Path
    context: Callable[[str], Mapping[str, object]] = _nothing
    submit: Callable[[Request, Form], Awaitable[str]] | None = None
    shows_shared: bool = False

    @property
    def styled(self) -> bool:
        """Whether it has rules of its own, `NAME.css`, which its card may need too."""
        return (self.directory / f"{self.name}.css").is_file()
