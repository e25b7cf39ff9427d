"""The other pages, and what holds for all of them: policy, weight, width, languages, names."""

import re
import tomllib
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.web.scripted import ScriptedServer

from headway.apps.essay.pages import ESSAY
from headway.web.assets import Assets

ROOT = Path(__file__).parents[2]
PAGES = (
    "/",
    "/sign-in",
    "/essay",
    "/essay?job=done",
    "/jobs",
    "/jobs/done",
    "/jobs/mid",
    "/watch/tok",
    "/nowhere",
)
RESULT = {
    "overall_band": 6.5, "criteria": {"TR": 7, "CC": 6.5, "LR": 6, "GRA": 6},
    "notes": {"TR": "It answers.", "CC": "It flows.", "LR": "It is plain.", "GRA": "It slips."},
    "overall_comment": "Well kept.", "improvement_plan": ["One.", "Two.", "Three."],
    "corrections": [{"start": 0, "end": 4, "original": "They", "suggestion": "We", "reason": "It is we."}],
    "word_count": 4, "provider": "offline", "model": "rules-1",
}  # fmt: skip


@pytest.fixture
def jobs(server: ScriptedServer) -> ScriptedServer:
    done = server.add("done", status="completed", percent=100, started_at="2026-11-22T10:00:00.000Z",
                      finished_at="2026-11-22T10:00:02.000Z", processing_seconds=2.0)  # fmt: skip
    done.result, done.input = (
        RESULT,
        {"task_type": "task_2", "prompt": "It's why?", "essay": "They need time."},
    )
    when = {"started_at": "2026-11-22T10:00:00.000Z", "ended_at": "2026-11-22T10:00:02.000Z"}
    attempt = {"part": 0, "attempt": 1, "worker": "w1", "outcome": "succeeded", "error": None, **when}
    done.parts["attempts"] = {"attempts": [attempt]}
    done.parts["log"] = {"lines": [{"n": 1, "at": when["started_at"], "text": "4 words read"}], "next": 1}
    mid = server.add("mid")
    mid.work(45, "Judging the four criteria")
    server.add("tok", base="/api/watch/tok")
    return server


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("lang", ["en", "ar"])
@pytest.mark.parametrize("width", [390, 1920])
def test_no_page_is_wider_than_the_screen(
    page: Page, jobs: ScriptedServer, path: str, lang: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{path}{'&' if '?' in path else '?'}lang={lang}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == [
        lang,
        "rtl" if lang == "ar" else "ltr",
    ]


@pytest.mark.parametrize("path", PAGES)
def test_every_control_has_a_name_and_every_page_one_heading(
    page: Page, jobs: ScriptedServer, path: str
) -> None:
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    nameless = page.evaluate(
        """() => {
          const name = (node) => node.getAttribute("aria-label") || node.textContent.trim() || node.title
            || [...(node.labels ?? [])].map((label) => label.textContent).join("");
          return [...document.querySelectorAll("a, button, input:not([type=hidden]), select, textarea")]
            .filter((node) => !name(node)).map((node) => node.outerHTML);
        }"""
    )
    assert nameless == []
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((node) => node.id)")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_weighs_less_than_100_kb_and_asks_no_other_origin(
    page: Page, jobs: ScriptedServer, path: str
) -> None:
    """On the wire, as a browser that takes gzip gets it, and without the data of jobs."""
    loaded = []
    page.on("requestfinished", lambda r: loaded.append(r) if "/api/" not in r.url else None)
    page.goto(path, wait_until="load")
    assert all(request.url.startswith((jobs.url, "data:")) for request in loaded)
    weights = {r.url: r.sizes()["responseBodySize"] for r in loaded if not r.url.startswith("data:")}
    assert len(weights) > 3
    assert sum(weights.values()) < 100_000, weights


def test_the_list_shows_jobs_live_and_keeps_its_filters_in_the_address(
    page: Page, jobs: ScriptedServer
) -> None:
    page.clock.install()
    page.goto("/jobs")
    rows = page.get_by_role("row")
    expect(rows).to_have_count(4)
    expect(page.get_by_role("row").filter(has_text="Working")).to_contain_text("45 %")
    jobs.jobs["mid"].work(60, "Judging")
    page.clock.run_for(2_500)
    expect(page.get_by_role("row").filter(has_text="Working")).to_contain_text("60 %")
    page.get_by_role("link", name="Done").click()
    expect(page).to_have_url(re.compile(r"\?status=completed$"))
    expect(rows).to_have_count(2)
    page.get_by_role("link", name="Failed").click()
    expect(page.get_by_role("heading", name="No job fits these filters")).to_be_visible()
    page.go_back()
    expect(rows).to_have_count(2)


def test_a_long_list_has_pages(page: Page, server: ScriptedServer) -> None:
    for n in range(30):
        server.add(f"j{n:02}", status="completed", percent=100)
    page.goto("/jobs")
    expect(page.get_by_role("row")).to_have_count(26)
    page.get_by_role("link", name="Older").click()
    expect(page.get_by_role("row")).to_have_count(6)
    page.get_by_role("link", name="Newest").click()
    expect(page.get_by_role("row")).to_have_count(26)


def test_an_empty_list_leads_on(page: Page) -> None:
    page.goto("/jobs")
    expect(page.get_by_role("heading", name="No job yet")).to_be_visible()
    page.get_by_role("link", name="Choose an application").click()
    expect(page.get_by_role("link", name="IELTS writing", exact=True).first).to_be_visible()


def test_a_job_shows_what_ran_when_and_how_to_ask_for_it_again(page: Page, jobs: ScriptedServer) -> None:
    page.goto("/jobs/done")
    expect(page.get_by_role("heading", name="IELTS writing")).to_be_visible()
    expect(page.get_by_role("img", name="Timeline")).to_contain_text("Attempt 1")
    page.get_by_text("As a table").click()
    expect(page.get_by_role("table")).to_contain_text("Succeeded · w1")
    expect(page.get_by_text("4 words read")).to_be_visible()
    page.get_by_text("The same with curl").click()
    expect(page.locator("#curl")).to_contain_text(r"""-d '{"task_type":"task_2","prompt":"It'\''s why?",""")
    expect(page.get_by_role("link", name="Open the result")).to_have_attribute("href", "/essay?job=done")


def test_a_job_is_deleted_only_when_asked_twice(page: Page, jobs: ScriptedServer) -> None:
    page.goto("/jobs/done")
    page.get_by_role("button", name="Delete").click()
    assert "done" in jobs.jobs
    page.get_by_role("button", name="Delete for good, with its result").click()
    expect(page).to_have_url(re.compile("/jobs$"))
    assert "done" not in jobs.jobs


def test_a_job_is_shared_by_a_link_that_can_be_copied(page: Page, jobs: ScriptedServer) -> None:
    page.goto("/jobs/done")
    page.get_by_role("button", name="Share a watch link").click()
    expect(page.get_by_text(f"{jobs.url}/watch/tok")).to_be_visible()


def test_a_job_that_is_not_there_says_so(page: Page) -> None:
    page.goto("/jobs/nothing")
    expect(page.get_by_text("There is no such job, or it is not yours.")).to_be_visible()


def test_one_who_is_not_signed_in_is_asked_to_and_sent_on_afterwards(
    page: Page, server: ScriptedServer
) -> None:
    server.signed_in = False
    page.goto("/jobs?status=failed")
    expect(page).to_have_url(re.compile(r"/sign-in\?next=%2Fjobs%3Fstatus%3Dfailed$"))
    form = page.locator("form[action='/sign-in']")
    expect(form.locator("input[name=next]")).to_have_value("/jobs?status=failed")
    expect(page.get_by_label("Token")).to_be_focused()


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_signing_in_never_leads_to_another_site(page: Page, server: ScriptedServer, target: str) -> None:
    page.goto(f"/sign-in?next={target}")
    expect(page.locator("form[action='/sign-in'] input[name=next]")).to_have_value("/")


def test_a_token_that_is_not_known_is_a_complaint_that_takes_focus(
    page: Page, server: ScriptedServer
) -> None:
    server.signed_in = False
    page.goto("/sign-in?failed=1")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Token")).to_have_attribute("aria-invalid", "true")


def test_the_start_page_shows_real_figures_to_their_owner(page: Page, jobs: ScriptedServer) -> None:
    page.goto("/")
    expect(page.get_by_text("Here: half of them took no longer than 2 sec.")).to_be_visible()
    expect(page.get_by_text("Measured on your last finished job.")).to_be_visible()


def test_a_chosen_language_is_kept(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="العربية").click()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    page.goto("/jobs")
    expect(page.get_by_role("heading", level=1)).to_have_text("المهام")


def test_a_page_can_be_used_with_the_keyboard_alone(page: Page) -> None:
    page.goto("/essay")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Task", exact=True)).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/essay?job=done", "/jobs", "/jobs/mid", "/sign-in?error=token"])
def test_text_stands_out_from_what_is_behind_it(
    browser: Browser, jobs: ScriptedServer, scheme: str, path: str
) -> None:
    """WCAG 2.2, 1.4.3 (AA): 4.5 to 1, or 3 to 1 for large text; shadow trees included."""
    context = browser.new_context(base_url=jobs.url, color_scheme=scheme)  # type: ignore[arg-type]  # a literal
    page = context.new_page()
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.evaluate("document.fonts.ready")
    assert page.evaluate(CONTRAST) == []
    context.close()


CONTRAST = """() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const parent = (node) => node.assignedSlot ?? node.parentElement ?? node.getRootNode().host;
  const behind = (node) => {
    for (; node; node = parent(node)) {
      const [r, g, b, a] = rgba(getComputedStyle(node).backgroundColor);
      if (a > 250) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const faint = [];
  const visit = (root) => {
    for (const node of root.querySelectorAll("*")) {
      if (node.shadowRoot) visit(node.shadowRoot);
      const text = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
      if (!text || !node.checkVisibility({ visibilityProperty: true })) continue;
      if (node.closest("svg, .sr, :disabled, .skip")) continue;
      const style = getComputedStyle(node);
      const [front, back] = [light(rgba(style.color).slice(0, 3)), light(behind(node))];
      const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
      const size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      if (ratio < (large ? 3 : 4.5)) faint.push(`${node.tagName} ${ratio.toFixed(2)} ${node.textContent}`);
    }
  };
  visit(document);
  return faint;
}"""


def test_static_files_are_found_by_name_and_nothing_else_is(page: Page, server: ScriptedServer) -> None:
    for path in ("headway.js", "headway/watch.js", "headway.css", "favicon.svg", "apps/essay/essay.js"):
        assert page.request.get(f"/static/{path}").status == 200
    for path in (
        "",
        "..%2fpages.py",
        "apps/essay/__init__.py",
        "apps/essay/page.html",
        "apps/none/x.js",
        "nothing.js",
    ):
        assert page.request.get(f"/static/{path}").status == 404, path
    assert page.request.post("/static/headway.js").status == 405


def test_a_static_file_is_sent_again_only_when_it_changed(page: Page, server: ScriptedServer) -> None:
    first = page.request.get("/static/headway.css")
    assert first.headers["access-control-allow-origin"] == "*"
    again = page.request.get("/static/headway.css", headers={"If-None-Match": first.headers["etag"]})
    assert again.status == 304


def test_an_application_without_files_serves_none() -> None:
    assert Assets([])._find("apps/essay/essay.js") is None
    assert Assets([ESSAY])._find("apps/essay/essay.js") is not None


def test_the_wheel_ships_the_client_among_the_static_files() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    shipped = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert shipped["clients/js/src"] == "headway/web/static"
