"""An installation, running: `site` on both dialects, `lite` on SQLite only, `open_site` where anyone may register."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.http.people import granted, person, quick
from tests.http.site import Application, Site, Start, running_site

from headway.http.streams import EventStream
from headway.support import logs


@pytest.fixture(autouse=True)
def plain_logs() -> None:
    """As the commands log: structlog's own tracebacks take seconds, and would block the server's loop."""
    logs.configure(json=True)


@pytest.fixture
def application() -> Application:
    """What the installations of a module run beside puppets: nothing, unless the module says otherwise."""
    return lambda headway: None


@pytest.fixture
async def start(sqlite_url: str, tmp_path: Path, application: Application) -> AsyncIterator[Start]:
    """For tests that want other settings, or no worker."""
    async with AsyncExitStack() as stack:

        async def begin(*, worker: bool = True, **settings: Any) -> Site:
            return await stack.enter_async_context(
                running_site(sqlite_url, tmp_path, worker, register=application, **settings)
            )

        yield begin


@pytest.fixture
async def lite(start: Start) -> Site:
    return await start()


@pytest.fixture
async def open_site(start: Start) -> Site:
    return quick(await start(registration="open"))


@pytest.fixture
async def visitor(open_site: Site) -> AsyncIterator[httpx2.AsyncClient]:
    """Someone at `open_site` who has shown nothing yet."""
    async with open_site.visitor() as visitor:
        yield visitor


@pytest.fixture
async def token(open_site: Site) -> str:
    """An access token of Ann's, at `open_site`."""
    await person(open_site)
    return str((await granted(open_site))["access_token"])


@pytest.fixture
async def site(database_url: str, tmp_path: Path, application: Application) -> AsyncIterator[Site]:
    async with running_site(database_url, tmp_path, True, register=application) as running:
        yield running


@pytest.fixture
def short_keep_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    """Event streams that comment every 50 ms, through their own parameter's default."""
    defaults = {**(EventStream.__init__.__kwdefaults__ or {}), "keep_alive_s": 0.05}
    monkeypatch.setattr(EventStream.__init__, "__kwdefaults__", defaults)
