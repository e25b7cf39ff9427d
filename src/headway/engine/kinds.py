"""What can be run: kinds of jobs and named steps, with how to read their inputs and write their results."""

import inspect
import json
import typing
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from headway.core.errors import FieldError, InvalidInput
from headway.core.retry import RetryPolicy
from headway.store.room import lane_of
from headway.support.complaints import by_field

Handler = Callable[..., Any]
_ONCE = RetryPolicy(times=1)


class Codec:
    """JSON in, a value out, and back: by the annotation where there is one, plain JSON where there is none."""

    __slots__ = ("_adapter", "fields")

    def __init__(self, annotation: Any) -> None:
        plain = annotation in (inspect.Parameter.empty, Any, object, None, dict, list)
        self._adapter: TypeAdapter[Any] | None = None if plain else TypeAdapter(annotation)
        self.fields: frozenset[str] = frozenset(getattr(annotation, "model_fields", ()))
        """Of the model that it reads; none where it is no model."""

    def load(self, text: str | bytes) -> Any:
        """A value from JSON. Raises InvalidInput, naming each wrong field."""
        if self._adapter is None:
            return _plain(text)
        try:
            return self._adapter.validate_json(text)
        except ValidationError as error:
            raise InvalidInput(field_errors(error, _read(text))) from None

    def take(self, value: object) -> Any:
        """A value from what a caller handed over: the model itself, a dict, or JSON bytes. Raises InvalidInput."""
        if isinstance(value, bytes | bytearray):
            return self.load(bytes(value))
        if self._adapter is None:
            return value
        try:
            return self._adapter.validate_python(value)
        except ValidationError as error:
            raise InvalidInput(field_errors(error, value)) from None

    def dump(self, value: object) -> str:
        """The value as JSON text. Raises InvalidInput for what JSON cannot carry."""
        if value is None:
            return "null"
        try:
            text = to_json(value)
            if b"NaN" in text or b"Infinity" in text:  # pydantic writes them, and JSON does not have them
                json.loads(text, parse_constant=_refuse_constant)
        except Exception as error:
            raise InvalidInput([FieldError("", f"this cannot be written as JSON: {error}")]) from error
        return text.decode()


@dataclass(frozen=True, slots=True)
class Kind:
    """A registered kind of job. Limits in seconds; `memory_mb` and killing apply to `process` handlers."""

    name: str
    handler: Handler
    input: Codec
    title: str
    queue: str = "default"
    priority: int = 0
    max_attempts: int = 3
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    time_limit: float | None = None
    soft_time_limit: float | None = None
    process: bool = False
    memory_mb: int | None = None
    is_async: bool = True
    takes_input: bool = True
    internal: bool = False
    """Headway's own, such as sending an e-mail: not submitted from outside, and not shown among the kinds."""
    tier: Callable[[Any], str] | None = None
    """Which row of the price list an input is priced by."""
    limit: int | None = None
    """How many of its tasks, bodies and chunks alike, may run at a time on all workers together."""

    @property
    def lane(self) -> str:
        """The queue that its tasks stand in."""
        return self.queue if self.limit is None else lane_of(self.name)


@dataclass(frozen=True, slots=True)
class Step:
    """A function that `ctx.step` runs: its name in the record, and how to treat it."""

    name: str
    function: Handler
    result: Codec
    retry: RetryPolicy = _ONCE
    timeout: float | None = None
    process: bool = False
    memory_mb: int | None = None
    is_async: bool = True
    takes_context: bool = False
    arguments: tuple[Codec, ...] = ()
    """How to read each positional argument (the context aside) of a chunk, whose arguments travel as JSON."""

    def options(self) -> dict[str, Any]:
        """What was said of the function, for `step_of`."""
        return {
            "name": self.name,
            "retry": self.retry,
            "timeout": self.timeout,
            "process": self.process,
            "memory_mb": self.memory_mb,
        }


@dataclass(frozen=True, slots=True)
class Snooze:
    """Returned by a handler: call me again in `seconds`; it costs no try."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Cancel:
    """Returned by a handler: end this job as cancelled, for this reason."""

    reason: str = ""


def kind_of(name: str, handler: Handler, *, title: str | None, options: dict[str, Any]) -> Kind:
    """Read a handler's signature: `handler(ctx, input: Model)`, or `handler(ctx)`. Raises TypeError for another shape."""
    parameters = list(inspect.signature(handler).parameters.values())
    if not 1 <= len(parameters) <= 2:
        raise TypeError(
            f"the handler of {name!r} takes (ctx) or (ctx, input), not {len(parameters)} arguments"
        )
    takes_input = len(parameters) == 2
    annotation = _hints(handler).get(parameters[1].name, inspect.Parameter.empty) if takes_input else None
    return Kind(
        name=name,
        handler=handler,
        input=Codec(annotation),
        title=title or name.replace("-", " ").replace("_", " ").capitalize(),
        is_async=inspect.iscoroutinefunction(handler),
        takes_input=takes_input,
        **options,
    )


def step_of(function: Handler, *, name: str | None = None, **options: Any) -> Step:
    """A function as a step; a first parameter called `ctx` is filled with the context. Raises TypeError for one with `process`."""
    hints = _hints(function)
    try:
        parameters = list(inspect.signature(function).parameters)
    except ValueError:  # a builtin that does not say, such as `str`
        parameters = []
    if options.get("process") and parameters[:1] == ["ctx"]:
        raise TypeError(f"{function.__qualname__} runs in a process of its own and cannot have a ctx")
    return Step(
        name=name or getattr(function, "__qualname__", repr(function)).replace("<locals>.", ""),
        function=function,
        result=Codec(hints.get("return", inspect.Parameter.empty)),
        is_async=inspect.iscoroutinefunction(function),
        takes_context=parameters[:1] == ["ctx"],
        arguments=tuple(Codec(hints.get(p, inspect.Parameter.empty)) for p in parameters if p != "ctx"),
        **options,
    )


def field_errors(error: ValidationError, value: object) -> list[FieldError]:
    """Pydantic's complaints about `value` as ours: dotted paths, one message each."""
    entries = error.errors(include_url=False, include_input=False)
    return [FieldError(*each) for each in by_field(entries, value)]


def _hints(function: Handler) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function)
    except NameError:  # a name under TYPE_CHECKING, or local to a test: such a handler gets plain JSON
        return {}


def _read(text: str | bytes) -> object:
    """The value that Pydantic was given as JSON; None where it is none."""
    try:
        return from_json(text)
    except ValueError:
        return None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"JSON has no {name}")


def _plain(text: str | bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidInput([FieldError("", f"this is not JSON: {error}")]) from None
