"""Pay once: a call's row is written before the request and settled after it; a settled answer is never bought again."""

import hashlib
from dataclasses import dataclass
from typing import Protocol

from headway.ai.provider import Answer, Provider, ProviderError, Request


@dataclass(frozen=True, slots=True)
class CallKey:
    """Which call of a job: the step it is made in, that step's key, and the ordinal within it."""

    step: str
    key: str
    n: int


class CallRecorder(Protocol):
    """Who remembers calls; the engine's contexts do."""

    def settled(self, call: CallKey, request_hash: str) -> Answer | None:
        """The answer that was paid for earlier in the same step, if there is one for this very request; each is given once."""

    async def open(self, call: CallKey, request_hash: str, provider: str, model: str) -> None:
        """Write down that the request is about to be sent; it is in doubt until `settle`. Raises LeaseLost."""

    async def settle(self, call: CallKey, outcome: str, answer: Answer | None, error: str | None) -> None:
        """Write down how it ended."""


async def paid_call(recorder: CallRecorder, provider: Provider, call: CallKey, request: Request) -> Answer:
    """Ask `provider` once, unless this call was answered before. Raises what the provider raises, after recording it."""
    model = request.model or provider.model
    hashed = request_hash(provider.name, model, request)
    if (known := recorder.settled(call, hashed)) is not None:
        return known
    await recorder.open(call, hashed, provider.name, model)
    try:
        answer = await provider.generate(request)
    except ProviderError as error:
        await recorder.settle(call, error.kind, None, str(error))
        raise
    except (TimeoutError, ConnectionError) as error:  # sent, perhaps answered, never heard: it stays in doubt
        error.add_note(f"call {call.step}[{call.key}] #{call.n} is in doubt")
        raise
    await recorder.settle(call, "succeeded", answer, None)
    return answer


def request_hash(provider: str, model: str, request: Request) -> str:
    """What makes two requests the same: who is asked, and every word that is sent."""
    parts = (provider, model, request.system, request.prompt, repr(request.schema), repr(request.temperature))
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
