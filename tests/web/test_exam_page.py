"""The exam page in a browser, over a real installation: from answers to the PDF, in both languages."""

import re
import unicodedata
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Browser, BrowserContext, Download, Page, expect
from tests.web.installation import Installation
from tests.web.looking import Critic

NARROW = {"width": 390, "height": 800}


@pytest.fixture
def context(signed_in: BrowserContext) -> BrowserContext:
    return signed_in


def text_of(download: Download) -> str:
    document = pypdfium2.PdfDocument(Path(download.path()).read_bytes())
    found = "\n".join(page.get_textpage().get_text_bounded() for page in document)
    return unicodedata.normalize("NFKC", found)


def test_an_exam_is_taken_left_gone_on_with_and_read_as_a_report(page: Page) -> None:
    page.goto("/exam?lang=en")
    page.get_by_label("Student").fill("Nora")
    page.get_by_role("button", name="Begin").click()
    first = page.get_by_role("group", name=re.compile("A coat costs 80"))
    first.get_by_role("radio", name="B 54").check()
    page.get_by_role("group", name=re.compile("divide 360")).get_by_role("checkbox", name="B 8").check()
    page.get_by_role("group", name=re.compile("divide 360")).get_by_role("checkbox", name="C 9").check()
    expect(page.get_by_text("2 of 40 answered", exact=True)).to_be_visible()
    expect(page.locator("#saved")).to_have_text("Saved")
    page.reload()
    page.get_by_label("Student").fill("Nora")
    page.get_by_role("button", name="Begin").click()
    expect(first.get_by_role("radio", name="B 54")).to_be_checked()
    expect(page.get_by_text("2 of 40 answered", exact=True)).to_be_visible()
    page.get_by_role("button", name="Finish and see the result").click()
    expect(page).to_have_url(re.compile(r"/exam\?job=\w"))
    result = page.get_by_role("region", name="Result")
    expect(result).to_contain_text("3 of 60 points")
    expect(
        result.get_by_role("img", name=re.compile(r"8 scores; the highest is Numbers and arithmetic"))
    ).to_be_visible()
    row = result.get_by_role("row", name=re.compile("Numbers and arithmetic"))
    expect(row.get_by_role("cell")).to_have_text(["3", "12", "25 %"])
    expect(result.get_by_role("heading", name="Study plan")).to_be_visible()
    with page.expect_download() as download:
        result.get_by_role("link", name="Report as PDF").click()
    text = text_of(download.value)
    assert "Nora" in text
    assert "Study plan" in text
    assert "الدراسة" in text


def test_in_arabic_sample_answers_lead_to_recommendations_with_their_scores(page: Page) -> None:
    page.goto("/exam?lang=ar")
    assert page.evaluate("document.dir") == "rtl"
    page.get_by_role("radio", name=re.compile("الميول")).check()
    page.get_by_role("button", name="تجربة إجابات نموذجية").click()
    result = page.get_by_role("region", name="النتيجة")
    card = result.get_by_role("article").first
    expect(card.get_by_role("heading")).to_contain_text("الطب والصحة")
    expect(card.get_by_role("listitem")).to_have_count(3)
    expect(card).to_contain_text("5 من أصل 5")
    expect(result.get_by_role("img", name=re.compile("أعلاها الطب والصحة"))).to_be_visible()
    result.get_by_text("الشيء نفسه في جدول").first.click()
    expect(result.get_by_role("table").first.get_by_role("row")).to_have_count(17)
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]  # a width and a height
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with page.expect_download() as download:
        result.get_by_role("link", name=re.compile("PDF")).click()
    text = text_of(download.value)
    assert "والصحة" in text
    assert "Medicine and health" in text


def test_a_pasted_file_becomes_enrolments_and_a_fault_in_it_is_named(page: Page) -> None:
    page.goto("/exam?import&lang=en")
    page.get_by_label("Or paste it").fill("student,q01,q03\nAmal,B,BCE\nZaid,Z,BD\n")
    page.get_by_label("Exam code").fill("SCIENCE-40")
    page.get_by_role("button", name="Import", exact=True).click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("The question q01 has the options A, B, C, D")
    page.get_by_label("Or paste it").fill("student,q01,q03\nAmal,B,BCE\nZaid,A,BD\n")
    page.get_by_role("button", name="Import", exact=True).click()
    table = page.get_by_role("table", name="Your enrolments, newest first")
    for name in ("Amal", "Zaid"):
        expect(table.get_by_role("row", name=re.compile(name))).to_contain_text("Done")
    table.get_by_role("link", name="Amal").click()
    expect(page.get_by_role("region", name="Result")).to_contain_text("4 of 60 points")


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "ar"])
def test_no_state_of_the_page_has_a_fault(
    browser: Browser, site: Installation, lang: str, scheme: str
) -> None:
    """What the tests over every page do not reach: the paper, the import, and an aptitude result."""
    critic = Critic(browser, site.url, lang, scheme)
    page = critic.page
    page.goto(site.link)
    critic.look("/exam?import", "#import:not([hidden])")
    critic.look("/exam?sample=APTITUDE-16", ".radar")
    for details in page.locator("#result details").all():
        details.evaluate("(node) => (node.open = true)")
    critic.judge()
    critic.look("/exam", "#sample:not([hidden])")
    page.locator("#begin").click()
    expect(page.locator(".question").first).to_be_visible()
    critic.judge()
    page.locator("input[value='APTITUDE-16']").check()
    page.locator("#begin").click()
    expect(page.locator(".yes-no").first).to_be_visible()
    critic.judge()
    critic.context.close()
    assert critic.faults == []
