"""Novels over HTTP: the generic routes with an upload, the old ones, sentences as they arrive, edits, files."""

import csv
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.apps.novel import books
from tests.http.site import Application, Site, Start
from tests.http.test_submission import fields, problem

from headway.apps.novel.job import register
from headway.apps.novel.routes import Arrived, HoldBody, NovelStatus
from headway.apps.novel.schema import NovelResult, Sentence

pytestmark = pytest.mark.anyio
STORY = Path(__file__).parents[1] / "apps" / "novel" / "recit.txt"
PDF = "application/pdf"


@pytest.fixture(scope="module")
def story() -> Sequence[str]:
    return [" ".join(part.split()) for part in STORY.read_text(encoding="utf-8").split("\n\n")]


@pytest.fixture(scope="module")
def book(story: Sequence[str]) -> bytes:
    return books.pages(story, 2)


@pytest.fixture
def application() -> Application:
    return register


async def handed_in(site: Site, book: bytes, **settings: Any) -> str:
    """A finished book's job."""
    answer = await site.client.post(
        "/api/jobs/novel", files={"file": ("Un phare.pdf", book, PDF)}, data=settings
    )
    assert answer.status_code == 202, answer.text
    job = await site.ended(answer.json()["id"])
    assert job["status"] == "completed", job["error"]
    return str(job["id"])


async def result(site: Site, job_id: str) -> dict[str, Any]:
    body: dict[str, Any] = (await site.client.get(f"/api/jobs/{job_id}/result")).json()
    return body


async def test_a_book_is_read_edited_and_exported(site: Site, book: bytes) -> None:
    job_id = await handed_in(site, book, sentence_length_limit="10")
    client = site.client
    found = NovelResult.model_validate(await result(site, job_id))
    assert (found.title, found.pages, found.settings.sentence_length_limit) == ("Un phare", 2, 10)
    arrived = Arrived.model_validate((await client.get(f"/api/jobs/{job_id}/sentences")).json())
    assert arrived.sentences == list(found.sentences)
    one = Arrived.model_validate((await client.get(f"/api/jobs/{job_id}/sentences?chunks=2")).json())
    assert {row.chunk for row in one.sentences} == {2}
    states = (await client.get(f"/api/jobs/{job_id}/chunks?results=false")).json()["chunks"]
    assert [(chunk["n"], chunk["status"], chunk["result"]) for chunk in states] == [
        (n + 1, "completed", None) for n in range(found.chunks)
    ]

    place = f"/api/jobs/{job_id}/sentences/4"
    saved = await client.patch(place, json={"normalized": "  =Une phrase\n à moi. "})
    row = Sentence.model_validate(saved.json())
    assert (row.normalized, row.edited, row.made) == (
        "=Une phrase à moi.",
        True,
        found.sentences[4].normalized,
    )
    assert (row.original, row.page) == (found.sentences[4].original, found.sentences[4].page)
    edited = await result(site, job_id)
    assert edited["sentences"][4] == saved.json()
    assert [r["edited"] for r in edited["sentences"]].count(True) == 1

    long = await client.patch(
        place, json={"normalized": "un deux trois quatre cinq six sept huit neuf dix onze"}
    )
    assert long.json()["flags"] == ["long"]
    sheet = await client.get(f"/api/jobs/{job_id}/export?format=csv")
    lines = list(csv.reader(io.StringIO(sheet.content.decode("utf-8-sig"))))
    assert lines[5][0].startswith("un deux trois")
    assert len(lines) == 1 + len(found.sentences)
    text = (await client.get(f"/api/jobs/{job_id}/export?format=txt")).text
    assert "un deux trois" in text
    book_file = await client.get(f"/api/jobs/{job_id}/export?format=xlsx")
    assert zipfile.is_zipfile(io.BytesIO(book_file.content))
    assert (
        "un deux trois"
        in zipfile.ZipFile(io.BytesIO(book_file.content)).read("xl/sharedStrings.xml").decode()
    )

    back = await client.patch(place, json={"normalized": None})
    assert back.json() == found.sentences[4].model_dump(mode="json")
    assert await result(site, job_id) == found.model_dump(mode="json")


async def test_an_edit_is_the_owners_and_of_a_sentence_that_is_there(lite: Site, book: bytes) -> None:
    job_id = await handed_in(lite, book)
    other = await lite.stranger()
    async with other:
        for request in (
            other.patch(f"/api/jobs/{job_id}/sentences/0", json={"normalized": "À moi."}),
            other.get(f"/api/jobs/{job_id}/sentences"),
            other.get(f"/api/v1/jobs/{job_id}"),
            other.post(f"/api/v1/jobs/{job_id}/cancel"),
        ):
            assert (await request).status_code == 404
    client = lite.client
    before = await result(lite, job_id)
    for body, status in (
        ({"normalized": "   "}, 422),
        ({"normalized": 7}, 422),
        ({"normalized": "x" * 2001}, 422),
        ({"other": "x"}, 422),
    ):
        answer = await client.patch(f"/api/jobs/{job_id}/sentences/0", json=body)
        assert answer.status_code == status, answer.text
    far = len(before["sentences"])
    for n in (far, far + 10**6):
        answer = await client.patch(f"/api/jobs/{job_id}/sentences/{n}", json={"normalized": "Rien."})
        assert answer.status_code == 404
    assert await result(lite, job_id) == before


async def test_an_edit_goes_with_its_job(lite: Site, book: bytes) -> None:
    job_id = await handed_in(lite, book)
    client = lite.client
    await client.patch(f"/api/jobs/{job_id}/sentences/0", json={"normalized": "Un titre."})
    assert len(await lite.headway.store.edits(job_id)) == 1
    again = await client.post(f"/api/jobs/{job_id}/retry", json={"scratch": True})
    assert again.status_code == 202
    await lite.ended(job_id)
    assert not (await result(lite, job_id))["sentences"][0]["edited"]
    await client.patch(f"/api/jobs/{job_id}/sentences/0", json={"normalized": "Un titre."})
    assert (await client.delete(f"/api/jobs/{job_id}")).status_code == 204
    assert await lite.headway.store.edits(job_id) == {}


@pytest.mark.parametrize(
    ("files", "data", "field"),
    [
        ({}, {"sentence_length_limit": "8"}, "file"),
        ({"file": ("a.pdf", b"", PDF)}, {}, "file"),
        ({"file": ("a.pdf", b"Once upon a time", PDF)}, {}, "file"),
        ({"other": ("a.pdf", b"%PDF-1.7", PDF)}, {}, "file"),
        ({"file": ("a.pdf", b"%PDF-1.7", PDF)}, {"sentence_length_limit": "2"}, "sentence_length_limit"),
        ({"file": ("a.pdf", b"%PDF-1.7", PDF)}, {"gemini_model": "best"}, "gemini_model"),
        ({"file": ("a.pdf", b"%PDF-1.7", PDF)}, {"colour": "red"}, "colour"),
    ],
)
async def test_what_is_no_order_is_refused_naming_the_field(
    lite: Site, files: dict[str, Any], data: dict[str, str], field: str
) -> None:
    body = files or {"nothing": (None, "x")}
    answer = await lite.client.post("/api/jobs/novel", files=body, data=data)
    assert answer.status_code == 422, answer.text
    assert field in fields(problem(answer, 422, "invalid-input"))
    jobs = (await lite.client.get("/api/jobs?kind=novel")).json()["jobs"]
    assert jobs == []


@pytest.mark.parametrize("path", ["process-pdf", "process-pdf-async"])
@pytest.mark.parametrize(
    "files",
    [
        {"nothing": (None, "x")},
        {"pdf_file": ("a.pdf", b"", PDF)},
        {"pdf_file": ("a.pdf", b"Once upon a time", PDF)},
        {"other": ("a.pdf", b"%PDF-1.7", PDF)},
    ],
)
async def test_the_old_routes_call_the_file_by_their_own_name(
    lite: Site, path: str, files: dict[str, Any]
) -> None:
    told = problem(await lite.client.post(f"/api/v1/{path}", files=files), 422, "invalid-input")
    assert fields(told) == ["pdf_file"]
    assert "`file`" not in told["errors"][0]["message"]


async def test_json_alone_is_no_novel(lite: Site) -> None:
    answer = await lite.client.post("/api/jobs/novel", json={"sentence_length_limit": 8})
    assert fields(problem(answer, 422, "invalid-input")) == ["file"]


async def test_a_quote_tells_what_a_book_takes_and_starts_nothing(lite: Site, book: bytes) -> None:
    client = lite.client
    answer = await client.post("/api/quotes/novel", files={"file": ("Un phare.pdf", book, PDF)})
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["pages"], said["credits"], said["tokens"], said["title"]) == (2, 0, 0, "Un phare")
    assert said["words"] > 500
    assert said["chunks"] >= 2
    assert said["seconds"] > 0
    assert set(said["by_model"]) == {"speed", "balanced", "quality"}
    broken = await client.post("/api/quotes/novel", files={"file": ("a.pdf", b"%PDF-1.7 broken", PDF)})
    assert fields(problem(broken, 422, "invalid-input")) == ["file"]
    assert "damaged" in broken.text
    assert (await client.get("/api/jobs?kind=novel")).json()["jobs"] == []


async def test_a_book_is_sent_once_for_its_quote_and_its_job(site: Site, book: bytes) -> None:
    client = site.client
    asked = {"files": {"file": ("Un phare.pdf", book, PDF)}, "data": {"sentence_length_limit": "9"}}
    assert "file_id" not in (await client.post("/api/quotes/novel", **asked)).json()
    quoted = (await client.post("/api/quotes/novel?keep=true", **asked)).json()
    kept = {"file_id": (None, quoted["file_id"])}
    again = await client.post("/api/quotes/novel", files=kept)
    assert again.json()["words"] == quoted["words"]
    wrong = await client.post("/api/jobs/novel", files=kept, data={"gemini_model": "best"})
    assert fields(problem(wrong, 422, "invalid-input")) == ["gemini_model"]
    stranger = await site.stranger()
    async with stranger:
        for route in ("/api/jobs/novel", "/api/v1/process-pdf-async", "/api/quotes/novel"):
            refused = await stranger.post(route, files=kept)
            assert fields(problem(refused, 422, "invalid-input")) == ["file_id"]

    async def submitted(key: str, **settings: str) -> Any:
        headers = {"Idempotency-Key": key}
        return await client.post("/api/jobs/novel", files=kept, data=settings, headers=headers)

    first = await submitted("k", sentence_length_limit="9")
    assert first.status_code == 202, first.text
    job_id = first.json()["id"]
    assert (await site.ended(job_id))["status"] == "completed"
    assert (await submitted("k", sentence_length_limit="9")).json()["id"] == job_id
    problem(await submitted("k", sentence_length_limit="10"), 422, "idempotency-mismatch")
    assert fields(problem(await submitted("other"), 422, "invalid-input")) == ["file_id"]
    found = await result(site, job_id)
    assert (found["title"], found["words"]) == ("Un phare", quoted["words"])
    files = await site.headway.store.files(job_id)
    assert files is not None
    assert [(file.id, file.size) for file in files] == [(quoted["file_id"], len(book))]


async def test_a_hold_is_submitted_once(lite: Site, book: bytes) -> None:
    client = lite.client
    held = (await client.post("/api/v1/credits/reserve", json={"estimated_tokens": 12_000})).json()
    quoted = await client.post("/api/quotes/novel?keep=true", files={"file": ("b.pdf", book, PDF)})
    form = {"job_id": (None, held["job_id"]), "file_id": (None, quoted.json()["file_id"])}
    first = await client.post("/api/v1/process-pdf-async", files=form)
    assert first.status_code == 202, first.text
    again = await client.post("/api/v1/process-pdf-async", files=form)
    assert again.json()["job_id"] == held["job_id"] == first.json()["job_id"]
    other = {"pdf_file": ("c.pdf", book + b"\n", PDF)}
    used = await client.post("/api/v1/process-pdf-async", files=other, data={"job_id": held["job_id"]})
    problem(used, 422, "idempotency-mismatch")
    await lite.ended(held["job_id"])


async def test_the_old_routes_hold_take_tell_and_wait(lite: Site, book: bytes) -> None:
    client = lite.client
    hold = HoldBody.model_validate(
        (await client.post("/api/v1/credits/reserve", json={"estimated_tokens": 12_000})).json()
    )
    assert hold.reserved == 0
    form = {"job_id": hold.job_id, "sentence_length_limit": "12", "ignore_dialogue": "true"}
    answer = await client.post(
        "/api/v1/process-pdf-async", files={"pdf_file": ("b.pdf", book, PDF)}, data=form
    )
    assert answer.status_code == 202, answer.text
    assert answer.json()["job_id"] == answer.json()["task_id"] == answer.json()["id"] == hold.job_id
    await lite.ended(hold.job_id)
    told = NovelStatus.model_validate((await client.get(f"/api/v1/jobs/{hold.job_id}")).json())
    assert (told.status, told.progress_percent, told.error_message) == ("completed", 100, None)
    assert told.sentences
    assert told.coverage is not None
    assert told.coverage >= 0.98
    assert told.total_chunks == told.processed_chunks
    waited = await client.post("/api/v1/process-pdf", files={"pdf_file": ("b.pdf", book, PDF)}, data={
        "sentence_length_limit": "12", "ignore_dialogue": "true"}, timeout=60)  # fmt: skip
    assert waited.status_code == 200, waited.text
    assert NovelStatus.model_validate(waited.json()).sentences == told.sentences
    refused = await client.post("/api/v1/process-pdf", files={"pdf_file": ("b.pdf", b"%PDF-1.4", PDF)})
    assert refused.status_code == 502
    assert "damaged" in refused.text
    over = await client.post(f"/api/v1/jobs/{hold.job_id}/cancel")
    assert over.status_code == 409
    assert (await client.post("/api/v1/process-pdf-async", json={})).status_code == 415
    assert (await client.post("/api/v1/credits/reserve", json={"estimated_tokens": -1})).status_code == 422


async def test_a_cancelled_book_shows_what_was_finished(start: Start, book: bytes) -> None:
    site = await start(worker=False)
    answer = await site.client.post("/api/v1/process-pdf-async", files={"pdf_file": ("b.pdf", book, PDF)})
    job_id = answer.json()["job_id"]
    told = await site.client.post(f"/api/v1/jobs/{job_id}/cancel")
    assert told.status_code == 200
    status = NovelStatus.model_validate(told.json())
    assert (status.status, status.sentences) == ("cancelled", [])
    edit = await site.client.patch(f"/api/jobs/{job_id}/sentences/0", json={"normalized": "x y"})
    assert edit.status_code == 409
