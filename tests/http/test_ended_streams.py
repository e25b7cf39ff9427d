"""What ends a session, or takes a job from its owner, ends the streams that were opened under it."""

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import httpx2
import pytest
from tests.http.people import PASSWORD, person, program
from tests.http.site import WITHIN_S, Site
from tests.http.sse import snapshots
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError

from headway.accounts.people import People
from headway.store import Store
from headway.store.accounts import Access

pytestmark = pytest.mark.anyio


async def ann_runs(site: Site) -> tuple[httpx2.AsyncClient, str]:
    """A program of Ann's, and a job of hers that runs."""
    await person(site)
    client = await program(site)
    job = (await client.post("/api/jobs/puppet", json={"name": "hers"})).json()
    async with asyncio.timeout(WITHIN_S):
        await site.puppet("hers").begun.wait()
    return client, job["id"]


ENDS = ["sign-out", "everywhere", "password", "disabled", "erased", "revoked", "another process"]


async def end(site: Site, client: httpx2.AsyncClient, how: str) -> None:
    """End Ann's session in one of the ways that there are."""
    account = (await client.get("/api/account")).json()
    match how:
        case "sign-out":
            assert (await client.post("/api/auth/sign-out")).status_code == 204
        case "everywhere":
            assert (await client.delete("/api/account/sessions")).status_code == 204
        case "password":
            async with await program(site) as other:
                change = {"current": PASSWORD, "password": "a new pass phrase"}
                assert (await other.post("/api/account/password", json=change)).status_code == 204
        case "disabled":
            path = f"/api/accounts/{account['id']}"
            assert (await site.client.patch(path, json={"disabled": True})).status_code == 200
        case "erased":
            farewell = await client.request("DELETE", "/api/account", json={"password": PASSWORD})
            assert farewell.status_code == 204
        case "revoked":
            [token] = (await client.get("/api/account/tokens")).json()["tokens"]
            assert (await client.delete(f"/api/account/tokens/{token['id']}")).status_code == 204
        case _:  # as another process would: only the database knows
            await site.headway.store.end_sessions(account["id"])


@pytest.mark.parametrize("how", ENDS)
async def test_what_ends_a_session_ends_its_streams(open_site: Site, how: str) -> None:
    open_site.web.services.vigil._recheck_s = 0.05
    client, job_id = await ann_runs(open_site)
    if how == "revoked":
        made = await client.post("/api/account/tokens", json={"name": "x"})
        client.headers["Authorization"] = f"Bearer {made.json()['token']}"
    address = f"ws{open_site.url.removeprefix('http')}/api/jobs/{job_id}/ws"
    headers = {"Authorization": client.headers["authorization"]}
    async with (
        aclosing(client),
        client.stream("GET", f"/api/jobs/{job_id}/events") as stream,
        connect(address, additional_headers=headers) as socket,
        asyncio.timeout(WITHIN_S),
    ):
        waiting = asyncio.create_task(client.get(f"/api/jobs/{job_id}?wait=60"))
        events = snapshots(stream)
        assert (await anext(events)).data["status"] in ("pending", "processing")
        await open_site.watched(3)
        await end(open_site, client, how)
        assert [event async for event in events if event.data["status"] == "completed"] == []
        with pytest.raises(ConnectionClosedError):
            assert [text async for text in socket if '"completed"' in str(text)] == []
        assert socket.close_code == 1008
        assert (await waiting).json()["status"] != "completed"
    open_site.puppet("hers").finish()


async def test_a_job_that_gets_another_owner_leaves_the_old_ones_streams(open_site: Site) -> None:
    open_site.web.services.vigil._recheck_s = 0.05
    client, job_id = await ann_runs(open_site)
    me = (await client.get("/api/account")).json()["id"]
    async with (
        aclosing(client),
        client.stream("GET", f"/api/jobs/{job_id}/events") as stream,
        asyncio.timeout(WITHIN_S),
    ):
        events = snapshots(stream)
        await anext(events)
        await open_site.headway.store.act(lambda w: w.run("move_owner", before=me, after="local"))
        assert [event async for event in events if event.data["status"] == "completed"] == []
    open_site.puppet("hers").finish()


class SlowStore:
    """A store whose look at a session answers after that session has ended."""

    def __init__(self, store: Store, ended: Callable[[str], None]) -> None:
        self._store = store
        self._ended = ended

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def access_by_program(self, session_id: str) -> Access | None:
        found = await self._store.access_by_program(session_id)
        if found is not None and found.account is not None:
            await self._store.end_sessions(found.account.id)
            self._ended(found.account.id)
        return found


async def test_what_ends_while_it_is_looked_up_is_not_believed_after(open_site: Site, token: str) -> None:
    store = SlowStore(open_site.headway.store, lambda account: people.ended(account))
    people = People(store, open_site.web.services.key)  # type: ignore[arg-type]  # it has all of a store
    assert await people.by_token(token) is not None  # it lasted when it was asked for
    assert await people.by_token(token) is None


async def test_another_process_sees_an_end_within_a_second(open_site: Site, token: str) -> None:
    now = [time.time()]
    people = People(open_site.headway.store, open_site.web.services.key, clock=lambda: now[0])
    access = await people.by_token(token)
    assert access is not None
    assert access.account is not None
    await open_site.headway.store.end_sessions(access.account.id)
    assert await people.by_token(token) is not None  # believed for a second
    now[0] += 1
    assert await people.by_token(token) is None
