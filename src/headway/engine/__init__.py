"""What runs jobs. `app.Headway` registers and submits; `worker.Worker` claims and runs; `context.Context` is what
handlers hold. The way of a claim: `worker` → `runner.run_attempt` → handler → `attempt` (the context's port) → store.

Called by `http`, `server`, `cli`, `integrations` and user programs; knows nothing of HTTP.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headway.engine.app import Headway
    from headway.engine.context import Context
    from headway.engine.kinds import Cancel, Kind, Snooze
    from headway.engine.worker import Worker

_HOMES = {
    "Cancel": "headway.engine.kinds",
    "Context": "headway.engine.context",
    "Headway": "headway.engine.app",
    "Kind": "headway.engine.kinds",
    "Snooze": "headway.engine.kinds",
    "Worker": "headway.engine.worker",
}

__all__ = ["Cancel", "Context", "Headway", "Kind", "Snooze", "Worker"]


def __getattr__(name: str) -> object:
    """Names are imported when they are first used: a child process needs no worker, and starts in two thirds of the time."""
    if name not in _HOMES:
        raise AttributeError(f"module 'headway.engine' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
