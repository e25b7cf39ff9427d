"""How much one account or one address may ask for: the names, the defaults, and how HEADWAY_LIMITS changes them.

Read by `settings` (which refuses a text that cannot be read) and by `http.limits`, which counts. The public table is in
`docs/limits.md`.
"""

import re
from collections.abc import Mapping
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


def read_limits(text: str) -> Mapping[str, Limit]:
    """The defaults, changed by `text`: `name=AMOUNT/WINDOW`, `name=AMOUNT` or `name=off`, separated by commas.

    `submissions.KIND` may name any kind of job. Raises ValueError, saying which part cannot be read.
    """
    limits: dict[str, Limit] = {}
    for part in [*_DEFAULTS.split(","), *text.split(",")]:
        if not part.strip():
            continue
        name, _, value = (each.strip() for each in part.partition("="))
        found = _RULE.fullmatch(value)
        known = name in limits or name.startswith("submissions.") or part in _DEFAULTS
        if found is None or not known:
            raise ValueError(f"{part.strip()!r} is no limit: write name=10/hour, name=10 or name=off")
        amount, times, unit = found.groups()
        if amount is None:
            limits.pop(name, None)
            continue
        if (unit is None) != (name in _TIMELESS):
            raise ValueError(f"{name} is counted {'at any time' if unit else 'over a time: name=10/hour'}")
        if int(amount) < 1:
            raise ValueError(f"{name} must be at least 1, or off")
        limits[name] = Limit(name, int(amount), int(times or 1) * _UNITS[unit] if unit else 0)
    return limits
