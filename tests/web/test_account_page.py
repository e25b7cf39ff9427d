"""The account's page in a browser: a token is made, copied and revoked, and a device signed out."""

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.web.installation import Installation


@pytest.fixture
def context(signed_in: BrowserContext) -> BrowserContext:
    return signed_in


def test_a_token_is_made_copied_and_revoked_and_another_device_signed_out(
    page: Page, browser: Browser, site: Installation
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/account")
    page.get_by_role("textbox", name="What is it for?").fill("the nightly job")
    page.get_by_role("button", name="Make a token").click()
    token = page.locator("#secret").inner_text()
    page.get_by_role("button", name="Copy").click()
    assert page.evaluate("navigator.clipboard.readText()") == token
    elsewhere = browser.new_context(base_url=site.url)
    other = elsewhere.new_page()
    other.goto("/sign-in")
    if not other.get_by_role("textbox", name="Token").is_visible():
        other.get_by_text("Sign in with a token").first.click()
    other.get_by_role("textbox", name="Token").fill(token)
    other.get_by_role("button", name="Sign in with the token").click()
    expect(other).to_have_url(f"{site.url}/")
    page.goto("/account")
    page.get_by_role("table").last.get_by_role("button", name="Sign out").first.click()
    expect(page.get_by_role("status").first).to_contain_text("That device is signed out")
    other.goto("/jobs")
    expect(other.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    elsewhere.close()
    page.get_by_role("button", name="Revoke the nightly job").click()
    expect(page.get_by_text("The token is worth nothing now.")).to_be_visible()
    expect(page.get_by_role("cell", name="the nightly job")).to_have_count(0)
