"""A browser, and a scripted server for it."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from tests.web.installation import Installation, installation
from tests.web.scripted import ScriptedServer
from tests.web.watched import watched

from headway.apps.essay.pages import ESSAY

PATIENCE_MS = 20_000  # how long a loaded machine is waited for; what is there is seen at once
WIDE = {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
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


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    server = ScriptedServer([ESSAY])
    yield server
    server.close()


@pytest.fixture
def context(browser: Browser, server: ScriptedServer) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=server.url, viewport=WIDE, locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


def is_fault(message: ConsoleMessage) -> bool:
    """An error in the console; an answer of 404 is the browser's remark, not ours."""
    return message.type == "error" and "Failed to load resource" not in message.text


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    with watched(context) as page:
        yield page
