"""docs/http.md and OpenAPI name the same routes and statuses."""

import re
from pathlib import Path
from typing import Any

import pytest
from tests.http.site import Site, running_site

from headway.apps.essay.job import register as essay
from headway.apps.exam.job import register as exam
from headway.apps.novel.job import register as novel
from headway.apps.product.job import register as product
from headway.engine import Headway
from headway.http import problems

pytestmark = pytest.mark.anyio

PAGE = (Path(__file__).parents[2] / "docs" / "http.md").read_text()
ROW = re.compile(r"^\| `(GET|POST|PUT|PATCH|DELETE) (/\S*)` \| (.*) \|$", re.MULTILINE)
NOT_IN_A_ROW = {400, 401, 403, 413, 415, 429}  # said once for all routes


def register(headway: Headway) -> None:
    """All shipped applications."""
    for application in (essay, exam, novel, product):
        application(headway)


def documented(site: Site) -> dict[str, dict[str, Any]]:
    paths = site.web.api.openapi()["paths"]
    return {
        f"{method.upper()} {path}": operation
        for path, operations in paths.items()
        for method, operation in operations.items()
    }


async def test_the_page_and_the_document_name_the_same_routes(sqlite_url: str, tmp_path: Path) -> None:
    async with running_site(sqlite_url, tmp_path, False, register=register) as site:
        routes = documented(site)
        rows = {f"{method} {path}": text for method, path, text in ROW.findall(PAGE)}
        assert set(rows) == set(routes)
        for route, text in rows.items():
            said = {int(status) for status in re.findall(r"`(\d{3})`", text)}
            known = {int(status) for status in routes[route]["responses"]}
            assert said <= known, route
            if "as the job's" not in text:
                assert known - NOT_IN_A_ROW - {503} <= said, route


def test_every_problem_has_its_row() -> None:
    slugs = {
        value.type
        for value in vars(problems).values()
        if isinstance(value, type)
        and issubclass(value, problems.HeadwayError)
        and value.type != "invalid-input"
    }
    rows = set(re.findall(r"`([a-z]+(?:-[a-z]+)*)`", PAGE[PAGE.index("## Errors") :]))
    assert slugs <= rows
