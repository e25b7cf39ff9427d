"""The Python of README.md and docs/handlers.md runs as it stands there: the blocks of a page are one file, one below the other."""

import importlib
import inspect
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
import pytest

from headway import Context, Headway, JobFailed, Request

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RESULTS: list[tuple[str, object, object]] = [
    ("trip", {"towns": ["Ulm", "Bonn"]}, {"Ulm": 30, "Bonn": 40}),
    ("census", ["Ulm", "Atlantis", "Bonn"], {"people": 2029 + 2030, "failed": 1}),
    ("parcel", "A1", "delivered"),
    ("parcel", "busy", "delivered"),
    ("nightly", "2026-11-22T03:00:00Z", "the run of 22 November"),
]
TOLD_APART = {"forecast"}
"""Its result has a moment in it."""
UNTOLD = {"close", "run_chunk"}
"""Of a context, what is the runner's."""


def pasted(page: str, name: str, folder: Path) -> ModuleType:
    """The page's Python as the module that somebody made of it."""
    (folder / f"{name}.py").write_text("\n\n".join(BLOCK.findall((ROOT / page).read_text())))
    sys.modules.pop(name, None)
    importlib.invalidate_caches()
    return importlib.import_module(name)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, as a person would: modules are found there, and so is the database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("HEADWAY_DATABASE_URL", f"sqlite:///{tmp_path / 'headway.db'}")
    monkeypatch.setenv("HEADWAY_AI", "offline")
    return tmp_path


@pytest.fixture
def page(here: Path) -> ModuleType:
    return pasted("docs/handlers.md", "trips", here)


async def test_the_handlers_of_the_readme_run(here: Path) -> None:
    readme = pasted("README.md", "trip", here)
    assert await readme.app.run("trip", {"stops": 1}) == "1 stops made"
    assert await readme.app.run("tour", ["Ulm", "Bonn"]) == 7


@pytest.mark.parametrize(
    ("kind", "given", "result"), RESULTS, ids=[f"{k}-{n}" for n, (k, *_) in enumerate(RESULTS)]
)
async def test_a_handler_of_the_page_does_what_the_page_says(
    page: Any, kind: str, given: object, result: object
) -> None:
    assert await page.app.run(kind, given) == result


async def test_no_handler_of_the_page_is_left_untried(page: Any) -> None:
    assert set(page.app.kinds) == {kind for kind, _, _ in RESULTS} | TOLD_APART


async def test_the_forecast_is_called_again_and_asks_once(page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    called: list[object] = []
    kind = page.app.kinds["forecast"]

    def request(prompt: str, **options: Any) -> Request:
        asked.append(prompt)
        return Request(prompt, **options)

    async def forecast(ctx: object, towns: list[str]) -> object:
        called.append(ctx)
        return await kind.handler(ctx, towns)

    monkeypatch.setattr(page, "Request", request)
    page.app.kinds["forecast"] = replace(kind, handler=forecast)
    found = await page.app.run("forecast", ["Ulm", "Bonn"])
    assert found["skies"] == {"Ulm": "rain", "Bonn": "rain"}
    assert (len(called), len(asked)) == (2, 2)


async def test_the_parcels_other_ends(page: Any) -> None:
    with pytest.raises(JobFailed, match=r"^failed: \?7 is no number of a parcel$"):
        await page.app.run("parcel", "?7")
    with pytest.raises(JobFailed, match=r"^cancelled: it was given up$"):
        await page.app.run("parcel", "lost")


def words(function: Callable[..., object]) -> set[str]:
    """The names of a function's options."""
    return {
        name
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }


def test_every_option_and_every_word_of_a_context_is_on_the_page() -> None:
    text = (ROOT / "docs" / "handlers.md").read_text()
    options = words(Headway.job) | words(Headway.step) | words(Headway.submit) | words(Context.fan_out)
    assert {name for name in options if not re.search(rf"\b{name}\b", text)} == set()
    told = {name for name in vars(Context) if not name.startswith("_")} - UNTOLD
    told |= {"job_id", "attempt", "owner", "cancelled"}
    assert {name for name in told if f"ctx.{name}" not in text} == set()


async def test_the_page_tests_itself(page: Any) -> None:
    await page.test_the_distances()


async def test_the_page_submits_from_a_coroutine(page: Any) -> None:
    ids = await page.from_a_coroutine()
    assert len(set(ids)) == 101
    async with page.app:
        assert (await page.app.store.snapshot(ids[0])).owner == "ann"


def test_the_page_submits_without_a_loop(page: Any) -> None:
    assert len(set(page.from_anywhere_else())) == 101
    page.app.store.close()


async def test_the_page_books_in_a_transaction(
    here: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADWAY_DATABASE_URL", postgres_url)
    page: Any = pasted("docs/handlers.md", "trips", here)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE bookings (town TEXT)")
    await page.book("Ulm")
    async with page.app:
        jobs, _ = await page.app.store.list_jobs(None)
    assert [job.kind for job in jobs] == ["trip"]
