"""Where jobs, tasks, steps, calls, files and accounts live: one contract, two dialects (SQLite, PostgreSQL).

Called by `engine`, `accounts`, `http` and `cli`. The way of a write: `intents` → `committer` (group commit) →
`apply` (one statement a kind) → a `driver`. The way of a read: `views`, `ops`. Its SQL is in `sql/`, by name,
in both dialects.
"""

from headway.store.intents import NewJob, Submitted
from headway.store.rows import (
    Account,
    Attempt,
    CallRow,
    ChunkRow,
    Depth,
    FileRow,
    KindStatus,
    LogLine,
    Share,
    Snapshot,
    StepRow,
    Violation,
    WorkerRow,
)
from headway.store.store import Store

__all__ = [
    "Account",
    "Attempt",
    "CallRow",
    "ChunkRow",
    "Depth",
    "FileRow",
    "KindStatus",
    "LogLine",
    "NewJob",
    "Share",
    "Snapshot",
    "StepRow",
    "Store",
    "Submitted",
    "Violation",
    "WorkerRow",
]
