"""Exceptions that nobody foresaw: the owner gets a number, the operator and the log the words."""

import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from tests.http.site import Site, running_site
from tests.http.test_limits import user

from headway import Context, Headway, PermanentError
from headway.support import logs

pytestmark = pytest.mark.anyio
SECRET = "relation jobs_v2 of 10.0.0.5 does not exist"


def register(headway: Headway) -> None:
    async def part(n: int) -> int:
        raise RuntimeError(SECRET)

    headway.step(part, name="part")

    @headway.job("stumble", max_attempts=1)
    async def stumble(ctx: Context, how: dict[str, str]) -> object:
        if how["how"] == "raise":
            raise KeyError(SECRET)
        if how["how"] == "chunk":
            return await ctx.fan_out(part, [1, 2])
        if how["how"] == "keep":
            return [getattr(each, "error", each) for each in await ctx.fan_out(part, [1], keep_going=True)]
        raise PermanentError("The book has no pages")


@pytest.fixture
async def clumsy(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with running_site(sqlite_url, tmp_path, True, register=register) as site:
        yield site


async def everything(client: httpx2.AsyncClient, job: str) -> str:
    """All that the API tells of a job."""
    paths = ("", "/attempts", "/chunks", "/calls", "/steps", "/log", "/result", "/events")
    return "".join([(await client.get(f"/api/jobs/{job}{path}")).text for path in paths])


@pytest.mark.parametrize("how", ["raise", "chunk", "keep"])
async def test_the_owner_never_meets_an_exceptions_own_words(clumsy: Site, how: str) -> None:
    async with await user(clumsy) as ann:
        job = (await ann.post("/api/jobs/stumble", json={"how": how})).json()["id"]
        while not (ended := (await ann.get(f"/api/jobs/{job}?wait=5")).json())["finished_at"]:
            pass
        told = await everything(ann, job)
        for word in (SECRET, "relation", "KeyError", "RuntimeError", "test_incidents.py", "Traceback"):
            assert word not in told, word
        if how == "raise":
            assert ended["error"]["type"] == "unexpected"
        page = await ann.get(f"/jobs/{job}", headers={"accept": "text/html"})
        assert SECRET not in page.text


async def test_words_that_are_meant_for_people_are_shown(clumsy: Site) -> None:
    async with await user(clumsy) as ann:
        job = (await ann.post("/api/jobs/stumble", json={"how": "say"})).json()["id"]
        while not (ended := (await ann.get(f"/api/jobs/{job}?wait=5")).json())["finished_at"]:
            pass
        assert ended["error"] == {"type": "permanent", "message": "The book has no pages"}


async def test_the_number_leads_an_operator_to_the_words(clumsy: Site) -> None:
    out = io.StringIO()
    logs.configure(json=True, stream=out)
    job = (await clumsy.client.post("/api/jobs/stumble", json={"how": "raise"})).json()["id"]
    ended = await clumsy.ended(job)
    attempts = (await clumsy.client.get(f"/api/jobs/{job}/attempts")).json()["attempts"]
    inside = attempts[0]["error"]["internal"]
    assert SECRET in inside["message"]
    assert inside["type"] == "KeyError"
    assert inside["where"].startswith("test_incidents.py:")
    assert inside["incident"] in ended["error"]["message"]
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    [line] = [line for line in lines if line.get("incident") == inside["incident"]]
    assert line["job"] == job
    assert "KeyError" in line["exception"]


async def test_a_route_that_breaks_tells_its_number_only(clumsy: Site) -> None:
    @clumsy.web.api.get("/api/break")
    async def broken() -> None:
        raise RuntimeError(SECRET)

    answer = await clumsy.client.get("/api/break")
    assert answer.status_code == 500
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert SECRET not in answer.text
    page = await clumsy.client.get("/api/break", headers={"accept": "text/html"})
    assert (page.status_code, SECRET in page.text) == (500, False)
