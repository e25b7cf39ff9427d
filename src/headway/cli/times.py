"""Moments and durations for people: exact in UTC, and how long ago."""

from datetime import UTC, datetime


def exact(ms: int | None) -> str:
    """`2026-11-22 05:29:40Z`; nothing for None."""
    if ms is None:
        return ""
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def relative(ms: int | None, now_ms: int) -> str:
    """`3 min ago`, `in 2 h`; nothing for None."""
    if ms is None:
        return ""
    passed = (now_ms - ms) / 1000
    if abs(passed) < 1:
        return "now"
    return f"{length(passed)} ago" if passed > 0 else f"in {length(-passed)}"


def moment(ms: int | None, now_ms: int) -> str:
    """Both: `2026-11-22 05:29:40Z (3 min ago)`; a dash for None."""
    return f"{exact(ms)} ({relative(ms, now_ms)})" if ms is not None else "-"


def between(start_ms: int | None, end_ms: int | None) -> str:
    """How long it took; nothing while either end is missing."""
    return length((end_ms - start_ms) / 1000) if start_ms is not None and end_ms is not None else ""


def length(seconds: float) -> str:
    """A duration with two digits that matter: `40 ms`, `1.2 s`, `12 s`, `3 min`, `5 h`, `2 days`."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    for unit, size, next_size in (("s", 1, 60), ("min", 60, 3600), ("h", 3600, 86_400)):
        if seconds < next_size * (2 if unit == "h" else 1):
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds // 86_400)} days"
