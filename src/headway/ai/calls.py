"""Pay once: a call's row is written before the request and settled after it; a settled answer is never bought
again.

`asking.ask` is the way in; `paid_call` is one request of it. Invariant: requests sent = calls settled + calls
in doubt.
"""

import hashlib
from dataclasses import dataclass
from typing import Protocol

from headway.ai.provider import NO_USAGE, Answer, InDoubt, Provider, ProviderError, Request, Usage

_CHARACTERS_PER_TOKEN = 4
Place = tuple[str, str]
"""The step that a call is made in, and that step's key; two empty texts outside steps."""


@dataclass(frozen=True, slots=True)
class CallKey:
    """Which call of a job: the step it is made in, that step's key, and the ordinal within it."""

    step: str
    key: str
    n: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a call ended: `succeeded` with its answer, or a ProviderError's kind. `shares` callers beside its
    own had the answer."""

    outcome: str
    answer: str | None = None
    error: str | None = None
    usage: Usage = NO_USAGE
    shares: int = 0
    provider: str = ""
    model: str = ""


class CallRecorder(Protocol):
    """Who remembers calls; the engine's contexts do."""

    def next_call(self, place: Place) -> CallKey:
        """The next ordinal in that place."""

    async def settled(self, place: Place, request_hash: str) -> Answer | None:
        """The answer that was paid for earlier to this very request, if there is one; given as often as it
        was before."""

    async def open(self, call: CallKey, request_hash: str, provider: str, model: str, tokens: int) -> None:
        """Write down that the request is sent now, and takes about so many tokens; it is in doubt until `settle`. Raises
        LeaseLost, and BudgetSpent where no more may be bought."""

    async def settle(self, call: CallKey, settlement: Settlement) -> None:
        """Write down how it ended."""


class Flight:
    """A request under way, and how many others wait for its answer."""

    __slots__ = ("shares",)

    def __init__(self) -> None:
        self.shares = 0


async def paid_call(
    recorder: CallRecorder, provider: Provider, place: Place, hashed: str, request: Request, flight: Flight
) -> Answer:
    """Send `request` once, as a call of its own. Raises what the provider raises, after recording it; InDoubt
    is left unsettled."""
    call = recorder.next_call(place)
    model = request.model or provider.model
    await recorder.open(call, hashed, provider.name, model, guess_tokens(request))
    try:
        answer = await provider.generate(request)
    except InDoubt as doubt:
        doubt.add_note(f"call {call.step}[{call.key}] #{call.n} is in doubt")
        raise
    except ProviderError as error:
        await recorder.settle(
            call, Settlement(error.kind, None, str(error), error.usage, 0, provider.name, model)
        )
        raise
    said = Settlement("succeeded", answer.text, None, answer.usage, flight.shares, provider.name, model)
    await recorder.settle(call, said)
    return answer


def guess_tokens(request: Request) -> int:
    """About how many tokens a request takes, before the provider has counted them."""
    characters = len(request.prompt) + len(request.system)
    return 1 + characters // _CHARACTERS_PER_TOKEN + (request.max_output_tokens or 0)


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
