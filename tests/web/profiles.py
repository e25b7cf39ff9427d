"""Browser contexts that stay for many tests: each new one costs a process of its own, half a second of processor time."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext

PATIENCE_MS = 30_000  # how long a loaded machine is waited for; what is there is seen at once
WIDE = {"width": 1280, "height": 900}
_STORED = "local_storage,indexeddb,cache_storage,service_workers"


def new_context(browser: Browser, url: str) -> BrowserContext:
    """As everybody's is here: British, wide, patient."""
    context = browser.new_context(base_url=url, viewport=WIDE, locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    return context


class Profile:
    """A context for the pages of `url`. An empty page of it stays open: that keeps its process."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.url = url
        self.context = new_context(browser, url)
        self._idle = self.context.new_page()
        self._console = self.context.new_cdp_session(self._idle)

    @contextmanager
    def newcomer(self, link: str = "") -> Iterator[BrowserContext]:
        """The context as new: no cookie, nothing stored, no permission; signed in by `link`. Its pages are closed at the end."""
        self.context.clear_cookies()
        self.context.clear_permissions()
        self._console.send("Storage.clearDataForOrigin", {"origin": self.url, "storageTypes": _STORED})
        if link:
            self._idle.goto(link)
            self._idle.goto("about:blank")
        try:
            yield self.context
        finally:
            self.context.set_offline(False)
            for page in self.context.pages:
                if page != self._idle:
                    page.close()


@contextmanager
def profile(browser: Browser, url: str) -> Iterator[Profile]:
    """Closed at the end of the block."""
    kept = Profile(browser, url)
    yield kept
    kept.context.close()
