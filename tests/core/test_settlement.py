"""Credits: what is settled never exceeds what was reserved, and nothing is charged twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.core.errors import InvalidInput
from headway.core.settlement import (
    Bought,
    Price,
    amount,
    due,
    price_of,
    reserve_again,
    settle,
    spent,
)

credits = st.integers(0, 10_000)
tokens = st.integers(0, 5_000_000)
prices = st.builds(Price, st.integers(0, 50), st.integers(0, 50), st.integers(0, 10_000))


@pytest.mark.parametrize(
    ("used", "rate", "price"),
    [(0, 3, 0), (1, 2, 1), (500, 2, 1), (501, 2, 2), (1000, 3, 3), (1001, 3, 4), (12_345, 5, 62), (7, 0, 0)],
)
def test_tokens_are_rounded_up_once_and_cost_at_least_one_credit(used: int, rate: int, price: int) -> None:
    assert price_of(used, rate) == price


@given(credits, credits)
def test_a_settlement_shares_out_the_whole_reserve(reserved: int, falls_due: int) -> None:
    ended = settle(reserved, falls_due)
    assert ended.settled + ended.released == reserved
    assert 0 <= ended.settled <= min(reserved, falls_due)
    assert ended.settled == falls_due or ended.released == 0


@given(prices, tokens)
def test_nothing_is_due_for_work_that_bought_nothing_and_did_not_complete(price: Price, used: int) -> None:
    assert due(price, Bought(), completed=False) == 0
    assert due(price, Bought(1, used), completed=False) == due(price, Bought(1, used), completed=True)


def test_the_flat_part_falls_due_once_in_a_jobs_life() -> None:
    price = Price(per_job=1)
    assert due(price, Bought(), completed=True) == 1
    assert due(price, Bought(calls=2), completed=False) == 1
    assert due(price, Bought(calls=2, before=1), completed=True) == 0


@given(prices, tokens, tokens)
def test_more_tokens_never_cost_less(price: Price, some: int, more: int) -> None:
    fewer, many = sorted((some, more))
    assert due(price, Bought(1, fewer), completed=True) <= due(price, Bought(1, many), completed=True)


def test_a_budget_is_spent_when_what_was_bought_reaches_the_reserve() -> None:
    price = Price(per_1000_tokens=3)
    assert not spent(10, price, Bought(3, 3_000))
    assert not spent(10, price, Bought(4, 3_333))  # rounded up it would be
    assert spent(10, price, Bought(4, 3_334))
    assert not spent(1, Price(per_job=1), Bought(9, 1_000_000))


@given(prices, credits, st.none() | st.integers(1, 500), st.data())
def test_a_retry_of_priced_work_reserves_something_and_of_done_work_little(
    price: Price, before: int, total: int | None, data: st.DataObject
) -> None:
    done = data.draw(st.integers(0, total)) if total else 0
    again = reserve_again(price, before=before, total=total, done=done)
    assert again >= (1 if price.per_1000_tokens else 0)
    assert again == 0 or price.per_1000_tokens or not before


def test_a_retry_reserves_for_the_parts_that_are_left_at_the_dearer_measure() -> None:
    price = Price(per_1000_tokens=3, estimate=100)
    assert reserve_again(price, before=0, total=10, done=0) == 100
    assert reserve_again(price, before=20, total=10, done=5) == 50  # half of the estimate
    assert reserve_again(price, before=90, total=10, done=6) == 60  # four parts at what six have cost
    assert reserve_again(price, before=20, total=10, done=5, wanted=1) == 10
    assert reserve_again(price, before=100, total=10, done=10) == 1
    assert reserve_again(price, before=0, total=None, done=0) == 100
    assert reserve_again(Price(per_job=2), before=0, total=None, done=0) == 2
    assert reserve_again(Price(per_job=2), before=2, total=None, done=0) == 0


@given(prices)
def test_a_price_survives_its_record(price: Price) -> None:
    assert Price.load(price.dump()) == price
    assert price.free == (price.per_job + price.per_1000_tokens == 0)


def test_an_amount_is_positive_and_bounded() -> None:
    assert amount(5) == 5
    for wrong in (0, -1, 10**10):
        with pytest.raises(InvalidInput, match="amount: Must be between 1"):
            amount(wrong)
