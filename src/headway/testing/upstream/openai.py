"""How the fake provider looks in OpenAI's protocol: chat completions.

Wire facts: the wait after a 429 stands in a header; a stream ends with `[DONE]`, and its usage comes in a
frame without choices where it was asked for; completion tokens include those of reasoning; errors after the
start come as a frame of their own.
"""

from typing import Any

from headway.testing.upstream.answers import Question
from headway.testing.upstream.behaviours import Behaviour as Do
from headway.testing.upstream.http import HttpRequest, Reply
from headway.testing.upstream.script import Move
from headway.testing.upstream.shapes import (
    deltas,
    framed,
    json_reply,
    page,
    retry_headers,
    said,
    shredded,
    tokens,
)

_PATHS = ("/v1/chat/completions", "/chat/completions")
_REASONED = 34
_ERRORS: dict[Do, tuple[int, str, str | None, str | None, str]] = {
    Do.BAD_REQUEST: (400, "invalid_request_error", "messages", None, "Invalid value for 'messages'."),
    Do.BAD_KEY: (401, "invalid_request_error", None, "invalid_api_key", "Incorrect API key provided."),
    Do.FORBIDDEN: (
        403,
        "request_forbidden",
        None,
        "unsupported_country",
        "Country, region, or territory not supported",
    ),
    Do.NOT_FOUND: (404, "invalid_request_error", None, "model_not_found", "The model does not exist."),
    Do.REFUSES_SCHEMA: (
        400,
        "invalid_request_error",
        "response_format",
        None,
        "response_format of type json_schema is not supported by this server",
    ),
    Do.REFUSES_TEMPERATURE: (
        400,
        "invalid_request_error",
        "temperature",
        "unsupported_value",
        "Unsupported value: 'temperature' does not support 0 with this model.",
    ),
    Do.REFUSES_LIMIT: (
        400,
        "invalid_request_error",
        "max_completion_tokens",
        "unsupported_parameter",
        "Unrecognized request argument supplied: max_completion_tokens",
    ),
    Do.INTERNAL: (500, "server_error", None, None, "The server had an error while processing your request."),
    Do.UNAVAILABLE: (503, "server_error", None, "overloaded", "The engine is currently overloaded."),
    Do.DEADLINE: (504, "server_error", None, "timeout", "Upstream timed out."),
    Do.LISTED_ERROR: (503, "server_error", None, "overloaded", "The engine is currently overloaded."),
    Do.ERROR_IN_SUCCESS: (503, "server_error", None, "overloaded", "The engine is currently overloaded."),
    Do.ERROR_AFTER_START: (
        500,
        "server_error",
        None,
        None,
        "The server had an error while processing your request.",
    ),
    Do.INSUFFICIENT_QUOTA: (
        429,
        "insufficient_quota",
        None,
        "insufficient_quota",
        "You exceeded your current quota, please check your plan and billing details.",
    ),
    Do.PROMPT_BLOCKED: (
        400,
        "invalid_request_error",
        "prompt",
        "content_filter",
        "The response was filtered due to the prompt triggering a content policy.",
    ),
}
_LIMITS = (Do.RATE_LIMITED, Do.RATE_LIMITED_MS, Do.RATE_LIMITED_DATE, Do.RATE_LIMITED_BARE, Do.QUOTA_PER_DAY)


def asks(request: HttpRequest) -> bool:
    """Whether it is sent to where questions are."""
    return request.method == "POST" and request.path in _PATHS


def question(request: HttpRequest, body: Any) -> Question | None:
    """The request as a question; None for another path. Raises ValueError for a body that OpenAI would
    refuse."""
    if not asks(request):
        return None
    if not body["messages"]:
        raise ValueError("messages must not be empty")
    form = body.get("response_format", {})
    schema = form["json_schema"]["schema"] if form.get("type") == "json_schema" else None
    system = "\n".join(
        each["content"] for each in body["messages"] if each["role"] in ("system", "developer")
    )
    prompt = "\n".join(
        each["content"] for each in body["messages"] if each["role"] not in ("system", "developer")
    )
    return Question("openai", str(body["model"]), bool(body.get("stream")), system, prompt, schema, body)


def malformed(reason: str) -> Reply:
    """What a broken body gets."""
    return json_reply(
        400, _error("invalid_request_error", None, None, f"We could not parse the JSON body: {reason}")
    )


def reply(question: Question, move: Move, text: str) -> Reply:
    """The bytes of one behaviour."""
    do = _meant(question, move.do)
    if do in _LIMITS:
        kind, period = ("requests", "day") if do is Do.QUOTA_PER_DAY else ("tokens", "min")
        message = f"Rate limit reached for {question.model} on {kind} per {period}."
        return json_reply(429, _error(kind, None, "rate_limit_exceeded", message), retry_headers(move))
    if do in (Do.HTML, Do.HTML_OK):
        return page(200 if do is Do.HTML_OK else 502)
    if do is Do.CUT_BEFORE:
        return Reply(silent=True)
    if do in _ERRORS and not (do is Do.ERROR_AFTER_START and question.stream):
        status, kind, param, code, message = _ERRORS[do]
        body = _error(kind, param, code, message)
        if do is Do.ERROR_IN_SUCCESS:
            body["error"]["code"] = status  # as gateways do
            return json_reply(200, body)
        return json_reply(status, [body] if do is Do.LISTED_ERROR else body)
    text = said(do, text)
    made = _streamed(question, do, text) if question.stream else json_reply(200, _whole(question, do, text))
    if do is Do.SPLIT:
        made.pieces, made.streamed = shredded(b"".join(made.pieces)), True
    made.cut = do is Do.CUT
    made.delay_s = move.delay_s if do is Do.SLOW else 0.0
    return made


def _meant(question: Question, do: Do) -> Do:
    """What a behaviour amounts to for this request: nobody refuses an option that is not there."""
    options = {
        Do.REFUSES_SCHEMA: "response_format",
        Do.REFUSES_TEMPERATURE: "temperature",
        Do.REFUSES_LIMIT: "max_completion_tokens",
    }
    if do in options and options[do] not in question.body:
        return Do.OK
    return Do.CUT if do is Do.STOPPED and not question.stream else do


def _ended(do: Do, text: str) -> tuple[str | None, str, str | None]:
    """The text that is left, the finish reason, and a refusal."""
    match do:
        case Do.EMPTY:
            return None, "stop", None
        case Do.MAX_TOKENS:
            return None, "length", None
        case Do.CUT_SHORT:
            return text[: len(text) // 2], "length", None
        case Do.SAFETY:
            return None, "content_filter", None
    return text, "stop", None


def _whole(question: Question, do: Do, text: str) -> dict[str, Any]:
    left, reason, refusal = _ended(do, text)
    message: dict[str, Any] = {"role": "assistant", "content": left, "refusal": refusal}
    if do is Do.THINKING:
        message["reasoning_content"] = "They ask me something."
    choices = [{"index": 0, "message": message, "logprobs": None, "finish_reason": reason}]
    body = {**_head(question, "chat.completion"), "choices": [] if do is Do.EMPTY else choices}
    return body if do is Do.NO_USAGE else {**body, "usage": _usage(question, do, left or "")}


def _streamed(question: Question, do: Do, text: str) -> Reply:
    left, reason, _ = _ended(do, text)
    head = {**_head(question, "chat.completion.chunk"), "usage": None}

    def choice(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        return {**head, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]}

    frames = [] if do is Do.EMPTY else [choice({"role": "assistant", "content": ""})]
    if do is Do.THINKING:
        frames.append(choice({"reasoning_content": "They ask me something."}))
    if do is not Do.EMPTY:
        frames += [choice({"content": part}) for part in deltas(left or "")]
        frames.append(choice({}, reason))
    wanted = question.body.get("stream_options", {}).get("include_usage")
    if wanted and do is not Do.NO_USAGE:
        frames.append({**head, "choices": [], "usage": _usage(question, do, left or "")})
    ends = b"\r\n" if do is Do.LINE_ENDS else b"\n"
    pieces = framed(frames, ends, b"data: [DONE]" + ends + ends)
    if do is Do.ERROR_AFTER_START:
        _, kind, param, code, message = _ERRORS[do]
        pieces = [*pieces[: len(pieces) // 2], *framed([_error(kind, param, code, message)], ends)]
    if do is Do.STOPPED:
        pieces = pieces[: max(2, len(pieces) // 2)]
    return Reply(200, pieces, {"content-type": "text/event-stream; charset=utf-8"}, streamed=True)


def _head(question: Question, kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-fake", "object": kind, "created": 1752720361, "model": question.model}


def _usage(question: Question, do: Do, text: str) -> dict[str, Any]:
    reasoned = _REASONED if do in (Do.THINKING, Do.MAX_TOKENS) else 0
    given, made = tokens(question.system + question.prompt), (tokens(text) if text else 0) + reasoned
    if do is Do.PARTIAL_USAGE:
        return {"prompt_tokens": given}
    details = {"reasoning_tokens": reasoned}
    return {
        "prompt_tokens": given,
        "completion_tokens": made,
        "total_tokens": given + made,
        "completion_tokens_details": details,
    }


def _error(kind: str, param: str | None, code: str | None, message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}
