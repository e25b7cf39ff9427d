"""GET /api/jobs and /api/jobs/ID: snapshots, validators, long polls, lists."""

import asyncio

import pytest
from tests.http.site import Site
from tests.http.test_submission import fields, problem

from headway.http.models import JobList, SnapshotBody

pytestmark = pytest.mark.anyio


async def test_a_job_is_read_as_the_contract_says(site: Site) -> None:
    job_id, strings = await site.running()
    strings.move(40, "Reading page {page}", page=3)
    job = await site.until(job_id, lambda job: job["percent"] == 40)
    SnapshotBody.model_validate(job)
    assert (job["status"], job["step"], job["attempt"]) == ("processing", "Reading page 3", 1)
    strings.finish()
    job = await site.ended(job_id)
    assert (job["status"], job["percent"], job["error"]) == ("completed", 100, None)
    assert job["processing_seconds"] is not None
    assert job["started_at"] <= job["finished_at"]


async def test_a_failed_job_says_why(site: Site) -> None:
    job_id, strings = await site.running()
    strings.fail("It broke at {at}")
    job = await site.ended(job_id)
    assert job["status"] == "failed"
    assert job["error"] == {"type": "permanent", "message": "It broke at 7"}


async def test_an_unchanged_job_is_not_sent_again(site: Site) -> None:
    job = await site.submit(params={"scheduled_at": "2099-01-01T00:00:00Z"})
    first = await site.client.get(f"/api/jobs/{job['id']}")
    tag = first.headers["etag"]
    assert tag.startswith('"')
    assert "Accept-Language" in first.headers["vary"]
    for header in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = await site.client.get(f"/api/jobs/{job['id']}", headers={"If-None-Match": header})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    other = await site.client.get(f"/api/jobs/{job['id']}", headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


async def test_the_same_version_has_the_same_bytes(lite: Site) -> None:
    job_id, strings = await lite.running()
    strings.move(50)
    await lite.until(job_id, lambda job: job["percent"] == 50)
    answers = [await lite.client.get(f"/api/jobs/{job_id}") for _ in range(3)]
    assert len({answer.content for answer in answers}) == 1


async def test_languages_have_validators_of_their_own(lite: Site) -> None:
    job_id = await lite.completed()
    english = await lite.client.get(f"/api/jobs/{job_id}")
    arabic = await lite.client.get(f"/api/jobs/{job_id}", headers={"Accept-Language": "ar"})
    assert (english.headers["content-language"], arabic.headers["content-language"]) == ("en", "ar")
    missing = await lite.client.get("/api/jobs/x", headers={"Accept-Language": "ar"})
    assert problem(missing, 404, "job-not-found")["status"] == 404
    assert missing.headers["content-language"] == "ar"


async def test_a_job_of_nobody_is_not_found(lite: Site) -> None:
    for job_id in ("x", "01a201ba-277d-76c5-bd2e-014690eb4dd8", "'; DROP TABLE jobs;--"):
        problem(await lite.client.get(f"/api/jobs/{job_id}"), 404, "job-not-found")


async def test_a_long_poll_answers_when_the_job_changes(site: Site) -> None:
    job_id, strings = await site.running()
    waiting = asyncio.create_task(site.client.get(f"/api/jobs/{job_id}?wait=60"))
    await site.watched()
    assert not waiting.done()
    strings.move(30)
    assert (await waiting).json()["percent"] == 30


async def test_a_long_poll_for_a_stale_copy_answers_at_once(lite: Site) -> None:
    job = await lite.submit(params={"scheduled_at": "2099-01-01T00:00:00Z"})
    answer = await lite.client.get(f"/api/jobs/{job['id']}?wait=60", headers={"If-None-Match": '"stale"'})
    assert answer.elapsed.total_seconds() < 30


async def test_a_long_poll_without_news_ends_unchanged(lite: Site) -> None:
    job = await lite.submit(params={"scheduled_at": "2099-01-01T00:00:00Z"})
    tag = (await lite.client.get(f"/api/jobs/{job['id']}")).headers["etag"]
    answer = await lite.client.get(f"/api/jobs/{job['id']}?wait=1", headers={"If-None-Match": tag})
    assert answer.status_code == 304
    assert answer.elapsed.total_seconds() >= 0.9


async def test_a_wait_beyond_the_limit_is_refused(lite: Site) -> None:
    job = await lite.submit()
    answer = await lite.client.get(f"/api/jobs/{job['id']}?wait=61")
    assert fields(problem(answer, 422, "invalid-input")) == ["wait"]


async def test_jobs_are_listed_newest_first_page_by_page(site: Site) -> None:
    ids = [(await site.submit(f"n{n}"))["id"] for n in range(5)]
    seen, cursor, pages = [], "", 0
    while True:
        page = (await site.client.get(f"/api/jobs?limit=2{cursor}")).json()
        JobList.model_validate(page)
        seen += [job["id"] for job in page["jobs"]]
        pages += 1
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == ids[::-1]
    assert pages == 3


async def test_a_list_is_filtered_by_kind_and_status(site: Site) -> None:
    done = await site.completed("a")
    failing, strings = await site.running("b")
    strings.fail()
    await site.ended(failing)

    async def listed(query: str) -> list[str]:
        return [job["id"] for job in (await site.client.get(f"/api/jobs?{query}")).json()["jobs"]]

    assert await listed("status=completed") == [done]
    assert await listed("status=failed&kind=puppet") == [failing]
    assert await listed("kind=weigh") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [("limit=0", "limit"), ("limit=999", "limit"), ("status=odd", "status"), ("cursor=x", "cursor")],
)
async def test_a_wrong_filter_is_named(lite: Site, query: str, field: str) -> None:
    assert fields(problem(await lite.client.get(f"/api/jobs?{query}"), 422, "invalid-input")) == [field]


async def test_another_accounts_job_looks_like_none(site: Site) -> None:
    job_id = await site.completed()
    paths = [
        "",
        "/events",
        "/result",
        "/chunks",
        "/calls",
        "/attempts",
        "/steps",
        "/log",
        "/export?format=md",
    ]
    async with await site.stranger() as stranger:
        for path in paths:
            problem(await stranger.get(f"/api/jobs/{job_id}{path}"), 404, "job-not-found")
        for path in ("/cancel", "/retry", "/share"):
            problem(await stranger.post(f"/api/jobs/{job_id}{path}"), 404, "job-not-found")
        for path in ("", "/share"):
            assert (await stranger.delete(f"/api/jobs/{job_id}{path}")).status_code == 404
        assert (await stranger.get("/api/jobs")).json() == {"jobs": [], "next": None}
    assert (await site.client.get(f"/api/jobs/{job_id}")).json()["status"] == "completed"
