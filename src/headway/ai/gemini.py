"""Gemini by `google-genai` (the extra `headway[gemini]`), at Google or at any address that speaks
`generateContent`.

Made by `provider_for`. Sends one HTTP request per `generate`: the SDK's own retries are off, and our HTTP
client is given to it, since with aiohttp installed it would use that, and repeat requests by itself.
"""

import json
from collections.abc import Sequence
from typing import Any

import httpx2
from google import genai
from google.genai import errors, types
from pydantic import ValidationError

from headway.ai.failures import clean, cut_short, no_text, refused, unreadable
from headway.ai.provider import Answer, InDoubt, OptionRefused, ProviderError, Request, Usage
from headway.ai.structured import json_in, with_schema
from headway.ai.wire import http_client, one_call, tls
from headway.support.i18n import N_

MODEL = "gemini-2.5-flash"
_NO_KEY = "none"
_OF_SCHEMAS = (
    "responsejsonschema",
    "response_json_schema",
    "response_schema",
    "mime_type",
    "json mode",
    "schema",
)


class Gemini:
    """Asks Gemini; remembers which options a model has refused, and leaves them out from then on."""

    name = "gemini"
    paced = True

    def __init__(
        self, *, key: str = "", url: str = "", model: str = "", timeout_s: float = 60, stream: bool = False
    ) -> None:
        self.model = model or MODEL
        self._key = key
        self._timeout_s = timeout_s
        self._stream = stream
        self._refused: set[tuple[str, str]] = set()
        self._http = http_client(timeout_s)
        self._client = genai.Client(
            vertexai=False,
            api_key=key or _NO_KEY,
            http_options=types.HttpOptions(
                base_url=url.rstrip("/") or None,
                timeout=int(timeout_s * 1000),
                retry_options=types.HttpRetryOptions(attempts=1),
                httpx_async_client=self._http,
                client_args={"verify": tls()},  # for clients of its own, which it makes and never uses
                async_client_args={"verify": tls(), "ssl": tls()},
            ),
        )

    def accept(self, request: Request) -> None:
        """Whatever it is, it can be tried."""

    async def generate(self, request: Request) -> Answer:
        """Send one request. See `provider.Provider`."""
        model = request.model or self.model
        try:
            async with one_call(self._timeout_s, self._key):
                return self._answer(request, model, await self._ask(request, model))
        except errors.APIError as error:
            raise self._refusal(error, request, model) from error
        except (errors.UnknownApiResponseError, ValidationError, json.JSONDecodeError) as error:
            raise unreadable(str(error), self._key) from error

    async def close(self) -> None:
        """Let connections go."""
        await self._http.aclose()

    async def _ask(self, request: Request, model: str) -> Sequence[types.GenerateContentResponse]:
        """The reply's frames: one, or those of a stream."""
        prompt, config = self._contents(request, model)
        if not self._stream:
            return [
                await self._client.aio.models.generate_content(model=model, contents=prompt, config=config)
            ]
        stream = await self._client.aio.models.generate_content_stream(
            model=model, contents=prompt, config=config
        )
        return [frame async for frame in stream]

    def _contents(self, request: Request, model: str) -> tuple[str, types.GenerateContentConfig]:
        schema = None if (model, "schema") in self._refused else request.schema
        prompt = request.prompt if schema is not None else with_schema(request.prompt, request.schema)
        return prompt, types.GenerateContentConfig(
            system_instruction=request.system or None,
            temperature=None if (model, "temperature") in self._refused else request.temperature,
            max_output_tokens=request.max_output_tokens,
            response_mime_type="application/json" if schema is not None else None,
            response_json_schema=schema,
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        )

    def _answer(
        self, request: Request, model: str, frames: Sequence[types.GenerateContentResponse]
    ) -> Answer:
        """The text of a reply. Raises ProviderError when there is none, InDoubt when a stream stopped in the
        middle."""
        usage, reason, blocked, version = Usage(), "", "", model
        said: list[str] = []
        for frame in frames:
            usage = _usage(frame) or usage  # cumulative: the last one counts
            version = frame.model_version or version
            feedback = frame.prompt_feedback
            blocked = _word(feedback.block_reason) if feedback and feedback.block_reason else blocked
            for candidate in (frame.candidates or [])[:1]:
                reason = _word(candidate.finish_reason) or reason
                parts = (candidate.content.parts if candidate.content else None) or []
                said += [part.text for part in parts if part.text and not part.thought]
        text = "".join(said)
        if blocked:
            raise no_text(blocked, usage)
        if reason == "MAX_TOKENS":
            raise cut_short(usage)
        if not text.strip() or reason not in ("STOP", ""):
            raise no_text(reason, usage)
        if not reason and self._stream:
            raise InDoubt(N_("The answer stopped in the middle"))
        return Answer(json_in(text) if request.schema is not None else text, version, usage)

    def _refusal(self, error: errors.APIError, request: Request, model: str) -> ProviderError:
        response = error.response
        headers = dict(response.headers) if isinstance(response, httpx2.Response) else {}
        status = error.code if isinstance(error.code, int) else 500
        option = _option(error)
        if option == "schema" and request.schema is None:
            option = ""
        if status == 400 and option and (model, option) not in self._refused:
            self._refused.add((model, option))
            return OptionRefused(option, clean(str(error.message), self._key))
        return refused(status, error.details, self._key, headers=headers)


def _usage(frame: types.GenerateContentResponse) -> Usage | None:
    """Thinking is billed as output; zero counts are left out of the wire."""
    counted = frame.usage_metadata
    if counted is None:
        return None
    output = (counted.candidates_token_count or 0) + (counted.thoughts_token_count or 0)
    given = (counted.prompt_token_count or 0) + (counted.tool_use_prompt_token_count or 0)
    return Usage(given, output)


def _option(error: errors.APIError) -> str:
    """The option of ours that a 400 complains about."""
    message = str(error.message or "").lower()
    if any(word in message for word in _OF_SCHEMAS):
        return "schema"
    return "temperature" if "temperature" in message and "support" in message else ""


def _word(value: Any) -> str:
    """An enumeration's member by its wire name, also one that the SDK does not know yet."""
    return str(getattr(value, "value", value) or "")
