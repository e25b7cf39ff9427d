"""The price list: what kinds of jobs cost in credits, as data that was checked.

`engine.pricing` reads the file and hands it over; applications name only the tier that an input is priced by. Raises
BadPrices with one sentence that names the place, since whoever reads it has just edited the file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from headway.core.settlement import MOST, Price

Tier = str
"""A row of a kind's rates, such as "speed"; "" where the kind has one rate."""
_KNOWN = ("monthly_grant", "charge_offline", "credits", "models")
_KIND_KNOWN = ("per_job", "per_1000_tokens", "reserve")


class BadPrices(ValueError):
    """A price list that cannot be used; the text says where and why."""


@dataclass(frozen=True, slots=True)
class KindPrice:
    """One kind's prices: flat, by 1,000 tokens in each tier, and what is reserved where no quote can say."""

    per_job: int = 0
    rates: Mapping[Tier, int] = field(default_factory=dict)
    reserve: int = 0

    def rate(self, tier: Tier) -> int:
        """Credits for 1,000 tokens. A tier that the list does not name costs what its dearest one does."""
        return self.rates.get(tier, max(self.rates.values(), default=0))


@dataclass(frozen=True, slots=True)
class PriceList:
    """What everything costs. `monthly_grant` is what each account is given at the start of a month."""

    monthly_grant: int = 0
    kinds: Mapping[str, KindPrice] = field(default_factory=dict)
    charge_offline: bool = False

    def of(self, kind: str, tier: Tier = "", *, offline: bool = False) -> Price | None:
        """What a job of that kind is priced by; None where it is free. Offline is free, unless the list charges the flat
        part for it."""
        listed = self.kinds.get(kind)
        if listed is None or (offline and not self.charge_offline):
            return None
        per_1000 = 0 if offline else listed.rate(tier)
        reserve = max(listed.per_job + (1 if per_1000 else 0), listed.reserve if per_1000 else 0)
        price = Price(listed.per_job, per_1000, reserve)
        return None if price.free else price

    @classmethod
    def parse(cls, data: Mapping[str, object], where: str) -> "PriceList":
        """A price list from what a TOML or JSON file holds; `where` names the file in complaints. Raises BadPrices."""
        _only(data, _KNOWN, where)
        kinds = _table(data.get("credits", {}), f"{where}: credits")
        charge = data.get("charge_offline", False)
        if not isinstance(charge, bool):
            raise BadPrices(f"{where}: charge_offline must be true or false, not {charge!r}")
        return cls(
            _number(data.get("monthly_grant", 0), f"{where}: monthly_grant"),
            MappingProxyType({name: _kind(said, f"{where}: credits.{name}") for name, said in kinds.items()}),
            charge,
        )

    def under(self, data: Mapping[str, object], where: str) -> "PriceList":
        """This list with what `data` says in place of its own, kind by kind. Raises BadPrices."""
        said = PriceList.parse(data, where)
        return PriceList(
            said.monthly_grant if "monthly_grant" in data else self.monthly_grant,
            MappingProxyType({**self.kinds, **said.kinds}),
            said.charge_offline if "charge_offline" in data else self.charge_offline,
        )


def _kind(said: object, where: str) -> KindPrice:
    table = _table(said, where)
    _only(table, _KIND_KNOWN, where)
    rates = table.get("per_1000_tokens", {})
    if not isinstance(rates, Mapping):
        rates = {"": rates}
    return KindPrice(
        _number(table.get("per_job", 0), f"{where}.per_job"),
        MappingProxyType(
            {str(t): _number(rate, f"{where}.per_1000_tokens.{t}") for t, rate in rates.items()}
        ),
        _number(table.get("reserve", 0), f"{where}.reserve"),
    )


def _table(said: object, where: str) -> Mapping[str, object]:
    if not isinstance(said, Mapping):
        raise BadPrices(f"{where} must be a table, not {said!r}")
    return said


def _only(table: Mapping[str, object], known: tuple[str, ...], where: str) -> None:
    for name in table:
        if name not in known:
            raise BadPrices(f"{where} has {name!r}, which is none of {', '.join(known)}")


def _number(said: object, where: str) -> int:
    if isinstance(said, bool) or not isinstance(said, int) or not 0 <= said <= MOST:
        raise BadPrices(f"{where.rstrip('.')} must be a whole number of credits, 0 or more, not {said!r}")
    return said
