"""Webhooks from a job's end to its receiver: signed, tried again, ended by 410, replayed."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from tests.engine.workshop import Workshop
from tests.notify.receiver import Answer, Receiver, receiver

from headway import Context
from headway.notify import delivery
from headway.notify.delivery import WAITS_S
from headway.notify.signing import headers, new_secret, verify
from headway.store.hooks import Delivery

pytestmark = pytest.mark.anyio
QUICK = (0.01, 0.02, 0.03)


class Desk:
    """An installation, a receiver, and a hook of the local account's between them."""

    def __init__(self, workshop: Workshop, one: Receiver, hook: str, secret: str) -> None:
        self.workshop = workshop
        self.receiver = one
        self.hook = hook
        self.secret = secret
        self.store = workshop.app.store

    async def settled(self, n: int = 1) -> list[Delivery]:
        """The deliveries, oldest first, once `n` are no longer on their way."""

        async def look() -> list[Delivery] | None:
            page, _ = await self.store.deliveries(self.hook, "local")
            return page[::-1] if len([each for each in page if each.state != "pending"]) >= n else None

        return await self.workshop.until(look)


@asynccontextmanager
async def desk(url: str, *answers: Answer) -> AsyncIterator[Desk]:
    async with receiver(*answers) as one:
        workshop = Workshop(url, hook_hosts="127.0.0.1")
        delivery.install(workshop.app, waits_s=QUICK)

        @workshop.app.job("greet")
        async def greet(ctx: Context, name: str) -> str:
            return f"Hello, {name}"

        await workshop.open()
        try:
            secret = new_secret()
            hook = await workshop.app.store.add_hook("local", one.url(), None, secret)
            await workshop.hire()
            yield Desk(workshop, one, hook.id, secret)
        finally:
            await workshop.close()


async def test_a_jobs_end_arrives_signed(database_url: str) -> None:
    async with desk(database_url) as at:
        job = await at.workshop.run("greet", "Ann")
        [told] = await at.settled()
        assert (told.state, told.answer, told.tries) == ("delivered", 204, 1)
        [message] = at.receiver.got
        assert verify(at.secret, message.headers, message.body, time.time())
        assert message.headers["webhook-id"] == told.id
        assert message.headers["content-type"] == "application/json"
        body = json.loads(message.body)
        assert body["type"] == "job.completed"
        assert (body["data"]["id"], body["data"]["status"]) == (job.id, "completed")
        assert "result" not in body["data"]


async def test_a_failing_receiver_is_tried_again_under_the_same_id(sqlite_url: str) -> None:
    async with desk(sqlite_url, 500, 302, 200) as at:
        await at.workshop.run("greet", "Ann")
        [told] = await at.settled()
        assert (told.state, told.tries) == ("delivered", 3)
        assert len({message.headers["webhook-id"] for message in at.receiver.got}) == 1
        assert len({message.body for message in at.receiver.got}) == 1
        assert all(verify(at.secret, each.headers, each.body, time.time()) for each in at.receiver.got)


async def test_it_is_given_up_in_the_end_and_can_be_replayed(sqlite_url: str) -> None:
    async with desk(sqlite_url, 500, 500, 500, 503) as at:
        await at.workshop.run("greet", "Ann")
        [told] = await at.settled()
        assert (told.state, told.tries, told.answer) == ("failed", 4, 503)
        assert await at.store.replay(
            at.hook, "local", await at.store.replayable(at.hook, "local", since=0)
        ) == [told.id]
        [again] = await at.settled()
        assert (again.state, again.id, again.tries) == ("delivered", told.id, 5)
        assert len({message.headers["webhook-id"] for message in at.receiver.got}) == 1


async def test_gone_ends_the_hook(sqlite_url: str) -> None:
    async with desk(sqlite_url, 410) as at:
        await at.workshop.run("greet", "Ann")
        [told] = await at.settled()
        assert (told.state, told.answer) == ("dropped", 410)
        hook = await at.store.hook(at.hook, "local")
        assert (hook.reason, hook.disabled_at is not None) == ("gone", True)
        await at.workshop.run("greet", "Bob")
        await at.store.tell_ends()
        assert len(at.receiver.got) == 1


async def test_while_a_key_is_replaced_both_sign(sqlite_url: str) -> None:
    async with desk(sqlite_url) as at:
        fresh = new_secret()
        now = int(time.time() * 1000)
        await at.store.rotate_hook(at.hook, "local", fresh, now + 60_000)
        await at.store.test_hook(at.hook, "local")
        await at.settled()
        await at.store.rotate_hook(at.hook, "local", newest := new_secret(), now - 1)
        await at.store.test_hook(at.hook, "local")
        await at.settled(2)
        first, second = at.receiver.got
        for key in (at.secret, fresh):
            assert verify(key, first.headers, first.body, time.time())
        assert len(first.headers["webhook-signature"].split(" ")) == 2
        assert verify(newest, second.headers, second.body, time.time())
        assert not verify(fresh, second.headers, second.body, time.time())


async def test_a_host_that_is_no_longer_admitted_gets_nothing(sqlite_url: str) -> None:
    async with desk(sqlite_url) as at:
        inside = await at.store.add_hook("local", at.receiver.url("127.0.0.2"), None, new_secret())
        await at.store.test_hook(inside.id, "local")

        async def look() -> Delivery | None:
            [each], _ = await at.store.deliveries(inside.id, "local")
            return each if each.state != "pending" else None

        refused = await at.workshop.until(look)
        assert refused.state == "failed"
        assert at.receiver.connections == 0


def test_tries_go_over_days() -> None:
    assert sum(WAITS_S) > 3 * 24 * 3600
    assert list(WAITS_S) == sorted(WAITS_S)


def test_a_receivers_wish_to_wait_is_kept_within_reason() -> None:
    wished = delivery._wished_s
    assert wished("120") == 120
    assert wished("99999999999") == 24 * 3600
    assert wished("tomorrow") == 0
    assert wished(None) == 0
    assert 0 <= wished("Wed, 21 Oct 2015 07:28:00 GMT") == 0


def test_a_signature_is_the_specifications() -> None:
    """The example of the specification's own libraries."""
    key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    signed = headers("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body, [key])
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert verify(key, signed, body, 1614265330)
    assert not verify(key, signed, body, 1614265330 + 301)
    assert not verify(key, signed, body + b" ", 1614265330)
    assert not verify(new_secret(), signed, body, 1614265330)
    assert not verify(key, {}, body, 0)
