"""POST /api/jobs/KIND: what is accepted, what is refused, and what is answered."""

import asyncio
from typing import Any

import httpx2
import pytest
from tests.http.site import Site, Start

from headway.http.models import FinishedBody, SnapshotBody

pytestmark = pytest.mark.anyio

JSON = {"Content-Type": "application/json"}


def problem(answer: httpx2.Response, status: int, slug: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["type"] == f"urn:problem-type:headway:{slug}"
    assert body["title"]
    assert body["detail"]
    return body


def fields(body: dict[str, Any]) -> list[str]:
    return [error["field"] for error in body["errors"]]


async def test_a_job_is_accepted_with_its_address_and_a_pause(site: Site) -> None:
    answer = await site.client.post("/api/jobs/puppet", json={"name": "a"})
    assert answer.status_code == 202
    body = answer.json()
    assert answer.headers["location"] == f"/api/jobs/{body['id']}" == body["links"]["self"]
    assert answer.headers["retry-after"] == "1"
    assert (await site.client.get(answer.headers["location"])).status_code == 200


async def test_a_snapshot_has_the_contracts_fields_and_no_other(site: Site) -> None:
    body = await site.submit()
    assert list(body) == list(SnapshotBody.model_fields)
    SnapshotBody.model_validate(body)
    assert (body["status"], body["version"]) in (("pending", 1), ("processing", 2)), (
        "a worker may have been as quick"
    )
    assert body["created_at"].endswith("Z")


async def test_the_same_key_and_body_give_the_same_job(site: Site) -> None:
    first = await site.submit(headers={"Idempotency-Key": "k"})
    again = await site.submit(headers={"Idempotency-Key": "k"})
    assert again["id"] == first["id"]
    assert len((await site.client.get("/api/jobs")).json()["jobs"]) == 1


async def test_many_submissions_of_one_key_at_once_are_one_job(site: Site) -> None:
    jobs = await asyncio.gather(*(site.submit(headers={"Idempotency-Key": "k"}) for _ in range(20)))
    assert len({job["id"] for job in jobs}) == 1


async def test_a_key_with_another_body_is_refused(site: Site) -> None:
    await site.submit("a", headers={"Idempotency-Key": "k"})
    answer = await site.client.post("/api/jobs/puppet", json={"name": "b"}, headers={"Idempotency-Key": "k"})
    problem(answer, 422, "idempotency-mismatch")


async def test_the_same_key_of_another_account_is_another_job(lite: Site) -> None:
    mine = await lite.submit(headers={"Idempotency-Key": "k"})
    async with await lite.stranger() as stranger:
        theirs = await stranger.post("/api/jobs/puppet", json={"name": "a"}, headers={"Idempotency-Key": "k"})
    assert theirs.json()["id"] != mine["id"]


@pytest.mark.parametrize("key", ["", '""', "x" * 256])
async def test_a_key_that_is_no_key_is_refused(lite: Site, key: str) -> None:
    answer = await lite.client.post("/api/jobs/puppet", json={"name": "a"}, headers={"Idempotency-Key": key})
    assert fields(problem(answer, 422, "invalid-input")) == ["Idempotency-Key"]


async def test_a_client_that_prefers_to_wait_gets_the_result(site: Site) -> None:
    site.puppet("a").finish({"band": 7})
    answer = await site.client.post("/api/jobs/puppet", json={"name": "a"}, headers={"Prefer": "wait=10"})
    assert answer.status_code == 200
    assert answer.headers["preference-applied"] == "wait=10"
    body = FinishedBody.model_validate(answer.json())
    assert body.status == "completed"
    assert body.result == {"band": 7}


async def test_a_wait_that_is_too_short_ends_as_accepted(lite: Site) -> None:
    answer = await lite.client.post(
        "/api/jobs/puppet", json={"name": "a"}, headers={"Prefer": "respond-async, wait=1"}
    )
    assert answer.status_code == 202
    assert "preference-applied" not in answer.headers
    assert "result" not in answer.json()


async def test_who_waits_for_a_failing_job_is_told_of_the_failure(lite: Site) -> None:
    lite.puppet("a").fail()
    answer = await lite.client.post("/api/jobs/puppet", json={"name": "a"}, headers={"Prefer": "wait=10"})
    assert answer.status_code == 200
    body = answer.json()
    assert (body["status"], body["result"]) == ("failed", None)
    assert body["error"]["message"] == "It broke at 7"


async def test_without_async_a_submission_waits_for_its_result(start: Start) -> None:
    site = await start(async_=False)
    site.puppet("a").finish(1)
    answer = await site.client.post("/api/jobs/puppet", json={"name": "a"})
    assert (answer.status_code, answer.json()["result"]) == (200, 1)
    later = await site.client.post("/api/jobs/puppet?scheduled_at=2099-01-01T00:00:00Z", json={"name": "b"})
    assert later.status_code == 202


async def test_a_job_may_be_scheduled_and_given_a_priority(site: Site) -> None:
    answer = await site.client.post(
        "/api/jobs/puppet?priority=5&scheduled_at=2099-01-01T00:00:00%2B01:00", json={"name": "a"}
    )
    assert answer.status_code == 202
    assert answer.json()["scheduled_at"] == "2098-12-31T23:00:00.000Z"
    assert answer.json()["queue_position"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("priority=high", "priority"),
        ("priority=5000", "priority"),
        ("scheduled_at=tomorrow", "scheduled_at"),
        ("scheduled_at=2030-01-01T00:00:00", "scheduled_at"),
        ("scheduled_at=9999-12-31T23:59:59-01:00", "scheduled_at"),
        ("scheduled_at=0001-01-01T00:00:00%2B23:59", "scheduled_at"),
    ],
)
async def test_a_wrong_query_is_named(lite: Site, query: str, field: str) -> None:
    answer = await lite.client.post(f"/api/jobs/puppet?{query}", json={"name": "a"})
    assert fields(problem(answer, 422, "invalid-input")) == [field]


async def test_an_unknown_kind_is_not_found(lite: Site) -> None:
    problem(await lite.client.post("/api/jobs/nothing", json={}), 404, "unknown-kind")


async def test_every_wrong_field_is_named(site: Site) -> None:
    answer = await site.client.post("/api/jobs/puppet", json={"name": "", "size": -1})
    assert fields(problem(answer, 422, "invalid-input")) == ["name", "size"]


async def test_input_that_is_no_object_is_refused(lite: Site) -> None:
    for body in (b"[]", b"3", b"null", b'"text"'):
        problem(await lite.client.post("/api/jobs/puppet", content=body, headers=JSON), 422, "invalid-input")


async def test_broken_json_is_told_where_it_breaks(lite: Site) -> None:
    answer = await lite.client.post("/api/jobs/puppet", content=b'{"name":\n "a",}', headers=JSON)
    assert "line 2, column" in problem(answer, 400, "malformed-body")["errors"][0]["message"]


async def test_text_that_no_database_keeps_is_refused(site: Site) -> None:
    nul = await site.client.post("/api/jobs/puppet", content=b'{"name": "a\\u0000b"}', headers=JSON)
    assert fields(problem(nul, 422, "invalid-input")) == ["name"]
    half = await site.client.post("/api/jobs/puppet", content=b'{"name": "a\\ud800b"}', headers=JSON)
    problem(half, 400, "malformed-body")
    raw = await site.client.post("/api/jobs/puppet", content=b'{"name": "a\xff"}', headers=JSON)
    problem(raw, 400, "malformed-body")
    nested = await site.client.post(
        "/api/jobs/puppet", content=b'{"a": [{"b": "\\u0000"}], "name": "x"}', headers=JSON
    )
    assert fields(problem(nested, 422, "invalid-input")) == ["a.0.b"]


async def test_text_of_every_plane_comes_back_as_it_went(site: Site) -> None:
    site.puppet("日本 العربية 😀").finish()
    answer = await site.client.post(
        "/api/jobs/puppet", json={"name": "日本 العربية 😀"}, headers={"Prefer": "wait=10"}
    )
    assert answer.json()["status"] == "completed"


async def test_another_content_type_is_refused(lite: Site) -> None:
    answer = await lite.client.post("/api/jobs/puppet", content=b"x=1", headers={"Content-Type": "text/csv"})
    problem(answer, 415, "unsupported-media-type")


async def test_a_json_body_beyond_its_limit_is_refused_before_it_is_read(lite: Site) -> None:
    answer = await lite.client.post("/api/jobs/puppet", content=b" " * (1 << 20) + b"{}", headers=JSON)
    problem(answer, 413, "too-large")


async def test_a_json_body_of_unknown_length_is_stopped_at_the_limit(lite: Site) -> None:
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        for _ in range(64):
            sent += 65536
            yield b" " * 65536

    answer = await lite.client.post("/api/jobs/puppet", content=endless(), headers=JSON)
    problem(answer, 413, "too-large")


async def test_an_unreachable_database_asks_to_come_back(lite: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    lite.headway.store.committer.close()
    answer = await lite.client.post("/api/jobs/puppet", json={"name": "a"})
    problem(answer, 503, "store-unavailable")
    assert int(answer.headers["retry-after"]) >= 1
