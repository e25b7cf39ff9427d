"""Hooks in the store: the end of a job and what is to be told of it are one transaction, whoever ends the job."""

import asyncio
import json
from contextlib import closing

import pytest
from tests.conftest import Clock
from tests.store.verbs import ask, claim, finish, new_job, running, submit

from headway.core.errors import Conflict, JobNotFound, LeaseLost
from headway.core.ids import new_id
from headway.core.states import Event
from headway.store import Store
from headway.store.hooks import MOST, Delivery
from headway.store.intents import Claimed

pytestmark = pytest.mark.anyio


async def heard(store: Store, hook: str, owner: str = "ann") -> list[Delivery]:
    """What a hook was told, oldest first."""
    await store.tell_ends()
    page, _ = await store.deliveries(hook, owner)
    return page[::-1]


async def hook_of(store: Store, owner: str = "ann", kinds: list[str] | None = None) -> str:
    return (await store.add_hook(owner, "https://example.org/hook", kinds, "whsec_x")).id


async def test_an_end_is_told_to_the_owners_hooks_and_to_nobody_elses(store: Store) -> None:
    mine, theirs = await hook_of(store), await hook_of(store, "bob")
    task = await running(store, owner="ann", kind="essay")
    await finish(store, task, result='"fine"')
    [told] = await heard(store, mine)
    assert (told.event, told.job_id, told.state) == ("job.completed", task.job_id, "pending")
    body = json.loads(told.body)
    assert body["type"] == "job.completed"
    assert body["data"]["id"] == task.job_id
    assert body["data"]["kind"] == "essay"
    assert body["data"]["error"] is None
    assert body["timestamp"] == body["data"]["finished_at"]
    assert await heard(store, theirs, "bob") == []


async def test_each_delivery_has_one_job_that_nobody_else_sees(store: Store) -> None:
    hook = await hook_of(store)
    await finish(store, await running(store, owner="ann"))
    assert await store.tell_ends() == 1
    assert await store.tell_ends() == 0
    [told] = await heard(store, hook)
    [task] = await claim(store)
    assert (task.kind, task.owner, json.loads(task.input)) == (
        "headway.hook",
        "headway",
        {"delivery": told.id},
    )
    assert [job.kind for job in (await store.list_jobs("ann"))[0]] == ["essay"]


async def test_failures_cancels_and_deaths_are_told_too(store: Store) -> None:
    hook = await hook_of(store)
    error = json.dumps({"type": "permanent", "message": "No"})
    failed = await running(store, owner="ann")
    await finish(store, failed, Event.GIVE_UP, error=error)
    waiting = await submit(store, owner="ann")
    await store.cancel(waiting, "ann", by="ann")
    events = {each.job_id: each.event for each in await heard(store, hook)}
    assert events == {failed.job_id: "job.failed", waiting: "job.cancelled"}
    [told] = [each for each in await heard(store, hook) if each.job_id == failed.job_id]
    assert json.loads(told.body)["data"]["error"] == {"type": "permanent", "message": "No"}


async def test_a_retried_job_is_told_again_when_it_ends_again(store: Store) -> None:
    hook = await hook_of(store)
    task = await running(store, owner="ann")
    await finish(store, task, Event.GIVE_UP, error='{"type": "x", "message": "x"}')
    await store.retry(task.job_id, "ann")
    [again] = await claim(store)
    await finish(store, again)
    assert [each.event for each in await heard(store, hook)] == ["job.failed", "job.completed"]


async def test_an_end_that_was_refused_is_not_told(store: Store) -> None:
    hook = await hook_of(store)
    task = await running(store, owner="ann")
    task.fence -= 1
    with pytest.raises(LeaseLost):
        await finish(store, task)
    assert await heard(store, hook) == []


async def test_only_the_kinds_asked_for_are_told(store: Store) -> None:
    essays, all_kinds = await hook_of(store, kinds=["essay"]), await hook_of(store)
    for kind in ("essay", "novel"):
        await finish(store, await running(store, owner="ann", kind=kind))
    assert len(await heard(store, essays)) == 1
    assert len(await heard(store, all_kinds)) == 2


async def test_a_disabled_hook_hears_nothing_until_it_is_enabled(store: Store) -> None:
    hook = await hook_of(store)
    delivery = await store.test_hook(hook, "ann")
    await store.tried(delivery, "dropped", answer=410, disable=(hook, "gone"))
    await finish(store, await own(store))
    assert [each.event for each in await heard(store, hook)] == ["hook.test"]
    assert (await store.hook(hook, "ann")).reason == "gone"
    await store.enable_hook(hook, "ann")
    await finish(store, await own(store))
    assert [each.event for each in await heard(store, hook)] == ["hook.test", "job.completed"]


async def own(store: Store) -> Claimed:
    """A claim of a job of ann's, among those that deliver."""
    job = await submit(store, owner="ann", queue="own")
    [task] = await claim(store, queues=("own",))
    assert task.job_id == job
    return task


async def test_many_ends_in_one_batch_are_each_told_once(store: Store) -> None:
    hook = await hook_of(store)
    await store.submit([new_job("ann") for _ in range(30)])
    tasks = await claim(store, 30)
    await asyncio.gather(*(finish(store, task) for task in tasks))
    told = await heard(store, hook)
    assert sorted(each.job_id or "" for each in told) == sorted(task.job_id for task in tasks)


async def test_another_accounts_hook_is_not_there(store: Store) -> None:
    hook = await hook_of(store)
    for act in (
        store.hook(hook, "bob"),
        store.drop_hook(hook, "bob"),
        store.rotate_hook(hook, "bob", "whsec_y", 0),
        store.test_hook(hook, "bob"),
        store.replay(hook, "bob", []),
        store.replayable(hook, "bob"),
        store.deliveries(hook, "bob"),
        store.hook("nonsense", "ann"),
    ):
        with pytest.raises(JobNotFound):
            await act
    assert [each.id for each in await store.hooks_of("ann")] == [hook]


async def test_an_account_has_so_many_hooks_and_no_more(store: Store) -> None:
    for _ in range(MOST):
        await hook_of(store)
    with pytest.raises(Conflict):
        await hook_of(store)
    await hook_of(store, "bob")


async def test_replays_are_of_what_is_not_on_its_way(store: Store) -> None:
    hook = await hook_of(store)
    ids = [await store.test_hook(hook, "ann") for _ in range(3)]
    await store.tried(ids[0], "delivered", answer=200)
    await store.tried(ids[1], "failed", answer=500)
    assert await store.replayable(hook, "ann", since=0) == [ids[1]]
    assert sorted(await store.replayable(hook, "ann", ids=ids)) == ids[:2]
    assert await store.replayable(hook, "ann", ids=["x"]) == []
    assert sorted(await store.replay(hook, "ann", ids)) == ids[:2]
    assert await store.replay(hook, "ann", ids) == []


async def test_an_end_is_not_told_to_a_hook_that_is_gone(store: Store) -> None:
    """Dropped between the end and its telling, and between the taking of the end and its delivery."""
    hook = await hook_of(store)
    await finish(store, await running(store, owner="ann"))
    assert await ask(store, "any_end") != []
    await store.drop_hook(hook, "ann")
    assert await ask(store, "any_end") == []
    gone = [[new_id(), hook, "ann", None, "job.completed", "{}"]]
    await store.act(lambda w: w.run("add_deliveries", rows=json.dumps(gone)))
    assert await store.forget_deliveries(-1) == 0


async def test_a_forgotten_hook_leaves_nothing(store: Store) -> None:
    hook = await hook_of(store)
    delivery = await store.test_hook(hook, "ann")
    await store.drop_hook(hook, "ann")
    assert await store.parcel(delivery) is None
    assert await store.hooks_of("ann") == []


async def test_old_deliveries_are_forgotten_but_for_those_on_their_way(store: Store, clock: Clock) -> None:
    hook = await hook_of(store)
    done, open_ = await store.test_hook(hook, "ann"), await store.test_hook(hook, "ann")
    await store.tried(done, "delivered", answer=200)
    clock.advance(86_400 * 31)
    assert await store.forget_deliveries(30) == 1
    assert [each.id for each in (await store.deliveries(hook, "ann"))[0]] == [open_]


async def test_without_hooks_nothing_stands_in_the_way_of_an_end(store: Store) -> None:
    async def listening() -> bool:
        return bool(await store.read(lambda r: r.rows("listening")))

    assert not await listening()
    hook = await hook_of(store)
    assert await listening()
    await store.drop_hook(hook, "ann")
    await store.forget_deliveries(30)
    assert not await listening()
    other = await hook_of(store, "bob")
    await store.tried(await store.test_hook(other, "bob"), "dropped", disable=(other, "gone"))
    await store.forget_deliveries(30)
    assert not await listening()
    await store.enable_hook(other, "bob")
    assert await listening()


async def test_two_processes_may_make_the_first_hook_at_once(store: Store, database_url: str) -> None:
    with closing(Store.open(database_url)) as other:
        other.start()
        made = [each.add_hook("ann", "https://example.org/h", None, "whsec_x") for each in (store, other) * 4]
        hooks = await asyncio.gather(*made)
        await finish(store, await running(store, owner="ann"))
        assert await other.tell_ends() == len(hooks)
