"""The audit behind `headway check`: what must always hold in the database, asked as SQL (DESIGN, section 6).

Each query `audit_N_…` of the .sql files returns the rows that break rule N; none is the healthy answer.
"""

from headway.store.driver import Reader
from headway.store.rows import Violation

_MEANING = {
    "audit_1_terminal": "an ended job without its end's time, or an unfinished one with it",
    "audit_3_body": "an unfinished job without its body task",
    "audit_3_leftover": "a finished job that still has a task",
    "audit_3_orphan": "a task without its job",
    "audit_3_lease": "a leased task without fence or expiry, or ready at the same time",
    "audit_3_wake": "a waiting task that nothing will wake",
    "audit_4_fence": "an attempt or a checkpoint from a fence that was never given out",
    "audit_6_chunks": "chunk counters that do not add up",
    "audit_7_balance": "a purse that is not the sum of its ledger",
    "audit_7_running": "an entry whose balance does not follow from the one before it",
    "audit_7_rounds": "a round without exactly one reserve and, once it has ended, one settlement within it",
    "audit_7_holds": "credits on hold without their hold, or a hold without its credits",
    "audit_7_settled": "a job whose cost is not what its rounds have settled",
    "audit_8_key": "two jobs under one idempotency key",
    "audit_10_percent": "a percent outside 0 to 100",
}


def audit(reader: Reader) -> list[Violation]:
    """All violations, at most 100 of each kind, seen by one transaction."""
    return [
        Violation(int(name.split("_")[1]), what, str(row[0]))
        for name, what in _MEANING.items()
        for row in reader.rows(name)
    ]
