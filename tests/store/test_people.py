"""Accounts of people as rows, on both dialects: who may, what ends it, whose jobs are whose, and leaving."""

import asyncio
from contextlib import closing
from typing import Any

import pytest
from tests.conftest import Clock
from tests.store.verbs import ask, new_job, submit

from headway.core.errors import Conflict, JobNotFound
from headway.core.ids import new_id
from headway.store import Store
from headway.store.accounts import MOST_TOKENS
from headway.store.leaving import LINGER_MS
from headway.store.mails import Mail
from headway.store.sessions import NewSession
from headway.store.shares import MOST

pytestmark = pytest.mark.anyio

FAR = 2**50


async def person(store: Store, id: str = "ann", **fields: Any) -> None:
    given = {"name": id, "role": "user", "email": f"{id}@example.org", "password": "hash", **fields}
    assert await store.add_person(id=id, **given)


async def test_an_address_has_one_account(store: Store) -> None:
    await person(store)
    assert not await store.add_person(id="bob", name="x", role="user", email="ann@example.org", password=None)
    found = await store.person_by_email("ann@example.org")
    assert found is not None
    assert found == await store.person("ann")
    assert (found.account.id, found.verified_at, found.disabled_at) == ("ann", None, None)
    assert await store.person_by_email("bob@example.org") is None
    await store.rename("ann", "Ann\x00")
    assert [each.name for each in await store.people()] == ["Ann\ufffd"]
    assert await store.people(after="ann") == []


async def test_an_invitation_is_used_with_the_account_or_not_at_all(store: Store, clock: Clock) -> None:
    await person(store)
    [[now]] = await ask(store, "now")
    ends = int(now or 0) + 60_000
    id = await store.add_invitation("h1", email=None, role="operator", made_by="local", expires_at=ends)
    taken = {"name": "x", "role": "user", "password": None, "invitation": "h1"}
    assert not await store.add_person(id="bob", email="ann@example.org", **taken)  # the address is taken
    assert await store.invitation("h1") is not None
    await person(store, "bob", invitation="h1")
    assert await store.invitation("h1") is None
    assert not await store.add_person(id="eve", email="eve@example.org", **taken)
    assert [each.used_at is not None for each in await store.invitations()] == [True]
    assert not await store.drop_invitation(id)
    await store.add_invitation("h2", email=None, role="user", made_by="local", expires_at=ends)
    clock.advance(61)
    assert await store.invitation("h2") is None


async def test_a_disabled_account_is_nobody_whatever_it_shows(store: Store) -> None:
    await person(store)
    token = await store.add_token("ann", "x", "t", "hw_")
    await store.create_session(NewSession("s", "c", FAR), "ann")
    program = await store.open_program("ann", "r", FAR, "curl")
    ways = (store.access_by_token("t"), store.access_by_session("s"), store.access_by_program(program))
    assert all([await way is not None for way in ways])
    assert await store.set_disabled("ann", True)
    assert await store.access_by_token("t") is None
    assert await store.access_by_session("s") is None
    assert await store.access_by_program(program) is None
    assert await store.refresh("r", "r2", FAR) is None
    assert await store.set_disabled("ann", False)
    assert await store.access_by_token("t") is not None
    assert await store.sessions("ann") == []
    assert token.id is not None
    assert await store.drop_token("bob", token.id) is None
    assert await store.drop_token("ann", token.id) == "t"
    assert await store.access_by_token("t") is None
    assert not await store.set_disabled("nobody", True)


async def test_a_new_password_ends_every_session_but_one(store: Store) -> None:
    await person(store)
    for name in ("here", "there"):
        await store.create_session(NewSession(name, "c", FAR), "ann")
    await store.add_reset("ann", "reset", FAR)
    assert await store.reset("reset") == "ann"
    await store.set_password("ann", "new", keep="here")
    assert [each.hash for each in await store.sessions("ann")] == ["here"]
    assert await store.reset("reset") is None
    found = await store.person("ann")
    assert found is not None
    assert found.password == "new"
    assert found.verified_at is None
    await store.rehash("ann", "old", "lost")
    await store.rehash("ann", "new", "better")
    kept = await store.person("ann")
    assert kept is not None
    assert kept.password == "better"
    await store.add_reset(None, "nobody", FAR)
    assert await store.reset("nobody") is None


async def test_of_many_with_one_link_one_sets_the_password(store: Store) -> None:
    await person(store)
    await store.create_session(NewSession("here", "c", FAR), "ann")
    await store.add_reset("ann", "reset", FAR)
    assert await store.reset("reset") == "ann"
    assert not await store.use_reset("reset", "bob", "bob's")
    came = await asyncio.gather(*(store.use_reset("reset", "ann", f"new {n}") for n in range(5)))
    assert sorted(came) == [False] * 4 + [True]
    found = await store.person("ann")
    assert found is not None
    assert (found.password, found.verified_at is not None) == (f"new {came.index(True)}", True)
    assert await store.sessions("ann") == []


async def test_two_processes_cannot_use_one_invitation(store: Store, database_url: str) -> None:
    """Each has a committer of its own, and only the database between them."""
    await store.add_invitation("h", email=None, role="user", made_by="local", expires_at=FAR)
    with closing(Store.open(database_url)) as other:
        other.start()

        async def join(n: int) -> bool:
            at = (store, other)[n % 2]
            return await at.add_person(
                id=f"p{n}",
                name="x",
                role="user",
                email=f"p{n}@example.org",
                password=None,
                invitation="h",
            )

        assert sorted(await asyncio.gather(*map(join, range(8)))) == [False] * 7 + [True]
    assert len(await store.people()) == 1


async def test_a_refresh_token_that_comes_again_ends_its_session_only(store: Store) -> None:
    await person(store)
    one, other = (
        await store.open_program("ann", "r1", FAR, ""),
        await store.open_program("ann", "x1", FAR, ""),
    )
    first = await store.refresh("r1", "r2", FAR)
    assert first is not None
    assert (first.session_id, first.reused) == (one, False)
    again = await store.refresh("r1", "r3", FAR)
    assert again is not None
    assert again.reused
    assert await store.refresh("r2", "r4", FAR) is None
    assert await store.access_by_program(one) is None
    assert await store.access_by_program(other) is not None


async def test_uses_are_noted_now_and_then(store: Store, clock: Clock) -> None:
    await person(store)
    await store.add_token("ann", "x", "t", "hw_")
    access = await store.access_by_token("t")
    assert access is not None
    store.note_use(access, 1)
    await store.act(lambda w: None)
    [token] = await store.tokens("ann")
    assert token.used_at is not None
    again = await store.access_by_token("t")
    assert again is not None
    clock.advance(60)
    store.note_use(again, token.used_at + 60_000)
    await store.act(lambda w: None)
    assert [each.used_at for each in await store.tokens("ann")] == [token.used_at]


async def test_who_may_no_longer_is_told_from_who_may(store: Store) -> None:
    await person(store)
    await store.add_token("ann", "x", "t", "hw_")
    await store.create_session(NewSession("s", "c", FAR), "ann")
    await store.create_session(NewSession("b", "c", FAR), None)
    program = f"program:{await store.open_program('ann', 'r', FAR, '')}"
    mine, theirs, browsers = [await submit(store, owner=owner) for owner in ("ann", "bob", "browser:b")]
    held = [
        ("token", "t", mine, "ann"),
        ("browser", "s", mine, "ann"),
        ("program", program, mine, "ann"),
        ("browser", "b", browsers, "browser:b"),
        ("token", "t", theirs, "ann"),
        ("token", "s", mine, "ann"),
        ("browser", "t", mine, "ann"),
        ("browser", "s", mine, "bob"),
    ]
    assert sorted(await store.still_allowed(held)) == [0, 1, 2, 3]
    await store.end_session("s")
    assert sorted(await store.still_allowed(held)) == [0, 2, 3]
    await store.set_disabled("ann", True)
    assert await store.still_allowed(held) == [3]
    assert await store.still_allowed([]) == []


async def test_what_a_browser_began_becomes_the_accounts(store: Store) -> None:
    await person(store)
    await store.create_session(NewSession("before", "c", FAR), None)
    mine = await submit(store, owner="ann", idempotency_key="k")
    same, other = [
        await submit(store, owner="browser:before", idempotency_key=key) for key in ("k", "only here")
    ]
    await store.change_session("before", "browser:before", NewSession("after", "c", FAR), "ann")
    assert await store.access_by_session("before") is None
    assert await store.access_by_session("after") is not None
    jobs, _ = await store.list_jobs("ann")
    assert {job.id for job in jobs} == {mine, same, other}
    assert (await store.list_jobs("browser:before"))[0] == []
    assert await submit(store, owner="ann", idempotency_key="k") == mine
    assert await submit(store, owner="ann", idempotency_key="only here") == other
    assert await store.audit() == []


async def test_an_identity_belongs_to_one_account(store: Store) -> None:
    await person(store)
    await person(store, "bob")
    assert await store.add_identity("ann", "google", "1", verified=True)
    assert not await store.add_identity("bob", "google", "1", verified=True)
    assert await store.identity("google", "1") == "ann"
    assert await store.identity("google", "2") is None
    assert await store.identities("ann") == ["google"]
    bob = await store.person("bob")
    assert bob is not None
    assert bob.verified_at is None


async def test_nothing_is_left_of_who_leaves(store: Store, clock: Clock) -> None:
    await person(store)
    await person(store, "bob")
    await store.add_token("ann", "x", "t", "hw_")
    await store.add_identity("ann", "google", "1", verified=True)
    waiting = await submit(store, owner="ann")
    theirs = await submit(store, owner="bob")
    loose = await store.create_file("ann", "file", "a.txt", "text/plain")
    hook = await store.add_hook("ann", "https://example.org/hook", None, "whsec_x")
    await store.test_hook(hook.id, "ann")
    mail = new_id()
    await store.post(mail, Mail("ann@example.org", "Hello", "Hello."), new_job(owner="headway"))
    await store.note("nobody", "sign-in.refused", "ann@example.org")
    assert await store.erase("ann", new_job(owner="headway"))
    assert not await store.erase("ann", new_job(owner="headway"))
    assert await store.snapshot(waiting) is None
    late = await submit(store, owner="ann")  # of a request that was let in just before
    await store.add_token("ann", "late", "late", "hw_")
    assert await store.finish_erasures() is not None
    assert await store.snapshot(late) is None
    clock.advance(LINGER_MS / 1000)
    assert await store.finish_erasures() is None
    assert await store.tokens("ann") == []
    assert await store.hooks_of("ann") == []
    assert [each.subject for each in (await store.acts())[0]] == [""]
    assert await store.mail(mail) is None
    for gone in (await store.person("ann"), await store.access_by_token("t"), await store.snapshot(waiting)):
        assert gone is None
    assert await store.identity("google", "1") is None
    assert await ask(store, "loose_files_of", owner="ann") == []
    assert loose
    assert await store.snapshot(theirs) is not None
    assert await store.audit() == []
    await person(store)  # the address is free again


async def test_an_account_has_so_many_tokens_and_no_more(store: Store) -> None:
    await person(store)
    for n in range(MOST_TOKENS):
        await store.add_token("ann", "x", str(n), "hw_")
    with pytest.raises(Conflict):
        await store.add_token("ann", "x", "one more", "hw_")
    await store.add_token("bob", "x", "his", "hw_")


async def test_a_job_has_so_many_links_and_no_more(store: Store, clock: Clock) -> None:
    job = await submit(store, owner="ann")
    [[now]] = await ask(store, "now")
    for _ in range(MOST):
        await store.create_share(job, "ann", int(now or 0) + 60_000)
    with pytest.raises(Conflict):
        await store.create_share(job, "ann", FAR)
    with pytest.raises(JobNotFound):  # and nobody else hears of it
        await store.create_share(job, "bob", FAR)
    clock.advance(61)
    await store.create_share(job, "ann", FAR)
    await store.revoke_shares(job, "ann")
    assert await store.shares(job) == []


async def test_sessions_end_by_themselves(store: Store, clock: Clock) -> None:
    await person(store)
    [[now]] = await ask(store, "now")
    soon = int(now or 0) + 60_000
    await store.create_session(NewSession("s", "c", soon), "ann")
    program = await store.open_program("ann", "r", soon, "")
    clock.advance(61)
    assert await store.access_by_session("s") is None
    assert await store.access_by_program(program) is None
    assert await store.refresh("r", "r2", FAR) is None
    await store.create_session(NewSession("another", "c", FAR), "ann")
    assert await ask(store, "session_hash", id=program, account_id="ann") == []
