"""Chat completions by `openai` (the extra `headway[openai]`): OpenAI itself and every server that speaks its
protocol.

Made by `provider_for`. Sends one HTTP request per `generate`. Compatible servers differ in the options they
know: one that is refused is remembered and left out from then on (`OptionRefused`), and the schema then goes
into the prompt.
"""

from collections.abc import Mapping
from typing import Any

import openai
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from pydantic import ValidationError

from headway.ai.failures import clean, cut_short, no_text, refused, unreadable
from headway.ai.provider import Answer, InDoubt, OptionRefused, ProviderError, Request, Usage
from headway.ai.structured import is_strict, json_in, with_schema
from headway.ai.wire import broken, http_client, one_call
from headway.support.i18n import N_

MODEL = "gpt-4.1-mini"
_NO_KEY = "none"
_SCHEMA, _JSON, _LIMIT, _SYSTEM = "json_schema", "json_object", "max_completion_tokens", "the system role"
_TEMPERATURE, _USAGE = "temperature", "stream_options"


class OpenAI:
    """Asks a server for chat completions."""

    name = "openai"
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
        self._client = openai.AsyncOpenAI(
            api_key=key or _NO_KEY,
            base_url=url or "https://api.openai.com/v1",  # given, so that OPENAI_BASE_URL is not heeded
            max_retries=0,
            timeout=timeout_s,
            http_client=self._http,
        )

    def accept(self, request: Request) -> None:
        """Whatever it is, it can be tried."""

    async def generate(self, request: Request) -> Answer:
        """Send one request. See `provider.Provider`."""
        model = request.model or self.model
        try:
            async with one_call(self._timeout_s, self._key) as sending:
                options = self._options(request, model)
                if self._stream:
                    return await self._streamed(request, model, options)
                return self._whole(request, await self._client.chat.completions.create(**options))
        except openai.APIStatusError as error:
            raise self._refusal(error, model) from error
        except openai.APIConnectionError as error:
            raise broken(error.__cause__ or error, self._key, sending) from error
        except openai.APIError as error:  # an error frame after 200
            raise self._inside(error.body) from error
        except (ValidationError, ValueError, TypeError) as error:
            raise unreadable(str(error), self._key) from error

    async def close(self) -> None:
        """Let connections go."""
        await self._http.aclose()

    def _knows(self, model: str, option: str) -> bool:
        return (model, option) not in self._refused

    def _options(self, request: Request, model: str) -> dict[str, Any]:
        prompt, options = request.prompt, {"model": model, "stream": self._stream}
        if request.schema is not None:
            if self._knows(model, _SCHEMA):
                form = {"name": "answer", "schema": request.schema, "strict": is_strict(request.schema)}
                options["response_format"] = {"type": _SCHEMA, _SCHEMA: form}
            else:
                prompt = with_schema(prompt, request.schema)
                if self._knows(model, _JSON):
                    options["response_format"] = {"type": _JSON}
        messages = [{"role": "user", "content": prompt}]
        if request.system and self._knows(model, _SYSTEM):
            messages.insert(0, {"role": "system", "content": request.system})
        elif request.system:
            messages[0]["content"] = f"{request.system}\n\n{prompt}"
        if self._knows(model, _TEMPERATURE):
            options[_TEMPERATURE] = request.temperature
        if request.max_output_tokens is not None:
            options[_LIMIT if self._knows(model, _LIMIT) else "max_tokens"] = request.max_output_tokens
        if self._stream and self._knows(model, _USAGE):
            options[_USAGE] = {"include_usage": True}
        return {**options, "messages": messages}

    def _whole(self, request: Request, reply: ChatCompletion) -> Answer:
        self._check(reply)
        usage = _usage(reply.usage)
        if not reply.choices:
            raise no_text("", usage)
        choice = reply.choices[0]
        message = choice.message
        refusal = getattr(message, "refusal", None)
        return self._answer(request, message.content or "", choice.finish_reason, refusal, reply.model, usage)

    async def _streamed(self, request: Request, model: str, options: dict[str, Any]) -> Answer:
        said: list[str] = []
        denied: list[str] = []
        reason, usage, named = "", Usage(), model
        async for frame in await self._client.chat.completions.create(**options):
            self._check(frame)
            usage = _usage(frame.usage) if frame.usage else usage
            named = frame.model or named
            for choice in (frame.choices or [])[:1]:
                said.append(choice.delta.content or "")
                denied.append(getattr(choice.delta, "refusal", None) or "")
                reason = choice.finish_reason or reason
        if not reason and "".join(said):
            raise InDoubt(N_("The answer stopped in the middle"))
        return self._answer(request, "".join(said), reason, "".join(denied), named, usage)

    def _answer(
        self, request: Request, text: str, reason: str | None, refusal: str | None, model: str, usage: Usage
    ) -> Answer:
        if reason == "length":
            raise cut_short(usage)
        if refusal or reason == "content_filter":
            raise no_text("content_filter", usage)
        if not text.strip():
            raise no_text(reason or "", usage)
        return Answer(json_in(text) if request.schema is not None else text, model, usage)

    def _check(self, reply: ChatCompletion | ChatCompletionChunk) -> None:
        """The SDK hands over whatever came with a status of 200: a page, an error object."""
        if isinstance(reply, str):
            raise unreadable(reply, self._key)
        error = (reply.model_extra or {}).get("error")
        if error:
            raise self._inside(error)
        if reply.choices is None:
            raise unreadable("no choices", self._key)

    def _inside(self, body: object) -> ProviderError:
        """An error that came with status 200: its own code counts."""
        code = body.get("code") if isinstance(body, Mapping) else None
        kind = body.get("type") if isinstance(body, Mapping) else None
        if isinstance(code, str) and code.isdigit():
            code = int(code)
        if isinstance(code, int) and 400 <= code <= 599:
            return refused(code, body, self._key)
        if "rate_limit_exceeded" in (code, kind):
            return refused(429, body, self._key)
        return refused(400 if kind == "invalid_request_error" else 500, body, self._key)

    def _refusal(self, error: openai.APIStatusError, model: str) -> ProviderError:
        body = error.body if error.body is not None else error.response.text
        option = _option(error) if error.status_code in (400, 422) else ""
        if option == _SCHEMA and not self._knows(model, _SCHEMA):
            option = _JSON
        if option and self._knows(model, option):
            self._refused.add((model, option))
            said = body.get("message") if isinstance(body, Mapping) else None
            return OptionRefused(option, clean(str(said or error.message), self._key))
        return refused(error.status_code, body, self._key, headers=error.response.headers)


def _option(error: openai.APIStatusError) -> str:
    """The option of ours that a 400 complains about."""
    message, param = error.message.lower(), (error.param or "").lower()
    if error.code in ("context_length_exceeded", "model_not_found"):
        return ""
    if "response_format" in param or any(
        word in message for word in ("response_format", "json_schema", "json_object")
    ):
        return _SCHEMA
    for option in (_TEMPERATURE, _LIMIT, _USAGE):
        if option in param or option in message:
            return option
    if error.code == "unsupported_value" and ("role" in param or "'system'" in message):
        return _SYSTEM
    return ""


def _usage(counted: Any) -> Usage:
    """Completion tokens include those of reasoning."""
    if counted is None:
        return Usage()
    return Usage(getattr(counted, "prompt_tokens", None), getattr(counted, "completion_tokens", None))
