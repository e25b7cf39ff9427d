"""What the fake provider says when it is honest: by default an echo of the prompt in the asked form.

An answerer is a plain function of a `Question`; an application's offline analyser can be one.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_DEEPEST = 12
_ECHOED = 200


@dataclass(frozen=True, slots=True)
class Question:
    """A request as both protocols mean it. `body` is what came; `schema` a JSON schema, where one was asked
    for."""

    protocol: str
    model: str
    stream: bool
    system: str
    prompt: str
    schema: dict[str, Any] | None
    body: Mapping[str, Any]


Answerer = Callable[[Question], str]


def echo(question: Question) -> str:
    """The prompt again; where a form is asked for, the least that has it, with the prompt's beginning in its
    texts."""
    if question.schema is None:
        return question.prompt
    value = _value(question.schema, question.schema, question.prompt[:_ECHOED], _DEEPEST)
    return json.dumps(value, ensure_ascii=False)


def _value(schema: Any, root: Mapping[str, Any], text: str, deeper: int) -> Any:
    """A value that has the form of `schema`, for the words that structured outputs use."""
    if not isinstance(schema, Mapping) or deeper == 0:
        return text
    if "$ref" in schema:
        return _value(_found(root, str(schema["$ref"])), root, text, deeper - 1)
    for word in ("const", "default"):
        if word in schema:
            return schema[word]
    if schema.get("enum"):
        return schema["enum"][0]
    for word in ("anyOf", "oneOf", "allOf"):
        if schema.get(word):
            return _value(schema[word][0], root, text, deeper - 1)
    kind = schema.get("type")
    kind = next((each for each in kind if each != "null"), "null") if isinstance(kind, list) else kind
    if kind == "object" or "properties" in schema:
        inner = schema.get("properties", {})
        return {
            name: _value(inner.get(name, {}), root, text, deeper - 1)
            for name in schema.get("required", inner)
        }
    if kind == "array":
        return [_value(schema.get("items", {}), root, text, deeper - 1)] * max(1, schema.get("minItems", 1))
    if kind in ("number", "integer"):
        return _number(schema)
    if kind in ("boolean", "null"):
        return True if kind == "boolean" else None
    return _text(schema, text)


def _found(root: Mapping[str, Any], pointer: str) -> Any:
    found: Any = root
    for part in pointer.removeprefix("#/").split("/"):
        found = found[part]
    return found


def _number(schema: Mapping[str, Any]) -> float | int:
    low = schema.get(
        "minimum", schema.get("exclusiveMinimum", 0) + (1 if "exclusiveMinimum" in schema else 0)
    )
    step = schema.get("multipleOf")
    value = low if not step else -(-low // step) * step
    return int(value) if schema.get("type") == "integer" else value


def _text(schema: Mapping[str, Any], text: str) -> str:
    text = text or "x"
    least = schema.get("minLength", 0)
    while len(text) < least:
        text += text
    return text[: schema.get("maxLength", len(text))]
