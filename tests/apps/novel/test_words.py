"""What counts as one French word."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.apps.novel.words import count_words, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("L'homme", ["l'", "homme"]),
        ("L’homme", ["l'", "homme"]),
        ("dit-il", ["dit", "il"]),
        ("demanda-t-elle", ["demanda", "elle"]),
        ("donne-le-moi", ["donne", "le", "moi"]),
        ("peut-être", ["peut-être"]),
        ("aujourd'hui", ["aujourd'hui"]),
        ("quelqu'un", ["quelqu'un"]),
        ("un rendez-vous", ["un", "rendez-vous"]),
        ("celui-ci", ["celui-ci"]),
        ("jusqu'à ce qu'il", ["jusqu'", "à", "ce", "qu'", "il"]),
        ("lorsqu'elle", ["lorsqu'", "elle"]),
        ("3,5 km", ["3,5", "km"]),
        ("Saint-Simon", ["saint-simon"]),
        ("Ah ! « Oui », — non…", ["ah", "oui", "non"]),
        ("cœur", ["cœur"]),
        ("", []),
    ],
)
def test_elided_words_and_pronouns_count_by_themselves_and_compounds_are_one(
    text: str, found: list[str]
) -> None:
    assert words(text) == found
    assert count_words(text) == len(found)


@given(st.text(alphabet="aélqu'’-t ilsdn.,!«» 35", max_size=60))
def test_the_count_is_never_lower_than_that_of_a_word_processor(text: str) -> None:
    chunks = [chunk for chunk in text.split() if re.search(r"[^\W_]", chunk)]
    assert count_words(text) >= len(chunks)


@given(st.text(max_size=60), st.text(max_size=60))
def test_texts_side_by_side_have_the_words_of_both(left: str, right: str) -> None:
    assert words(f"{left}\n{right}") == words(left) + words(right)
