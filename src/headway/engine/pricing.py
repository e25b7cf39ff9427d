"""The price list of an installation (`prices.toml`, under the file that HEADWAY_PRICES names), and what it makes of a job.

Called by `Headway` for each submission, and by quotes; the rules are `core.prices` and `core.settlement`, the dollars of
the same file are `ai.prices`.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path

from headway.core.prices import BadPrices, PriceList
from headway.core.settlement import Price
from headway.engine.kinds import Kind
from headway.store.intents import Charge

OFFLINE = "offline"
"""The name under which answers of this machine are recorded."""
_BROWSER = "browser:"
_FREE = Price()


@cache
def price_list(own: Path | None = None) -> PriceList:
    """The built-in list under what `own` (TOML, or JSON when its name ends so) says. Raises BadPrices, OSError."""
    built_in = PriceList.parse(
        tomllib.loads(files("headway.engine").joinpath("prices.toml").read_text("utf-8")), "prices.toml"
    )
    return built_in if own is None else built_in.under(_read(own), str(own))


def price_of(prices: PriceList, kind: Kind, text: str, *, offline: bool) -> Price | None:
    """What a job of that kind with this input (JSON text) is priced by; None where it is free."""
    if kind.internal or kind.name not in prices.kinds:
        return None
    tier = kind.tier(kind.input.load(text)) if kind.tier is not None else ""
    return prices.of(kind.name, tier, offline=offline)


def charge_for(
    prices: PriceList,
    kind: Kind,
    text: str,
    owner: str,
    offline: bool,
    reserve: int | None = None,
    hold: bool = False,
) -> Charge | None:
    """What a submission reserves: `reserve`, or what its hold has, or what the list says; None where nothing is charged."""
    price = price_of(prices, kind, text, offline=offline)
    if price is None:
        return Charge(0, _FREE.dump(), hold=True) if hold else None
    if reserve is not None:
        price = replace(price, estimate=reserve)
    return Charge(
        price.estimate if reserve is None and not hold else reserve,
        price.dump(),
        monthly_grant(prices, owner),
        hold,
        price.per_job + (price.per_1000_tokens > 0),
    )


def monthly_grant(prices: PriceList, owner: str) -> int:
    """What the owner is given each month: a browser without an account has nothing to be given to."""
    return 0 if owner.startswith(_BROWSER) else prices.monthly_grant


def _read(path: Path) -> Mapping[str, object]:
    text = path.read_text("utf-8")
    try:
        data: object = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except ValueError as error:
        raise BadPrices(f"{path} cannot be read: {error}") from error
    if not isinstance(data, Mapping):
        raise BadPrices(f"{path} must hold a table")
    return data
