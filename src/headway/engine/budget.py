"""Budgets: no request is sent for a job whose reserved credits are used up.

Called by `attempt` before and after each request of a charged job. What was bought stands in the store; what is under way
in this process is remembered here, by the tokens that it is thought to take, so that many requests at once cannot
pass a budget for one. Other processes' requests under way are not seen: a job may be answered beyond its budget by
about one request for each, and is not charged for it.
"""

import time
from collections.abc import Callable

from headway.ai.calls import CallKey
from headway.core.errors import BudgetSpent
from headway.store.store import Store


class Budgets:
    """The requests of charged jobs that this process waits for. One that was not heard of for `patience_s` is in doubt, and
    counts no longer."""

    def __init__(self, patience_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._patience_s = patience_s
        self._clock = clock
        self._under_way: dict[str, dict[CallKey, tuple[float, int]]] = {}

    async def check(self, store: Store, job_id: str) -> None:
        """Whether more may be asked for the job. Raises BudgetSpent."""
        if await store.budget_spent(job_id, lambda: self._tokens(job_id)):
            raise BudgetSpent()

    def asked(self, job_id: str, call: CallKey, tokens: int) -> None:
        """A request goes out that takes about so many tokens. To be told in the same breath as `check` returned."""
        self._under_way.setdefault(job_id, {})[call] = (self._clock() + self._patience_s, tokens)

    def heard(self, job_id: str, call: CallKey) -> None:
        """Its usage is in the store, or it was never sent."""
        calls = self._under_way.get(job_id, {})
        calls.pop(call, None)
        if not calls:
            self._under_way.pop(job_id, None)

    def _tokens(self, job_id: str) -> int:
        now = self._clock()
        for call in [call for call, (until, _) in self._under_way.get(job_id, {}).items() if until < now]:
            self.heard(job_id, call)
        return sum(tokens for _, tokens in self._under_way.get(job_id, {}).values())
