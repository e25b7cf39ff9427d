"""What a job costs in credits: the arithmetic of reserving, settling and reserving again, and nothing else.

Called by `store.ledger` at a job's submission, end and retry, and by quotes. Unit: whole credits. Invariant: what is
settled is at most what was reserved, and what is not settled is released.
"""

import json
from dataclasses import asdict, dataclass
from typing import Final

from headway.core.errors import FieldError, InvalidInput
from headway.support.i18n import N_

MOST: Final = 1_000_000_000
"""No single amount is larger: it must fit a column, and a slip of the finger must not."""


@dataclass(frozen=True, slots=True)
class Price:
    """What one job is priced by, frozen when it is submitted: `per_job` once, and `per_1000_tokens` of the provider's
    that it buys. `estimate` is what was reserved for the whole of it."""

    per_job: int = 0
    per_1000_tokens: int = 0
    estimate: int = 0

    @property
    def free(self) -> bool:
        """Whether nothing can fall due."""
        return self.per_job == 0 and self.per_1000_tokens == 0

    def dump(self) -> str:
        """As the job's row keeps it."""
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, text: str) -> "Price":
        """The reverse of `dump`."""
        return cls(**json.loads(text))


@dataclass(frozen=True, slots=True)
class Bought:
    """What a round of a job has bought: successful `calls`, and all `tokens` that the provider counted, in and out.
    `before` is what earlier rounds were charged."""

    calls: int = 0
    tokens: int = 0
    before: int = 0


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a reserve ends: so much is kept, so much goes back."""

    settled: int
    released: int


def price_of(tokens: int, per_1000_tokens: int) -> int:
    """Credits for so many tokens: rounded up once, at least 1 where anything was used at all."""
    if tokens <= 0 or per_1000_tokens <= 0:
        return 0
    return max(1, -(-tokens * per_1000_tokens // 1000))


def due(price: Price, bought: Bought, *, completed: bool) -> int:
    """What falls due for a round. The flat part does so once in a job's life: when it completes, or with the first call
    that was paid for; what earlier rounds bought is not charged again."""
    flat = price.per_job if (completed or bought.calls) and not bought.before else 0
    return flat + price_of(bought.tokens, price.per_1000_tokens)


def settle(reserved: int, due: int) -> Settlement:
    """Settle a reserve for what is due: never more than was reserved."""
    settled = min(max(0, reserved), max(0, due))
    return Settlement(settled, max(0, reserved) - settled)


def spent(reserved: int, price: Price, bought: Bought) -> bool:
    """Whether a job's budget is used up, to the token: no call is to begin any more. A flat price knows no such end."""
    if price.per_1000_tokens == 0:
        return False
    flat = 0 if bought.before else price.per_job
    return bought.tokens * price.per_1000_tokens >= (reserved - flat) * 1000


def reserve_again(
    price: Price, *, before: int, total: int | None, done: int, wanted: int | None = None
) -> int:
    """What a retry reserves: for the part of the work that is left, at the dearer of the estimate and of what the parts
    that are done have cost (`before` credits for `done` of `total`; None without parts). `wanted` parts only, where the
    owner has named some."""
    flat = 0 if before else price.per_job
    if price.per_1000_tokens == 0:
        return flat
    by_tokens = max(1, price.estimate - price.per_job)
    if total is None or total <= 0:
        return flat + by_tokens
    left = total - done if wanted is None else min(wanted, total - done)
    if left <= 0:
        return flat + 1  # what comes after the parts may ask, too
    estimated = -(-by_tokens * left // total)
    measured = -(-max(0, before - price.per_job) * left // done) if done else 0
    return flat + max(1, estimated, measured)


def amount(value: int, field: str = "amount") -> int:
    """`value` as an amount of credits that can be moved. Raises InvalidInput."""
    if not 0 < value <= MOST:
        raise InvalidInput([FieldError(field, N_("Must be between 1 and {most}"), {"most": MOST})])
    return value
