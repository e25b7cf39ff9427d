"""How much one account or one address may ask for: the names, the defaults, and how HEADWAY_LIMITS changes them.

Read by `settings` (which refuses a text that cannot be read) and by `http.limits`, which counts. The public table is in
`docs/limits.md`.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_RULE = re.compile(r"(?:(\d{1,12})(?:\s*/\s*(\d{0,4})\s*(second|minute|hour|day)s?)?|off)")


@dataclass(frozen=True, slots=True)
class Limit:
    """`amount` in `window_s` seconds: all of it at once if one likes, then as it comes back, evenly. Window 0: so many at any
    time. An amount of a `stored_mb` limit is mebibytes."""

    name: str
    amount: int
    window_s: int = 0


_DEFAULTS = """
submissions = 3000/hour, submissions.address = 10000/hour, submissions.visitor = 60/hour, submissions.novel = 10/hour,
sign_in = 60/15 minutes, sign_in.account = 30/15 minutes,
uploads = 200/hour, uploads.address = 1000/hour, deliveries = 1000/hour, exports = 20/hour,
reads = 3000/minute, reads.address = 6000/minute, writes = 1200/minute, writes.address = 2400/minute,
streams = 60, streams.address = 300, unfinished = 5000, stored_mb = 4096
"""
_TIMELESS = frozenset({"streams", "streams.address", "unfinished", "stored_mb"})


def read_limits(text: str, kinds: Collection[str] | None = None) -> Mapping[str, Limit]:
    """The defaults, changed by `text`: `name=AMOUNT/WINDOW`, `name=AMOUNT` or `name=off`, separated by commas.

    `submissions.KIND` may name any kind of job; one of `kinds`, where it is known which there are. Raises ValueError, saying
    which part cannot be read.
    """
    defaults = dict(_rule(part) for part in _DEFAULTS.split(","))
    limits = dict(defaults)
    for part in filter(str.strip, text.split(",")):
        name, limit = _rule(part)
        if name not in defaults:
            _check_kind(name, defaults, kinds)
        limits[name] = limit
    return {name: limit for name, limit in limits.items() if limit is not None}


def _rule(part: str) -> tuple[str, Limit | None]:
    """A limit and its name; None where it is off."""
    name, _, value = (each.strip() for each in part.partition("="))
    found = _RULE.fullmatch(value)
    if found is None:
        raise ValueError(f"{part.strip()!r} is no limit: write name=10/hour, name=10 or name=off")
    amount, times, unit = found.groups()
    if amount is None:
        return name, None
    if (unit is None) != (name in _TIMELESS):
        raise ValueError(f"{name} is counted {'at any time' if unit else 'over a time: name=10/hour'}")
    if int(amount) < 1:
        raise ValueError(f"{name} must be at least 1, or off")
    return name, Limit(name, int(amount), int(times or 1) * _UNITS[unit] if unit else 0)


def _check_kind(name: str, defaults: Collection[str], kinds: Collection[str] | None) -> None:
    """Raises ValueError where `name`, which is no default, is not that of a kind's limit either."""
    kind = name.removeprefix("submissions.")
    if kind in (name, ""):
        raise ValueError(f"there is no limit {name!r}: there are {', '.join(defaults)}, and submissions.KIND")
    if kinds is not None and kind not in kinds:
        raise ValueError(f"there is no kind {kind!r} for {name}: there are {', '.join(sorted(kinds))}")
