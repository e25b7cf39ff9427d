"""Pydantic's validation errors as fields and texts of ours, in the reader's language.

Called by `problems` and `validation`. The words are those of `support.complaints`.
"""

from collections.abc import Iterable, Mapping, Sequence

from headway.support.complaints import said
from headway.support.i18n import gettext

_PLACES = ("body", "query", "path", "header", "cookie")


def field_path(location: Sequence[object]) -> str:
    """The dotted path of a location: `("body", "reviews", 3, "rating")` is `reviews.3.rating`."""
    parts = location[1:] if location and location[0] in _PLACES else location
    return ".".join(str(part) for part in parts)


def complaints(errors: Iterable[Mapping[str, object]], lang: str) -> list[tuple[str, str]]:
    """Field and text of each error, as `pydantic.ValidationError.errors()` gives them."""
    found = []
    for error in errors:
        location = error.get("loc", ())
        text, params = said(error)
        message = gettext(lang, text, **params)
        if error.get("type") == "json_invalid":  # its location is a position in the text, not a field
            position = location[-1] if isinstance(location, Sequence) and location else 0
            found.append(("", f"{message} ({position})"))
        else:
            found.append((field_path(location if isinstance(location, Sequence) else ()), message))
    return found
