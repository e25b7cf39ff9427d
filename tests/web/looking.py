"""Looks at a page as a critic does: barriers, width, weight, foreign requests, doubled ids, errors.

Used by the tests over every page, scripted and real.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import axe_playwright_python
from playwright.sync_api import Browser, BrowserContext, Page, Request
from tests.apps.arabic import LATIN, left_in_latin

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
MOST_BYTES = 100_000
"""What a page may weigh on the wire, without the data of jobs (LOOK)."""
WIDTHS = (1920, 390)
_SETTLED = """() => Promise.all([
  document.fonts.ready,
  ...document.getAnimations().map((animation) => animation.finished.catch(() => null)),
])"""
_TEXTS = """() => {
  const elsewhere = 'script, style, noscript, code, kbd, pre, textarea, bdi, [lang=en], [lang=fr]';
  const named = ['aria-label', 'title', 'placeholder', 'alt', 'aria-valuetext'];
  const texts = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) if (!walker.currentNode.parentElement.closest(elsewhere)) texts.push(walker.currentNode.textContent);
  for (const node of document.querySelectorAll('*'))
    if (!node.closest(elsewhere)) texts.push(...named.map((name) => node.getAttribute(name)).filter(Boolean));
  return texts;
}"""
_ESCAPED, _CUT = re.compile(r"\\[nrt]"), re.compile(r"\w*…\w*")
_HEADINGS = "document.querySelectorAll('h1').length"
_DOUBLED = """() => {
  const ids = [...document.querySelectorAll('[id]')].map((node) => node.id);
  return ids.filter((id, i) => ids.indexOf(id) !== i);
}"""


class Critic:
    """One browser context in one language and scheme; `faults` are what was found so far, a line each."""

    def __init__(self, browser: Browser, url: str, lang: str, scheme: Any) -> None:
        self.lang, self.scheme = lang, scheme
        self.url = url
        self.context: BrowserContext = browser.new_context(
            base_url=url, color_scheme=scheme, locale=lang, reduced_motion="reduce"
        )
        self.context.set_default_timeout(30_000)
        self.page: Page = self.context.new_page()
        self.data: frozenset[str] | None = None
        """The words of the data that pages show; in Arabic no other word may be in Latin letters. None: data of no kind."""
        self.faults: list[str] = []
        self._loaded: list[Request] = []
        self._where = ""
        self.page.on("requestfinished", lambda request: self._loaded.append(request))
        self.page.on("pageerror", lambda error: self._fault(f"error {error}"))
        self.page.on("console", self._hear)

    def look(self, path: str, ready: str | None = None) -> None:
        """Open `path`, wait for `ready` (a selector; by default until the page asks for nothing more), and judge."""
        self._where = path
        self._loaded.clear()
        self.page.goto(f"{path}{'&' if '?' in path else '?'}lang={self.lang}", wait_until="load")
        if ready:
            self.page.wait_for_selector(ready)
        self.page.evaluate(_SETTLED)
        self._weigh()
        self.judge()

    def judge(self) -> None:
        """What can be said of the page as it stands."""
        if self.page.evaluate(_HEADINGS) != 1:
            self._fault("has not exactly one h1")
        if doubled := self.page.evaluate(_DOUBLED):
            self._fault(f"doubled ids {doubled}")
        direction = "rtl" if self.lang == "ar" else "ltr"
        if self.page.evaluate("[document.documentElement.lang, document.documentElement.dir]") != [
            self.lang,
            direction,
        ]:
            self._fault("wrong language or direction")
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 900})
            over = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if over > 0:
                self._fault(f"is {over} px wider than {width}")
        if self.lang == "ar" and self.data is not None:
            self._read(self.data)
        self._axe()

    def know(self, paths: Sequence[str]) -> None:
        """Take the words of what these addresses answer for data."""
        answers = [
            self.page.request.get(path, headers={"Accept-Language": self.lang}).text() for path in paths
        ]
        self.data = frozenset(LATIN.findall(_ESCAPED.sub(" ", " ".join(answers))))

    def _read(self, data: frozenset[str]) -> None:
        for text in self.page.evaluate(_TEXTS):
            if words := [
                word for word in left_in_latin(_CUT.sub("", text)) if not data.issuperset(LATIN.findall(word))
            ]:
                self._fault(f"says {words} in {text.strip()[:120]!r}")

    def _axe(self) -> None:
        self.page.evaluate(AXE)
        found = self.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        for violation in found["violations"]:
            for node in violation["nodes"]:
                why = ((node["any"] or node["all"] or node["none"]) or [{}])[0].get("message", "")
                self._fault(f"{violation['id']}: {node['html'][:160]} ({why})")

    def _weigh(self) -> None:
        own = urlsplit(self.url).netloc
        weights = {}
        for request in self._loaded:
            parts = urlsplit(request.url)
            if parts.scheme in ("data", "blob"):
                continue
            if parts.netloc != own:
                self._fault(f"asks {request.url}")
            elif not parts.path.startswith("/api/"):
                weights[parts.path] = request.sizes()["responseBodySize"]
        if sum(weights.values()) >= MOST_BYTES:
            self._fault(f"weighs {sum(weights.values())} bytes: {weights}")

    def _hear(self, message: Any) -> None:
        # An answer of 404 is the browser's remark, not a fault of the page.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self._fault(f"console {message.text}")

    def _fault(self, what: str) -> None:
        self.faults.append(f"{self._where} [{self.lang} {self.scheme}] {what}")


def judge_all(
    browser: Browser,
    url: str,
    lang: str,
    scheme: str,
    paths: Sequence[tuple[str, str | None]],
    link: str | None = None,
    data: Sequence[str] = (),
) -> list[str]:
    """The faults of all `paths`, each with what to wait for; `link` signs in first. `data` are the addresses of the data that
    they show: no other word of an Arabic page may be in Latin letters."""
    critic = Critic(browser, url, lang, scheme)
    try:
        if link:
            critic.page.goto(link)
        if data:
            critic.know(data)
        for path, ready in paths:
            critic.look(path, ready)
        return critic.faults
    finally:
        critic.context.close()
