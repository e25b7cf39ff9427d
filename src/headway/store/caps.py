"""Limits on how much runs at a time, wherever it runs: of a kind, and of a provider's requests. `room` applies them.

Called by workers when they start, and before a provider is asked.
"""

from collections.abc import Mapping

from headway.store.base import Base
from headway.store.driver import Writer
from headway.store.room import lane_of
from headway.store.submission import dump


class Caps(Base):
    """Limits as rows."""

    async def calls_under_way(self, provider: str, longest_ms: int) -> int:
        """How many requests may be at the provider now, of whichever worker."""
        found = await self.read(lambda r: r.rows("calls_under_way", provider=provider, longest_ms=longest_ms))
        return int(found[0][0] or 0)

    async def set_limits(self, limited: Mapping[str, tuple[str, int]], unlimited: Mapping[str, str]) -> None:
        """Kinds that have a limit, with their usual queue and how many may run, and kinds that have none, with their queue. What
        waits moves to where it now belongs."""

        def write(writer: Writer) -> None:
            rows = [{"name": lane_of(kind), "most": most} for kind, (_, most) in limited.items()]
            writer.run("set_limits", rows=dump(rows))
            for kind, (queue, _) in limited.items():
                writer.run("change_lane", kind=kind, queue=queue, lane=lane_of(kind))
            for kind, queue in unlimited.items():
                lane = lane_of(kind)
                writer.run("forget_limit", lane=lane)
                if writer.rows("lane_used", lane=lane):
                    writer.run("change_lane", kind=kind, queue=lane, lane=queue)

        await self.act(write, "work")
