"""Room under a limit: what may still be claimed of a limited kind, and asked of a provider.

Called by `apply` inside the batch's transaction. Invariant: whoever adds to what is counted holds the limit's row until its commit,
so that two can never count the same room.
"""

from collections.abc import Sequence

from headway.store.driver import Writer
from headway.store.intents import OpenCall
from headway.store.submission import dump

_KIND = "kind:"
_PROVIDER = "provider:"


def lane_of(kind: str) -> str:
    """The queue of a limited kind: nobody else stands in it."""
    return _KIND + kind


def provider_lane(provider: str) -> str:
    """The name of a provider's limit."""
    return _PROVIDER + provider


def room(writer: Writer, queue: str, n: int) -> int:
    """How many of `n` may be claimed from this queue now; its limit is locked."""
    if not queue.startswith(_KIND):
        return n
    limit = writer.rows("lock_limit", name=queue)
    if not limit:
        return n
    [[leased]] = writer.rows("leased_in", name=queue)
    return max(0, min(n, int(limit[0][0] or 0) - int(leased or 0)))


def within_limits(writer: Writer, calls: Sequence[OpenCall]) -> list[OpenCall]:
    """Those of the calls for which their providers have room now; the providers' limits are locked."""
    limits = {call.provider: call for call in calls if call.most is not None}
    left = {provider: _calls_left(writer, limits[provider]) for provider in sorted(limits)}
    going = []
    for call in calls:
        if call.most is not None:
            left[call.provider] -= 1
            if left[call.provider] < 0:
                continue
        going.append(call)
    return going


def _calls_left(writer: Writer, call: OpenCall) -> int:
    """Under the limit that the worker which started last has set; without one, under this worker's own."""
    name = provider_lane(call.provider)
    if not writer.rows("lock_limit", name=name):
        writer.run("set_limits", rows=dump([{"name": name, "most": call.most}]))  # which locks it
    [[under_way, most]] = writer.rows("calls_under_way", provider=call.provider, longest_ms=call.longest_ms)
    return int(most or 0) - int(under_way or 0)
