"""The price list: data that is checked, with complaints that name the place."""

import pytest

from headway.core.prices import BadPrices, PriceList
from headway.core.settlement import Price

NOVEL = {"credits": {"novel": {"per_1000_tokens": {"speed": 2, "quality": 5}, "reserve": 20}}}


def test_a_kind_that_is_not_listed_is_free() -> None:
    assert PriceList.parse(NOVEL, "p").of("essay") is None
    assert PriceList.parse({}, "p").of("novel") is None


def test_a_tier_has_its_own_rate_and_an_unknown_one_costs_the_dearest() -> None:
    listed = PriceList.parse(NOVEL, "p")
    assert listed.of("novel", "speed") == Price(0, 2, 20)
    assert listed.of("novel", "new") == Price(0, 5, 20)


def test_one_rate_needs_no_tiers() -> None:
    listed = PriceList.parse({"credits": {"exam": {"per_1000_tokens": 4, "per_job": 2}}}, "p")
    assert listed.of("exam") == listed.of("exam", "any") == Price(2, 4, 3)


def test_offline_is_free_unless_the_list_charges_the_flat_part() -> None:
    said = {"credits": {"essay": {"per_job": 1}, "novel": {"per_1000_tokens": 3}}}
    listed = PriceList.parse(said, "p")
    assert listed.of("essay", offline=True) is None
    charging = listed.under({"charge_offline": True}, "own")
    assert charging.of("essay", offline=True) == Price(1, 0, 1)
    assert charging.of("novel", offline=True) is None


def test_an_own_list_goes_before_the_built_in_one_kind_by_kind() -> None:
    base = PriceList.parse({"monthly_grant": 500, **NOVEL}, "p")
    own = base.under({"credits": {"essay": {"per_job": 1}}}, "own")
    assert own.monthly_grant == 500
    assert own.of("essay") == Price(1, 0, 1)
    assert own.of("novel", "speed") == Price(0, 2, 20)
    assert base.under({"monthly_grant": 0}, "own").monthly_grant == 0


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (
            {"monthly_grant": "many"},
            "p: monthly_grant must be a whole number of credits, 0 or more, not 'many'",
        ),
        ({"monthly_grant": -1}, "p: monthly_grant must be a whole number"),
        ({"charge_offline": 1}, "p: charge_offline must be true or false, not 1"),
        ({"credit": {}}, "p has 'credit', which is none of monthly_grant, charge_offline, credits, models"),
        ({"credits": 3}, "p: credits must be a table, not 3"),
        ({"credits": {"essay": 1}}, "p: credits.essay must be a table, not 1"),
        ({"credits": {"essay": {"cost": 1}}}, "p: credits.essay has 'cost', which is none of per_job,"),
        ({"credits": {"essay": {"per_job": True}}}, "p: credits.essay.per_job must be a whole number"),
        (
            {"credits": {"novel": {"per_1000_tokens": {"speed": 0.5}}}},
            "p: credits.novel.per_1000_tokens.speed must be a whole number of credits, 0 or more, not 0.5",
        ),
        (
            {"credits": {"novel": {"per_1000_tokens": "2"}}},
            "p: credits.novel.per_1000_tokens must be a whole",
        ),
    ],
)
def test_a_wrong_list_is_refused_with_the_place(data: dict[str, object], complaint: str) -> None:
    with pytest.raises(BadPrices) as refused:
        PriceList.parse(data, "p")
    assert str(refused.value).startswith(complaint)
