"""A browser, and a scripted server for it."""

import shutil
import socket
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from tests.web.installation import Installation, installation
from tests.web.profiles import PATIENCE_MS, Profile, new_context, profile
from tests.web.scripted import ScriptedServer
from tests.web.watched import watched

from headway.apps.essay.pages import ESSAY


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The Chromium of the machine; `make test` has seen to it that there is one."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A real installation, one for all tests of a process."""
    with installation(tmp_path_factory.mktemp("var")) as running:
        yield running


@pytest.fixture(scope="session")
def listening() -> Iterator[socket.socket]:
    """One address for all scripted servers of a process, so that a browser context can stay."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@pytest.fixture
def server(listening: socket.socket) -> Iterator[ScriptedServer]:
    server = ScriptedServer([ESSAY], listening.dup())
    yield server
    server.close()


@pytest.fixture(scope="package")
def scripted_profile(browser: Browser, listening: socket.socket) -> Iterator[Profile]:
    with profile(browser, f"http://127.0.0.1:{listening.getsockname()[1]}") as kept:
        yield kept


@pytest.fixture(scope="package")
def site_profile(browser: Browser, site: Installation) -> Iterator[Profile]:
    with profile(browser, site.url) as kept:
        yield kept


@pytest.fixture
def signed_in(site_profile: Profile, site: Installation) -> Iterator[BrowserContext]:
    """A browser that the link of the real installation has signed in."""
    with site_profile.newcomer(site.link) as context:
        yield context


@pytest.fixture
def own_context(browser: Browser, server: ScriptedServer) -> Iterator[BrowserContext]:
    """For tests that move a page's clock: what that changes, no context takes back."""
    context = new_context(browser, server.url)
    yield context
    context.close()


@pytest.fixture
def context(request: pytest.FixtureRequest, server: ScriptedServer) -> Iterator[BrowserContext]:
    """A newcomer to the scripted server."""
    if "own_context" in request.fixturenames:
        yield request.getfixturevalue("own_context")
        return
    kept: Profile = request.getfixturevalue("scripted_profile")
    with kept.newcomer() as context:
        yield context


def is_fault(message: ConsoleMessage) -> bool:
    """An error in the console; an answer of 404 is the browser's remark, not ours."""
    return message.type == "error" and "Failed to load resource" not in message.text


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    with watched(context) as page:
        yield page
