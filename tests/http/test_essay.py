"""The essay's own routes, over a real evaluation."""

import re
from typing import Any

import pypdfium2
import pytest
from tests.http.site import Application, Site
from tests.http.test_submission import fields, problem

from headway.apps.essay.export import to_markdown, to_pdf
from headway.apps.essay.job import register
from headway.apps.essay.routes import EssayStatus, SubmissionBody
from headway.apps.essay.schema import Evaluation

pytestmark = pytest.mark.anyio

ESSAY = {
    "task_type": "task_2",
    "prompt": "Some people think that universities should teach skills. Discuss both views.",
    "essay": "In my opinion, universities should teach skills — наука и 科学. Firstly, many peoples believe "
    "that education is for job. However, other people thinks that knowledge matters more. "
    "<b>In conclusion</b>, I agree with both view, because the balance is important for society.",
}
WAIT = {"Prefer": "wait=60"}


@pytest.fixture
def application() -> Application:
    return register


async def evaluated(site: Site) -> str:
    answer = await site.client.post("/api/jobs/essay", json=ESSAY, headers=WAIT, timeout=60)
    assert answer.json()["status"] == "completed", answer.text
    return str(answer.json()["id"])


async def test_a_submission_is_saved_and_read_under_its_old_names(site: Site) -> None:
    answer = await site.client.post("/api/submission-save", json=ESSAY)
    assert answer.status_code == 202
    saved = SubmissionBody.model_validate(answer.json())
    assert saved.submission_id == saved.id
    assert saved.status in ("pending", "processing")
    await site.ended(saved.id)
    body = (await site.client.get(f"/api/essay-status?id={saved.id}")).json()
    status = EssayStatus.model_validate(body)
    assert (status.status, status.error_message) == ("done", None)
    assert status.processed_at is not None
    assert status.analysis_result is not None
    assert status.analysis_result.provider == "offline"


async def test_an_evaluation_is_had_directly_from_this_machine(lite: Site) -> None:
    async with lite.visitor() as visitor:
        answer = await visitor.post("/evaluate", json=ESSAY, timeout=60)
        assert answer.status_code == 200
        evaluation = Evaluation.model_validate(answer.json())
        assert 0 <= evaluation.overall_band <= 9
        for correction in evaluation.corrections:
            assert ESSAY["essay"][correction.start : correction.end] == correction.original


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "203.0.113.9"},
        {"Forwarded": "for=203.0.113.9"},
        {"Host": "rebound.example"},
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_a_stranger_is_not_taken_for_this_machine(lite: Site, headers: dict[str, str]) -> None:
    async with lite.visitor() as visitor:
        answer = await visitor.post("/evaluate", json=ESSAY, headers=headers)
        assert answer.status_code in (401, 403)
        problem(answer, answer.status_code, "unauthorized" if answer.status_code == 401 else "forbidden")


@pytest.mark.parametrize("path", ["/api/submission-save", "/evaluate", "/api/jobs/essay"])
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"task_type": "task_9"}, "task_type"),
        ({"prompt": "x"}, "prompt"),
        ({"essay": "short"}, "essay"),
        ({"essay": None}, "essay"),
        ({"essay": "a\x00" + "b" * 40}, "essay"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_wrong_field_is_named_on_every_way_in(
    lite: Site, path: str, change: dict[str, Any], field: str
) -> None:
    answer = await lite.client.post(path, json={**ESSAY, **change})
    assert fields(problem(answer, 422, "invalid-input")) == [field]


async def test_what_is_no_submission_is_not_found(lite: Site) -> None:
    problem(await lite.client.get("/api/essay-status?id=x"), 404, "job-not-found")
    other = await lite.submit()
    problem(await lite.client.get(f"/api/essay-status?id={other['id']}"), 404, "not-found")
    missing = await lite.client.get("/api/essay-status")
    assert fields(problem(missing, 422, "invalid-input")) == ["id"]


async def test_a_cancelled_submission_counts_as_failed(lite: Site) -> None:
    job = await lite.client.post("/api/jobs/essay?scheduled_at=2099-01-01T00:00:00Z", json=ESSAY)
    job_id = job.json()["id"]
    await lite.client.post(f"/api/jobs/{job_id}/cancel")
    status = EssayStatus.model_validate((await lite.client.get(f"/api/essay-status?id={job_id}")).json())
    assert (status.status, status.analysis_result) == ("failed", None)
    assert status.error_message


async def test_progress_goes_through_the_stations(lite: Site) -> None:
    job_id = await evaluated(lite)
    steps = (await lite.client.get(f"/api/jobs/{job_id}/steps")).json()["steps"]
    assert [step["name"] for step in steps] == ["measure"]
    calls = (await lite.client.get(f"/api/jobs/{job_id}/calls")).json()
    assert [(call["provider"], call["in_doubt"]) for call in calls["calls"]] == [("offline", False)]


async def test_a_report_is_exported_with_all_its_text(lite: Site) -> None:
    job_id = await evaluated(lite)
    md = await lite.client.get(f"/api/jobs/{job_id}/export?format=md")
    assert md.headers["content-type"] == "text/markdown; charset=utf-8"
    assert md.headers["content-disposition"] == f'attachment; filename="essay-{job_id}.md"'
    assert "наука и 科学" in md.text
    assert "\\<b\\>In conclusion\\</b\\>" in md.text
    pdf = await lite.client.get(f"/api/jobs/{job_id}/export?format=pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    assert "наука и" in text_of(pdf.content)


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in document)


async def test_both_formats_say_the_same_in_both_languages(lite: Site) -> None:
    job_id = await evaluated(lite)
    result = (await lite.client.get(f"/api/jobs/{job_id}/result")).json()
    evaluation = Evaluation.model_validate(result)
    for lang in ("en", "ar"):
        md, pdf = to_markdown(ESSAY, result, lang).decode(), text_of(to_pdf(ESSAY, result, lang))
        for words in (
            f"{evaluation.overall_band:.1f}",
            str(evaluation.word_count),
            "universities should teach",
        ):
            assert words in md
            assert words in pdf
        assert len(re.findall(r"^\d\. ", md, re.MULTILINE)) == 3


async def test_every_way_to_a_result_has_the_language_of_whoever_asks(lite: Site) -> None:
    job_id = await evaluated(lite)
    arabic = {"Accept-Language": "ar"}
    result = await lite.client.get(f"/api/jobs/{job_id}/result", headers=arabic)
    assert result.headers["content-language"] == "ar"
    assert result.headers["vary"] == "Accept-Language"
    note = result.json()["notes"]["TR"]
    assert note.startswith("الدرجة")
    token = (await lite.client.post(f"/api/jobs/{job_id}/share")).json()["url"].rpartition("/")[2]
    status = (await lite.client.get(f"/api/essay-status?id={job_id}&lang=ar")).json()
    watched = (await lite.client.get(f"/api/watch/{token}/result?lang=ar")).json()
    waited = (
        await lite.client.post("/api/jobs/essay", json=ESSAY, headers={**WAIT, **arabic}, timeout=60)
    ).json()
    direct = (await lite.client.post("/evaluate", json=ESSAY, headers=arabic, timeout=60)).json()
    for shown in (status["analysis_result"], watched, waited["result"], direct):
        assert shown["notes"]["TR"] == note
    assert note in (await lite.client.get(f"/api/jobs/{job_id}/export?format=md&lang=ar")).text.replace(
        "\\", ""
    )
    english = (await lite.client.get(f"/api/jobs/{job_id}/result")).json()
    assert english["notes"]["TR"].startswith("Band")


async def test_a_submission_has_its_senders_language_unless_it_names_another(lite: Site) -> None:
    async def language(headers: dict[str, str], **more: str) -> str:
        answer = await lite.client.post(
            "/api/jobs/essay?scheduled_at=2099-01-01T00:00:00Z", json={**ESSAY, **more}, headers=headers
        )
        given = (await lite.client.get(f"/api/jobs/{answer.json()['id']}/input")).json()
        return str(given.get("language", "en"))

    assert await language({"Accept-Language": "ar"}) == "ar"
    assert await language({"Accept-Language": "ar"}, language="en") == "en"
    assert await language({}, language="ar") == "ar"
    assert await language({}) == "en"
