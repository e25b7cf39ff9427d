"""The other pages, and what holds for all of them: policy, weight, width, languages, names."""

import re
import tomllib
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.web.scripted import ScriptedServer

from headway.apps.essay.pages import ESSAY
from headway.web.assets import Assets

ROOT = Path(__file__).parents[2]
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
    attempt = {
        "what": "attempt", "name": "", "n": 1, "worker": "w1", "outcome": "succeeded", "error": None,
        "from": when["started_at"], "to": when["ended_at"],
    }  # fmt: skip
    done.parts["timeline"] = {"now": when["ended_at"], "spans": [attempt]}
    done.parts["log"] = {"lines": [{"n": 1, "at": when["started_at"], "text": "4 words read"}], "next": 1}
    mid = server.add("mid")
    mid.work(45, "Judging the four criteria")
    server.add("tok", base="/api/watch/tok")
    return server


@pytest.mark.usefixtures("own_context")
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


def test_words_find_jobs_and_stay_in_the_address(page: Page, jobs: ScriptedServer) -> None:
    page.goto("/jobs?status=completed")
    page.keyboard.press("/")
    page.keyboard.type("WHY?")
    expect(page).to_have_url(re.compile(r"\?status=completed&q=WHY%3F$"))
    expect(page.get_by_role("row")).to_have_count(2)
    expect(page.get_by_role("link", name="It's why?")).to_be_visible()
    page.get_by_role("searchbox").fill("nothing of that kind")
    expect(page.get_by_role("heading", name="No job fits these filters")).to_be_visible()
    page.get_by_role("link", name="Show all jobs").click()
    expect(page.get_by_role("row")).to_have_count(4)


def test_jobs_are_chosen_and_changed_with_single_keys(page: Page, jobs: ScriptedServer) -> None:
    jobs.add("broken", status="failed")
    page.goto("/jobs")
    expect(page.get_by_role("row")).to_have_count(5)
    page.keyboard.press("j")
    expect(page.get_by_role("row").nth(1).get_by_role("link")).to_be_focused()
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    bar = page.get_by_role("region", name="What to do with the chosen jobs")
    expect(bar).to_contain_text("2 jobs chosen")
    page.keyboard.press("r")
    expect(page.get_by_text("1 job runs again.")).to_be_visible()
    assert jobs.jobs["broken"].snapshot["status"] == "pending"
    expect(bar).to_be_hidden()
    page.keyboard.press("?")
    page.get_by_label("Single keys work on this page").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    expect(page.get_by_role("row")).to_have_count(5)
    page.keyboard.press("a")
    expect(bar).to_be_hidden()


def test_several_jobs_are_deleted_after_one_question(page: Page, jobs: ScriptedServer) -> None:
    jobs.add("old", status="completed", percent=100)
    page.goto("/jobs")
    page.get_by_label("Choose all of this page").check()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Keep them").click()
    assert set(jobs.jobs) == {"done", "mid", "tok", "old"}
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("2 jobs were deleted.")).to_be_visible()
    assert set(jobs.jobs) == {"mid", "tok"}


def test_the_colours_are_the_readers_choice(page: Page) -> None:
    page.goto("/jobs?status=failed")
    root = page.locator("html")
    page.get_by_role("link", name="Colours: as the device has them").click()
    expect(root).to_have_attribute("data-theme", "dark")
    expect(page).to_have_url(re.compile(r"/jobs\?status=failed$"))
    page.goto("/")
    expect(root).to_have_attribute("data-theme", "dark")
    page.get_by_role("link", name="Colours: dark").click()
    expect(root).to_have_attribute("data-theme", "light")
    page.get_by_role("link", name="Colours: light").click()
    expect(page.get_by_role("link", name="Colours: as the device has them")).to_be_visible()
    expect(root).not_to_have_attribute("data-theme", re.compile("."))


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
    expect(page.get_by_role("img", name="Timeline of 2 sec: The job.")).to_contain_text("Attempt 1")
    page.get_by_text("As a table").click()
    expect(page.get_by_role("table")).to_contain_text("Attempt 1 · Succeeded · w1")
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
    form = page.locator("form[action='/sign-in']").last
    expect(form.locator("input[name=next]")).to_have_value("/jobs?status=failed")
    expect(page.locator("input:focus")).to_have_count(1)


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_signing_in_never_leads_to_another_site(page: Page, server: ScriptedServer, target: str) -> None:
    page.goto(f"/sign-in?next={target}")
    expect(page.locator("form[action='/sign-in'] input[name=next]").last).to_have_value("/")


def test_a_token_that_is_not_known_is_a_complaint_that_takes_focus(
    page: Page, server: ScriptedServer
) -> None:
    server.signed_in = False
    page.goto("/sign-in?failed=1")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("textbox", name="Token")).to_have_attribute("aria-invalid", "true")


def test_the_start_page_shows_the_figures_of_this_installation(page: Page, jobs: ScriptedServer) -> None:
    page.goto("/")
    for figure in (
        "within 5 ms",
        "in 2.4 sec",
        "118 jobs done today",
        "It runs on its own machine, offline.",
    ):
        expect(page.get_by_text(figure)).to_be_visible()
    latest = page.locator(".latest")
    expect(latest).to_contain_text("Waiting")  # of the three, the one that was added last
    jobs.jobs["tok"].work(10, "Measuring")
    expect(latest).to_contain_text("Working")


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
    assert Assets([]).find("apps/essay/essay.js") is None
    assert Assets([ESSAY]).find("apps/essay/essay.js") is not None


def test_the_wheel_ships_the_client_among_the_static_files() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    shipped = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert shipped["clients/js/src"] == "headway/web/static"


def test_a_page_carries_the_translations_of_its_scripts_and_no_others(
    page: Page, jobs: ScriptedServer
) -> None:
    def texts(path: str) -> set[str]:
        page.goto(f"{path}?lang=ar")
        found: list[str] = page.evaluate(
            "Object.keys(JSON.parse(document.getElementById('texts').textContent))"
        )
        return set(found)

    essay, ops = texts("/essay"), texts("/jobs")
    assert {"Copied", "Analysed", "at least {n}"} <= essay
    assert {
        "Copied",
        "{n} job chosen",
        "Failed",
    } <= ops  # of page.js, jobs-bulk.js, and page.js by way of jobs.js
    assert "{n} job chosen" not in essay
    assert "Analysed" not in ops
