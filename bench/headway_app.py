"""The jobs that `headway_side` measures; the worker process loads it as `bench.headway_app:app`."""

from __future__ import annotations

import asyncio
import time

from pydantic import BaseModel

from headway import Context, Headway
from headway.support.settings import Settings


class Number(BaseModel):
    """Something small to carry."""

    n: int


class Nap(BaseModel):
    """How long to wait, in seconds."""

    seconds: float


def build(settings: Settings | None = None) -> Headway:
    """An application with the two kinds, on the database of `settings` (by default HEADWAY_*)."""
    app = Headway(settings)

    @app.job("noop")
    async def noop(ctx: Context, number: Number) -> int:
        """Does nothing; returns when it began (CLOCK_MONOTONIC in ns, one clock for the whole machine)."""
        return time.monotonic_ns()

    @app.job("nap")
    async def nap(ctx: Context, order: Nap) -> None:
        """Waits as a call to a slow service would."""
        await asyncio.sleep(order.seconds)

    return app


app = build()
