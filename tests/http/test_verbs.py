"""Cancel, retry, delete: which answer belongs to which situation."""

import pytest
from tests.http.site import Application, Site, Start
from tests.http.test_submission import fields, problem

from headway import Context, Headway, PermanentError

pytestmark = pytest.mark.anyio


async def unless_third(n: int) -> int:
    if n == 3:
        raise PermanentError("no")
    return n


@pytest.fixture
def application() -> Application:
    """Beside puppets, a kind whose third chunk fails."""

    def register(headway: Headway) -> None:
        headway.step(unless_third)

        @headway.job("parted", max_attempts=1)
        async def parted(ctx: Context) -> int:
            return len(await ctx.fan_out(unless_third, [1, 2, 3], keep_going=True))

    return register


async def test_a_waiting_job_is_cancelled_at_once(site: Site) -> None:
    job = await site.submit(params={"scheduled_at": "2099-01-01T00:00:00Z"})
    answer = await site.client.post(f"/api/jobs/{job['id']}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert answer.json()["cancelled_by"] == "local"
    again = await site.client.post(f"/api/jobs/{job['id']}/cancel")
    assert (again.status_code, again.json()) == (200, answer.json())


async def test_a_running_job_says_cancelled_only_when_it_has_stopped(site: Site) -> None:
    job_id, _ = await site.running()
    answer = await site.client.post(f"/api/jobs/{job_id}/cancel")
    assert answer.status_code == 202
    assert answer.json()["cancel_requested"] is True
    assert answer.json()["status"] == "processing"
    assert (await site.ended(job_id))["status"] == "cancelled"


@pytest.mark.parametrize("end", ["finish", "fail"])
async def test_an_ended_job_cannot_be_cancelled(site: Site, end: str) -> None:
    job_id, strings = await site.running()
    getattr(strings, end)()
    await site.ended(job_id)
    problem(await site.client.post(f"/api/jobs/{job_id}/cancel"), 409, "conflict")


async def test_a_failed_job_is_retried_and_finished_steps_are_kept(site: Site) -> None:
    job_id, strings = await site.running()
    strings.step(21)
    strings.fail()
    assert (await site.ended(job_id))["status"] == "failed"
    answer = await site.client.post(f"/api/jobs/{job_id}/retry")
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/api/jobs/{job_id}"
    assert answer.json()["status"] in (
        "pending",
        "processing",
    )  # a worker may have it before the answer is read
    assert answer.json()["error"] is None
    strings.step(21)
    strings.finish()
    assert (await site.ended(job_id))["status"] == "completed"
    assert len((await site.client.get(f"/api/jobs/{job_id}/steps")).json()["steps"]) == 1
    assert [
        a["outcome"] for a in (await site.client.get(f"/api/jobs/{job_id}/attempts")).json()["attempts"]
    ] == [
        "failed",
        "succeeded",
    ]


async def test_a_completed_job_is_retried_only_from_scratch(site: Site) -> None:
    job_id = await site.completed()
    problem(await site.client.post(f"/api/jobs/{job_id}/retry"), 409, "conflict")
    answer = await site.client.post(f"/api/jobs/{job_id}/retry", json={"scratch": True})
    assert answer.status_code == 202


async def test_a_running_job_cannot_be_retried(lite: Site) -> None:
    job_id, _ = await lite.running()
    problem(await lite.client.post(f"/api/jobs/{job_id}/retry", json={}), 409, "conflict")


async def test_how_to_retry_is_checked(lite: Site) -> None:
    job_id = await lite.completed()
    answer = await lite.client.post(f"/api/jobs/{job_id}/retry", json={"chunks": ["x"], "speed": 1})
    assert fields(problem(answer, 422, "invalid-input")) == ["chunks.0", "speed"]
    answer = await lite.client.post(f"/api/jobs/{job_id}/retry", json=[1])
    problem(answer, 422, "invalid-input")


async def test_only_chunks_that_failed_are_retried_by_number(lite: Site) -> None:
    job = (await lite.client.post("/api/jobs/parted", json={})).json()
    assert (await lite.ended(job["id"]))["failed_chunks"] == [3]
    address = f"/api/jobs/{job['id']}/retry"
    for how, wrong in (
        ({"chunks": [99]}, "chunks"),
        ({"chunks": [3, 1]}, "chunks"),
        ({"chunks": []}, "chunks"),
        ({"chunks": [0]}, "chunks.0"),
        ({"chunks": [-1]}, "chunks.0"),
        ({"chunks": [3], "scratch": True}, "scratch"),
    ):
        answer = await lite.client.post(address, json=how)
        assert fields(problem(answer, 422, "invalid-input")) == [wrong]
    assert (await lite.client.get(f"/api/jobs/{job['id']}")).json()["status"] == "completed"
    assert (await lite.client.post(address, json={"chunks": [3]})).status_code == 202


async def test_an_ended_job_is_deleted_with_all_that_is_its(site: Site) -> None:
    job_id = await site.completed()
    answer = await site.client.delete(f"/api/jobs/{job_id}")
    assert (answer.status_code, answer.content) == (204, b"")
    for path in ("", "/result", "/events", "/attempts"):
        problem(await site.client.get(f"/api/jobs/{job_id}{path}"), 404, "job-not-found")
    problem(await site.client.delete(f"/api/jobs/{job_id}"), 404, "job-not-found")


async def test_an_unfinished_job_is_not_deleted(start: Start) -> None:
    site = await start(worker=False)
    job = await site.submit()
    problem(await site.client.delete(f"/api/jobs/{job['id']}"), 409, "conflict")
