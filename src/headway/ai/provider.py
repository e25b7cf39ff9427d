"""The protocol between Headway and whoever answers: a request, an answer, and the ways to fail.

Shaped by the wire facts of Gemini `generateContent` and OpenAI chat completions: text may be missing from a
success, usage may be absent, and the wait after a 429 stands in the body or in a header.
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

    `prompt` holds the user's document, already delimited as data; `schema` is a JSON schema for the answer
    (None: free text). `offline` answers the same question without a model: a plain function that returns JSON
    text, run in a thread.
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


NO_USAGE = Usage()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the text (with a schema, only the JSON in it), who said it, what it used."""

    text: str
    model: str
    usage: Usage = NO_USAGE


class ProviderError(HeadwayError):
    """The provider did not answer usefully, and asking again cannot help. `kind` says why, and is the call's
    outcome: `permanent`, or `option-refused` (see OptionRefused). What may pass is a `ProviderBusy`. `usage`
    is what it cost all the same."""

    status = 502
    type = "provider"
    title = N_("The AI provider did not answer")

    def __init__(
        self,
        kind: str,
        detail: str,
        retry_after_s: float | None = None,
        *,
        usage: Usage | None = None,
        **params: object,
    ) -> None:
        super().__init__(detail, **params)
        self.kind = kind
        self.retry_after_s = retry_after_s
        self.usage = usage or NO_USAGE
        self.paused_ms = 0
        """For how long nobody asks that model because of it; set by `asking`."""


class ProviderBusy(ProviderError, TransientError):
    """The provider may answer later. `kind` is `transient`, `rate-limited` (after `retry_after_s` seconds),
    or `quota`: not before the quota's reset, in `retry_after_s` seconds."""


class InDoubt(ProviderBusy):
    """The request was sent and no answer was heard: it may have been answered, and paid for. Its call stays
    unsettled."""

    def __init__(self, detail: str, **params: object) -> None:
        super().__init__("in-doubt", detail, None, usage=None, **params)


class OptionRefused(ProviderError):
    """The provider does not know an option of the request. It was noted, and the next request goes without
    it: ask again."""

    def __init__(self, option: str, said: str) -> None:
        super().__init__(
            "option-refused", N_("The provider refuses {option}: {said}"), option=option, said=said
        )


class AiOff(ProviderError):
    """HEADWAY_AI=off: nobody is asked. Applications that can do without a model catch it."""

    status = 503
    type = "ai-off"
    title = N_("AI is turned off on this server")

    def __init__(self) -> None:
        super().__init__("permanent", self.title)


class Provider(Protocol):
    """Anything that answers requests; stateless beyond its connections, safe to share by all jobs of a
    process."""

    name: str
    model: str
    """The model asked when a request names none."""
    paced: bool
    """Whether its models are asked no faster than they allow; what is on this machine is not paced."""

    def accept(self, request: Request) -> None:
        """Before anything is recorded. Raises ProviderError for what it can never answer, AiOff."""

    async def generate(self, request: Request) -> Answer:
        """Send one request, with no retries of its own. Raises ProviderError, ProviderBusy, InDoubt,
        OptionRefused."""

    async def close(self) -> None:
        """Let connections go."""


def provider_for(settings: Settings) -> Provider:
    """The provider that the settings name. Raises ValueError when its key is missing, or its package is not
    installed."""
    match settings.ai:
        case "offline":
            from headway.ai.offline import Offline

            return Offline()
        case "off":
            from headway.ai.offline import Off

            return Off()
    key = settings.ai_key.get_secret_value() if settings.ai_key else ""
    if not key and not settings.ai_url:
        raise ValueError(
            f"HEADWAY_AI={settings.ai} needs HEADWAY_AI_KEY, or a HEADWAY_AI_URL that asks for none"
        )
    try:
        if settings.ai == "gemini":
            from headway.ai.gemini import Gemini as Chosen
        else:
            from headway.ai.openai import OpenAI as Chosen  # type: ignore[assignment]  # of the same shape
    except ImportError as error:
        raise ValueError(
            f"HEADWAY_AI={settings.ai} needs an extra package: pip install 'headway[{settings.ai}]' ({error})"
        ) from error
    return Chosen(
        key=key,
        url=settings.ai_url,
        model=settings.ai_model,
        timeout_s=settings.ai_timeout,
        stream=settings.ai_stream,
    )
