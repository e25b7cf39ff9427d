"""`/api/hooks`: an account's own, from the making to the replay."""

import asyncio
import re
from typing import Any

import httpx2
import pytest
from tests.http.site import WITHIN_S, Site, Start
from tests.http.test_limits import user
from tests.notify.receiver import receiver

pytestmark = pytest.mark.anyio


async def settled(client: httpx2.AsyncClient, hook: str, n: int = 1) -> list[dict[str, Any]]:
    """The hook's deliveries, newest first, once `n` have come to an end."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            found: list[dict[str, Any]] = (await client.get(f"/api/hooks/{hook}/deliveries")).json()[
                "deliveries"
            ]
            if len([each for each in found if each["state"] != "pending"]) >= n:
                return found
            await client.get("/healthz")


async def test_a_hook_from_its_making_to_its_end(start: Start) -> None:
    site = await start(hook_hosts="127.0.0.1")
    async with receiver() as one, await user(site) as ann:
        made = await ann.post("/api/hooks", json={"url": one.url(), "kinds": ["puppet"]})
        assert made.status_code == 201
        hook = made.json()
        assert hook["secret"].startswith("whsec_")
        assert (await ann.get("/api/hooks")).json()["hooks"] == [
            {k: v for k, v in hook.items() if k != "secret"}
        ]

        job = (await ann.post("/api/jobs/puppet", json={"name": "a"})).json()["id"]
        site.puppet("a").finish()
        [told] = await settled(ann, hook["id"])
        assert (told["state"], told["event"], told["job"], told["answer"]) == (
            "delivered",
            "job.completed",
            job,
            204,
        )
        assert told["body"]["data"]["status"] == "completed"

        rotated = (await ann.post(f"/api/hooks/{hook['id']}/rotate", json={"overlap_hours": 1})).json()
        assert rotated["secret"] != hook["secret"]
        assert rotated["old_key_until"] is not None
        assert (await ann.post(f"/api/hooks/{hook['id']}/test")).status_code == 202
        await settled(ann, hook["id"], 2)
        again = await ann.post(f"/api/hooks/{hook['id']}/replay", json={"deliveries": [told["id"]]})
        assert (again.status_code, again.json()) == (202, {"deliveries": [told["id"]]})
        await settled(ann, hook["id"], 2)
        assert len({message.headers["webhook-id"] for message in one.got}) == 2
        for edge in ("9999-12-31T23:59:59-01:00", "0001-01-01T00:00:00+23:59"):
            none = await ann.post(f"/api/hooks/{hook['id']}/replay", json={"since": edge})
            assert (none.status_code, none.json()) == (202, {"deliveries": []})

        assert (await ann.delete(f"/api/hooks/{hook['id']}")).status_code == 204
        assert (await ann.get("/api/hooks")).json() == {"hooks": []}
    acts = (await site.client.get("/api/audit", params={"act": "hook"})).json()["acts"]
    assert [act["act"] for act in acts] == ["hook.delete", "hook.rotate", "hook.create"]


async def test_another_accounts_hook_is_404(site: Site) -> None:
    async with await user(site) as ann, await user(site, "bob") as bob:
        hook = (await ann.post("/api/hooks", json={"url": "https://example.org/h"})).json()["id"]
        for method, path in (
            ("DELETE", ""), ("POST", "/rotate"), ("POST", "/enable"), ("POST", "/test"), ("POST", "/replay"),
            ("GET", "/deliveries"),
        ):  # fmt: skip
            answer = await bob.request(
                method, f"/api/hooks/{hook}{path}", json={} if method == "POST" else None
            )
            assert answer.status_code == 404, (method, path)
        assert (await bob.get("/api/hooks")).json() == {"hooks": []}
        assert len((await ann.get("/api/hooks")).json()["hooks"]) == 1


@pytest.mark.parametrize(
    "body",
    [{}, {"url": "http://example.org/"}, {"url": "https://10.0.0.1/"}, {"url": "https://[::ffff:127.0.0.1]/"},
     {"url": "https://example.org/", "kinds": []}, {"url": "https://example.org/", "kinds": ["headway.hook"]},
     {"url": "https://example.org/", "kinds": ["nonsense"]}, {"url": 7}],
)  # fmt: skip
async def test_what_cannot_be_a_hook_is_refused(lite: Site, body: dict[str, object]) -> None:
    answer = await lite.client.post("/api/hooks", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] in ("url", "kinds")


async def test_internal_kinds_cannot_be_submitted(lite: Site) -> None:
    for kind in ("headway.hook", "headway.mail", "headway.tidy"):
        answer = await lite.client.post(f"/api/jobs/{kind}", json={"mail": "x", "delivery": "x"})
        assert answer.status_code == 404


async def test_the_page_works_without_a_script(start: Start) -> None:
    site = await start(hook_hosts="127.0.0.1")
    async with receiver(410) as one, site.visitor(follow_redirects=True) as browser:
        await browser.get(f"/?token={site.token}")

        async def press(path: str, **form: str) -> str:
            page = (await browser.get("/account/hooks")).text
            token = re.search(r'name="csrf_token" value="(\w+)"', page)
            assert token is not None
            answer = await browser.post(path, data={"csrf_token": token[1], **form})
            assert answer.status_code in (200, 422), answer.text
            return answer.text

        wrong = await press("/account/hooks", url="http://10.0.0.1/")
        assert "https://" in wrong
        assert "whsec_" not in wrong
        made = await press("/account/hooks", url=one.url(), **{"kind.puppet": "yes"})
        assert "whsec_" in made
        assert "whsec_" not in (await browser.get("/account/hooks")).text
        [hook] = (await browser.get("/api/hooks")).json()["hooks"]
        assert hook["kinds"] == ["puppet"]
        here = f"/account/hooks/{hook['id']}"
        await press(f"{here}/test")
        await settled(browser, hook["id"])
        assert "410" in (await browser.get("/account/hooks")).text
        await press(f"{here}/enable")
        await press(f"{here}/replay")
        assert (await settled(browser, hook["id"]))[0]["state"] == "delivered"
        assert "whsec_" in await press(f"{here}/rotate")
        await press(f"{here}/delete")
        assert (await browser.get("/api/hooks")).json() == {"hooks": []}
        assert (await browser.post(f"{here}/test")).status_code == 403
