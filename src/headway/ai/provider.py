"""The protocol between Headway and whoever answers: a request, an answer, and the four ways to fail.

Shaped by the wire facts of Gemini `generateContent` and OpenAI chat completions: text may be missing from a success, usage
may be absent, and the wait after a 429 stands in the body or in a header.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from headway.core.errors import HeadwayError, TransientError
from headway.support.i18n import N_
from headway.support.settings import Settings


@dataclass(frozen=True, slots=True)
class Request:
    """One question to a model.

    `prompt` holds the user's document, already delimited as data; `schema` is a JSON schema for the answer (None: free text).
    `offline` answers the same question without a model: a plain function that returns JSON text, run in a thread.
    """

    prompt: str
    system: str = ""
    schema: dict[str, Any] | None = None
    offline: Callable[[], str] | None = None
    model: str = ""
    temperature: float = 0.0
    max_output_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider counted them, thinking included in the output; None where it did not say."""

    input_tokens: int | None = None
    output_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the text, who said it, what it used."""

    text: str
    model: str
    usage: Usage = Usage()


class ProviderError(HeadwayError):
    """The provider did not answer usefully, and asking again cannot help. `kind` says why, and is the call's outcome.

    `quota`: not before the quota's reset; `permanent`: never. What may pass is a `ProviderBusy`.
    """

    status = 502
    type = "provider"
    title = N_("The AI provider did not answer")

    def __init__(self, kind: str, detail: str, retry_after_s: float | None = None) -> None:
        super().__init__(detail)
        self.kind = kind
        self.retry_after_s = retry_after_s


class ProviderBusy(ProviderError, TransientError):
    """The provider may answer later. `kind` is `transient`, or `rate-limited`: after `retry_after_s` seconds."""


class Provider(Protocol):
    """Anything that answers requests; stateless beyond its connections, safe to share by all jobs of a process."""

    name: str
    model: str
    """The model asked when a request names none."""

    async def generate(self, request: Request) -> Answer:
        """Ask once, with no retries of its own. Raises ProviderError, ProviderBusy, or TimeoutError and the like from below."""

    async def close(self) -> None:
        """Let connections go."""


def provider_for(settings: Settings) -> Provider:
    """The provider that the settings name. Raises ValueError for one that this version does not bring."""
    if settings.ai in ("offline", "off"):
        from headway.ai.offline import Offline

        return Offline()
    raise ValueError(f"HEADWAY_AI={settings.ai} is not available in this version: use offline or off")
