"""`<headway-job>` on the page of a job: what a person sees, hears and can do."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from tests.web.scripted import Job, ScriptedServer


@pytest.fixture
def job(server: ScriptedServer) -> Job:
    return server.add()


def ago(seconds: float) -> str:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()


def opened(page: Page, job: Job, query: str = "") -> Any:
    page.goto(f"/jobs/{job.snapshot['id']}{query}")
    element = page.locator("headway-job")
    expect(element.get_by_role("progressbar")).to_be_visible()
    return element


def test_a_waiting_job_says_that_it_is_accepted_and_its_place(page: Page, job: Job) -> None:
    job.push(queue_position=3)
    element = opened(page, job)
    expect(element).to_contain_text("Accepted. You can close this page; the address keeps your place.")
    expect(element).to_contain_text("Number 3 in line")
    job.push(queue_position=1)
    expect(element).to_contain_text("Next in line")


def test_progress_is_told_to_eyes_and_to_assistive_technology(page: Page, job: Job) -> None:
    element = opened(page, job)
    job.work(45, "Processing chunk 3 of 5", total_chunks=5, processed_chunks=2, credits=4)
    bar = element.get_by_role("progressbar", name="IELTS writing: progress")
    expect(bar).to_have_attribute("aria-valuenow", "45")
    expect(bar).to_have_attribute("aria-valuetext", "45 %, Working, Processing chunk 3 of 5")
    for text in ("45 %", "Processing chunk 3 of 5", "2 of 5", "4 credits held"):
        expect(element).to_contain_text(text)


def test_the_stations_show_what_is_done_and_where_it_is(page: Page, job: Job) -> None:
    element = opened(page, job)
    job.work(45, "Evaluating")
    expect(element.get_by_role("listitem").filter(has_text="Evaluate")).to_have_attribute(
        "aria-current", "step"
    )
    states = [item.get_attribute("data-state") for item in element.locator(".stations li").all()]
    assert states == ["done", "done", "here", "ahead"]


@pytest.mark.usefixtures("own_context")
def test_the_bar_stands_where_the_snapshot_says_and_nothing_else_moves_it(page: Page, job: Job) -> None:
    element = opened(page, job)
    job.work(40, "Evaluating", eta_seconds=10)
    expect(element.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "40")
    page.clock.install()
    page.clock.run_for(120_000)
    assert element.get_by_role("progressbar").get_attribute("aria-valuenow") == "40"


@pytest.mark.usefixtures("own_context")
def test_the_time_left_is_a_range_and_a_delay_is_said(page: Page, job: Job) -> None:
    page.clock.install(time=datetime(2026, 11, 22, 10, 1, tzinfo=UTC))
    page.clock.pause_at(datetime(2026, 11, 22, 10, 2, tzinfo=UTC))
    element = opened(page, job)
    job.work(40, "Evaluating", eta_seconds=150)
    expect(element).to_contain_text("about 2–3 min left")
    job.work(90, "Evaluating", eta_seconds=20)
    expect(element).to_contain_text("about 10–30 sec left")
    page.clock.run_for(12_000)
    expect(element).to_contain_text("a few seconds left")
    page.clock.run_for(15_000)
    expect(element).to_contain_text("longer than expected")


def test_a_cancel_asks_nothing_while_little_is_lost(page: Page, job: Job) -> None:
    element = opened(page, job)
    job.work(10, "Measuring")
    expect(element).to_contain_text("10 %")
    element.get_by_role("button", name="Cancel").click()
    expect(element).to_contain_text("Cancelling…")
    expect(element.get_by_role("button", name="Cancel")).to_be_hidden()
    job.finish("cancelled")
    expect(element).to_contain_text("Cancelled")


def test_a_cancel_asks_once_much_is_done_and_focus_is_on_keeping(
    page: Page, job: Job, server: ScriptedServer
) -> None:
    element = opened(page, job)
    job.work(80, "Evaluating")
    expect(element).to_contain_text("80 %")
    element.get_by_role("button", name="Cancel").click()
    expect(element).to_contain_text("80 % is done. Cancel all the same?")
    expect(element.get_by_role("button", name="Keep going")).to_be_focused()
    page.keyboard.press("Enter")
    expect(element.get_by_role("button", name="Cancel")).to_be_focused()
    assert not server.asked(f"{job.base}/cancel", "POST")
    page.keyboard.press("Enter")
    with page.expect_response(f"**{job.base}/cancel"):
        element.get_by_role("button", name="Yes, cancel").click()
    expect(element).to_contain_text("Cancelling…")
    assert server.asked(f"{job.base}/cancel", "POST")[0]["x-csrf-token"] == "the-csrf-token"


def test_a_cancel_that_comes_too_late_shows_how_the_job_ended(page: Page, job: Job) -> None:
    element = opened(page, job)
    job.work(10, "Measuring")
    expect(element).to_contain_text("10 %")
    job.events = "swallow"  # the end does not come through the stream
    job.cut_streams()
    job.finish()
    element.get_by_role("button", name="Cancel").click()
    expect(element).to_contain_text("Done")


def test_a_retry_that_another_tab_has_asked_for_already_is_followed(
    page: Page, job: Job, server: ScriptedServer
) -> None:
    element = opened(page, job)
    job.finish("failed", error={"type": "timeout", "message": "The provider did not answer."})
    retry = element.get_by_role("button", name="Retry")
    expect(retry).to_be_visible()
    job.work(20, "Evaluating")  # this tab's watch has ended and does not hear of it
    retry.click()
    expect(element).to_contain_text("20 %")
    job.finish()
    expect(element).to_contain_text("Done")


def test_a_failure_says_what_happened_what_is_kept_and_charged_and_offers_a_retry(
    page: Page, job: Job
) -> None:
    element = opened(page, job)
    job.work(62, "Evaluating", total_chunks=5, processed_chunks=2)
    job.finish("failed", error={"type": "timeout", "message": "The provider did not answer."})
    for text in (
        "It did not work",
        "The provider did not answer.",
        "2 finished parts are kept.",
        "Nothing was charged.",
    ):
        expect(element).to_contain_text(text)
    element.get_by_role("button", name="Retry").click()
    expect(element).to_contain_text("Waiting in line")
    job.work(20, "Evaluating")
    expect(element).to_contain_text("20 %")


def test_a_result_with_failed_parts_is_a_visible_warning(page: Page, job: Job) -> None:
    element = opened(page, job)
    job.finish(total_chunks=5, processed_chunks=4, failed_chunks=[3])
    expect(element).to_contain_text("1 part failed; the rest is here.")
    expect(element.get_by_role("button", name="Retry")).to_be_visible()


def test_stages_and_quarters_are_announced_and_nothing_between(page: Page, job: Job) -> None:
    opened(page, job)
    page.evaluate(
        """() => {
          window.said = [];
          const region = document.querySelector("headway-job").shadowRoot.querySelector("[role=status]");
          new MutationObserver(() => window.said.push(region.textContent))
            .observe(region, { childList: true, characterData: true, subtree: true });
        }"""
    )
    bar = page.get_by_role("progressbar")
    for percent in (2, 3, 4, 6, 9, 21, 22, 24, 26, 30, 40, 49, 51, 60, 76, 92):
        job.work(percent, f"Step {percent}")
        expect(bar).to_have_attribute("aria-valuenow", str(percent))
    job.finish()
    expect(bar).to_have_attribute("aria-valuenow", "100")
    assert page.evaluate("window.said") == [
        "Check",
        "Measure",
        "Evaluate",
        "25 % done. Evaluate",
        "50 % done. Evaluate",
        "75 % done. Evaluate",
        "75 % done. Finish",
        "Done",
    ]


def test_the_tab_shows_percent_and_ring_and_gives_them_back(page: Page, job: Job) -> None:
    element = opened(page, job)
    job.work(42, "Evaluating")
    expect(page).to_have_title(re.compile("^42 % · "))
    icon = page.locator('link[rel~="icon"]')
    expect(icon).to_have_attribute("href", re.compile("^data:image/svg"))
    job.finish()
    expect(page).to_have_title(re.compile("^✓ · "))
    element.evaluate("(node) => node.remove()")
    expect(page).to_have_title(re.compile("^Job"))
    expect(icon).to_have_attribute("href", "/static/favicon.svg")


@pytest.mark.usefixtures("own_context")
def test_a_lost_connection_is_said_and_taken_back(page: Page, job: Job, server: ScriptedServer) -> None:
    page.clock.install()
    element = opened(page, job)
    job.work(20, "Evaluating")
    expect(element).to_contain_text("20 %")
    server.down = True
    job.cut_streams()
    page.clock.run_for(3_500)
    expect(element).to_contain_text("Reconnecting…")
    server.down = False
    page.clock.run_for(10_000)
    job.work(30, "Evaluating")
    expect(element).to_contain_text("30 %")
    expect(element).not_to_contain_text("Reconnecting…")


def test_two_tabs_show_the_same(context: BrowserContext, page: Page, job: Job) -> None:
    element = opened(page, job)
    other = opened(context.new_page(), job)
    job.work(33, "Evaluating")
    for shown in (element, other):
        expect(shown.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "33")


def test_arabic_is_written_from_right_to_left(page: Page, job: Job) -> None:
    element = opened(page, job, "?lang=ar")
    job.work(45, "تقييم المقال", total_chunks=11, processed_chunks=2)
    expect(element).to_contain_text("جارٍ العمل")
    expect(element).to_contain_text("2 من 11")
    box, fill = (element.locator(part).bounding_box() for part in (".line", ".fill"))
    assert box
    assert fill
    assert abs((fill["x"] + fill["width"]) - (box["x"] + box["width"])) < 8  # it begins at the right


def test_a_watch_link_can_look_and_nothing_else(page: Page, server: ScriptedServer) -> None:
    server.signed_in = False
    job = server.add("tok", base="/api/watch/tok")
    job.snapshot["links"].update(cancel=None, retry=None)
    page.goto("/watch/tok")
    job.work(50, "Evaluating")
    expect(page.get_by_role("progressbar", name="IELTS writing")).to_have_attribute("aria-valuenow", "50")
    job.finish("failed", error={"type": "x", "message": "It broke."})
    expect(page.get_by_text("It broke.", exact=True)).to_be_visible()
    expect(page.locator("headway-job").get_by_role("button")).to_have_count(0)


def test_a_link_that_shows_nothing_says_so(page: Page, server: ScriptedServer) -> None:
    page.goto("/watch/nothing")
    expect(page.get_by_text("There is no such job, or it is not yours.")).to_be_visible()


def test_snapshot_and_done_are_events_of_the_page(page: Page, job: Job) -> None:
    opened(page, job)
    page.evaluate(
        """() => {
          const { dataset } = document.body;
          const hear = ({ type, detail }) => {
            dataset.heard += `${type.slice(8)} ${detail.snapshot.percent}, `;
          };
          dataset.heard = "";
          for (const type of ["headway:snapshot", "headway:done"]) document.addEventListener(type, hear);
        }"""
    )
    body = page.locator("body")
    job.work(10, "Measuring")
    expect(body).to_have_attribute("data-heard", "snapshot 10, ")
    job.finish()
    expect(body).to_have_attribute("data-heard", "snapshot 10, snapshot 100, done 100, ")


@pytest.mark.usefixtures("own_context")
def test_elapsed_time_is_told_by_the_server_clock(page: Page, job: Job) -> None:
    """A computer whose clock is an hour ahead still says how long the job has really run."""
    page.clock.install(time=datetime.now(UTC) + timedelta(hours=1))
    job.work(10, "Measuring", started_at=ago(65))
    element = opened(page, job)
    expect(element).to_contain_text(re.compile(r"1 min \d+ sec so far"))
