"""The essay page: write, hand in, watch, read, come back."""

import re
from typing import Any

from playwright.sync_api import Page, expect
from tests.web.scripted import Job, ScriptedServer

from headway.apps.essay import bank
from headway.apps.essay.offline import evaluate
from headway.apps.essay.schema import EssayInput

TEXT = (
    "Buses \U0001f600 should be free, becouse many peoples use them every day, and they is good for the city."
)
INPUT = {"task_type": "task_2", "prompt": "Should buses be free?", "essay": TEXT}
RESULT = evaluate(EssayInput(**INPUT)).model_dump(mode="json")  # type: ignore[arg-type]  # str is checked by it


def finished(server: ScriptedServer, job_id: str = "j1", **fields: Any) -> Job:
    job = server.add(job_id, status="completed", percent=100, **fields)
    job.result, job.input = RESULT, INPUT
    return job


def write(page: Page) -> None:
    page.get_by_label("Prompt", exact=True).fill(INPUT["prompt"])
    page.get_by_role("textbox", name="Your essay").fill(TEXT)


def test_an_essay_is_written_handed_in_watched_and_read(page: Page, server: ScriptedServer) -> None:
    page.goto("/essay")
    write(page)
    page.get_by_role("button", name="Analyze").click()
    expect(page).to_have_url(re.compile(r"/essay\?job=n1$"))
    expect(page.locator("headway-job")).to_contain_text("Accepted. You can close this page")
    assert server.bodies == [INPUT]
    assert server.asked("/api/jobs/essay", "POST")[0]["x-csrf-token"] == "the-csrf-token"
    job = server.jobs["n1"]
    job.result = RESULT
    job.work(30, "Judging")
    expect(page.locator("headway-job")).to_contain_text("Judging")
    job.finish()
    result = page.get_by_role("region", name="Result")
    expect(result).to_contain_text(f"{RESULT['overall_band']:.1f}")
    for name in ("Task response", "Coherence and cohesion", "Lexical resource", "Grammar"):
        expect(result.get_by_role("heading", name=name)).to_be_visible()
    expect(result).to_contain_text(RESULT["improvement_plan"][0])


def test_corrections_are_marked_where_they_are_though_an_emoji_stands_before_them(
    page: Page, server: ScriptedServer
) -> None:
    finished(server)
    page.goto("/essay?job=j1")
    originals = [correction["original"] for correction in RESULT["corrections"]]
    assert len(originals) >= 2
    expect(page.locator(".essay-text mark a")).to_have_text(originals)
    text = page.locator(".essay-text").evaluate(
        "(node) => { node = node.cloneNode(true); node.querySelectorAll('sup').forEach((s) => s.remove()); "
        "return node.textContent; }"
    )
    assert text == TEXT
    page.get_by_role("link", name="Correction 1, show it in the text").focus()
    expect(page.locator("#mark-1 a")).to_have_class("lit")


def test_a_reload_midway_leads_back_to_the_running_job(page: Page, server: ScriptedServer) -> None:
    page.goto("/essay")
    write(page)
    page.get_by_role("button", name="Analyze").click()
    bar = page.get_by_role("progressbar")
    expect(bar).to_be_visible()  # only then has the submission arrived
    job = server.jobs[max(server.jobs)]
    job.work(40, "Judging")
    expect(bar).to_have_attribute("aria-valuenow", "40")
    page.reload()
    expect(bar).to_have_attribute("aria-valuenow", "40")
    expect(page.get_by_role("textbox", name="Your essay")).to_have_value(TEXT)
    job.result = RESULT
    job.finish()
    expect(page.get_by_role("region", name="Result")).to_be_visible()


def test_another_device_shows_the_text_and_the_result(page: Page, server: ScriptedServer) -> None:
    finished(server)
    page.goto("/essay?job=j1")
    expect(page.get_by_role("textbox", name="Your essay")).to_have_value(TEXT)
    expect(page.get_by_role("region", name="Result")).to_be_visible()


def test_back_leads_to_the_empty_page_and_forward_to_the_job(page: Page, server: ScriptedServer) -> None:
    page.goto("/essay")
    write(page)
    page.get_by_role("button", name="Analyze").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("progressbar")).to_have_count(0)
    expect(page.get_by_text("Your result appears here")).to_be_visible()
    page.go_forward()
    expect(page.get_by_role("progressbar")).to_be_visible()


def test_the_draft_survives_a_reload_and_words_are_counted(page: Page) -> None:
    page.goto("/essay")
    write(page)
    expect(page.get_by_text("18 words · at least 250")).to_be_visible()
    expect(page.get_by_text("Draft kept in this browser")).to_be_visible()
    page.reload()
    expect(page.get_by_role("textbox", name="Your essay")).to_have_value(TEXT)


def test_ctrl_enter_hands_in(page: Page, server: ScriptedServer) -> None:
    page.goto("/essay")
    write(page)
    page.get_by_role("textbox", name="Your essay").press("Control+Enter")
    expect(page.get_by_role("progressbar")).to_be_visible()


def test_the_same_text_twice_carries_the_same_key_and_another_text_another(
    page: Page, server: ScriptedServer
) -> None:
    page.goto("/essay")
    write(page)
    for n in (1, 2):
        page.get_by_role("button", name="Analyze").click()
        expect(page).to_have_url(re.compile(f"job=n{n}$"))
    page.get_by_role("textbox", name="Your essay").press_sequentially(" More.")
    page.get_by_role("button", name="Analyze").click()
    expect(page).to_have_url(re.compile("job=n3$"))
    first, second, third = (h["idempotency-key"] for h in server.asked("/api/jobs/essay", "POST"))
    assert first == second != third


def test_a_text_whose_job_was_cancelled_is_handed_in_as_a_new_job(page: Page, server: ScriptedServer) -> None:
    page.goto("/essay")
    write(page)
    page.get_by_role("button", name="Analyze").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    server.jobs["n1"].finish("cancelled")
    expect(page.locator("headway-job")).to_contain_text("Cancelled")
    page.get_by_role("button", name="Analyze").click()
    expect(page).to_have_url(re.compile("job=n2$"))
    first, second = (h["idempotency-key"] for h in server.asked("/api/jobs/essay", "POST"))
    assert first != second


def test_complaints_stand_by_their_field_and_in_a_summary_that_takes_focus(
    page: Page, server: ScriptedServer
) -> None:
    message = "The essay must have 20 to 20000 characters; it has 5."
    server.refusals["/api/jobs/essay"] = (422, {"errors": [{"field": "essay", "message": message}]})
    page.goto("/essay")
    page.get_by_role("button", name="Analyze").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    field = page.get_by_role("textbox", name="Your essay")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(re.compile(re.escape(message)))
    summary.get_by_role("link", name=message).click()
    expect(field).to_be_focused()
    del server.refusals["/api/jobs/essay"]
    page.get_by_role("button", name="Analyze").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(summary).to_be_hidden()


def test_a_server_that_does_not_answer_keeps_the_text(page: Page, server: ScriptedServer) -> None:
    page.goto("/essay")
    write(page)
    page.context.set_offline(True)
    page.get_by_role("button", name="Analyze").click()
    expect(page.get_by_role("alert")).to_contain_text("What you entered is kept; try again.")
    expect(page.get_by_text("You are offline.")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("You are offline.")).to_be_hidden()
    page.get_by_role("button", name="Analyze").click()
    expect(page.get_by_role("progressbar")).to_be_visible()


def test_a_sample_is_one_click_away_and_the_draft_comes_back(page: Page) -> None:
    page.goto("/essay")
    write(page)
    page.get_by_role("button", name="A strong essay").click()
    field = page.get_by_role("textbox", name="Your essay")
    expect(field).to_have_value(bank.SAMPLES[1].essay)
    page.get_by_role("button", name="Bring my draft back").click()
    expect(field).to_have_value(TEXT)


def test_the_bank_offers_the_prompts_of_the_chosen_task(page: Page) -> None:
    page.goto("/essay")
    page.get_by_label("Task", exact=True).select_option("general_task_1")
    offered = page.get_by_label("A prompt from the bank").locator("option:not([disabled])")
    expect(offered).to_have_text(
        ["My own prompt", *(p.title for p in bank.PROMPTS if p.task_type == "general_task_1")]
    )
    page.get_by_label("A prompt from the bank").select_option(label="A noisy neighbour")
    wanted = next(p.prompt for p in bank.PROMPTS if p.title == "A noisy neighbour")
    expect(page.get_by_label("Prompt", exact=True)).to_have_value(wanted)


def test_bands_over_time_are_a_chart_that_can_also_be_read(page: Page, server: ScriptedServer) -> None:
    for n in range(3):
        finished(server, f"j{n}", created_at=f"2026-11-2{n}T10:00:00.000Z")
    page.goto("/essay")
    band = f"{RESULT['overall_band']:.1f}"
    chart = page.get_by_role("img", name=f"Bands over time. 3 essays, from band {band} to band {band}.")
    expect(chart).to_be_visible()
    expect(page.get_by_role("table", name="Your essays, newest first").get_by_role("row")).to_have_count(4)


def test_an_ended_session_leads_to_signing_in_and_back(page: Page, server: ScriptedServer) -> None:
    page.goto("/essay")
    write(page)
    server.signed_in = False
    page.get_by_role("button", name="Analyze").click()
    expect(page).to_have_url(re.compile(r"/sign-in\?next=%2Fessay&error=expired"))
    expect(page.get_by_role("alert")).to_contain_text("Your session has ended.")


def test_a_failed_job_shows_no_result_and_can_be_retried(page: Page, server: ScriptedServer) -> None:
    server.add(status="failed", percent=30, error={"type": "x", "message": "It broke."})
    page.goto("/essay?job=j1")
    expect(page.locator("headway-job")).to_contain_text("It broke.")
    expect(page.get_by_role("region", name="Result")).to_be_hidden()
    page.get_by_role("button", name="Retry").click()
    job = server.jobs["j1"]
    job.result, job.input = RESULT, INPUT
    job.work(50, "Judging")
    job.finish()
    expect(page.get_by_role("region", name="Result")).to_be_visible()
