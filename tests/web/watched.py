"""A page whose scripts must not fail, and which must not break its content security policy."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import BrowserContext, ConsoleMessage, Page


@contextmanager
def watched(context: BrowserContext) -> Iterator[Page]:
    """A new page; at the end, no error may stand in its console."""
    page = context.new_page()
    faults: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        # An answer of 404 or 422 is the browser's remark, not a fault of ours.
        if message.type == "error" and "Failed to load resource" not in message.text:
            faults.append(message.text)

    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", hear)
    yield page
    assert not faults, faults
