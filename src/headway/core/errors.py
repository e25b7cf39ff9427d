"""The exceptions that Headway raises on purpose.

    HeadwayError
    ├── InvalidInput            422  bad input; `.errors` names each field
    ├── UnknownKind             404  no handler is registered under that name
    ├── JobNotFound             404  no such job, or not the caller's
    ├── Conflict                409  the job's status does not allow this
    ├── IdempotencyMismatch     422  the key was used with another body
    ├── Unauthorized            401
    ├── Forbidden               403
    ├── TooLarge                413
    ├── InsufficientCredits     402  `.needed`, `.balance`, `.missing`
    ├── HoldGone                409  the hold that a submission names has expired, or is another's
    ├── Overloaded              503  queues are full; `.retry_after_s`
    ├── StoreUnavailable        503  the database cannot be reached
    ├── LeaseLost                —   inside a worker: another owns the task now
    ├── ContextClosed            —   inside a handler: the attempt is over
    ├── ReplayMismatch           —   a handler asked for another input than what is recorded
    ├── PermanentError           —   a handler says: do not try again
    │   └── BudgetSpent          —   the credits reserved for the job are used up
    └── TransientError           —   a handler says: try again (`.retry_after_s` when it knows)

Each class says how HTTP shows it (RFC 9457): `status`, `type` (a slug) and `title` (a message id). `detail`
is for people:
a message id too, filled with `args` when it is rendered in the reader's language.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from headway.support.i18n import N_


@dataclasses.dataclass(frozen=True, slots=True)
class FieldError:
    """One complaint about one field: `field` is a dotted path ("essay", "reviews.3.rating"), `message` a
    message id, `params` what fills it; str() is the English text."""

    field: str
    message: str
    params: Mapping[str, object] = dataclasses.field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return self.message.format(**self.params) if self.params else self.message


class HeadwayError(Exception):
    """Base of all. `detail` is a message id, `params` its named values; str() is the English text."""

    status = 500
    type = "internal"
    title = N_("Something went wrong")

    def __init__(self, detail: str = "", /, **params: object) -> None:
        self.detail = detail or self.title
        self.params = params
        super().__init__(self.detail.format(**params) if params else self.detail)

    def __reduce__(self) -> tuple[object, ...]:
        """Whole through a pickle, whatever a subclass's own arguments are: children send their errors that way."""
        return type(self).__new__, (type(self), *self.args), self.__dict__


class InvalidInput(HeadwayError):
    """Input that cannot be accepted, with one entry per wrong field."""

    status = 422
    type = "invalid-input"
    title = N_("The input is not valid")

    def __init__(self, errors: Sequence[FieldError]) -> None:
        self.errors = list(errors)
        super().__init__()
        self.args = ("; ".join(f"{e.field}: {e}" if e.field else str(e) for e in self.errors),)


class UnknownKind(HeadwayError):
    """No kind of that name is registered."""

    status = 404
    type = "unknown-kind"
    title = N_("There is no such kind of job")


class JobNotFound(HeadwayError):
    """No such job for this caller: another's job looks exactly like none."""

    status = 404
    type = "job-not-found"
    title = N_("There is no such job")


class Conflict(HeadwayError):
    """The job's present status does not allow the request."""

    status = 409
    type = "conflict"
    title = N_("The job's status does not allow this")


class IdempotencyMismatch(HeadwayError):
    """`(owner, Idempotency-Key)` names a job that was submitted with another body."""

    status = 422
    type = "idempotency-mismatch"
    title = N_("This Idempotency-Key was used with another request")


class Unauthorized(HeadwayError):
    """No valid token or session."""

    status = 401
    type = "unauthorized"
    title = N_("Please sign in")


class Forbidden(HeadwayError):
    """Signed in, but not allowed; never used to hide another's job (that is 404)."""

    status = 403
    type = "forbidden"
    title = N_("This is not allowed")


class TooLarge(HeadwayError):
    """A body or a file beyond its limit."""

    status = 413
    type = "too-large"
    title = N_("The request is too large")


class InsufficientCredits(HeadwayError):
    """The owner's balance does not reach: nothing was accepted. All three are whole credits."""

    status = 402
    type = "insufficient-credits"
    title = N_("There are not enough credits")

    def __init__(self, detail: str = "", /, needed: int = 0, balance: int = 0, **params: object) -> None:
        self.needed, self.balance, self.missing = needed, balance, max(0, needed - balance)
        if needed and not detail:
            detail = N_("This needs {needed} credits, and the balance is {balance}: {missing} are missing")
            params = {"needed": needed, "balance": balance, "missing": self.missing}
        super().__init__(detail, **params)


class HoldGone(HeadwayError):
    """A submission names a hold that has expired, was given back, or belongs to another owner or kind."""

    status = 409
    type = "hold-gone"
    title = N_("The reservation is no longer there: reserve again")


class Overloaded(HeadwayError):
    """A bounded queue is full: nothing was accepted, come back in `retry_after_s` seconds."""

    status = 503
    type = "overloaded"
    title = N_("Too much is waiting to be written")

    def __init__(self, detail: str = "", /, retry_after_s: int = 1, **params: object) -> None:
        super().__init__(detail, **params)
        self.retry_after_s = retry_after_s


class StoreUnavailable(Overloaded):
    """The database cannot be reached right now; nothing was accepted."""

    type = "store-unavailable"
    title = N_("The database cannot be reached")


class LeaseLost(HeadwayError):
    """A fenced write met another fence: the task has another owner, or has ended. Stop and write nothing."""

    type = "lease-lost"
    title = N_("The task belongs to another worker now")


class ContextClosed(HeadwayError):
    """The attempt that this context belonged to is over; nothing more can be written through it."""

    type = "context-closed"
    title = N_("This attempt is over")


class PermanentError(HeadwayError):
    """Raised by handlers: trying again cannot help; the job fails at once with this message."""

    type = "permanent"
    title = N_("The work failed")


class ReplayMismatch(PermanentError):
    """A replayed handler called a step with another input than the recorded one; the message shows both."""

    type = "replay-mismatch"
    title = N_("The handler no longer does what is recorded of it")


class TransientError(HeadwayError):
    """Raised by handlers: try again, after `retry_after_s` seconds when given."""

    type = "transient"
    title = N_("A passing failure")

    def __init__(self, detail: str = "", /, retry_after_s: float | None = None, **params: object) -> None:
        super().__init__(detail, **params)
        self.retry_after_s = retry_after_s


class BudgetSpent(PermanentError):
    """What was reserved for the job is used up: no further request is sent. What is done can be had."""

    type = "budget"
    title = N_("The credits reserved for this job are used up")


UNEXPECTED = N_(
    "Something unexpected happened. Whoever runs this service finds it under the number {incident}"
)


def public(stored: Mapping[str, Any]) -> Mapping[str, Any]:
    """A stored error as its owner may see it. Of an exception that nobody foresaw (it has an `incident`) its own words may tell of
    internals: they stay in the log and with operators, and the owner gets the number that they are found under."""
    incident = stored.get("incident")
    if incident is None:
        return stored
    told = UNEXPECTED.format(incident=incident)
    return {"type": "unexpected", "message": told, "id": UNEXPECTED, "params": {"incident": incident}}
