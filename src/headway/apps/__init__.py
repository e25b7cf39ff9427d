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
    from headway.http.services import Amend, Export, Intake, Quoter, Render
    from headway.web.application import Application


def shipped(settings: Settings | None = None) -> "Headway":
    """A new `Headway` with every shipped application registered."""
    from headway.apps.essay.job import register as register_essay
    from headway.apps.exam.job import register as register_exam
    from headway.apps.novel.job import register as register_novel
    from headway.apps.product.job import register as register_product
    from headway.engine import Headway

    headway = Headway(settings)
    register_essay(headway)
    register_exam(headway)
    register_novel(headway)
    register_product(headway)
    return headway


def routers(headway: "Headway") -> list["APIRouter"]:
    """The own routes of those shipped applications that are registered on `headway`."""
    from headway.apps.essay.routes import router as essay
    from headway.apps.exam.routes import router as exam
    from headway.apps.novel.routes import router as novel
    from headway.apps.product.routes import router as product

    own = {"essay": essay, "exam": exam, "novel": novel, "product": product}
    return [router for kind, router in own.items() if kind in headway.kinds]


def faces(headway: "Headway") -> list["Application"]:
    """The pages of those shipped applications that are registered on `headway`."""
    from headway.apps.essay.pages import ESSAY
    from headway.apps.exam.pages import EXAM
    from headway.apps.novel.pages import NOVEL
    from headway.apps.product.pages import PRODUCT

    return [face for face in (ESSAY, EXAM, NOVEL, PRODUCT) if face.name in headway.kinds]


def exports(headway: "Headway") -> Mapping[str, Mapping[str, "Export"]]:
    """The file formats of those shipped applications that are registered on `headway`."""
    from headway.apps.essay.export import EXPORTS as ESSAY
    from headway.apps.exam.export import EXPORTS as EXAM
    from headway.apps.novel.export import EXPORTS as NOVEL
    from headway.apps.product.export import EXPORTS as PRODUCT

    own = {"essay": ESSAY, "exam": EXAM, "novel": NOVEL, "product": PRODUCT}
    return {kind: formats for kind, formats in own.items() if kind in headway.kinds}


def intakes(headway: "Headway") -> Mapping[str, "Intake"]:
    """Who looks at the files of those kinds that need some, before they become jobs."""
    from headway.apps.novel.intake import intake as novel
    from headway.apps.product.intake import intake as product

    own = {"novel": novel, "product": product}
    return {kind: intake for kind, intake in own.items() if kind in headway.kinds}


def amends(headway: "Headway") -> Mapping[str, "Amend"]:
    """Who puts what people changed into the results of those kinds that can be edited."""
    from headway.apps.novel.editing import amend

    return {"novel": amend} if "novel" in headway.kinds else {}


def renders(headway: "Headway") -> Mapping[str, "Render"]:
    """Who puts the results of those kinds into the reader's language that are stored without one."""
    from headway.apps.essay.reading import in_language as essay
    from headway.apps.product.words import in_language as product

    own: dict[str, Render] = {"essay": essay, "product": product}
    return {kind: render for kind, render in own.items() if kind in headway.kinds}


def quotes(headway: "Headway") -> Mapping[str, "Quoter"]:
    """Who says what a job of those kinds would take whose price depends on the input."""
    from headway.apps.exam.quote import exam_quote
    from headway.apps.novel.intake import novel_quote
    from headway.apps.product.intake import product_quote

    own: dict[str, Quoter] = {"exam": exam_quote, "novel": novel_quote, "product": product_quote}
    return {kind: quote for kind, quote in own.items() if kind in headway.kinds}


@cache
def _default() -> "Headway":
    return shipped()


def __getattr__(name: str) -> "Headway":
    """`headway.apps:app`, made on first use: importing one application must not read settings or load the
    others."""
    if name == "app":
        return _default()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
