"""JSON texts inside larger ones, as they stand: neither read nor written anew."""

import orjson


def fragment(text: str | None) -> orjson.Fragment | None:
    """JSON text as a part of a larger JSON text; None stays None."""
    return None if text is None else orjson.Fragment(text)
