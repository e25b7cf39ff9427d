"""Attacks on the web's edges: headers, other origins, bodies without an end, files that lie about themselves."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from tests.http.site import WITHIN_S, Site, Start, running_site
from tests.http.test_limits import user

from headway.apps.essay.job import register
from headway.support.magic import media_type_of
from headway.support.settings import Settings

pytestmark = pytest.mark.anyio
PAGES = ("/", "/sign-in", "/jobs", "/ops", "/account", "/credits", "/api/docs", "/nothing-here")
HTML = {"accept": "text/html"}


@pytest.fixture
async def site(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    """With an application that has a page of its own."""
    async with running_site(sqlite_url, tmp_path, False, register=register) as running:
        yield running


@pytest.mark.parametrize("path", [*PAGES, "/api/jobs", "/api/nothing", "/static/headway.css", "/healthz"])
async def test_every_answer_carries_the_safe_headers(lite: Site, path: str) -> None:
    answer = await lite.client.get(path, headers=HTML)
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'self'"
    assert policy["object-src"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe-inline" not in policy.get("script-src", "")
    assert "unsafe-eval" not in str(policy)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("path", [path for path in PAGES if path != "/api/docs"])
async def test_no_page_has_a_script_or_a_style_of_its_own(lite: Site, path: str) -> None:
    """What the policy would block must not be there: scripts without src, handlers in attributes, javascript: links."""
    page = (await lite.client.get(path, headers=HTML)).text
    assert re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>", page) == []
    assert re.findall(r"<[a-z][^>]*\son[a-z]+\s*=", page) == []
    assert re.findall(r"<style\b", page) == []
    assert re.findall(r"<[a-z][^>]*\sstyle\s*=", page) == []
    assert "javascript:" not in page


# -- other origins --------------------------------------------------------------------------------------------------------


async def test_another_sites_page_may_read_nothing_unless_it_is_named(start: Start) -> None:
    site = await start(worker=False, cors_origins="https://app.example.org, http://localhost:3000")
    for origin, allowed in (
        ("https://app.example.org", True),
        ("http://localhost:3000", True),
        ("https://app.example.org.evil.example", False),
        ("https://evil.example", False),
        ("http://app.example.org", False),
        ("https://APP.example.org", False),
        ("null", False),
    ):
        answer = await site.client.get("/api/jobs", headers={"origin": origin})
        assert answer.headers.get("access-control-allow-origin") == (origin if allowed else None), origin
        assert "Origin" in answer.headers["vary"]
        assert "access-control-allow-credentials" not in answer.headers
        asked = {"origin": origin, "access-control-request-method": "POST"}
        async with site.visitor() as stranger:
            before = await stranger.options("/api/jobs/puppet", headers=asked)
        assert ("access-control-allow-methods" in before.headers) == allowed, origin
        if allowed:
            assert before.status_code == 204
            assert "authorization" in before.headers["access-control-allow-headers"]


async def test_without_a_setting_no_origin_is_allowed(lite: Site) -> None:
    answer = await lite.client.get("/api/jobs", headers={"origin": "https://app.example.org"})
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "text", ["*", "https://app.example.org/", "app.example.org", "https://*.example.org", "null"]
)
def test_an_origin_that_is_not_exact_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="origins"):
        Settings(cors_origins=text)


# -- bodies ---------------------------------------------------------------------------------------------------------------


async def long(first: bytes, mebibytes: int) -> AsyncIterator[bytes]:
    """A chunked body that says nothing of its length."""
    yield first
    for _ in range(mebibytes):
        yield b"x" * (1 << 20)


FIELD = b'--b\r\ncontent-disposition: form-data; name="x"\r\n\r\n'
FILE = b'--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n'


@pytest.mark.parametrize(
    ("path", "media_type", "first", "mebibytes"),
    [
        ("/api/jobs/puppet", "application/json", b'{"name": "', 3),
        ("/api/jobs/weigh", "multipart/form-data; boundary=b", FIELD, 3),
        ("/api/jobs/weigh", "multipart/form-data; boundary=b", FILE, 56),
        ("/sign-in", "application/x-www-form-urlencoded", b"token=", 3),
        ("/essay", "multipart/form-data; boundary=b", FILE, 56),
    ],
)
async def test_a_body_of_unknown_length_is_cut_off_while_it_streams(
    site: Site, path: str, media_type: str, first: bytes, mebibytes: int
) -> None:
    answer = await site.client.post(
        path, content=long(first, mebibytes), headers={"content-type": media_type}
    )
    assert answer.status_code == 413, answer.text
    assert await site.headway.store.stored_bytes("local") == 0
    assert (await site.client.get("/healthz")).status_code == 200


async def test_an_announced_length_is_enough_to_refuse(lite: Site) -> None:
    url = httpx2.URL(lite.url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    head = (
        f"POST /api/jobs/puppet HTTP/1.1\r\nhost: {url.host}:{url.port}\r\nauthorization: Bearer {lite.token}\r\n"
        "content-type: application/json\r\ncontent-length: 99999999999\r\n\r\n"
    )
    writer.write(head.encode())
    async with asyncio.timeout(WITHIN_S):
        assert b"413" in await reader.readline()
    writer.close()


# -- files ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "says"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"PK\x03\x04....", "application/zip"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"\x1f\x8b\x08", "application/gzip"),
        (b"<!doctype html><script>alert(1)</script>", "text/plain"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "text/plain"),
        ("name;Größe\n".encode(), "text/plain"),
        ("ü".encode() * 512 + "ü".encode()[:1], "text/plain"),
        (b"\xef\xbb\xbfa,b\n", "text/plain"),
        (b"MZ\x90\x00", "application/octet-stream"),
        (b"\x7fELF\x02", "application/octet-stream"),
        (b"\xff\xfea\x00", "application/octet-stream"),
        (b"", "text/plain"),
    ],
)
def test_a_file_is_what_its_first_bytes_say(head: bytes, says: str) -> None:
    assert media_type_of(head) == says


async def test_what_the_sender_calls_a_file_is_not_believed(lite: Site) -> None:
    """A page under the name of a picture, with a path in its name: kept as text, under an id of ours."""
    file = ("../../../etc/cron.d/x.png", b"<html><script>alert(1)</script>", "text/html")
    async with await user(lite) as ann:
        answer = await ann.post("/api/jobs/weigh", files={"file": file})
        assert answer.status_code == 202
        job = answer.json()["id"]
    [kept] = await lite.headway.store.files(job) or []
    assert kept.content_type == "text/plain"
    assert "/" not in kept.id
    assert kept.id not in kept.filename
