"""A process that uses a store hard: `python -m tests.store.hammer URL NAME JOBS`. Run by test_processes.

Submits JOBS jobs of its own and as many under keys that every hammer uses, prints each accepted id, and runs
jobs until none is left.
"""

import asyncio
import sys
from contextlib import closing

from headway.core.ids import new_id
from headway.core.states import Event
from headway.store import NewJob, Store
from headway.store.intents import Claim, Claimed, Finish, Progress


async def submit(store: Store, name: str, n: int) -> None:
    own = NewJob(new_id(), name, "essay", "{}")
    shared = NewJob(new_id(), "all", "essay", "{}", idempotency_key=str(n), request_hash="h")
    for made in await store.submit([own, shared]):
        print(made.id, flush=True)  # noqa: T201 — its parent reads them


async def work(store: Store, name: str) -> None:
    while True:
        tasks: list[Claimed] = await store.do(Claim(name, new_id(), ("default",), 5, 60_000))
        if not tasks:
            return
        for task in tasks:
            store.put(Progress(task.key, 50))
        await asyncio.gather(
            *(store.do(Finish(task, name, Event.SUCCEED, result=f'"{name}"')) for task in tasks)
        )


async def main(url: str, name: str, jobs: int) -> None:
    with closing(Store.open(url)) as store:
        store.start()
        await asyncio.gather(*(submit(store, name, n) for n in range(jobs)))
        await asyncio.gather(*(work(store, f"{name}-{n}") for n in range(3)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
