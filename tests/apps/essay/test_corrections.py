"""Which mistakes are found, and that correct writing is left alone."""

from collections.abc import Callable

import pytest

from headway.apps.essay.schema import Evaluation

Read = Callable[[str], str]
Examine = Callable[..., Evaluation]

CLEAN = ("band_65_tourism", "band_6_letter", "band_75_remote", "band_7_chart", "band_85_museums")

PLANTED = [
    (
        "band_65_tourism",
        "the environment, I believe",
        "the enviroment, I believe",
        "enviroment",
        "environment",
    ),
    (
        "band_65_tourism",
        "beaches and mountains receive",
        "beachs and mountains recieve",
        "recieve",
        "receive",
    ),
    ("band_65_tourism", "governments should take action", "governments should takes action", "takes", "take"),
    ("band_65_tourism", "Visitors should also be", "Visitors should to also be", "should to", "should"),
    (
        "band_65_tourism",
        "this income can be used",
        "this informations can be used",
        "informations",
        "information",
    ),
    (
        "band_65_tourism",
        "In addition, hotels",
        "In the other hand, hotels",
        "In the other hand",
        "On the other hand",
    ),
    ("band_75_remote", "In my view, working", "I am agree that working", "I am agree", "I agree"),
    ("band_75_remote", "These problems, however,", "These problem, however,", "problem", "problems"),
    ("band_75_remote", "learn a great deal simply", "learn a alot simply", "alot", "a lot"),
    ("band_85_museums", "Even a small charge", "Even a more smaller charge", "more smaller", "smaller"),
    (
        "band_85_museums",
        "Visitors who pay nothing",
        "Many people believes in art and visitors who pay nothing",
        "believes",
        "believe",
    ),
    (
        "band_85_museums",
        "Visitors who pay nothing",
        "People is happy and visitors who pay nothing",
        "is",
        "are",
    ),
    (
        "band_85_museums",
        "they can drop in",
        "they can dropped in, because every days they like it, and",
        "every days",
        "every day",
    ),
    ("band_6_letter", "nobody came. The other", "he don't came. The other", "don't", "doesn't"),
    ("band_6_letter", "However, when I used", "However, when i used", "i", "I"),
    (
        "band_6_letter",
        "I look forward to hearing",
        "I look forward to hear",
        "forward to hear",
        "forward to hearing",
    ),
    ("band_7_chart", "a European city", "an European city", "an", "a"),
    ("band_7_chart", "Growth slowed after", "Growth depends of prices after", "depends of", "depends on"),
]


@pytest.mark.parametrize("name", CLEAN)
def test_a_clean_essay_is_left_alone(name: str, examine_sample: Examine) -> None:
    assert examine_sample(name).corrections == []


@pytest.mark.parametrize(
    ("name", "right", "wrong", "original", "suggestion"), PLANTED, ids=lambda v: str(v)[:24]
)
def test_a_planted_mistake_is_found_at_its_place_with_the_right_repair(
    name: str, right: str, wrong: str, original: str, suggestion: str, read: Read, examine: Examine
) -> None:
    clean = read(name)
    assert clean.count(right) == 1
    essay = clean.replace(right, wrong)
    at = essay.index(wrong)
    found = [c for c in examine(essay).corrections if at <= c.start < at + len(wrong)]
    assert (original, suggestion) in [(c.original, c.suggestion) for c in found]
    assert all(c.reason for c in found)


@pytest.mark.parametrize("name", CLEAN)
def test_one_planted_mistake_brings_no_corrections_elsewhere(name: str, read: Read, examine: Examine) -> None:
    essay = read(name) + "\n\nThis is definately the end."
    assert [(c.original, c.suggestion) for c in examine(essay).corrections] == [("definately", "definitely")]


def test_british_and_american_spellings_are_both_right(examine: Examine) -> None:
    british = (
        "The organisation analysed the behaviour of its neighbours and travelled to the city centre, "
        "where a programme "
        "about the colour of theatre curtains was being catalogued. We practise our favourite dialogue "
        "with enthusiasm, "
        "and the jewellery in the grey cheque book was modelled on an ageing defence licence."
    )
    american = (
        "The organization analyzed the behavior of its neighbors and traveled to the city center, where "
        "a program "
        "about the color of theater curtains was being cataloged. We practice our favorite dialog with "
        "enthusiasm, "
        "and the jewelry in the gray check book was modeled on an aging defense license."
    )
    assert examine(british).corrections == []
    assert examine(american).corrections == []


def test_names_codes_and_words_of_the_prompt_are_not_misspelt(examine: Examine) -> None:
    essay = (
        "My friend Oluwaseun Przybylski moved from Ouagadougou to Thiruvananthapuram in 2019. He sells "
        "zorbings, and his "
        "address is zorb.kling@example.org, which Generic_Name knows. The A380 and the B2B market "
        "interest him too."
    )
    found = examine(essay, prompt="Write about a person who sells zorbings in another country.").corrections
    assert found == []


def test_a_misspelt_word_without_a_clear_neighbour_is_counted_but_not_corrected(examine: Examine) -> None:
    result = examine(
        "Many people like to visit the sousolies of the old town because they are very beautiful places."
    )
    assert result.measures.spelling_density > 0
    assert result.corrections == []


def test_the_repair_keeps_the_capital_letter(examine: Examine) -> None:
    found = examine(
        "Goverment spending is high. Pepole in the city do not like it, but they pay their taxes."
    ).corrections
    assert [(c.original, c.suggestion) for c in found] == [("Goverment", "Government"), ("Pepole", "People")]


@pytest.mark.parametrize(
    "right",
    [
        "Does he have a car that everyone can use when she does not have one at home?",
        "Teaching young children is hard and makes a long day, and to help many people takes time.",
        "The life of young people is easier now than the lives of their parents were.",
        "I suggest that he have a rest, and I insist that she do not work today.",
        "He helped it have an effect that made everyone have a good time at the party.",
        "You should do everything you can to protect many school children from traffic.",
        "These reason-based answers and those student loans are what many country houses cost.",
        "The number of students is growing, and one of the children was late for school.",
    ],
)
def test_a_rule_stays_silent_where_another_reading_is_right(right: str, examine: Examine) -> None:
    assert examine(right).corrections == []
