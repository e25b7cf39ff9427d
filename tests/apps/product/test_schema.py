"""Reviews under the names that exports use, and an order that does not depend on how they came."""

import random
from typing import Any

import pytest
from pydantic import ValidationError

from headway.apps.product import bank
from headway.apps.product.schema import (
    MOST_CHARACTERS,
    MOST_REVIEWS,
    ProductInput,
    Review,
    canonical,
    day_of,
    digest_of,
)


def order(*reviews: object, **product: object) -> ProductInput:
    return ProductInput.model_validate({"product": product, "reviews": list(reviews)})


@pytest.mark.parametrize(
    "row",
    [
        {"content": "Good", "rating": 4, "author": "Ana", "verified": True, "helpful_votes": 3},
        {
            "text": "Good",
            "stars": "4.0 out of 5 stars",
            "reviewer": "Ana",
            "verified_purchase": "yes",
            "helpful": "3",
        },
        {
            "reviewText": "Good",
            "overall": 4.0,
            "reviewerName": "Ana",
            "verifiedPurchase": "TRUE",
            "votes": 3.0,
        },
        {
            "Review Text": "Good",
            "Star Rating": "4",
            "user": {"name": "Ana"},
            "verified": 1,
            "helpful votes": "3",
        },
    ],
)
def test_columns_are_known_by_many_names(row: dict[str, Any]) -> None:
    review = Review.model_validate(row)
    assert (review.content, review.rating, review.author, review.verified, review.helpful_votes) == (
        "Good",
        4.0,
        "Ana",
        True,
        3,
    )


@pytest.mark.parametrize(
    ("given", "day"),
    [
        ("2026-03-02", "2026-03-02"),
        ("2026-03-02T10:00:00Z", "2026-03-02"),
        ("March 2, 2026", "2026-03-02"),
        ("Reviewed in France on 2 March 2026", "2026-03-02"),
        (1772409600, "2026-03-02"),
        (1772409600000, "2026-03-02"),
    ],
)
def test_days_are_read_in_the_usual_forms(given: object, day: str) -> None:
    assert str(day_of(Review.model_validate({"content": "x", "date": given}))) == day


def test_a_date_that_is_none_is_kept_and_means_nothing() -> None:
    review = Review.model_validate({"content": "x", "date": "last week"})
    assert (review.date, day_of(review)) == ("last week", None)


@pytest.mark.parametrize(
    "shape",
    [
        {"product": {"title": "Kettle"}, "reviews": [{"content": "a"}]},
        {"title": "Kettle", "reviews": [{"content": "a"}]},
        {"product": {"name": "Kettle", "reviews": [{"content": "a"}]}},
        [{"title": "Kettle", "reviews": [{"content": "a"}]}],
    ],
)
def test_a_product_comes_in_several_shapes(shape: object) -> None:
    found = ProductInput.model_validate(shape)
    assert found.product.title == "Kettle"
    assert [review.content for review in found.reviews or ()] == ["a"]


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"reviews": [{"content": "a"}, {"content": "b", "rating": 9}]}, "reviews.1.rating"),
        ({"reviews": [{"content": "x" * (MOST_CHARACTERS + 1)}]}, "reviews.0.content"),
        ({"reviews": [{"content": "a\x00b"}]}, "reviews.0.content"),
        ({"reviews": [{"content": "\ud800"}]}, "reviews.0.content"),
        ({"reviews": [{"content": "a"}] * (MOST_REVIEWS + 1)}, "reviews"),
        ({"reviews": "many"}, "reviews"),
        ({"product": {"title": "Kettle"}}, ""),
        ({}, ""),
        ([{"reviews": []}, {"reviews": []}], ""),
    ],
)
def test_what_cannot_be_analysed_is_refused_by_its_place(value: object, place: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ProductInput.model_validate(value)
    assert ".".join(map(str, caught.value.errors()[0]["loc"])) == place


def test_no_reviews_are_an_order_too() -> None:
    assert order().reviews == []


def test_the_order_of_the_reviews_does_not_matter() -> None:
    rows = [
        {"content": f"text {n % 7}", "rating": n % 5, "id": None if n % 2 else f"r{n % 3}"} for n in range(30)
    ]
    first = canonical(order(*rows))
    random.Random(4).shuffle(rows)
    second = canonical(order(*rows))
    assert first == second
    assert digest_of(first) == digest_of(second)
    ids = [review.id for review in first.reviews or ()]
    assert len(set(ids)) == len(ids) == 30
    assert canonical(first) == first


def test_another_text_or_product_has_another_digest() -> None:
    digests = {
        digest_of(canonical(each))
        for each in (
            order({"content": "a"}),
            order({"content": "b"}),
            order({"content": "a"}, title="Kettle"),
        )
    }
    assert len(digests) == 3


def test_the_samples_are_orders() -> None:
    for sample in bank.SAMPLES:
        assert len(ProductInput.model_validate(sample).reviews or ()) >= 8
