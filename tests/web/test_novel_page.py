"""The novel's page in a browser, on a real installation: drop, quote, confirm, watch, search, correct, come back."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from tests.apps.novel import books
from tests.web.watched import watched

STORY = Path(__file__).parents[1] / "apps" / "novel" / "recit.txt"
PDF = "application/pdf"


@pytest.fixture(scope="module")
def story() -> Sequence[str]:
    return [" ".join(part.split()) for part in STORY.read_text(encoding="utf-8").split("\n\n")]


def choose(page: Page, **files: bytes) -> None:
    page.get_by_label("Drop PDFs here").set_input_files(
        [{"name": f"{name}.pdf", "mimeType": PDF, "buffer": data} for name, data in files.items()]
    )


def test_books_are_quoted_shortened_searched_and_corrected(
    signed_in: BrowserContext, story: Sequence[str]
) -> None:
    with watched(signed_in) as page:
        page.goto("/novel")
        start = page.locator("#start")
        expect(start).to_be_disabled()
        choose(page, phare=books.pages(story, 3), second=books.pages(story, 2), broken=b"%PDF-1.7 broken")
        shelf = page.get_by_role("list", name="Books to be shortened").get_by_role("listitem")
        expect(shelf).to_have_count(3)
        expect(shelf.nth(0)).to_contain_text("3 pages")
        expect(shelf.nth(1)).to_contain_text("free")
        expect(shelf.nth(2).get_by_role("alert")).to_contain_text("damaged")
        expect(start).to_have_text("Shorten 2 books")
        expect(page.locator("#price")).to_contain_text("5 pages · free, on this machine")
        page.get_by_label("Words in a sentence, at most").fill("12")
        with page.expect_request("**/process-pdf-async") as submission:
            start.click()
        assert int(submission.value.all_headers()["content-length"]) < len(books.pages(story, 2))
        expect(page).to_have_url(re.compile(r"/novel\?job="))
        expect(shelf).to_have_count(1)
        queue = page.get_by_role("navigation", name="Books at work")
        expect(queue.get_by_role("link")).to_have_count(2)
        rows = page.locator(".rows tbody tr")
        expect(rows.first).to_be_visible()
        expect(page.get_by_role("heading", name="phare")).to_be_visible()
        cells = page.locator("#cells button")
        expect(cells.first).to_have_attribute("data-status", "completed")
        cells.first.click()
        expect(page.locator("#cell")).to_contain_text("page")

        page.get_by_role("searchbox").fill("maelle")
        expect(rows.first.locator("mark").first).to_have_text("Maëlle")
        page.get_by_role("searchbox").fill("")
        expect(page.locator(".rows mark")).to_have_count(0)  # the search waits for more letters
        page.get_by_role("button", name="Words", exact=True).click()
        expect(page.get_by_role("columnheader", name="Words")).to_have_attribute("aria-sort", "descending")
        longest = int(rows.first.locator("td.num").nth(1).inner_text())
        assert longest >= int(rows.nth(1).locator("td.num").nth(1).inner_text())

        place = rows.nth(2).get_attribute("data-n")
        row = page.locator(f".rows tr[data-n='{place}']")
        row.locator("button.text").click()
        editor = page.get_by_label("The sentence in your words")
        expect(editor).to_be_focused()
        editor.fill("   ")
        editor.press("Enter")
        expect(row.get_by_role("alert")).to_contain_text("cannot be empty")
        editor.fill("Elle dort.")
        editor.press("Enter")
        expect(row.locator("button.text")).to_contain_text("Elle dort.")
        expect(row).to_contain_text("edited")
        expect(row.locator("button.text")).to_be_focused()
        page.reload()
        page.get_by_role("button", name="Edited").click()
        expect(rows).to_have_count(1)
        expect(rows.first).to_contain_text("Elle dort.")
        page.get_by_label("Choose sentence").first.check()
        page.get_by_role("button", name="Undo 1 edit").click()
        expect(page.get_by_text("1 edit is taken back")).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("link", name="TXT").click()
        assert "Elle dort." not in Path(download.value.path()).read_text("utf-8")


def test_arabic_runs_from_the_right_and_sentences_from_the_left(
    signed_in: BrowserContext, story: Sequence[str]
) -> None:
    with watched(signed_in) as page:
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto("/novel?lang=en")
        choose(page, phare=books.pages(story, 2))
        page.locator("#start").click()
        expect(page.locator(".rows .text").first).to_be_visible()
        page.goto("/novel?lang=ar")
        expect(page.locator("html")).to_have_attribute("dir", "rtl")
        page.locator("#history-list a").first.click()
        sentence = page.locator(".rows .text").first
        expect(sentence).to_be_visible()
        expect(sentence).to_have_attribute("dir", "ltr")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.goto("/novel?lang=en")
