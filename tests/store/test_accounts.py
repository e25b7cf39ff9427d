"""Accounts, sessions and watch links as rows."""

import pytest
from tests.conftest import Clock
from tests.store.verbs import ask, submit

from headway.core.errors import JobNotFound
from headway.store import Account, Store
from headway.store.sessions import NewSession

pytestmark = pytest.mark.anyio


async def test_the_local_account_is_made_once_and_has_one_token(store: Store) -> None:
    account = await store.ensure_local_account("hash-1")
    assert await store.ensure_local_account("hash-1") == account
    access = await store.access_by_token("hash-1")
    assert access is not None
    assert access.account == account == Account("local", "You", "operator")
    await store.ensure_local_account("hash-2")
    assert await store.access_by_token("hash-1") is None
    assert await store.access_by_token("hash-2") is not None
    assert await store.access_by_token("") is None


async def test_a_session_lasts_until_its_end(store: Store, clock: Clock) -> None:
    account = await store.ensure_local_account("t")
    [[now]] = await ask(store, "now")
    ends = int(now or 0) + 60_000
    await store.create_session(NewSession("s1", "csrf-1", ends), "local")
    await store.create_session(NewSession("s2", "csrf-2", ends), None)
    signed_in, anonymous = await store.access_by_session("s1"), await store.access_by_session("s2")
    assert signed_in is not None
    assert signed_in.account == account
    assert anonymous is not None
    assert anonymous.account is None
    assert await store.access_by_session("s3") is None
    await store.end_session("s1")
    assert await store.access_by_session("s1") is None
    clock.advance(61)
    assert await store.access_by_session("s2") is None


async def test_a_watch_link_can_be_made_read_and_revoked(store: Store) -> None:
    job_id = await submit(store)
    share = await store.create_share(job_id, "ann", 2**60)
    other = await store.create_share(job_id, None, 2**60)
    assert (share.job_id, share.expires_at, share.revoked_at) == (job_id, 2**60, None)
    assert await store.share(share.id) == share
    assert await store.revoke_shares(job_id, "ann") == 2
    assert await store.revoke_shares(job_id, "ann") == 0
    for made in (share, other):
        seen = await store.share(made.id)
        assert seen is not None
        assert seen.revoked_at is not None
    assert await store.share("unknown") is None


@pytest.mark.parametrize("job_id", ["nonsense", "00000000-0000-7000-8000-000000000000"])
async def test_there_is_no_watch_link_for_what_is_not_there(store: Store, job_id: str) -> None:
    with pytest.raises(JobNotFound):
        await store.create_share(job_id, None, 2**60)
