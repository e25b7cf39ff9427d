"""The exam's routes, over real scoring: taken question by question, imported, processed, read back."""

import io
import json
import zipfile
from typing import Any

import pytest
from tests.apps.exam.people import APTITUDE, MARKED, builder, marked_elsewhere, pupil
from tests.http.site import Application, Site, Start

from headway.apps.exam.job import register
from headway.apps.exam.routes import AcceptedBody, ExamStatus

pytestmark = pytest.mark.anyio

WAIT = {"Prefer": "wait=30"}


@pytest.fixture
def application() -> Application:
    return register


@pytest.fixture
async def idle(start: Start) -> Site:
    """Without a worker."""
    return await start(worker=False)


async def processed(site: Site, body: dict[str, Any], **headers: str) -> dict[str, Any]:
    """The legacy status of a job that has ended."""
    answer = await site.client.post("/api/exam-results/process", json=body, headers={**WAIT, **headers})
    assert answer.status_code == 200, answer.text
    read = await site.client.get(f"/api/exam-results/status/{answer.json()['job_id']}", headers=headers)
    found: dict[str, Any] = read.json()
    return found


async def test_an_exam_is_taken_question_by_question_and_scored_by_its_code(site: Site) -> None:
    for question, given in builder()["answers"].items():
        if given == "yes":
            answer = await site.client.put(
                f"/api/enrolments/{APTITUDE}/answers/{question}", json={"given": given}
            )
            assert answer.status_code == 200, answer.text
    kept = (await site.client.get(f"/api/enrolments/{APTITUDE}/answers/engineering.mechanics.1")).json()
    assert (kept["given"], kept["answered_at"] is not None) == ("yes", True)
    blank = (await site.client.get(f"/api/enrolments/{APTITUDE}/answers/law.texts.1")).json()
    assert (blank["given"], blank["answered_at"]) == (None, None)
    answer = await site.client.post("/api/exam-results/process", json={"exam_code": APTITUDE.lower()})
    assert answer.status_code == 202
    accepted = AcceptedBody.model_validate(answer.json())
    assert accepted.job_id == accepted.id
    await site.ended(accepted.id)
    status = ExamStatus.model_validate(
        (await site.client.get(f"/api/exam-results/status/{accepted.id}")).json()
    )
    assert (status.status, status.exam_code, status.progress, status.error_message) == (
        "completed", APTITUDE, 100, None,
    )  # fmt: skip
    assert status.result is not None
    assert [each.id for each in status.result.recommended][:2] == ["engineering", "computing"]
    assert "4 of the 5 competencies" in status.result.recommended[0].reasoning


async def test_the_legacy_status_has_exactly_its_fields_and_the_readers_language(lite: Site) -> None:
    english = await processed(lite, builder())
    assert set(english) == {
        "job_id", "exam_code", "status", "progress", "current_step", "result", "error_message", "started_at",
        "completed_at",
    }  # fmt: skip
    assert english["result"]["recommended"][0]["field"] == "Engineering"
    arabic = await processed(lite, builder(), **{"Accept-Language": "ar"})
    assert arabic["job_id"] == english["job_id"]
    assert arabic["result"]["recommended"][0]["field"] == "الهندسة"
    assert "كفايات" in arabic["result"]["recommended"][0]["reasoning"]


async def test_the_same_answers_are_the_same_job_and_other_answers_another(lite: Site) -> None:
    first = await processed(lite, pupil())
    again = await processed(lite, pupil())
    by_code = await processed(lite, {"exam_code": MARKED, "student": "Omar"})
    other = await processed(lite, pupil(24))
    assert first["job_id"] == again["job_id"] == by_code["job_id"] != other["job_id"]


async def test_a_cancelled_job_is_run_again_for_the_same_answers(idle: Site) -> None:
    one = (await idle.client.post("/api/exam-results/process", json=pupil())).json()
    assert (await idle.client.post(f"/api/jobs/{one['id']}/cancel")).status_code == 200
    read = (await idle.client.get(f"/api/exam-results/status/{one['id']}")).json()
    assert (read["status"], read["error_message"]) == ("cancelled", "The processing was cancelled")
    again = (await idle.client.post("/api/exam-results/process", json=pupil())).json()
    assert (again["id"], again["status"]) == (one["id"], "pending")


async def test_a_json_import_becomes_a_job_for_each_with_exact_scores(site: Site) -> None:
    students = [f"s{n:03}" for n in range(30)]
    body = [marked_elsewhere(student) for student in students]
    answer = await site.client.post("/api/exams/OTHER-7/enrolments", json=body)
    assert answer.status_code == 202, answer.text
    imported = answer.json()
    assert (imported["accepted"], imported["created"]) == (30, 30)
    assert [job["student"] for job in imported["jobs"]] == students
    job = imported["jobs"][7]["job_id"]
    await site.ended(job)
    result = (await site.client.get(f"/api/jobs/{job}/result")).json()
    assert result["topics"] == {
        "Logic": {"points": 1.5, "max": 2.0, "n": 1, "percent": 75.0},
        "Reading": {"points": 2.5, "max": 5.0, "n": 4, "percent": 50.0},
        "Writing": {"points": 2.0, "max": 4.0, "n": 3, "percent": 50.0},
    }
    assert result["total"] == {"points": 4.5, "max": 8.0, "percent": 56.25}
    again = (await site.client.post("/api/exams/OTHER-7/enrolments", json=body)).json()
    assert (again["created"], again["jobs"][7]["job_id"]) == (0, job)
    rows = (await site.client.get("/api/exams/OTHER-7/enrolments")).json()["enrolments"]
    assert [row["student"] for row in rows] == students
    assert {row["job_id"] for row in rows} == {row["job_id"] for row in imported["jobs"]}


async def test_csv_comes_as_a_body_or_as_a_file_of_a_form(lite: Site) -> None:
    wide = "student,q01,q02,q03\nAmal,B,A,BCE\nZaid,A,,BD\n"
    sent = await lite.client.post(
        f"/api/exams/{MARKED}/enrolments", content=wide, headers={"Content-Type": "text/csv"}
    )
    assert sent.status_code == 202, sent.text
    rows = "student;question;topic;given;correct\nAmal;1;a|b;B;B\nAmal;2;a;;C\n"
    form = await lite.client.post("/api/exams/T-1/enrolments", files={"file": ("e.csv", rows, "text/csv")})
    assert form.status_code == 202, form.text
    job = form.json()["jobs"][0]["job_id"]
    await lite.ended(job)
    result = (await lite.client.get(f"/api/jobs/{job}/result")).json()
    assert {topic: score["percent"] for topic, score in result["topics"].items()} == {"a": 50.0, "b": 100.0}


async def test_what_is_wrong_in_an_import_is_said_in_the_callers_language_and_nothing_is_kept(
    idle: Site,
) -> None:
    body = [marked_elsewhere("good"), {**pupil(), "answers": {"q99": "A"}}]
    answer = await idle.client.post("/api/enrolments", json=body, headers={"Accept-Language": "ar"})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == "enrolments.1.answers"
    assert "q99" in error["message"]
    assert "الاختبار" in error["message"]
    assert (await idle.client.get("/api/enrolments")).json() == {"enrolments": []}
    assert (await idle.client.get("/api/jobs")).json()["jobs"] == []


async def test_an_unknown_code_and_an_unclear_student_are_told(idle: Site) -> None:
    for lang, words in (("en", "There is no enrolment with the code NOPE"), ("ar", "NOPE")):
        answer = await idle.client.post(
            "/api/exam-results/process", json={"exam_code": "NOPE"}, headers={"Accept-Language": lang}
        )
        assert answer.status_code == 404
        assert words in answer.json()["detail"]
    await idle.client.post("/api/enrolments", json=[pupil(student="A"), pupil(student="B")])
    several = await idle.client.post("/api/exam-results/process", json={"exam_code": MARKED})
    assert several.status_code == 409
    one = await idle.client.post("/api/exam-results/process", json={"exam_code": MARKED, "student": "B"})
    assert one.status_code == 202
    missing = await idle.client.post("/api/exam-results/process", json={})
    assert missing.json()["errors"][0]["field"] == "exam_code"


async def test_the_generic_route_takes_a_code_alone_and_fails_clearly_without_answers(lite: Site) -> None:
    await lite.client.put(f"/api/enrolments/{MARKED}/answers/q01", json={"given": "B"})
    good = await lite.client.post("/api/jobs/exam", json={"exam_code": MARKED}, headers=WAIT)
    assert good.json()["result"]["total"]["points"] == 1.0
    bad = await lite.client.post(
        "/api/jobs/exam", json={"exam_code": "NOPE"}, headers={**WAIT, "Accept-Language": "ar"}
    )
    assert bad.json()["status"] == "failed"
    assert "NOPE" in bad.json()["error"]["message"]
    assert "There is" not in bad.json()["error"]["message"]


async def test_an_answer_of_another_shape_names_its_field(idle: Site) -> None:
    answer = await idle.client.put(f"/api/enrolments/{MARKED}/answers/q01", json={"given": {"a": 1}})
    assert [error["field"] for error in answer.json()["errors"]] == ["given"]


@pytest.mark.parametrize(
    ("question", "given"), [("q01", "Z"), ("q01", ["A", "B"]), ("q03", ["A", "Z"]), ("q01", 7.5)]
)
async def test_an_answer_that_cannot_be_is_refused(idle: Site, question: str, given: Any) -> None:
    answer = await idle.client.put(f"/api/enrolments/{MARKED}/answers/{question}", json={"given": given})
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"given"}
    assert (await idle.client.get(f"/api/enrolments/{MARKED}")).status_code == 404


async def test_an_answer_without_a_student_goes_to_the_only_one_there_is(idle: Site) -> None:
    await idle.client.post("/api/enrolments", json=[pupil(student="Amal")])
    kept = await idle.client.put(f"/api/enrolments/{MARKED}/answers/q01", json={"given": "C"})
    assert (kept.status_code, kept.json()["student"]) == (200, "Amal")
    read = await idle.client.get(f"/api/enrolments/{MARKED}/answers/q01")
    assert (read.json()["student"], read.json()["given"]) == ("Amal", "C")
    listed = (await idle.client.get("/api/enrolments")).json()["enrolments"]
    assert [row["student"] for row in listed] == ["Amal"]


async def test_an_answer_without_a_student_is_refused_where_there_are_several(idle: Site) -> None:
    await idle.client.post("/api/enrolments", json=[pupil(student="A"), pupil(student="B")])
    path = f"/api/enrolments/{MARKED}/answers/q01"
    unclear = await idle.client.put(path, json={"given": "C"})
    assert unclear.status_code == 409
    assert "Several students" in unclear.json()["detail"]
    assert (await idle.client.put(f"{path}?student=B", json={"given": "C"})).json()["student"] == "B"


async def test_an_answer_under_the_empty_name_is_nobody_elses(idle: Site) -> None:
    """As the page says it when one takes an exam oneself, after an import."""
    await idle.client.post("/api/enrolments", json=[pupil(student="Amal")])
    kept = await idle.client.put(f"/api/enrolments/{MARKED}/answers/q01?student=", json={"given": "C"})
    assert (kept.status_code, kept.json()["student"]) == (200, "")
    rows = (await idle.client.get("/api/enrolments")).json()["enrolments"]
    assert [row["student"] for row in rows] == ["", "Amal"]


async def test_an_imported_answer_is_changed_where_it_has_a_key(idle: Site) -> None:
    await idle.client.post("/api/enrolments", json=[marked_elsewhere("x")])
    changed = await idle.client.put("/api/enrolments/OTHER-7/answers/2", json={"given": "C"})
    assert changed.status_code == 200
    assert (await idle.client.get("/api/enrolments/OTHER-7/answers/2")).json()["given"] == "C"
    marked = await idle.client.put("/api/enrolments/OTHER-7/answers/6", json={"given": "C"})
    assert (marked.status_code, marked.json()["errors"][0]["field"]) == (422, "given")
    assert (
        await idle.client.put("/api/enrolments/OTHER-7/answers/9", json={"given": "C"})
    ).status_code == 404
    assert (await idle.client.delete("/api/enrolments/OTHER-7")).status_code == 204
    assert (await idle.client.get("/api/enrolments/OTHER-7")).status_code == 404


async def test_no_route_shows_anothers_enrolment_or_status(site: Site) -> None:
    job = (await processed(site, pupil()))["job_id"]
    other = await site.stranger()
    for path in (
        f"/api/enrolments/{MARKED}",
        f"/api/enrolments/{MARKED}?student=Omar",
        f"/api/enrolments/{MARKED}/answers/q01?student=Omar",
        f"/api/exam-results/status/{job}",
    ):
        assert (await other.get(path)).status_code == 404, path
    assert (await other.get("/api/enrolments")).json() == {"enrolments": []}
    refused = await other.post("/api/exam-results/process", json={"exam_code": MARKED, "student": "Omar"})
    assert refused.status_code == 404
    assert (await other.delete(f"/api/enrolments/{MARKED}?student=Omar")).status_code == 404
    assert (await site.client.get(f"/api/enrolments/{MARKED}?student=Omar")).status_code == 200


async def test_a_paper_has_every_question_in_the_readers_language_and_no_key(idle: Site) -> None:
    listed = (await idle.client.get("/api/exams")).json()["exams"]
    assert [(each["code"], each["questions"]) for each in listed] == [(APTITUDE, 270), (MARKED, 40)]
    paper = (await idle.client.get(f"/api/exams/{MARKED}", headers={"Accept-Language": "ar"})).json()
    questions = [question for part in paper["parts"] for question in part["questions"]]
    assert len({question["id"] for question in questions}) == 40
    assert "معطف" in questions[0]["text"]
    assert "key" not in json.dumps(paper)
    assert (await idle.client.get("/api/exams/NOPE")).status_code == 404


async def test_what_an_account_takes_along_has_its_enrolments(idle: Site) -> None:
    await idle.client.post("/api/enrolments", json=[marked_elsewhere("x")])
    await idle.client.put(f"/api/enrolments/{MARKED}/answers/q01", json={"given": "B"})
    answer = await idle.client.get("/api/account/export")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        names = [name for name in archive.namelist() if name.startswith("enrolments/")]
        found = {each["exam_code"]: each for each in (json.loads(archive.read(name)) for name in names)}
    assert found["OTHER-7"]["record"][0]["question"] == "1"
    assert found[MARKED]["answers"][0]["given"] == '"B"'


@pytest.mark.parametrize("path", ["a%00b", "SCIENCE-40?student=a%00b", "SCIENCE-40/answers/q%00", "%F0%28"])
async def test_an_address_may_hold_anything(site: Site, path: str) -> None:
    for answer in (
        await site.client.get(f"/api/enrolments/{path}"),
        await site.client.put(f"/api/enrolments/{path}", json={"given": "B"}),
    ):
        assert answer.status_code in (404, 405, 422), answer.text


@pytest.mark.parametrize(
    "body", [[], "text", {"exam_code": {}}, {"exam_code": "X", "answers": 7}, {"exam_code": 1e400}]
)
async def test_a_body_may_be_anything(idle: Site, body: Any) -> None:
    for path in ("/api/exam-results/process", "/api/enrolments"):
        answer = await idle.client.post(
            path, content=json.dumps(body), headers={"Content-Type": "application/json"}
        )
        assert answer.status_code in (400, 422), answer.text
