"""Pictures of every page of a real installation: `make screenshots`, or `python -m tests.web.pictures FOLDER --all`.

Without `--all` a few: what the documentation shows. With it, every page in both languages, light and dark, wide and
narrow, to be looked at.
"""

import argparse
import io
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from tests.web.installation import Installation, installation

DOCS = Path(__file__).parents[2] / "docs" / "pictures"
WIDE, NARROW = (1280, 860), (390, 844)
COLOURS = 256
"""Of the palette: pages have few colours, and a picture of the documentation should be small."""
FEW = (
    ("start", "en", "light", WIDE),
    ("essay", "en", "light", WIDE),
    ("exam", "ar", "light", WIDE),
    ("novel", "en", "dark", WIDE),
    ("product", "en", "light", WIDE),
    ("job", "en", "light", WIDE),
    ("jobs", "ar", "dark", NARROW),
    ("ops", "en", "dark", WIDE),
)


def pages(jobs: dict[str, str]) -> dict[str, str]:
    """Every page by name, with the result of a finished job where it has one."""
    own = {kind: f"/{kind}?job={job_id}" for kind, job_id in jobs.items()}
    empty = {f"{kind}-empty": f"/{kind}" for kind in jobs}
    return {
        "start": "/",
        **own,
        **empty,
        "jobs": "/jobs",
        "job": f"/jobs/{jobs['novel']}",
        "ops": "/ops",
        "account": "/account",
        "credits": "/credits",
        "not-found": "/nowhere",
    }


def take(
    browser: Browser, site: Installation, path: str, lang: str, scheme: Any, size: tuple[int, int]
) -> Page:
    """The page, settled."""
    viewport: Any = {"width": size[0], "height": size[1]}
    context = browser.new_context(
        base_url=site.url, viewport=viewport, color_scheme=scheme, locale=lang, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(f"/?token={site.token}")
    page.goto(f"{path}{'&' if '?' in path else '?'}lang={lang}", wait_until="load")
    # Pages that watch never fall silent: what is asked for at the start has come once the network rests for a moment.
    page.wait_for_load_state("networkidle")
    return page


def save(page: Page, file: Path, *, whole: bool) -> None:
    """As a PNG of few colours."""
    picture = Image.open(io.BytesIO(page.screenshot(full_page=whole)))
    picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)


def wanted(every: bool, names: list[str]) -> Iterator[tuple[str, str, str, tuple[int, int]]]:
    """Which pictures: a page's name, language, scheme, size."""
    if not every:
        yield from FEW
        return
    for name in names:
        for lang in ("en", "ar"):
            for scheme in ("light", "dark"):
                for size in (WIDE, NARROW):
                    yield name, lang, scheme, size


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.web.pictures", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=DOCS)
    parser.add_argument("--all", action="store_true", help="every page, language, scheme and width")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with (
        tempfile.TemporaryDirectory() as data,
        installation(Path(data)) as site,
        sync_playwright() as playwright,
    ):
        jobs = site.seed(essays_wanted=4, pages=12)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        places = pages(jobs)
        for name, lang, scheme, size in wanted(arguments.all, list(places)):
            page = take(browser, site, places[name], lang, scheme, size)
            more = f"-{lang}-{scheme}-{size[0]}" if arguments.all else ""
            file = arguments.folder / f"{name}{more}.png"
            save(page, file, whole=arguments.all)
            page.context.close()
            sys.stdout.write(f"{file} {file.stat().st_size // 1024} KB\n")
        browser.close()


if __name__ == "__main__":
    main()
