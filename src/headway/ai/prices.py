"""What a call cost, from a table of prices that is data: `prices.toml`, and before it the file that
HEADWAY_PRICES names.

Called when a call is settled. Unit: millionths of a US dollar. A cost that is not known is None, never a
guess.
"""

import json
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from headway.ai.provider import Usage
from headway.core.prices import BadPrices


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens, which are millionths of a dollar for one."""

    input: float
    output: float


class Prices:
    """A table of prices by model."""

    def __init__(self, models: Mapping[str, Price]) -> None:
        self._models = dict(models)

    def cost_micros(self, provider: str, model: str, usage: Usage) -> int | None:
        """What this usage cost; 0 on this machine, None when the model or the usage is not known."""
        if provider == "offline":
            return 0
        if usage.input_tokens is None or usage.output_tokens is None:
            return None
        name = model.removeprefix("models/").rsplit("/", 1)[-1]
        known = [each for each in self._models if name == each or name.startswith(f"{each}-")]
        if not known:
            return None
        price = self._models[max(known, key=len)]
        return math.ceil(usage.input_tokens * price.input + usage.output_tokens * price.output)


@cache
def prices(own: Path | None = None) -> Prices:
    """The built-in table, under what `own` (TOML or JSON with a table `models`) says. Raises BadPrices for a
    file of another form."""
    table = _models(
        tomllib.loads(files("headway.ai").joinpath("prices.toml").read_text("utf-8")), "prices.toml"
    )
    if own is not None:
        text = own.read_text("utf-8")
        try:
            said = json.loads(text) if own.suffix == ".json" else tomllib.loads(text)
        except ValueError as error:
            raise BadPrices(f"{own} cannot be read: {error}") from error
        table.update(_models(said, str(own)))
    return Prices(table)


def _models(said: Mapping[str, Any], where: str) -> dict[str, Price]:
    try:
        return {
            name: Price(float(each["input"]), float(each["output"]))
            for name, each in said.get("models", {}).items()
        }
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadPrices(
            f"{where}: a price is {{ input = 0.10, output = 0.40 }}, in dollars per million tokens"
        ) from error
