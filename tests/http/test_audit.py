"""The audit log: who did what, for operators' eyes only."""

import asyncio

import pytest
from tests.http.people import granted, person, quick
from tests.http.site import WITHIN_S, Site
from tests.http.test_limits import user

pytestmark = pytest.mark.anyio


async def test_cancels_retries_and_deletions_are_kept(site: Site) -> None:
    async with await user(site) as ann:
        job = (await ann.post("/api/jobs/puppet", json={"name": "a"})).json()["id"]
        async with asyncio.timeout(WITHIN_S):
            await site.puppet("a").begun.wait()
        await ann.post(f"/api/jobs/{job}/cancel")
        async with asyncio.timeout(WITHIN_S):
            while not (await ann.get(f"/api/jobs/{job}?wait=1")).json()["finished_at"]:
                pass
        await ann.post(f"/api/jobs/{job}/retry", json={"scratch": True})
        await ann.post(f"/api/jobs/{job}/cancel")
        async with asyncio.timeout(WITHIN_S):
            while not (await ann.get(f"/api/jobs/{job}?wait=1")).json()["finished_at"]:
                pass
        assert (await ann.delete(f"/api/jobs/{job}")).status_code == 204
        assert (await ann.get("/api/audit")).status_code == 403
    page = (await site.client.get("/api/audit", params={"subject": job})).json()
    assert [act["act"] for act in page["acts"]] == ["job.delete", "job.cancel", "job.retry", "job.cancel"]
    assert {(act["actor"], act["origin"]) for act in page["acts"]} == {("ann", "127.0.0.1")}
    assert page["acts"][2]["detail"] == {"scratch": True}
    assert page["next"] is None


async def test_what_was_refused_is_no_act(site: Site) -> None:
    job = (await site.submit())["id"]
    async with await user(site) as ann:
        assert (await ann.post(f"/api/jobs/{job}/cancel")).status_code == 404
    assert (await site.client.get("/api/audit", params={"act": "job"})).json()["acts"] == []


async def test_ways_in_that_no_form_sees_are_kept_too(lite: Site) -> None:
    quick(lite)
    ann = await person(lite)
    async with lite.visitor() as visitor:
        await visitor.get(f"/?token={lite.token}")
    used = {"refresh_token": (await granted(lite))["refresh_token"]}
    async with lite.visitor() as visitor:
        for _ in range(2):
            await visitor.post("/api/auth/refresh", json=used)
    acts = (await lite.client.get("/api/audit")).json()["acts"]
    assert [(act["act"], act["actor"]) for act in acts] == [
        ("session.reused", ann.id),
        ("sign-in", ann.id),
        ("sign-in", "local"),
    ]
    assert (acts[2]["detail"], acts[2]["origin"]) == ({"how": "link"}, "127.0.0.1")


async def test_acts_are_paged_and_found_by_family(site: Site) -> None:
    store = site.headway.store
    for n in range(5):
        await store.note("ann", "credits.grant", "bob", amount=n, reason="thanks")
    await store.note("ann", "credit", "bob")
    seen, cursor = [], None
    while True:
        params = {"act": "credits", "limit": "2", **({"cursor": cursor} if cursor else {})}
        page = (await site.client.get("/api/audit", params=params)).json()
        seen += [act["detail"]["amount"] for act in page["acts"]]
        if (cursor := page["next"]) is None:
            break
    assert seen == [4, 3, 2, 1, 0]
    assert (await site.client.get("/api/audit", params={"cursor": "x"})).status_code == 422


async def test_secrets_and_forged_lines_are_not_kept(site: Site) -> None:
    await site.headway.store.note("ann", "token.create", "t1", token="abc", name="x\x1b[2J\r\nforged")
    [act] = (await site.client.get("/api/audit", params={"subject": "t1"})).json()["acts"]
    assert act["detail"] == {"token": "[hidden]", "name": "x\\e[2J\\r\\nforged"}


async def test_old_acts_are_forgotten(site: Site) -> None:
    await site.headway.store.note("ann", "sign-in")
    assert await site.headway.store.forget_acts(1) == 0
    assert await site.headway.store.forget_acts(-1) == 1
