"""429: who is counted, how, what the answer says, and who cannot be fooled or locked out by it."""

import asyncio
import re
from pathlib import Path

import httpx2
import pytest
from tests.http.site import WITHIN_S, Site, Start, running_site

from headway.accounts.keys import hash_token
from headway.apps.essay.job import register
from headway.http.limits import Limits
from headway.support.limits import read_limits

pytestmark = pytest.mark.anyio


async def user(site: Site, name: str = "ann") -> httpx2.AsyncClient:
    """A signed-in client of an account that is no operator."""
    token = f"token of {name}"
    store = site.headway.store
    await store.add_person(id=name, name=name, role="user", email=f"{name}@example.org", password=None)
    await store.add_token(name, "test", hash_token(token), "")
    return site.visitor(headers={"Authorization": f"Bearer {token}"})


async def test_the_eleventh_novel_of_an_hour_is_refused_and_says_when(start: Start) -> None:
    site = await start(worker=False, limits="submissions.puppet=10/hour")
    async with await user(site) as ann, await user(site, "bob") as bob:
        for n in range(10):
            answer = await ann.post("/api/jobs/puppet", json={"name": "a"})
            assert answer.status_code == 202
            assert f'"submissions.puppet";r={9 - n};' in answer.headers["ratelimit"]
        refused = await ann.post("/api/jobs/puppet", json={"name": "a"})
        assert refused.status_code == 429
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["type"].endswith(":limit-reached")
        assert 300 < int(refused.headers["retry-after"]) <= 360
        assert '"submissions.puppet";q=10;w=3600' in refused.headers["ratelimit-policy"]
        assert re.search(r'"submissions.puppet";r=0;t=3[56]\d\d', refused.headers["ratelimit"])
        assert (await bob.post("/api/jobs/puppet", json={"name": "a"})).status_code == 202
        assert len((await ann.get("/api/jobs")).json()["jobs"]) == 10


def test_novels_are_limited_to_ten_an_hour_unless_a_setting_says_otherwise() -> None:
    rule = read_limits("")["submissions.novel"]
    assert (rule.amount, rule.window_s) == (10, 3600)
    assert read_limits("submissions.novel = 3 / 2 days")["submissions.novel"].window_s == 172_800
    assert "submissions.novel" not in read_limits("submissions.novel=off")
    assert read_limits("submissions.exam=5/minute")["submissions.exam"].amount == 5


@pytest.mark.parametrize(
    "text",
    [
        "novel=10/hour",
        "reads=10",
        "streams=10/hour",
        "reads=ten/hour",
        "reads",
        "reads=0/hour",
        "reads=1/week",
        "t = 30/15 minutes",  # as a part of "sign_in.account = 30/15 minutes"
        "submissions.=1/hour",
    ],
)
def test_a_limit_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_limits(text)


def test_a_limit_of_a_kind_that_there_is_not_is_refused_where_kinds_are_known() -> None:
    assert read_limits("submissions.trip=1/hour", ["trip"])["submissions.trip"].amount == 1
    assert "submissions.novel" not in read_limits(
        "submissions.novel=off", ["trip"]
    )  # a default, whatever kinds there are
    with pytest.raises(ValueError, match="there is no kind 'tripp' for"):
        read_limits("submissions.tripp=1/hour", ["trip"])


async def test_the_local_account_may_as_much_as_it_likes(start: Start) -> None:
    site = await start(
        worker=False, limits="submissions=1/day, submissions.address=1/day, reads=1/day, streams=1"
    )
    jobs = [await site.submit() for _ in range(5)]
    for _ in range(5):
        assert (await site.client.get(jobs[0]["links"]["self"])).status_code == 200


async def test_a_repeated_request_gets_its_job_though_the_limit_is_reached(start: Start) -> None:
    site = await start(worker=False, limits="submissions=1/hour")
    async with await user(site) as ann:
        key = {"Idempotency-Key": "k1"}
        first = await ann.post("/api/jobs/puppet", json={"name": "a"}, headers=key)
        again = await ann.post("/api/jobs/puppet", json={"name": "a"}, headers=key)
        assert (first.status_code, again.status_code) == (202, 202)
        assert first.json()["id"] == again.json()["id"]
        other = await ann.post("/api/jobs/puppet", json={"name": "a"}, headers={"Idempotency-Key": "k2"})
        assert other.status_code == 429


async def test_an_address_is_counted_whoever_asks_from_it(start: Start) -> None:
    site = await start(worker=False, limits="submissions.address=3/hour")
    codes = []
    for name in ("ann", "bob", "cy", "di"):
        async with await user(site, name) as client:
            codes.append((await client.post("/api/jobs/puppet", json={"name": "a"})).status_code)
    assert codes == [202, 202, 202, 429]


async def test_a_forged_forwarding_header_makes_nobody_new(start: Start) -> None:
    site = await start(worker=False, limits="submissions.address=2/hour")
    async with await user(site) as ann:
        codes = [
            (
                await ann.post(
                    "/api/jobs/puppet",
                    json={"name": "a"},
                    headers={"X-Forwarded-For": f"203.0.113.{n}", "Forwarded": f"for=203.0.113.{n}"},
                )
            ).status_code
            for n in range(4)
        ]
    assert codes == [202, 202, 429, 429]


async def test_unfinished_jobs_are_bounded_and_room_comes_back(start: Start) -> None:
    site = await start(limits="unfinished=2")
    async with await user(site) as ann:
        made = [await ann.post("/api/jobs/puppet", json={"name": f"p{n}"}) for n in range(2)]
        assert [each.status_code for each in made] == [202, 202]
        refused = await ann.post("/api/jobs/puppet", json={"name": "p3"})
        assert refused.status_code == 429
        assert 'q=2;qu="concurrent-requests"' in refused.headers["ratelimit-policy"]
        assert refused.headers["retry-after"] == "60"
        assert "2" in refused.json()["detail"]
        site.puppet("p0").finish()
        async with asyncio.timeout(WITHIN_S):
            while (await ann.post("/api/jobs/puppet", json={"name": "p4"})).status_code == 429:
                await ann.get(f"/api/jobs/{made[1].json()['id']}?wait=1")


async def test_of_many_at_once_no_more_are_taken_than_there_is_room_for(start: Start) -> None:
    site = await start(worker=False, limits="unfinished=10")
    async with await user(site) as ann:
        asked = [ann.post("/api/jobs/puppet", json={"name": "a"}) for _ in range(30)]
        codes = [answer.status_code for answer in await asyncio.gather(*asked)]
        assert sorted(codes) == [202] * 10 + [429] * 20


async def test_stored_bytes_are_bounded(start: Start) -> None:
    site = await start(worker=False, limits="stored_mb=1")
    file = b"%PDF-" + b"x" * 600_000
    async with await user(site) as ann:
        first = await ann.post("/api/jobs/weigh", files={"file": ("a.pdf", file, "application/pdf")})
        assert first.status_code == 202, first.text
        second = await ann.post("/api/jobs/weigh", files={"file": ("b.pdf", file, "application/pdf")})
        assert second.status_code == 429
        assert 'qu="content-bytes"' in second.headers["ratelimit-policy"]
        assert await site.headway.store.stored_bytes("ann") == len(file)


async def test_uploads_are_counted(start: Start) -> None:
    site = await start(worker=False, limits="uploads=1/hour")
    async with await user(site) as ann:
        codes = [
            (await ann.post("/api/jobs/weigh", files={"file": ("a.pdf", b"%PDF-x")})).status_code
            for _ in range(2)
        ]
    assert codes == [202, 429]


async def test_reads_are_counted_for_each_account(start: Start) -> None:
    site = await start(worker=False, limits="reads=5/minute")
    async with await user(site) as ann, await user(site, "bob") as bob:
        codes = [(await ann.get("/api/jobs")).status_code for _ in range(7)]
        assert codes == [200] * 5 + [429] * 2
        refused = await ann.get("/api/jobs")
        assert 1 <= int(refused.headers["retry-after"]) <= 12
        assert (await bob.get("/api/jobs")).status_code == 200
        assert (await ann.get("/healthz")).status_code == 200


async def test_what_is_done_is_counted_whatever_it_is(start: Start) -> None:
    site = await start(worker=False, limits="writes=4/minute, writes.address=3/minute")
    async with await user(site) as ann, await user(site, "bob") as bob, site.visitor() as stranger:
        codes = [(await ann.patch("/api/account", json={"name": "Ann"})).status_code for _ in range(6)]
        assert codes == [200] * 4 + [429] * 2
        assert (await ann.get("/api/account")).status_code == 200
        assert (await bob.patch("/api/account", json={"name": "Bob"})).status_code == 200
        unknown = {"refresh_token": "x"}
        codes = [(await stranger.post("/api/auth/refresh", json=unknown)).status_code for _ in range(5)]
        assert codes == [401] * 3 + [429] * 2


async def test_messages_sent_by_hand_are_counted_one_by_one(start: Start) -> None:
    """Or a hook would be a way to have us flood somebody."""
    site = await start(worker=False, limits="deliveries=3/hour")
    async with await user(site) as ann:
        hook = (await ann.post("/api/hooks", json={"url": "https://hooks.example.org/x"})).json()["id"]
        made = [(await ann.post(f"/api/hooks/{hook}/test")).json()["deliveries"][0] for _ in range(2)]
        for each in made:
            await site.headway.store.tried(each, "failed", error="x")
        again = await ann.post(f"/api/hooks/{hook}/replay", json={"deliveries": made})
        assert again.status_code == 429
        one = await ann.post(f"/api/hooks/{hook}/replay", json={"deliveries": made[:1]})
        assert (one.status_code, one.json()["deliveries"]) == (202, made[:1])
        assert (await ann.post(f"/api/hooks/{hook}/test")).status_code == 429
        assert (await ann.post(f"/account/hooks/{hook}/test", data={"x": ""})).status_code == 429


async def test_exports_are_counted(start: Start) -> None:
    """Each may be gigabytes on our disk."""
    site = await start(worker=False, limits="exports=1/hour")
    async with await user(site) as ann:
        assert [(await ann.get("/api/account/export")).status_code for _ in range(2)] == [200, 429]


async def test_the_memory_of_limits_is_bounded() -> None:
    limits = Limits(None, read_limits("reads.address=1/day"))  # type: ignore[arg-type]  # what is counted in memory asks no store
    for n in range(101_000):
        limits.request(None, f"2001:db8:{n:x}::/64", unsafe=False)
    assert len(limits._memory) <= 100_000


async def test_open_streams_are_counted_while_they_are_open(start: Start) -> None:
    site = await start(limits="streams=2")
    async with await user(site) as ann:
        job = (await ann.post("/api/jobs/puppet", json={"name": "a"})).json()
        events = job["links"]["events"]
        async with ann.stream("GET", events) as one, ann.stream("GET", events) as two:
            assert (one.status_code, two.status_code) == (200, 200)
            refused = await ann.get(events)
            assert refused.status_code == 429
            assert refused.headers["retry-after"] == "1"
        await site.watched(0)
        async with ann.stream("GET", events) as three:
            assert three.status_code == 200


async def test_a_stranger_cannot_open_streams_without_end(start: Start) -> None:
    site = await start(limits="streams.address=1")
    job = await site.submit()
    share = (await site.client.post(f"/api/jobs/{job['id']}/share")).json()
    async with site.visitor() as stranger, stranger.stream("GET", share["events"]) as one:
        assert one.status_code == 200
        assert (await stranger.get(share["events"])).status_code == 429


async def test_only_a_trusted_proxys_word_is_taken(start: Start) -> None:
    site = await start(worker=False, limits="submissions.address=1/hour", trusted_proxies="127.0.0.1")
    async with await user(site) as ann:
        codes = [
            (
                await ann.post(
                    "/api/jobs/puppet",
                    json={"name": "a"},
                    headers={"X-Forwarded-For": f"9.9.9.9, 203.0.113.{n}"},
                )
            ).status_code
            for n in (1, 2, 2)
        ]
    assert codes == [202, 202, 429]


async def test_a_form_says_it_on_its_page(sqlite_url: str, tmp_path: Path) -> None:
    order = {
        "task_type": "task_2",
        "prompt": "Should cities have no cars?",
        "essay": "Cities should be quiet. " * 20,
    }
    async with (
        running_site(
            sqlite_url, tmp_path, False, register=register, limits="submissions.essay=1/hour"
        ) as site,
        await user(site) as ann,
    ):
        first = await ann.post("/essay", data=order)
        assert first.status_code == 303, first.text
        second = await ann.post("/essay", data=order)
        assert second.status_code == 429
        assert second.headers["content-type"].startswith("text/html")
        assert "Try again in 3600 seconds" in second.text
        assert "Cities should be quiet." in second.text  # what was written is not lost
        assert second.headers["retry-after"] == "3600"
