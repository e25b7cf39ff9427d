"""POST /api/jobs/KIND as a multipart form: files go block by block into the database."""

from typing import Any

import pytest
from tests.http.site import Site
from tests.http.test_submission import fields, problem

from headway.http import bodies

pytestmark = pytest.mark.anyio
WAIT = {"Prefer": "wait=10"}


def content(size: int) -> bytes:
    return bytes(n % 251 for n in range(1024)) * (size // 1024) + b"tail"


async def test_a_file_reaches_the_handler_whole_with_the_fields(site: Site) -> None:
    data = content(3 * 256 * 1024)
    answer = await site.client.post(
        "/api/jobs/weigh", files={"file": ("a.bin", data)}, data={"note": "été"}, headers=WAIT
    )
    assert answer.status_code == 200, answer.text
    result = answer.json()["result"]
    assert result == {
        "bytes": len(data),
        "first": data[:4].hex(),
        "last": b"tail".hex(),
        "fields": {"note": "été"},
    }


async def test_files_stand_in_blocks_with_their_names_and_hashes(lite: Site) -> None:
    book = b"%PDF-1.7" + content(300_000)
    job = await lite.client.post(
        "/api/jobs/weigh",
        files={"file": ("livre d'été.pdf", book, "text/html")},  # the bytes say what it is, not the sender
        headers=WAIT,
    )
    (file,) = await lite.headway.store.files(job.json()["id"]) or []
    assert (file.filename, file.content_type) == ("livre d'été.pdf", "application/pdf")
    assert file.size == len(book)
    assert file.sha256 is not None
    assert len(file.sha256) == 64


async def test_the_same_key_with_the_same_file_is_the_same_job(lite: Site) -> None:
    headers = {"Idempotency-Key": "k"}

    async def send(data: bytes) -> Any:
        return await lite.client.post("/api/jobs/weigh", files={"file": ("a", data)}, headers=headers)

    first, again, other = await send(b"one"), await send(b"one"), await send(b"two")
    assert again.json()["id"] == first.json()["id"]
    problem(other, 422, "idempotency-mismatch")


async def test_a_file_beyond_the_limit_is_refused_and_leaves_nothing(
    lite: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = await lite.client.post(
        "/api/jobs/weigh", files={"file": ("a", bytes(bodies.UPLOAD_LIMIT_BYTES + (2 << 20)))}
    )
    problem(answer, 413, "too-large")
    assert await lite.headway.store.read(lambda r: r.rows("loose_files", cutoff=2**60, n=10)) == []


async def test_a_file_a_little_beyond_the_limit_is_refused_by_its_name(lite: Site) -> None:
    whole = bytes(bodies.UPLOAD_LIMIT_BYTES)
    answer = await lite.client.post("/api/jobs/weigh", files={"book": ("a", whole + b"x")})
    assert problem(answer, 413, "too-large")["detail"].startswith("book: ")
    assert await lite.headway.store.read(lambda r: r.rows("loose_files", cutoff=2**60, n=10)) == []
    fits = await lite.client.post("/api/jobs/weigh", files={"file": ("a", whole)}, headers=WAIT)
    assert fits.json()["result"]["bytes"] == len(whole)


async def test_an_upload_of_unknown_length_is_stopped_while_it_streams(lite: Site) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'

    async def endless() -> Any:
        yield head
        for _ in range(60):
            yield bytes(1 << 20)

    answer = await lite.client.post(
        "/api/jobs/weigh", content=endless(), headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    problem(answer, 413, "too-large")
    assert await lite.headway.store.read(lambda r: r.rows("loose_files", cutoff=2**60, n=10)) == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"--x\r\n"),
        ("multipart/form-data; boundary=x", b"no multipart at all"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\ncut'),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Type: text/plain\r\n\r\nno name\r\n--x--\r\n"),
    ],
)
async def test_a_broken_form_is_refused(lite: Site, kind: str, body: bytes) -> None:
    answer = await lite.client.post("/api/jobs/weigh", content=body, headers={"Content-Type": kind})
    problem(answer, 400, "malformed-body")


async def test_input_that_is_refused_takes_its_file_along(lite: Site) -> None:
    answer = await lite.client.post(
        "/api/jobs/puppet", files={"file": ("a", b"data")}, data={"name": "a\x00b"}
    )
    assert fields(problem(answer, 422, "invalid-input")) == ["name"]
    answer = await lite.client.post("/api/jobs/puppet", files={"file": ("a", b"data")}, data={"size": "-1"})
    assert fields(problem(answer, 422, "invalid-input")) == ["name", "size"]
    assert await lite.headway.store.read(lambda r: r.rows("loose_files", cutoff=2**60, n=10)) == []


async def test_another_accounts_file_cannot_be_named(lite: Site) -> None:
    theirs = await lite.headway.store.create_file("someone", "file", "a", "text/plain")
    answer = await lite.client.post("/api/jobs/weigh", json={"file": theirs}, headers=WAIT)
    assert answer.json()["status"] == "failed"
