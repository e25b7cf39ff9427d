"""Texts that stand more than once: folded where they are one record, grouped where they are copies."""

import random
from typing import Any

from tests.apps.product import corpus

from headway.apps.product.repeats import Repeats, find
from headway.apps.product.schema import ProductInput, Review, canonical

LONG = (
    "The lid opens to the left, which is wrong for the shelf above our sink, and the cord is far too short."
)
NEAR = (
    "The lid opens to the left, which is wrong for the shelf above our sink, and the cord is much too short."
)


def reviews(*rows: dict[str, Any]) -> list[Review]:
    return canonical(ProductInput.model_validate({"reviews": list(rows)})).reviews or []


def grouped(found: Repeats) -> list[tuple[str, list[str], int]]:
    return [(group.kind, group.review_ids, group.names) for group in found.groups]


def test_the_same_record_twice_is_one() -> None:
    found = find(
        reviews({"id": "a", "content": LONG, "rating": 4}, {"id": "b", "content": LONG, "rating": 4})
    )
    assert found.same_as == {"b": "a"}
    assert found.groups == []


def test_one_author_who_says_the_same_again_is_one_voice() -> None:
    found = find(
        reviews(
            {"id": "a", "content": LONG, "author": "Ana", "date": "2026-01-02"},
            {"id": "b", "content": LONG.upper(), "author": "Ana", "date": "2026-02-02"},
        )
    )
    assert found.same_as == {"b": "a"}


def test_the_same_words_of_different_people_are_copies() -> None:
    rows = [{"id": name, "content": LONG, "author": name} for name in ("a", "b", "c")]
    assert grouped(find(reviews(*rows))) == [("exact", ["a", "b", "c"], 3)]


def test_what_has_no_name_may_be_of_one_who_says_it_twice_but_not_three_times() -> None:
    twice = [{"id": "a", "content": LONG, "rating": 4}, {"id": "b", "content": NEAR, "rating": 3}]
    assert grouped(find(reviews(*twice))) == [("near", ["a", "b"], 0)]
    thrice = [{"id": name, "content": LONG, "date": f"2026-01-0{n}"} for n, name in enumerate("abc", 1)]
    assert grouped(find(reviews(*thrice))) == [("exact", ["a", "b", "c"], 3)]


def test_case_punctuation_and_blanks_do_not_make_a_text_another() -> None:
    found = find(
        reviews(
            {"id": "a", "author": "x", "content": LONG},
            {"id": "b", "author": "y", "content": f"  {LONG.upper()}!!"},
        )
    )
    assert grouped(found) == [("exact", ["a", "b"], 2)]


def test_nearly_the_same_words_are_found_too() -> None:
    found = find(
        reviews(
            {"id": "a", "author": "x", "content": LONG},
            {"id": "b", "author": "y", "content": NEAR},
            {
                "id": "c",
                "author": "z",
                "content": "A different thing altogether, with nothing of what the others say.",
            },
        )
    )
    assert grouped(found) == [("near", ["a", "b"], 2)]


def test_short_texts_are_alike_by_chance() -> None:
    rows = [{"id": str(n), "content": "Great product, works well", "author": f"p{n}"} for n in range(5)]
    assert find(reviews(*rows)) == Repeats(same_as={}, groups=[])
    nameless = [{"id": str(n), "content": "Great product", "rating": 5} for n in range(5)]
    assert find(reviews(*nameless)) == Repeats(same_as={}, groups=[])


def test_reviews_without_a_text_are_not_each_others() -> None:
    assert find(reviews(*({"id": str(n), "rating": 5} for n in range(4)))) == Repeats(same_as={}, groups=[])


def test_the_order_does_not_matter() -> None:
    draw = random.Random(2)
    rows = [{"id": f"r{n}", "author": f"p{n % 9}", "content": corpus.genuine(draw)} for n in range(60)]
    rows += [{"id": f"c{n}", "author": f"q{n}", "content": rows[n]["content"]} for n in range(20)]
    rows += [
        {"id": f"n{n}", "author": f"s{n}", "content": rows[n]["content"].replace("the", "that", 1)}
        for n in range(20)
    ]
    first = find([Review.model_validate(row) for row in rows])
    draw.shuffle(rows)
    assert find([Review.model_validate(row) for row in rows]) == first
    assert first.groups
