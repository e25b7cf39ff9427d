"""Pydantic's complaints about a value, as message ids of ours and what fills them.

Called by the engine (a job's input) and by `http` (a request's own fields); models of ours complain with
`complaint`. Invariant: nothing is rendered here. The one who reads chooses the language.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, LiteralString

from pydantic_core import PydanticCustomError

from headway.support.i18n import N_

# By Pydantic's error type: the text, filled from the error's `ctx`.
_TEXTS: Mapping[str, str] = {
    "missing": N_("This field is required"),
    "extra_forbidden": N_("There is no such field"),
    "string_type": N_("Must be text"),
    "string_too_short": N_("Must have at least {min_length} characters"),
    "string_too_long": N_("Must have at most {max_length} characters"),
    "string_unicode": N_("Must be valid Unicode"),
    "int_type": N_("Must be a whole number"),
    "int_parsing": N_("Must be a whole number"),
    "int_from_float": N_("Must be a whole number"),
    "float_type": N_("Must be a number"),
    "float_parsing": N_("Must be a number"),
    "bool_type": N_("Must be true or false"),
    "bool_parsing": N_("Must be true or false"),
    "enum": N_("Must be one of {expected}"),
    "literal_error": N_("Must be one of {expected}"),
    "greater_than": N_("Must be greater than {gt}"),
    "greater_than_equal": N_("Must be at least {ge}"),
    "less_than": N_("Must be less than {lt}"),
    "less_than_equal": N_("Must be at most {le}"),
    "list_type": N_("Must be a list"),
    "too_short": N_("Must have at least {min_length} items"),
    "too_long": N_("Must have at most {max_length} items"),
    "dict_type": N_("Must be an object"),
    "model_type": N_("Must be an object"),
    "model_attributes_type": N_("Must be an object"),
    "datetime_parsing": N_("Must be a date and time such as 2030-01-31T09:00:00Z"),
    "datetime_from_date_parsing": N_("Must be a date and time such as 2030-01-31T09:00:00Z"),
    "timezone_aware": N_("Must name its time zone, such as Z for UTC"),
    "int_parsing_size": N_("This number is too large"),
    "json_invalid": N_("Not valid JSON: {error}"),
}
_MSGID = "msgid"
_UNKNOWN = object()


def complaint(kind: LiteralString, msgid: LiteralString, /, **params: object) -> PydanticCustomError:
    """An error to raise in a validator, whose text is a message id; the catalogues know such calls."""
    return PydanticCustomError(kind, msgid, {**params, _MSGID: msgid})


def said(entry: Mapping[str, object]) -> tuple[str, dict[str, object]]:
    """Message id and parameters of one entry of `pydantic.ValidationError.errors()`.

    A rule that the table does not know keeps Pydantic's English words.
    """
    context = entry.get("ctx")
    params = {str(name): value for name, value in context.items()} if isinstance(context, Mapping) else {}
    msgid = params.pop(_MSGID, None) or _TEXTS.get(str(entry.get("type", "")))
    if msgid is None:
        return str(entry.get("msg", "")).removeprefix("Value error, "), {}
    return str(msgid), params


def by_field(
    errors: Iterable[Mapping[str, Any]], value: object = _UNKNOWN
) -> Iterator[tuple[str, str, dict[str, object]]]:
    """Dotted path, message id and parameters of each wrong field, each field once: of the branches of a union the first one speaks.

    `value` is what was checked, where it is at hand.
    """
    told = set()
    for entry in errors:
        field = _path(entry.get("loc", ()), value, missing=entry.get("type") == "missing")
        if field not in told:
            told.add(field)
            yield field, *said(entry)


def _path(location: Sequence[object], value: object, *, missing: bool) -> str:
    """`("reviews", 3, "rating")` is `reviews.3.rating`. Among the parts Pydantic names the branch of a union that it was in, by a
    type's name or a function's: what leads nowhere in the value is no place, but for the last part of what is missing."""
    if value is _UNKNOWN:
        return ".".join(map(str, location))
    places = []
    for n, part in enumerate(location, start=1):
        try:
            value = value[part]  # type: ignore[index]  # what cannot be asked says so
        except (LookupError, TypeError):
            if not missing or n < len(location):
                continue
        places.append(str(part))
    return ".".join(places)
