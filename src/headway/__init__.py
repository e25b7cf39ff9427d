"""Headway runs slow AI work behind a web application: durable, watched live, cancellable, resumable, never paid twice.

from headway import Context, Headway

app = Headway()

@app.job("greet")
async def greet(ctx: Context, name: str) -> str:
    ctx.progress(50, "Thinking of {name}", name=name)
    return f"Hello, {name}!"
"""

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from headway.ai.provider import Request
    from headway.core.errors import HeadwayError, InvalidInput, PermanentError, TransientError
    from headway.core.retry import RetryPolicy, transient
    from headway.engine import Cancel, Context, Headway, Snooze, Worker
    from headway.engine.inline import JobFailed
    from headway.support.settings import Settings

_HOMES = {
    "Cancel": "headway.engine.kinds",
    "Context": "headway.engine.context",
    "Headway": "headway.engine.app",
    "HeadwayError": "headway.core.errors",
    "InvalidInput": "headway.core.errors",
    "JobFailed": "headway.engine.inline",
    "PermanentError": "headway.core.errors",
    "Request": "headway.ai.provider",
    "RetryPolicy": "headway.core.retry",
    "Settings": "headway.support.settings",
    "Snooze": "headway.engine.kinds",
    "TransientError": "headway.core.errors",
    "Worker": "headway.engine.worker",
    "transient": "headway.core.retry",
}

__all__ = [
    "Cancel",
    "Context",
    "Headway",
    "HeadwayError",
    "InvalidInput",
    "JobFailed",
    "PermanentError",
    "Request",
    "RetryPolicy",
    "Settings",
    "Snooze",
    "TransientError",
    "Worker",
    "transient",
]


def __getattr__(name: str) -> object:
    """Names are imported when they are first used, so that `import headway` costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'headway' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
