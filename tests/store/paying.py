"""What tests of credits do over and over, by the store's own verbs."""

from dataclasses import replace
from typing import Any

from tests.store.verbs import claim, new_job, promote

from headway.core.settlement import Price
from headway.core.states import Event
from headway.store import NewJob, Store
from headway.store.intents import Charge, Claimed, FanOut, Finish, OpenCall, SettleCall

RATE = Price(per_1000_tokens=3, estimate=10)
FLAT = Price(per_job=1, estimate=1)
MONTH = 500


def charged(reserve: int | None = 10, price: Price = RATE, **more: Any) -> NewJob:
    terms = {name: more.pop(name) for name in ("hold", "monthly_grant") if name in more}
    return replace(new_job(charge=Charge(reserve, price.dump(), **terms)), **more)


async def reserved(store: Store, reserve: int = 10, price: Price = RATE, **more: Any) -> str:
    [made] = await store.submit([charged(reserve, price, **more)])
    return made.id


async def buy(store: Store, task: Claimed, tokens: int, *, n: int = 0, step: str = "s", **more: Any) -> None:
    provider = more.pop("provider", "gemini")
    await store.do(OpenCall(task.key, step, "0", n, f"h{n}", provider, "flash"))
    said = {"answer": "yes", "input_tokens": tokens, "output_tokens": 0, **more}
    await store.do(SettleCall(task.key, step, "0", n, said.pop("outcome", "succeeded"), **said))


async def entries(store: Store, owner: str = "ann") -> list[tuple[str, int, int]]:
    """What a purse went through since its first grant, oldest first: (entry, amount, held)."""
    found, _ = await store.ledger(owner)
    return [(e.entry, e.amount, e.held) for e in reversed(found)][1:]


async def fanned(store: Store, body: Claimed, n: int) -> list[Claimed]:
    """Fan a running body out into `n` chunks, park it, and claim them."""
    chunks = [
        {"part": part, "key": f"0:{part - 1}", "input_hash": "h", "input": "[]", "ready": True}
        for part in range(1, n + 1)
    ]
    await store.do(FanOut(body.key, "step", chunks, n, 0, 100, 1, False, False))
    await store.do(Finish(body, "w1", Event.PARK, for_chunks=True))
    await promote(store)
    return sorted(await claim(store, n), key=lambda task: task.part)
