"""Limits on how much runs at a time, wherever it runs: of a kind, and of a provider's requests. `room` applies them.

Called by workers when they start, and before a provider is asked.
"""

from collections.abc import Mapping

from headway.store.base import Base
from headway.store.driver import Writer
from headway.store.room import lane_of, provider_lane
from headway.store.submission import dump


class Caps(Base):
    """Limits as rows."""

    async def is_full(self, provider: str, most: int, longest_ms: int) -> bool:
        """Whether as many requests as it takes may be at the provider now, of whichever worker; `most` where no limit is set."""
        found = await self.read(lambda r: r.rows("calls_under_way", provider=provider, longest_ms=longest_ms))
        under_way, limit = found[0]
        return int(under_way or 0) >= int(limit or most)

    async def limit_provider(self, provider: str, most: int | None) -> None:
        """From now on so many requests at a time, whatever other workers were told when they started; None: as each was told."""
        name = provider_lane(provider)
        if most is None:
            await self.act(lambda w: w.run("forget_limit", lane=name))
        else:
            await self.act(lambda w: w.run("set_limits", rows=dump([{"name": name, "most": most}])))

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
