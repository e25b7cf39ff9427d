"""A book of two hundred chunks, a model that answers it in the test's own process, and workers in processes of their own."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from tests.apps.novel import books, mill
from tests.system.faults.crew import Crew, crew

from headway import Headway, Settings
from headway.apps.novel.job import FILE, register
from headway.store import Store

STORY = Path(__file__).parents[2] / "apps" / "novel" / "recit.txt"


@pytest.fixture
def hands(database_url: str, tmp_path: Path) -> Iterator[Crew]:
    """Workers of the shipped application."""
    with crew(database_url, tmp_path) as hired:
        hired.app = "tests.system.novel.press:app"
        yield hired


@pytest.fixture(scope="session")
def story() -> Sequence[str]:
    return [" ".join(part.split()) for part in STORY.read_text(encoding="utf-8").split("\n\n")]


@pytest.fixture(scope="session")
def large(story: Sequence[str]) -> bytes:
    """Some two hundred chunks."""
    return books.pages(story, 172)


@pytest.fixture
async def view(database_url: str) -> AsyncIterator[Store]:
    """The store as this process sees it, beside the workers'."""
    with closing(Store.open(database_url)) as store:
        store.start()
        yield store


async def submit(view: Store, data: bytes, tmp_path: Path, **settings: object) -> str:
    """A book whose budget is large."""
    prices = tmp_path / "prices.toml"
    prices.write_text(mill.PRICES)
    app = Headway(Settings(ai="openai", ai_url="http://127.0.0.1:9", prices=prices))
    register(app)
    file_id = await view.create_file("local", FILE, "livre.pdf", "application/pdf")
    block = 256 << 10
    for n, start in enumerate(range(0, len(data), block)):
        await view.write_block(file_id, n, data[start : start + block])
    await view.finish_file(file_id, len(data), "")
    job = app.new_job("novel", {"pdf": "livre.pdf", **settings}, files=(file_id,), reserve=mill.BUDGET)
    [made] = await view.submit([job])
    return made.id
