"""What a review's own words say for and against it."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.apps.product import corpus

from headway.apps.product import signals
from headway.apps.product.signals import evidence, matches, title_words_of

KETTLE = title_words_of("Brightwater Electric Kettle 1.7 l")


@pytest.mark.parametrize(
    ("name", "more", "less"),
    [
        ("self", "I told my friends that I love my new one.", "The lid opens to the left."),
        ("superlatives", "Absolutely the best, truly perfect.", "Opens to the left."),
        ("places", "It works well and does what was said of it.", "Small window on the left side, near the top."),
        ("numbers", "It took a while and was not cheap at all.", "Took 12 minutes, 3.5 l, paid $29 for 2."),
        ("asides", "It works and we use it and it is fine for what we do.", "Works (mostly) - we use it; fine... for now."),
        ("occasions", "My husband and the kids used it on vacation.", "The lid and the base came in one box."),
        ("promises", "Highly recommend it, will definitely buy again, next time too.", "The lid and the base came in one box."),
        ("title", "The Brightwater electric kettle is a kettle.", "It boils water, then it switches off."),
    ],
)  # fmt: skip
def test_each_signal_points_the_way_that_was_found(name: str, more: str, less: str) -> None:
    against, favour = evidence(more, KETTLE).signals[name], evidence(less, KETTLE).signals[name]
    assert against > favour


def test_lived_and_invented_reviews_come_apart() -> None:
    draw = random.Random(7)
    lived = [evidence(corpus.genuine(draw)).total for _ in range(60)]
    made_up = [evidence(corpus.invented(draw)).total for _ in range(60)]
    assert sum(each >= 1 for each in lived) == 0
    assert sum(each >= 1 for each in made_up) >= 54


def test_little_text_is_little_evidence() -> None:
    assert abs(evidence("Great!").total) < 0.5
    assert evidence("").total == 0
    assert signals.probability(evidence("Works fine.").total) < 0.5


def test_another_language_is_not_judged_by_english_words() -> None:
    found = evidence("هذه الغلاية ممتازة جدا وأنصح بها كل العائلات، السعر 250 جنيه والضمان سنتان كاملتان.")
    assert set(found.signals) == {"numbers", "asides", "plainness"}
    assert found.signals["numbers"] < 0


def test_what_was_counted_can_be_shown() -> None:
    assert matches("numbers", "Paid 12.50 on 3 May, 12.50 again") == ["12.50", "3"]
    assert matches("self", "I said that I was with my cat") == ["i", "my"]
    assert matches("title", "the kettle of Brightwater", KETTLE) == ["kettle", "brightwater"]


@given(st.text(max_size=400))
@settings(max_examples=25, deadline=None)
def test_any_text_has_bounded_signals(text: str) -> None:
    found = evidence(text, KETTLE)
    assert all(abs(z) <= signals.LIMIT for z in found.signals.values())
    assert 0 < signals.probability(found.total) < 1
