"""Texts that want to be scripts, through every page that shows what people and models have written."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, Page
from tests.web.installation import Installation, installation

pytestmark = pytest.mark.long  # an installation and a browser
ATTACKS = (
    "<script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    '"><svg onload=window.pwned=1>',
    "</script><script>window.pwned=1</script>",
    "</textarea><iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
    '<a href="javascript:window.pwned=1">press</a>',
    "{{constructor.constructor('window.pwned=1')()}}",
    "'-window.pwned=1-'",
    "\u2028<b onmouseover=window.pwned=1>x</b>",
)
ATTACK = " ".join(ATTACKS)
WORDS = "Many people believe that cars should leave our cities, because the air would be cleaner and streets safer. "


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installation, dict[str, str]]]:
    """An installation whose jobs were all sent by an attacker: ids by kind."""
    with installation(tmp_path_factory.mktemp("attacked")) as here:
        with here.client() as client:
            essay = {"task_type": "task_2", "prompt": f"Cars? {ATTACK}", "essay": WORDS * 5 + ATTACK}
            reviews = [{"text": f"I like it. {attack}", "rating": 4, "author": attack} for attack in ATTACKS]
            jobs = {
                "essay": sent(client, "/api/jobs/essay", essay),
                "product": sent(
                    client, "/api/analysis/start", {"product": {"name": ATTACK[:190]}, "reviews": reviews}
                ),
            }
            for job in jobs.values():
                while not client.get(f"/api/jobs/{job}?wait=20").json()["finished_at"]:
                    pass
            share = client.post(f"/api/jobs/{jobs['essay']}/share").json()
        yield here, {**jobs, "share": share["url"]}


def sent(client: httpx2.Client, path: str, body: dict[str, Any]) -> str:
    answer = client.post(path, json=body)
    assert answer.status_code == 202, answer.text
    told = answer.json()
    return str(told.get("id") or told["session_id"])


@pytest.fixture(scope="module")
def visitor(browser: Browser, attacked: tuple[Installation, dict[str, str]]) -> Iterator[Page]:
    context = browser.new_context(base_url=attacked[0].url)
    page = context.new_page()
    page.goto(attacked[0].link)
    yield page
    context.close()


@pytest.mark.parametrize(
    "path",
    ["/essay?job={essay}", "/product?job={product}", "/jobs", "/jobs?q=%3Cimg%20src%3Dx%20onerror%3Dwindow.pwned%3D1%3E",
     "/jobs/{essay}", "/jobs/{product}", "/ops", "{share}", "/sign-in?next=javascript:window.pwned=1&error=%3Cscript%3E",
     "/%3Cscript%3Ewindow.pwned=1%3C/script%3E"],
)  # fmt: skip
def test_no_text_becomes_a_script(
    visitor: Page, attacked: tuple[Installation, dict[str, str]], path: str
) -> None:
    dialogs: list[str] = []
    visitor.on("dialog", lambda dialog: dialogs.append(dialog.message))
    visitor.goto(path.format(**attacked[1]))
    visitor.wait_for_load_state("networkidle")
    assert visitor.evaluate("window.pwned") is None
    assert dialogs == []
    elements = "img[src='x'], iframe, svg[onload], [onerror], [onmouseover], a[href^='javascript:']"
    assert visitor.locator(elements).count() == 0


def test_the_words_themselves_are_shown(visitor: Page, attacked: tuple[Installation, dict[str, str]]) -> None:
    """Escaped, not dropped: what somebody wrote is still what they read."""
    visitor.goto(f"/jobs/{attacked[1]['essay']}")
    visitor.wait_for_load_state("networkidle")
    shown = visitor.content()
    assert "&lt;script&gt;window.pwned=1" in shown or "&lt;img src=x" in shown


def test_exports_of_spreadsheets_begin_no_formula(attacked: tuple[Installation, dict[str, str]]) -> None:
    """CSV cells that a spreadsheet would run (OWASP, CSV injection)."""
    here, _ = attacked
    with here.client() as client:
        formula = '=HYPERLINK("http://evil.example","press")'
        reviews = [
            {"text": f"{start}cmd|' /C calc'!A0 I like it", "rating": 5, "author": formula}
            for start in "=+-@"
        ]
        job = sent(client, "/api/analysis/start", {"product": {"name": formula}, "reviews": reviews})
        while not client.get(f"/api/jobs/{job}?wait=20").json()["finished_at"]:
            pass
        table = client.get(f"/api/jobs/{job}/export?format=csv")
        assert table.status_code == 200
        assert table.headers["content-disposition"].startswith("attachment")
    for row in csv.reader(io.StringIO(table.text.lstrip("\ufeff"))):
        for cell in row:
            assert not cell.startswith(("=", "+", "@", "\t", "\r")), cell
            assert not (cell.startswith("-") and not cell[1:2].isdigit()), cell
