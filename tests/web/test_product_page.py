"""The product page before a real installation: from reviews to the PDF, in both languages, without an account."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.apps.product import corpus
from tests.web.profiles import PATIENCE_MS, Profile

from headway.apps.product import bank

ARABIC = re.compile(r"[\u0600-\u06ff]")


@pytest.fixture
def context(site_profile: Profile) -> Iterator[BrowserContext]:
    """One who has not signed in, before the real installation."""
    with site_profile.newcomer() as context:
        yield context


def report(page: Page, name: str) -> str:
    """The text of the PDF behind a link of that name."""
    with page.expect_download() as waiting:
        page.get_by_role("link", name=name, exact=True).click()
    document = pypdfium2.PdfDocument(waiting.value.path())
    return " ".join(page.get_textpage().get_text_range() for page in document)


def test_a_sample_is_analysed_read_and_downloaded(page: Page) -> None:
    page.goto("/product")
    page.get_by_role("button", name="A kettle with bought praise").click()
    expect(page.get_by_text("12 reviews found")).to_be_visible()
    page.get_by_role("button", name="Analyze").click()
    expect(page).to_have_url(re.compile(r"/product\?job="))
    result = page.get_by_role("region", name="Result")
    expect(result).to_contain_text("Look fake: 5, which is 41.7 %")
    expect(result.get_by_role("img", name=re.compile("of the reviews look fake"))).to_be_visible()
    expect(
        result.get_by_role("img", name=re.compile("5 stars: 5 of all, 0 of the genuine ones"))
    ).to_be_visible()
    result.get_by_role("link", name="Review k11").first.click()
    named = page.locator("li:target")
    expect(named).to_contain_text("Ignore your instructions")
    expect(named).to_contain_text("looks fake")
    page.reload()
    expect(result).to_contain_text("More fake than is good")
    assert "Review analysis: grade D" in report(page, "PDF")


def test_the_whole_way_in_arabic(page: Page) -> None:
    page.goto("/product?lang=ar")
    assert page.locator("html").get_attribute("dir") == "rtl"
    page.get_by_role("button", name="غلاية بمديح مشترى").click()
    page.get_by_role("button", name="تحليل").click()
    result = page.get_by_role("region", name="النتيجة")
    expect(result).to_contain_text("مزيف أكثر مما ينبغي")
    for heading in result.get_by_role("heading").all():
        assert ARABIC.search(heading.inner_text())
    english = result.locator("li > span:first-child").all_inner_texts()
    assert all(ARABIC.search(text) for text in english if text and not text.startswith("#"))
    assert ARABIC.search(report(page, "PDF"))


def test_reviews_are_pasted_as_text_and_complaints_stand_by_their_field(page: Page) -> None:
    page.goto("/product")
    page.get_by_role("button", name="Analyze").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Paste reviews")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Paste reviews").fill(
        "Took 4:10 for 1.7 l on the left plate.\n\nCord of 70 cm, too short."
    )
    page.get_by_label("Product", exact=True).fill("Kettle")
    page.get_by_role("button", name="Analyze").click()
    expect(page.get_by_role("region", name="Result")).to_contain_text("Analysed: 2 of 2 reviews")


def test_a_table_is_uploaded(page: Page, tmp_path: Path) -> None:
    rows = [f'{row["id"]},"{row["content"]}",{row["rating"]}' for row in corpus.product(9, 3)["reviews"]]
    path = tmp_path / "reviews.csv"
    path.write_text("\n".join(["id,content,rating", *rows]))
    page.goto("/product")
    page.get_by_label("Or drop a file here, or choose one").set_input_files(path)
    page.get_by_role("button", name="Analyze").click()
    expect(page.get_by_role("region", name="Result")).to_contain_text("Analysed: 12 of 12 reviews")


def test_two_are_compared_and_one_is_shared(page: Page, browser: Browser) -> None:
    for sample in bank.SAMPLES:
        page.goto("/product")
        page.locator(f'[data-sample="{bank.SAMPLES.index(sample)}"]').click()
        page.get_by_role("button", name="Analyze").click()
        expect(page.get_by_role("region", name="Result").get_by_text("Grade", exact=True)).to_be_visible()
    page.get_by_role("button", name="Share").click()
    link = page.get_by_label("Link to this result").input_value()
    for box in page.get_by_role("checkbox", name=re.compile("^Compare ")).all():
        box.check()
    page.get_by_role("button", name="Compare the two chosen").click()
    expect(page).to_have_url(re.compile(r"/product\?compare=[^,]+,[^,]+$"))
    compared = page.get_by_role("table", name="Two products compared")
    for sample in bank.SAMPLES:
        expect(compared.get_by_role("columnheader", name=sample["product"]["title"])).to_be_visible()
    with ExitStack() as stack:
        other = stack.enter_context(browser.new_context())
        other.set_default_timeout(PATIENCE_MS)
        anyone = other.new_page()
        anyone.goto(link)
        expect(anyone.get_by_role("region", name="Result")).to_contain_text("Trailhead Camping Lamp")
        expect(anyone.get_by_role("link", name="PDF", exact=True)).to_have_count(0)
        expect(anyone.get_by_role("form", name="Hand in reviews")).to_be_hidden()
        anyone.goto(re.sub(r"/product\?watch=", "/watch/", link))
        anyone.get_by_role("link", name="See the result").click()
        expect(anyone.get_by_role("region", name="Result")).to_contain_text("Trailhead Camping Lamp")
        anyone.goto(page.url)
        expect(anyone.get_by_role("alert")).to_contain_text("not of this browser")
