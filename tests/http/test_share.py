"""Watch links: signed, read-only, from any origin, revocable."""

import asyncio
from urllib.parse import urlsplit

import pytest
from tests.http.people import person, program, quick
from tests.http.site import WITHIN_S, Site, Start
from tests.http.sse import Event, events, snapshots
from tests.http.test_submission import problem

from headway.http.models import Share, SnapshotBody

pytestmark = pytest.mark.anyio


async def shared(site: Site, job_id: str) -> str:
    """The path of a new link's API."""
    answer = await site.client.post(f"/api/jobs/{job_id}/share")
    share = Share.model_validate(answer.json())
    path = urlsplit(share.url).path
    assert share.url == f"{site.url}{path}"
    assert share.events == f"{site.url}/api{path}/events"
    return f"/api{path}"


async def test_a_link_shows_its_job_without_signing_in(site: Site) -> None:
    job_id, strings = await site.running()
    path = await shared(site, job_id)
    async with site.visitor() as visitor:
        answer = await visitor.get(path, headers={"Origin": "https://elsewhere.example"})
        assert answer.headers["access-control-allow-origin"] == "*"
        job = answer.json()
        SnapshotBody.model_validate(job)
        assert job["id"] == job_id
        assert job["links"] == {
            "self": path,
            "events": f"{path}/events",
            "result": f"{path}/result",
            "cancel": None,
            "retry": None,
        }
        problem(await visitor.get(f"{path}/result"), 409, "conflict")
        strings.finish([1])
        async with visitor.stream("GET", f"{path}/events") as stream:
            assert stream.headers["access-control-allow-origin"] == "*"
            seen = [event async for event in snapshots(stream)]
        assert seen[-1].data["links"]["self"] == path
        assert seen[-1].data["status"] == "completed"
        assert (await visitor.get(f"{path}/result")).json() == [1]
        last = await visitor.get(f"{path}/events?after={seen[-1].id}")
        assert (last.status_code, last.headers["access-control-allow-origin"]) == (204, "*")


async def test_a_link_opens_nothing_else(lite: Site) -> None:
    job_id = await lite.completed()
    path = await shared(lite, job_id)
    async with lite.visitor() as visitor:
        for other in ("/cancel", "/retry", "/attempts", "/log"):
            assert (await visitor.post(path + other)).status_code in (401, 404, 405)
        assert (await visitor.delete(path)).status_code == 405
        problem(await visitor.get(f"/api/jobs/{job_id}"), 401, "unauthorized")


async def test_a_page_of_another_origin_may_ask_first(lite: Site) -> None:
    path = await shared(lite, await lite.completed())
    async with lite.visitor() as visitor:
        for end in ("", "/events", "/result"):
            answer = await visitor.options(path + end, headers={"Origin": "https://elsewhere.example"})
            assert answer.status_code == 204
            assert "Last-Event-ID" in answer.headers["access-control-allow-headers"]


async def test_an_unchanged_job_of_a_link_is_not_sent_again(lite: Site) -> None:
    path = await shared(lite, await lite.completed())
    async with lite.visitor() as visitor:
        tag = (await visitor.get(path)).headers["etag"]
        assert (await visitor.get(path, headers={"If-None-Match": tag})).status_code == 304


async def test_a_link_that_was_not_signed_here_shows_nothing(lite: Site) -> None:
    path = await shared(lite, await lite.completed())
    share_id, _, signature = path.removeprefix("/api/watch/").partition(".")
    forged = [
        share_id,
        f"{share_id}.",
        f"{share_id}.{signature[:-1]}A{signature[-1]}",
        f"x.{signature}",
        "é.é",
    ]
    async with lite.visitor() as visitor:
        for token in forged:
            problem(await visitor.get(f"/api/watch/{token}"), 404, "not-found")
            problem(await visitor.get(f"/api/watch/{token}/events"), 404, "not-found")


async def test_a_revoked_link_shows_nothing_and_cuts_off_who_watches(
    site: Site, short_keep_alive: None
) -> None:
    job_id, _ = await site.running()
    path = await shared(site, job_id)
    async with site.visitor() as visitor, visitor.stream("GET", f"{path}/events") as stream:
        seen: list[Event | str] = []
        async with asyncio.timeout(WITHIN_S):
            async for event in events(stream):
                seen.append(event)
                if len(seen) == 1:
                    assert (await site.client.delete(f"/api/jobs/{job_id}/share")).status_code == 204
        assert isinstance(seen[0], Event)
        problem(await visitor.get(path), 404, "not-found")
    assert (await site.client.get(f"/api/jobs/{job_id}")).status_code == 200


async def test_a_link_dies_with_its_job_and_with_the_signing_key(lite: Site) -> None:
    job_id = await lite.completed()
    path = await shared(lite, job_id)
    await lite.client.delete(f"/api/jobs/{job_id}")
    async with lite.visitor() as visitor:
        problem(await visitor.get(path), 404, "not-found")


async def test_a_link_of_a_disabled_account_shows_nothing(lite: Site) -> None:
    quick(lite)
    ann = await person(lite)
    async with await program(lite) as client, lite.visitor() as visitor:
        job = (await client.post("/api/jobs/puppet", json={"name": "a"})).json()
        shared = (await client.post(f"/api/jobs/{job['id']}/share")).json()
        watch = shared["events"].removesuffix("/events")
        assert (await visitor.get(watch)).status_code == 200
        for disabled, status in ((True, 404), (False, 200)):
            change = await lite.client.patch(f"/api/accounts/{ann.id}", json={"disabled": disabled})
            assert change.status_code == 200
            assert (await visitor.get(watch)).status_code == status
    lite.puppet("a").finish()


async def test_an_expired_link_shows_nothing(lite: Site) -> None:
    from headway.accounts.watchlinks import make_token

    share = await lite.headway.store.create_share(await lite.completed(), "local", expires_at=1)
    token = make_token(lite.web.services.key, share.id)
    async with lite.visitor() as visitor:
        problem(await visitor.get(f"/api/watch/{token}"), 404, "not-found")


async def test_links_begin_with_the_public_address(start: Start) -> None:
    site = await start(public_url="https://work.example/")
    job_id = await site.completed()
    share = (await site.client.post(f"/api/jobs/{job_id}/share")).json()
    assert share["url"].startswith("https://work.example/watch/")
    assert share["events"].startswith("https://work.example/api/watch/")


async def test_a_page_about_what_cannot_be_is_missing_though_it_looks_the_same(lite: Site) -> None:
    html = {"accept": "text/html"}
    job_id = (await lite.submit())["id"]
    link = (await shared(lite, job_id)).removeprefix("/api")
    for path in (f"/jobs/{job_id}", f"/ops/jobs/{job_id}", link):
        assert (await lite.client.get(path, headers=html)).status_code == 200, path
    for path in ("/jobs/nope", "/ops/jobs/nope", "/watch/garbage", "/watch/a.b"):
        assert (await lite.client.get(path, headers=html)).status_code == 404, path
    assert "<headway-job" in (await lite.client.get("/watch/garbage", headers=html)).text
