"""Pydantic's validation errors as fields and texts of ours, in the reader's language.

Called by `problems`. A rule that this table does not know keeps Pydantic's English words.
"""

from collections.abc import Iterable, Mapping, Sequence

from headway.support.i18n import N_, gettext

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
    "json_invalid": N_("Not valid JSON: {error}"),
}
_PLACES = ("body", "query", "path", "header", "cookie")


def field_path(location: Sequence[object]) -> str:
    """The dotted path of a location: `("body", "reviews", 3, "rating")` is `reviews.3.rating`."""
    parts = location[1:] if location and location[0] in _PLACES else location
    return ".".join(str(part) for part in parts)


def complaints(errors: Iterable[Mapping[str, object]], lang: str) -> list[tuple[str, str]]:
    """Field and text of each error, as `pydantic.ValidationError.errors()` gives them."""
    found = []
    for error in errors:
        location, kind, context = error.get("loc", ()), str(error.get("type", "")), error.get("ctx")
        text = _TEXTS.get(kind)
        if text is None:
            message = str(error.get("msg", "")).removeprefix("Value error, ")
            text, context = message, None
        args = context if isinstance(context, Mapping) else {}
        message = gettext(lang, text, **{str(name): value for name, value in args.items()})
        if kind == "json_invalid":  # its location is a position in the text, not a field
            position = location[-1] if isinstance(location, Sequence) and location else 0
            found.append(("", f"{message} ({position})"))
        else:
            found.append((field_path(location if isinstance(location, Sequence) else ()), message))
    return found
