"""Waiting with an end."""

import asyncio


async def came(event: asyncio.Event, within_s: float) -> bool:
    """Wait for an event, at most so many seconds; whether it came."""
    try:
        async with asyncio.timeout(max(0.0, within_s)):
            return await event.wait()
    except TimeoutError:
        return False
