"""The analysis as a whole: figures that add up, claims that lead to reviews, the same in any order."""

import json
import random
from typing import Any

import pytest
from tests.apps.product import corpus
from tests.apps.product.conftest import Analyse

from headway.apps.product import bank, words
from headway.apps.product.result import Analysis


def repeated(product: dict[str, Any], **changes: Any) -> dict[str, Any]:
    again = [{**row, "id": f"z-{row['id']}", **changes} for row in product["reviews"]]
    return {**product, "reviews": [*product["reviews"], *again]}


def test_lived_reviews_are_told_from_invented_ones(analyse: Analyse) -> None:
    found = analyse(corpus.product(60, 40))
    verdicts = {row.id: row.verdict for row in found.reviews}
    assert sum(verdicts[f"g{n}"] == "fake" for n in range(60)) == 0
    assert sum(verdicts[f"f{n}"] == "fake" for n in range(40)) >= 36
    assert found.fake_percentage == round(100 * found.counts.fake / 100, 1)
    assert found.confidence_interval is not None
    assert found.confidence_interval.low < found.fake_percentage < found.confidence_interval.high
    assert found.original_rating is not None
    assert found.adjusted_rating is not None
    assert found.adjusted_rating < found.original_rating - 0.4
    assert sum(found.stars.before) == 100
    assert sum(found.stars.after) == found.counts.genuine


def test_the_order_of_the_reviews_changes_nothing(analyse: Analyse) -> None:
    for product in (corpus.product(30, 20), {**bank.SAMPLES[0]}):
        first = analyse(product)
        for seed in range(3):
            rows = [*product["reviews"]]
            random.Random(seed).shuffle(rows)
            assert analyse({**product, "reviews": rows}).model_dump_json() == first.model_dump_json()


def test_a_product_whose_every_review_came_twice_is_the_same_product(analyse: Analyse) -> None:
    product = corpus.product(30, 20)
    once, twice = analyse(product), analyse(repeated(product))
    for name in (
        "grade",
        "fake_percentage",
        "confidence_interval",
        "adjusted_rating",
        "aspects",
        "stars.after",
    ):
        first, *rest = name.split(".")
        left, right = getattr(once, first), getattr(twice, first)
        assert (getattr(left, rest[0]) if rest else left) == (getattr(right, rest[0]) if rest else right), (
            name
        )
    assert twice.counts.repeated == twice.duplicates.repeated_records == 50
    assert (twice.counts.received, twice.counts.analysed) == (100, 50)
    verdicts = {row.id: row.verdict for row in twice.reviews}
    assert all(verdicts[row.id] == verdicts[f"z-{row.id}"] for row in once.reviews)


def test_a_product_whose_every_review_was_copied_by_others_is_not_believed(analyse: Analyse) -> None:
    product = corpus.product(20, 0)
    copies = [
        {**row, "id": f"c-{row['id']}", "author": f"copy of {row['author']}"} for row in product["reviews"]
    ]
    found = analyse({**product, "reviews": [*product["reviews"], *copies]})
    assert (found.grade, found.fake_percentage) == ("F", 100.0)
    assert found.duplicates.exact_groups == 20
    assert found.adjusted_rating is None
    assert {signal.code for example in found.fake_examples for signal in example.signals} >= {"copied"}


def claims(found: Analysis) -> list[list[str]]:
    return [
        *(claim.review_ids for claim in found.key_patterns),
        *(
            claim.review_ids
            for claim in (found.sentiment.positive, found.sentiment.neutral, found.sentiment.negative)
        ),
        *(
            side.review_ids
            for aspect in found.aspects
            for side in (aspect.praise, aspect.complaints)
            if side.count
        ),
        *([example.review_id] for example in (*found.fake_examples, *found.genuine_examples)),
        *(group.review_ids for group in found.duplicates.groups),
    ]


@pytest.mark.parametrize("n", range(len(bank.SAMPLES)))
def test_every_claim_leads_to_reviews_that_can_be_read(analyse: Analyse, n: int) -> None:
    found = analyse(bank.SAMPLES[n])
    ids = {row.id for row in found.reviews}
    for named in claims(found):
        if named:
            assert set(named) <= set(found.cited) <= ids
    assert all(example.signals for example in (*found.fake_examples, *found.genuine_examples))
    moods = found.sentiment
    assert moods.positive.count + moods.neutral.count + moods.negative.count == found.counts.analysed


def test_the_sample_with_bought_praise_is_seen_through(analyse: Analyse) -> None:
    found = analyse(bank.SAMPLES[0])
    fake = {row.id for row in found.reviews if row.verdict == "fake"}
    assert {"k2", "k4", "k5", "k9", "k11"} == fake
    assert found.duplicates.near_groups == 1


def test_aspects_are_of_the_genuine_reviews_with_their_words(analyse: Analyse) -> None:
    reviews = [
        {
            "id": "a",
            "content": "The battery lasts 2 days, which is great. The screen is not good at all in the sun.",
        },
        {
            "id": "b",
            "content": "Battery is excellent after 14 months; the screen has 2 dead lines near the top edge.",
        },
        {
            "id": "c",
            "content": "Screen is terrible from the left side, 3 cm of shade. Battery: 31 h, very good.",
        },
    ]
    found = {aspect.code: aspect for aspect in analyse({"reviews": reviews}).aspects}
    assert set(found["battery"].praise.review_ids) == {"a", "b", "c"}
    assert set(found["screen"].complaints.review_ids) == {"a", "b", "c"}
    assert found["screen"].complaints.quote is not None
    assert "screen" in found["screen"].complaints.quote.lower()


def test_only_no_reviews_at_all_have_no_grade(analyse: Analyse) -> None:
    nothing = analyse({"reviews": []})
    assert (nothing.grade, nothing.fake_percentage, nothing.counts.received) == ("U", None, 0)
    stars_only = analyse({"reviews": [{"id": "a", "rating": 5}]})
    assert stars_only.counts.without_text == 1
    assert stars_only.fake_percentage is None
    assert analyse({"reviews": [{"content": "It works."}]}).grade == "A"


def test_days_and_authors_that_stand_out_are_named(analyse: Analyse) -> None:
    product = corpus.product(30, 0)
    for n, row in enumerate(product["reviews"]):
        row["date"] = "2026-05-05" if n < 12 else f"2025-{n % 12 + 1:02d}-03"
        row["author"] = "Busy" if n in (3, 14, 25) else row["author"]
    codes = {claim.code: claim for claim in analyse(product).key_patterns}
    assert codes["burst"].count == 12
    assert codes["prolific"].review_ids == ["g14", "g25", "g3"]


def test_a_result_is_stored_without_a_language_and_read_in_any(analyse: Analyse) -> None:
    for sample in bank.SAMPLES:
        stored = analyse(sample).model_dump_json()
        assert Analysis.model_validate_json(stored).summary == ""
        english = Analysis.model_validate_json(words.in_language(stored, "en"))
        arabic = Analysis.model_validate_json(words.in_language(stored, "ar"))
        assert "Grade" in english.summary
        texts = [sentence.text for sentence in arabic.summary_sentences]
        texts += [claim.text.text for claim in (*arabic.key_patterns, arabic.sentiment.positive)]
        texts += [signal.text.text for each in arabic.fake_examples for signal in each.signals]
        texts += [aspect.name for aspect in arabic.aspects if aspect.code != "word"]
        for text in texts:
            assert any("\u0600" <= character <= "\u06ff" for character in text), text
            assert "{" not in text


def test_a_result_of_an_earlier_version_is_read_too(analyse: Analyse) -> None:
    stored = analyse(bank.SAMPLES[0])
    earlier = json.loads(stored.model_dump_json()) | {"summary": "Old words."}
    for sentence in earlier["summary_sentences"]:
        sentence["text"] = "Old."
    assert words.in_language(json.dumps(earlier), "ar") == words.in_language(stored.model_dump_json(), "ar")
