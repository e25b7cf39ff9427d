"""Pydantic's validation errors as fields and texts of ours, in the reader's language.

Called by `problems` and `validation`. The words are those of `support.complaints`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from headway.support.complaints import by_field
from headway.support.i18n import gettext

_PLACES = ("body", "query", "path", "header", "cookie")


def complaints(errors: Iterable[Mapping[str, Any]], lang: str, *value: object) -> list[tuple[str, str]]:
    """Field and text of each error, as `pydantic.ValidationError.errors()` gives them of `value`, where that is at hand."""
    entries = [_within_body(error) for error in errors]
    return [(field, gettext(lang, text, **params)) for field, text, params in by_field(entries, *value)]


def _within_body(error: Mapping[str, Any]) -> Mapping[str, Any]:
    location = error.get("loc", ())
    if error.get("type") == "json_invalid":  # its location is a position in the text, not a field
        return {**error, "loc": (), "ctx": {"error": f"{error['ctx']['error']} ({location[-1]})"}}
    return {**error, "loc": location[1:] if location and location[0] in _PLACES else location}
