"""Event streams and WebSockets: every watcher sees versions rise, and the end."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import orjson
import pytest
from tests.http.site import Site, Start
from tests.http.sse import Event, events, snapshots
from tests.http.test_submission import fields, problem
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

pytestmark = pytest.mark.anyio


async def collect(site: Site, job_id: str, **options: object) -> list[Event]:
    async with site.client.stream("GET", f"/api/jobs/{job_id}/events", **options) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        return [event async for event in snapshots(answer)]


async def test_a_watcher_sees_a_job_from_now_to_its_end(site: Site) -> None:
    job_id, strings = await site.running()
    seen: list[Event] = []
    async with site.client.stream("GET", f"/api/jobs/{job_id}/events") as answer:
        async for event in snapshots(answer):
            seen.append(event)
            percent = event.data["percent"]
            if event.data["finished_at"] is None:
                strings.move(percent + 30) if percent < 60 else strings.finish()
    assert [event.id for event in seen] == [event.data["version"] for event in seen]
    assert [event.id for event in seen] == sorted({event.id for event in seen if event.id is not None})
    assert [event.data["percent"] for event in seen] == [0, 30, 60, 100]
    assert seen[-1].data["status"] == "completed"
    assert seen[-1].data == (await site.client.get(f"/api/jobs/{job_id}")).json()


async def test_a_reader_that_comes_back_goes_on_where_it_was(site: Site) -> None:
    job_id, strings = await site.running()
    strings.move(30)
    known = (await site.until(job_id, lambda job: job["percent"] == 30))["version"]

    async def first(**options: object) -> int | None:
        async with site.client.stream("GET", f"/api/jobs/{job_id}/events", **options) as answer:
            async for event in snapshots(answer):
                return event.id
        return None

    assert await first() == known
    assert await first(headers={"Last-Event-ID": str(known - 1)}) == known
    assert await first(headers={"Last-Event-ID": "not a version"}) == known
    later = asyncio.create_task(first(headers={"Last-Event-ID": str(known)}))
    also = asyncio.create_task(first(params={"after": known}))
    await site.watched(2)
    assert not later.done()
    strings.move(50)
    assert await later == await also == known + 1


async def test_who_has_seen_the_end_gets_nothing_more(site: Site) -> None:
    job_id = await site.completed()
    (last,) = await collect(site, job_id)
    for options in ({"headers": {"Last-Event-ID": str(last.id)}}, {"params": {"after": last.id}}):
        answer = await site.client.get(f"/api/jobs/{job_id}/events", **options)
        assert (answer.status_code, answer.content) == (204, b"")


async def test_after_a_retry_a_stream_opens_again_for_who_saw_the_first_end(lite: Site) -> None:
    job_id, strings = await lite.running()
    strings.fail()
    end = (await lite.ended(job_id))["version"]
    strings.finish()
    await lite.client.post(f"/api/jobs/{job_id}/retry")
    seen = await collect(lite, job_id, params={"after": end})
    assert seen[-1].data["status"] == "completed"
    assert min(event.id or 0 for event in seen) > end


async def test_a_silent_stream_comments_to_stay_open(lite: Site, short_keep_alive: None) -> None:
    job = await lite.submit(params={"scheduled_at": "2099-01-01T00:00:00Z"})
    async with lite.client.stream("GET", f"/api/jobs/{job['id']}/events") as answer:
        kinds = [type(event) async for event in _first(events(answer), 4)]
    assert kinds == [Event, str, str, str]


async def _first(stream: AsyncIterator[Event | str], n: int) -> AsyncIterator[Event | str]:
    async for item in stream:
        yield item
        n -= 1
        if not n:
            return


async def test_a_shutdown_ends_streams_first(lite: Site) -> None:
    job_id, _ = await lite.running()
    async with lite.client.stream("GET", f"/api/jobs/{job_id}/events") as answer:
        seen = []
        async for event in events(answer):
            seen.append(event)
            if len(seen) == 1:
                lite.web.drain()
    assert isinstance(seen[0], Event)
    assert seen[1:] == ["the server is restarting"]


async def test_a_reader_that_leaves_is_forgotten(lite: Site) -> None:
    job_id, _ = await lite.running()
    async with lite.client.stream("GET", f"/api/jobs/{job_id}/events") as answer:
        await anext(snapshots(answer))
        assert lite.web.services.hub.watchers == 1
        await answer.aclose()
    await lite.watched(0)


async def test_many_watchers_all_see_the_end(site: Site) -> None:
    job_id, strings = await site.running()

    async def watch() -> Event:
        return (await collect(site, job_id))[-1]

    watching = [asyncio.create_task(watch()) for _ in range(40)]
    await site.watched(40)
    strings.move(50)
    strings.finish()
    ends = await asyncio.gather(*watching)
    assert {event.data["status"] for event in ends} == {"completed"}
    assert len({orjson.dumps(event.data) for event in ends}) == 1


async def test_a_watcher_learns_of_the_queue_without_a_new_version(start: Start) -> None:
    site = await start(worker=False)
    first, second = await site.submit("a"), await site.submit("b")
    async with site.client.stream("GET", f"/api/jobs/{second['id']}/events") as answer:
        stream = snapshots(answer)
        seen = [await anext(stream)]
        await site.client.post(f"/api/jobs/{first['id']}/cancel")
        async with asyncio.timeout(8):
            while seen[-1].data["queue_position"] != 1:
                seen.append(await anext(stream))
    assert {event.id for event in seen} == {1}


async def test_a_stream_of_a_deleted_job_ends(lite: Site) -> None:
    job = await lite.submit(params={"scheduled_at": "2099-01-01T00:00:00Z"})
    async with lite.client.stream("GET", f"/api/jobs/{job['id']}/events") as answer:
        seen = []
        async for event in snapshots(answer):
            seen.append(event.data["status"])
            if len(seen) == 1:
                await lite.client.post(f"/api/jobs/{job['id']}/cancel")
    assert seen == ["pending", "cancelled"]


async def test_wrong_watching_is_refused(lite: Site) -> None:
    job = await lite.submit()
    wrong = await lite.client.get(f"/api/jobs/{job['id']}/events?after=x")
    assert fields(problem(wrong, 422, "invalid-input")) == ["after"]
    other = await lite.client.get(f"/api/jobs/{job['id']}/events", headers={"Accept": "image/png"})
    problem(other, 406, "not-acceptable")
    problem(await lite.client.get("/api/jobs/x/events"), 404, "job-not-found")


def socket_url(site: Site, job_id: str, query: str = "") -> str:
    return f"{site.url.replace('http', 'ws', 1)}/api/jobs/{job_id}/ws{query}"


async def test_a_websocket_brings_the_same_snapshots(site: Site) -> None:
    job_id, strings = await site.running()
    seen = []
    async with connect(
        socket_url(site, job_id), additional_headers={"Authorization": f"Bearer {site.token}"}
    ) as socket:
        async for message in socket:  # ends at a normal closure
            seen.append(orjson.loads(message))
            if seen[-1]["finished_at"] is None:
                strings.move(50) if seen[-1]["percent"] < 50 else strings.finish()
        assert socket.close_code == 1000
    assert [job["percent"] for job in seen] == [0, 50, 100]
    assert seen[-1]["status"] == "completed"


async def test_a_websocket_resumes_and_closes_at_a_shutdown(lite: Site) -> None:
    job_id, strings = await lite.running()
    version = (await lite.client.get(f"/api/jobs/{job_id}")).json()["version"]
    headers = {"Authorization": f"Bearer {lite.token}"}
    async with connect(socket_url(lite, job_id, f"?after={version}"), additional_headers=headers) as socket:
        await lite.watched()
        strings.move(50)
        assert orjson.loads(await socket.recv())["version"] == version + 1
        lite.web.drain()
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        assert socket.close_code == 1012


async def test_a_websocket_is_refused_as_a_request_would_be(lite: Site) -> None:
    job_id, _ = await lite.running()
    with pytest.raises(InvalidStatus) as stranger:
        async with connect(socket_url(lite, job_id)):
            pass
    assert stranger.value.response.status_code == 401
    assert b"urn:problem-type:headway:unauthorized" in (stranger.value.response.body or b"")
    with pytest.raises(InvalidStatus) as missing:
        async with connect(
            socket_url(lite, "x"), additional_headers={"Authorization": f"Bearer {lite.token}"}
        ):
            pass
    assert missing.value.response.status_code in (403, 404)


async def test_a_websocket_that_asks_wrongly_is_told_what_is_wrong(
    lite: Site, caplog: pytest.LogCaptureFixture
) -> None:
    job_id, _ = await lite.running()
    nowhere = f"{lite.url.replace('http', 'ws', 1)}/nothing"
    for address, status, said in (
        (socket_url(lite, job_id, "?after=abc"), 422, b'"field":"after"'),
        (socket_url(lite, job_id, "?after=-1"), 422, b'"field":"after"'),
        (socket_url(lite, "x"), 404, b"headway:job-not-found"),
        (nowhere, 404, b"headway:not-found"),
    ):
        with pytest.raises(InvalidStatus) as refused:
            async with connect(address, additional_headers={"Authorization": f"Bearer {lite.token}"}):
                pass
        answer = refused.value.response
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        assert said in (answer.body or b"")
    assert [line.message for line in caplog.records if line.levelname == "ERROR"] == []


async def test_the_head_of_a_stream_does_not_wait_for_events(lite: Site) -> None:
    job_id, _ = await lite.running()
    answer = await lite.client.head(f"/api/jobs/{job_id}/events")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/event-stream")
    await lite.watched(0)


async def test_watching_another_accounts_job_is_refused(lite: Site) -> None:
    job_id, _ = await lite.running()
    async with await lite.stranger() as stranger:
        answer: httpx2.Response = await stranger.get(f"/api/jobs/{job_id}/events")
    problem(answer, 404, "job-not-found")
