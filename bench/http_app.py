"""The jobs that `http_load` submits and watches; server and worker load it as `bench.http_app:app`."""

from __future__ import annotations

import asyncio
import time

from pydantic import BaseModel

from headway import Context, Headway


class Small(BaseModel):
    """Something small to carry."""

    n: int


class Ride(BaseModel):
    """A job that moves `per_s` times a second until `ends_at` (seconds since the epoch)."""

    ends_at: float
    per_s: float = 2.0


app = Headway()


@app.job("small")
async def small(ctx: Context, order: Small) -> int:
    """Ends at once."""
    return order.n


@app.job("ride")
async def ride(ctx: Context, order: Ride) -> float:
    """Moves steadily, so that whoever watches has something to see; returns when it ended."""
    began = time.time()
    while (left := order.ends_at - time.time()) > 0:
        done = 1 - left / (order.ends_at - began)
        ctx.progress(100 * done, "At {at} of 100", at=round(100 * done))
        await asyncio.sleep(min(left, 1 / order.per_s))
    return time.time()
