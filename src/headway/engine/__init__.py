"""What runs jobs. `app.Headway` registers and submits; `worker.Worker` claims and runs; `context.Context` is what handlers
hold. The way of a claim: `worker` → `runner.run_attempt` → handler → `attempt` (the context's port) → store.

Called by `http`, `server`, `cli`, `integrations` and user programs; knows nothing of HTTP.
"""

from headway.engine.app import Headway
from headway.engine.context import Context
from headway.engine.kinds import Cancel, Kind, Snooze
from headway.engine.worker import Worker

__all__ = ["Cancel", "Context", "Headway", "Kind", "Snooze", "Worker"]
