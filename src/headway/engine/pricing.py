"""The price list of an installation: `prices.toml`, under the file that HEADWAY_PRICES names.

Read by `Headway` at its first use; the rules are `core.prices`, the dollars of the same file are `ai.prices`.
"""

import json
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

from headway.core.prices import BadPrices, PriceList


@cache
def price_list(own: Path | None = None) -> PriceList:
    """The built-in list under what `own` (TOML, or JSON when its name ends so) says. Raises BadPrices, OSError."""
    built_in = PriceList.parse(
        tomllib.loads(files("headway.engine").joinpath("prices.toml").read_text("utf-8")), "prices.toml"
    )
    return built_in if own is None else built_in.under(_read(own), str(own))


def _read(path: Path) -> Mapping[str, object]:
    text = path.read_text("utf-8")
    try:
        data: object = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except ValueError as error:
        raise BadPrices(f"{path} cannot be read: {error}") from error
    if not isinstance(data, Mapping):
        raise BadPrices(f"{path} must hold a table")
    return data
