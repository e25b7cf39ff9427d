"""Pay once: a call's row is written before the request and settled after it; a settled answer is never bought
again.

`asking.ask` is the way in; `paid_call` is one request of it. Invariant: requests sent = calls settled + calls
in doubt.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from headway.ai.provider import NO_USAGE, Answer, InDoubt, Provider, ProviderError, Request, Usage

CHARACTERS_PER_TOKEN = 4
"""About so many, before a provider has counted."""
Place = tuple[str, str]
"""The step that a call is made in, and that step's key; two empty texts outside steps."""


@dataclass(frozen=True, slots=True)
class CallKey:
    """Which call of a job: the step it is made in, that step's key, and the ordinal within it."""

    step: str
    key: str
    n: int


@dataclass(frozen=True, slots=True)
class Question:
    """A request on its way: where it is asked, of whom, and by what it is known. `tokens` is about what it takes."""

    place: Place
    provider: Provider
    request: Request
    model: str
    hash: str
    tokens: int

    @classmethod
    def of(cls, place: Place, provider: Provider, request: Request) -> "Question":
        """The question that asks `provider` for `request`."""
        model = request.model or provider.model
        hashed = request_hash(provider.name, model, request)
        return cls(place, provider, request, model, hashed, guess_tokens(request))


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a call ended: `succeeded` with its answer, or a ProviderError's kind; None: it is in doubt, and nobody waits for it any
    more. `shares` callers of this process, beside its own, had the answer."""

    outcome: str | None
    answer: str | None = None
    error: str | None = None
    usage: Usage = NO_USAGE
    shares: int = 0
    provider: str = ""
    model: str = ""


class Elsewhere(Exception):
    """Another claim of the job asks the same already: `call`'s answer is to be waited for."""

    def __init__(self, call: CallKey) -> None:
        super().__init__(call)
        self.call = call


class CallRecorder(Protocol):
    """Who remembers calls; the engine's contexts do."""

    def next_call(self, place: Place) -> CallKey:
        """The next ordinal in that place."""

    async def settled(self, place: Place, request_hash: str) -> Answer | None:
        """The answer that was paid for earlier to this very request, if there is one; given as often as it
        was before."""

    async def open(self, call: CallKey, question: Question) -> CallKey | None:
        """Write down that the question is sent now; it is in doubt until `settle`. Gives the call of another claim of the job that
        asks the same just now: then this one is not sent. Raises LeaseLost, and BudgetSpent where no more may be bought."""

    async def settle(self, call: CallKey, settlement: Settlement) -> None:
        """Write down how it ended."""


class Flight:
    """A request of this process that is under way, and how many others in it wait for its answer. It outlives whoever began it:
    what was sent is paid for, so its answer is waited for and settled even when that one was cancelled or has lost its task."""

    __slots__ = ("shares", "task")
    task: asyncio.Task[Answer]

    def __init__(self) -> None:
        self.shares = 0


async def paid_call(recorder: CallRecorder, question: Question, flight: Flight) -> Answer:
    """Send the question once, as a call of its own. Raises Elsewhere, and what the provider raises, after recording it: whatever
    was not heard out stays in doubt."""
    call = recorder.next_call(question.place)
    if (elsewhere := await recorder.open(call, question)) is not None:
        raise Elsewhere(elsewhere)
    ended = partial(Settlement, provider=question.provider.name, model=question.model)
    try:
        answer = await question.provider.generate(question.request)
    except InDoubt as doubt:
        doubt.add_note(f"call {call.step}[{call.key}] #{call.n} is in doubt")
        await recorder.settle(call, Settlement(None))
        raise
    except ProviderError as error:
        await recorder.settle(call, ended(error.kind, None, str(error), error.usage))
        raise
    except Exception:
        await recorder.settle(call, Settlement(None))
        raise
    await recorder.settle(call, ended("succeeded", answer.text, None, answer.usage, flight.shares))
    return answer


def guess_tokens(request: Request) -> int:
    """About how many tokens a request takes, before the provider has counted them."""
    characters = len(request.prompt) + len(request.system)
    return 1 + characters // CHARACTERS_PER_TOKEN + (request.max_output_tokens or 0)


def request_hash(provider: str, model: str, request: Request) -> str:
    """What makes two requests the same: who is asked, and every word that is sent."""
    parts = (
        provider,
        model,
        request.system,
        request.prompt,
        repr(request.schema),
        repr(request.temperature),
        repr(request.max_output_tokens),
    )
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
