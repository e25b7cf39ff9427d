"""How the fake provider looks in Gemini's protocol: `generateContent` and `streamGenerateContent`.

Wire facts: the wait after a 429 stands in the body's RetryInfo; a stream ends by closing and its usage is
cumulative, the last one counts; thoughts are counted beside the candidates' tokens; errors after the start of
a stream come as plain JSON lines.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from headway.testing.upstream.answers import Question
from headway.testing.upstream.behaviours import Behaviour as Do
from headway.testing.upstream.http import HttpRequest, Reply
from headway.testing.upstream.script import Move
from headway.testing.upstream.shapes import (
    deltas,
    dumped,
    framed,
    json_reply,
    page,
    said,
    shredded,
    tokens,
)

_PATH = re.compile(r"/v1(?:beta|alpha)?/(?:models/)?([^:]+):(generateContent|streamGenerateContent)")
_THOUGHTS = 34
_STATUS = {
    Do.BAD_REQUEST: (400, "INVALID_ARGUMENT", "Invalid value at 'contents'."),
    Do.BAD_KEY: (400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."),
    Do.FORBIDDEN: (403, "PERMISSION_DENIED", "Your project has been denied access."),
    Do.NOT_FOUND: (404, "NOT_FOUND", "models/x is not found for API version v1beta."),
    Do.REFUSES_SCHEMA: (400, "INVALID_ARGUMENT", "JSON mode with response_json_schema is not enabled here."),
    Do.REFUSES_TEMPERATURE: (400, "INVALID_ARGUMENT", "temperature is not supported by this model."),
    Do.INTERNAL: (500, "INTERNAL", "An internal error has occurred."),
    Do.UNAVAILABLE: (503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
    Do.DEADLINE: (504, "DEADLINE_EXCEEDED", "Deadline expired before operation could complete."),
    Do.LISTED_ERROR: (503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
    Do.ERROR_IN_SUCCESS: (503, "UNAVAILABLE", "The model is overloaded. Please try again later."),
    Do.ERROR_AFTER_START: (500, "INTERNAL", "An internal error has occurred."),
    Do.INSUFFICIENT_QUOTA: (403, "PERMISSION_DENIED", "Billing is not enabled for this project."),
}
_LATE = (Do.ERROR_AFTER_START, Do.LISTED_ERROR)
_LIMITS = (Do.RATE_LIMITED, Do.RATE_LIMITED_MS, Do.RATE_LIMITED_DATE, Do.RATE_LIMITED_BARE, Do.QUOTA_PER_DAY)


def asks(request: HttpRequest) -> bool:
    """Whether it is sent to where questions are."""
    return request.method == "POST" and _PATH.fullmatch(request.path) is not None


def question(request: HttpRequest, body: Any) -> Question | None:
    """The request as a question; None for another path. Raises ValueError for a body that Gemini would
    refuse."""
    found = _PATH.fullmatch(request.path)
    if found is None or not asks(request):
        return None
    config = body.get("generationConfig", {})
    if not body["contents"]:
        raise ValueError("contents is not specified")
    schema = config.get("responseJsonSchema")
    if schema is not None and config.get("responseMimeType") != "application/json":
        raise ValueError("responseJsonSchema needs responseMimeType application/json")
    system = _text(body.get("systemInstruction", {}))
    prompt = "\n".join(_text(each) for each in body["contents"])
    stream = found[2] == "streamGenerateContent"
    body = {**body, "alt": request.query.get("alt", [""])[0]}
    return Question("gemini", found[1], stream, system, prompt, schema, body)


def malformed(reason: str) -> Reply:
    """What a broken body gets."""
    return json_reply(400, _error(400, "INVALID_ARGUMENT", f"Invalid JSON payload received: {reason}"))


def reply(question: Question, move: Move, text: str) -> Reply:
    """The bytes of one behaviour."""
    do = _meant(question, move.do)
    if do in _LIMITS:
        return json_reply(429, _limit(do, move, question.model))
    if do in (Do.HTML, Do.HTML_OK):
        return page(200 if do is Do.HTML_OK else 502)
    if do is Do.CUT_BEFORE:
        return Reply(silent=True)
    if do in _STATUS and not (do in _LATE and question.stream):
        status, word, message = _STATUS[do]
        body = _error(status, word, message, _KEY_INVALID if do is Do.BAD_KEY else [])
        listed = do is Do.LISTED_ERROR
        return json_reply(200 if do is Do.ERROR_IN_SUCCESS else status, [body] if listed else body)
    frames = _frames(question, do, said(do, text))
    made = _streamed(question, do, frames) if question.stream else json_reply(200, frames[0])
    if do is Do.SPLIT:
        made.pieces, made.streamed = shredded(b"".join(made.pieces)), True
    made.cut = do is Do.CUT
    made.delay_s = move.delay_s if do is Do.SLOW else 0.0
    return made


def _meant(question: Question, do: Do) -> Do:
    """What a behaviour amounts to for this request: nobody refuses an option that is not there."""
    config = question.body.get("generationConfig", {})
    if do is Do.REFUSES_SCHEMA and question.schema is None:
        return Do.OK
    if do is Do.REFUSES_LIMIT or (do is Do.REFUSES_TEMPERATURE and "temperature" not in config):
        return Do.OK
    return Do.CUT if do is Do.STOPPED and not question.stream else do


def _frames(question: Question, do: Do, text: str) -> list[dict[str, Any]]:
    """The response objects: one, or those of a stream."""
    thoughts = _THOUGHTS if do in (Do.THINKING, Do.MAX_TOKENS) else 0
    if do is Do.EMPTY:
        return [_frame(question, None, "", 0)]
    if do is Do.PROMPT_BLOCKED:
        return [{**_frame(question, None, "", 0), "promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}]
    if do is Do.MAX_TOKENS:
        return [_frame(question, {"content": {"role": "model"}, "finishReason": "MAX_TOKENS"}, "", thoughts)]
    if do is Do.SAFETY:
        rated = [{"category": "HARM_CATEGORY_HARASSMENT", "probability": "HIGH", "blocked": True}]
        return [_frame(question, {"content": {}, "finishReason": "SAFETY", "safetyRatings": rated}, "", 0)]
    parts = [text] if not question.stream else deltas(text)
    if do is Do.CUT_SHORT:
        parts = parts[: max(1, len(parts) // 2)] if question.stream else [text[: len(text) // 2]]
    frames, told = [], ""
    for place, part in enumerate(parts):
        told += part
        inside: list[dict[str, Any]] = [{"text": part}]
        if do is Do.THINKING and place == 0:
            inside.insert(0, {"text": "They ask me something.", "thought": True})
        candidate: dict[str, Any] = {"content": {"parts": inside, "role": "model"}, "index": 0}
        if place == len(parts) - 1 and do is not Do.STOPPED:
            candidate["finishReason"] = "MAX_TOKENS" if do is Do.CUT_SHORT else "STOP"
        frames.append(_frame(question, candidate, told, thoughts))
        counted = frames[-1]["usageMetadata"]
        if do is Do.NO_USAGE:
            del frames[-1]["usageMetadata"]
        elif do is Do.PARTIAL_USAGE:
            counted.pop("candidatesTokenCount", None)
        elif place < len(parts) - 1:  # revised later
            counted["promptTokenCount"] += 2
    return frames


def _frame(
    question: Question, candidate: Mapping[str, Any] | None, told: str, thoughts: int
) -> dict[str, Any]:
    given, made = tokens(question.system + question.prompt), tokens(told) if told else 0
    counted = {"promptTokenCount": given, "totalTokenCount": given + made + thoughts}
    if made:  # counts of zero are left out
        counted["candidatesTokenCount"] = made
    if thoughts:
        counted["thoughtsTokenCount"] = thoughts
    frame: dict[str, Any] = {"usageMetadata": counted, "modelVersion": question.model, "responseId": "fake"}
    return {"candidates": [candidate], **frame} if candidate is not None else frame


def _streamed(question: Question, do: Do, frames: list[dict[str, Any]]) -> Reply:
    if question.body["alt"] != "sse":
        listed = [b"[" + dumped(frames[0]), *(b",\r\n" + dumped(frame) for frame in frames[1:]), b"]"]
        return Reply(200, listed, {"content-type": "application/json; charset=UTF-8"}, streamed=True)
    ends = b"\n" if do is Do.LINE_ENDS else b"\r\n"
    pieces = framed(frames, ends)
    if do in _LATE:
        status, word, message = _STATUS[do]
        body = _error(status, word, message)
        trouble = json.dumps([body] if do is Do.LISTED_ERROR else body, indent=2)
        pieces = [*pieces[: len(pieces) // 2], *(line.encode() + b"\r\n" for line in trouble.splitlines())]
    if do is Do.STOPPED:
        pieces = pieces[: max(1, len(pieces) // 2)]
    return Reply(200, pieces, {"content-type": "text/event-stream"}, streamed=True)


_KEY_INVALID = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]


def _error(
    code: int, status: str, message: str, details: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    error: dict[str, Any] = {"code": code, "message": message, "status": status}
    return {"error": {**error, "details": details} if details else error}


def _limit(do: Do, move: Move, model: str) -> dict[str, Any]:
    message = "You exceeded your current quota, please check your plan and billing details."
    if do is Do.RATE_LIMITED_BARE:
        return _error(429, "RESOURCE_EXHAUSTED", message)
    if do in (Do.RATE_LIMITED_MS, Do.RATE_LIMITED_DATE):  # the wait is only in the words
        return _error(429, "RESOURCE_EXHAUSTED", f"{message} Please retry in {move.wait_s:g}s.")
    period = "Day" if do is Do.QUOTA_PER_DAY else "Minute"
    violation = {
        "quotaMetric": "generativelanguage.googleapis.com/generate_content_free_tier_requests",
        "quotaId": f"GenerateRequestsPer{period}PerProjectPerModel-FreeTier",
        "quotaDimensions": {"location": "global", "model": model},
        "quotaValue": "2",
    }
    details: list[dict[str, Any]] = [
        {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]},
        {"@type": "type.googleapis.com/google.rpc.Help", "links": []},
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{move.wait_s:g}s"},
    ]
    return _error(429, "RESOURCE_EXHAUSTED", message, details)


def _text(content: Mapping[str, Any]) -> str:
    return "".join(part.get("text", "") for part in content.get("parts", []))
