"""The whole product in a browser: `headway up` in a process of its own, an essay from writing to reading."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.web.installation import Installation

from headway.apps.essay import bank
from headway.http.shell import CONTENT_SECURITY_POLICY


@pytest.fixture
def context(signed_in: BrowserContext) -> BrowserContext:
    return signed_in


def write(page: Page, sample: bank.Sample) -> None:
    page.get_by_role("combobox", name="Task").select_option(sample.task.task_type)
    page.get_by_role("textbox", name="Prompt").fill(sample.task.prompt)
    page.get_by_role("textbox", name="Your essay").fill(sample.essay)


def test_an_essay_is_written_analysed_reloaded_midway_and_read(page: Page) -> None:
    sample = bank.SAMPLES[0]
    page.goto("/essay")
    write(page, sample)
    page.get_by_role("button", name="Analyze").click()
    expect(page).to_have_url(re.compile(r"/essay\?job=\w"))
    page.reload()
    result = page.get_by_role("region", name="Result")
    expect(result.get_by_role("heading", name="Work on this next")).to_be_visible(timeout=30_000)
    expect(result.get_by_role("heading", name=re.compile("Task response"))).to_be_visible()
    originals = page.locator(".essay-text mark a").all_text_contents()
    assert originals
    assert all(original in sample.essay for original in originals)
    history = page.get_by_role("table", name="Your essays, newest first")
    expect(history.get_by_role("row").nth(1).get_by_role("link")).to_have_attribute("aria-current", "true")
    for name, extension in (("Save as PDF", "pdf"), ("Save as Markdown", "md")):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        assert download.value.suggested_filename.endswith(f".{extension}")


def test_a_job_shows_its_timeline_and_is_watched_by_a_stranger_and_deleted(
    page: Page, browser: Browser
) -> None:
    page.goto("/essay")
    write(page, bank.SAMPLES[1])
    page.get_by_role("button", name="Analyze").click()
    page.get_by_role("link", name="Everything about this job").click()
    expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100", timeout=30_000)
    expect(page.get_by_role("img", name="Timeline")).to_contain_text("Attempt 1")
    page.get_by_role("button", name="Share a watch link").click()
    shared = page.locator("#share-url").text_content() or ""
    stranger = browser.new_page()
    stranger.goto(shared)
    expect(stranger.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100")
    stranger.close()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete for good, with its result").click()
    expect(page).to_have_url(re.compile("/jobs$"))


def test_complaints_of_the_real_rules_stand_by_their_fields(page: Page) -> None:
    page.goto("/essay")
    page.get_by_role("textbox", name="Prompt").fill("Why?")
    page.get_by_role("button", name="Analyze").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.locator("#prompt-error")).to_contain_text("5")
    expect(page.locator("#essay-error")).to_contain_text("20")


@pytest.mark.parametrize("essay", ["too short", bank.SAMPLES[0].essay])
def test_the_form_works_without_scripts(
    signed_in: BrowserContext, browser: Browser, site: Installation, essay: str
) -> None:
    state = signed_in.storage_state()
    plain = browser.new_context(base_url=site.url, java_script_enabled=False, storage_state=state)
    page = plain.new_page()
    page.goto("/essay")
    page.get_by_role("combobox", name="A prompt from the bank").select_option(label="Free buses")
    page.get_by_role("textbox", name="Your essay").fill(essay)
    page.get_by_role("button", name="Analyze").click()
    if essay == "too short":
        expect(page.locator("#essay-error")).to_contain_text("20")
        expect(page.get_by_role("textbox", name="Your essay")).to_have_value(essay)
    else:
        expect(page).to_have_url(re.compile(r"/jobs/\w"))
    plain.close()


def test_a_wrong_link_is_told_and_a_pasted_token_signs_in(browser: Browser, site: Installation) -> None:
    page = browser.new_page(base_url=site.url)
    page.goto("/jobs?token=wrong")
    expect(page.get_by_role("alert")).to_contain_text("This token is not known here.")
    page.get_by_role("textbox", name="Token").fill(site.token)
    page.get_by_role("button", name="Sign in with the token").click()
    expect(page).to_have_url(re.compile("/jobs$"))
    page.get_by_text("You", exact=True).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    page.goto("/jobs")
    expect(page).to_have_url(re.compile(r"/sign-in\?next=%2Fjobs$"))
    page.close()


def test_pages_carry_the_policy_and_an_unknown_address_is_a_page(page: Page) -> None:
    response = page.request.get("/nowhere", headers={"Accept": "text/html"})
    assert response.status == 404
    assert "This page does not exist" in response.text()
    assert response.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert page.request.get("/api/nowhere").headers["content-type"] == "application/problem+json"
