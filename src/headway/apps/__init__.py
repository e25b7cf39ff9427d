"""The applications that ship with Headway, and `app`: a `Headway` with all of them.

`server` asks here for their routes, pages and exports; `--app MODULE:NAME` may name any other `Headway`,
which has those of them that were registered on it. No application knows another.
"""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from headway.support.settings import Settings

if TYPE_CHECKING:
    from fastapi import APIRouter

    from headway.engine import Headway
    from headway.http.services import Export
    from headway.web.application import Application


def shipped(settings: Settings | None = None) -> "Headway":
    """A new `Headway` with every shipped application registered."""
    from headway.apps.essay.job import register as register_essay
    from headway.engine import Headway

    headway = Headway(settings)
    register_essay(headway)
    return headway


def routers(headway: "Headway") -> list["APIRouter"]:
    """The own routes of those shipped applications that are registered on `headway`."""
    from headway.apps.essay.routes import router as essay

    return [essay] if "essay" in headway.kinds else []


def faces(headway: "Headway") -> list["Application"]:
    """The pages of those shipped applications that are registered on `headway`."""
    from headway.apps.essay.pages import ESSAY

    return [ESSAY] if "essay" in headway.kinds else []


def exports(headway: "Headway") -> Mapping[str, Mapping[str, "Export"]]:
    """The file formats of those shipped applications that are registered on `headway`."""
    from headway.apps.essay.export import EXPORTS

    return {"essay": EXPORTS} if "essay" in headway.kinds else {}


@cache
def _default() -> "Headway":
    return shipped()


def __getattr__(name: str) -> "Headway":
    """`headway.apps:app`, made on first use: importing one application must not read settings or load the
    others."""
    if name == "app":
        return _default()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
