"""What is found of the task: stance with its negations, topic, overview, letter conventions."""

from collections.abc import Callable

import pytest

from headway.apps.essay import task
from headway.apps.essay.schema import Evaluation
from headway.apps.essay.text import Text

Read = Callable[[str], str]
Examine = Callable[..., Evaluation]

MUSEUMS = (
    "Some people think that museums should be free for all visitors, while others believe that "
    "visitors should "
    "pay. Discuss both views and give your own opinion."
)


@pytest.mark.parametrize(
    ("sentence", "stance"),
    [
        ("I agree with this idea.", "for"),
        ("I do not agree with this idea.", "against"),
        ("I don't agree with this idea.", "against"),
        ("I disagree with this idea.", "against"),
        ("I do not disagree with this idea.", "for"),
        ("In my opinion this is good.", "for"),
        ("In my opinion this is not good.", "against"),
        ("I do not think that free museums are a good idea.", "against"),
        ("I am not against this plan.", "for"),
        ("I believe it would never be beneficial.", "against"),
        ("I think that cities have buses.", "stated"),
    ],
)
def test_a_negation_turns_a_stance_round(sentence: str, stance: str) -> None:
    assert task.stance_of(sentence) == stance


def test_not_good_and_good_are_told_apart_in_the_note(examine: Examine) -> None:
    rest = " Museums keep old things, and people of every age can learn from them on a rainy day."
    for_it = examine("In my opinion, free museums are good." + rest).notes.TR
    against = examine("In my opinion, free museums are not good." + rest).notes.TR
    assert "Your position (in favour): “In my opinion, free museums are good.”" in for_it
    assert "Your position (against): “In my opinion, free museums are not good.”" in against


def test_a_position_that_turns_round_lowers_task_response(read: Read, examine: Examine) -> None:
    essay = read("band_55_homework").replace(
        "I will discuss both views and give my opinion", "I agree with homework"
    )
    steady = examine(essay + " I agree with homework.")
    turned = examine(essay + " I disagree with homework.")
    assert turned.criteria.TR < steady.criteria.TR
    assert "contradicts" in turned.notes.TR


def test_the_topic_words_of_a_prompt_leave_out_how_it_is_asked() -> None:
    assert task.topic_words(MUSEUMS) == ["museums", "free", "visitors", "pay"]


def test_topic_words_are_met_in_another_form() -> None:
    evidence = task.find(
        Text("Pollution from industries harms the climate, say scientists and governments."),
        "Industry pollutes the climate. Should a government listen to a scientist?",
        "task_2",
    )
    assert evidence.missing == ["listen"]


def test_an_essay_on_another_topic_is_capped_in_task_response(read: Read, examine: Examine) -> None:
    prompt = (
        "Many rainforests are being cut down to grow soybeans and palm oil. Why do farmers destroy "
        "forests, and how "
        "can biodiversity be protected?"
    )
    result = examine(read("band_75_remote"), prompt=prompt)
    assert result.criteria.TR <= 4.0
    assert "topic words" in result.notes.TR


def test_the_same_essay_on_its_own_topic_is_not_capped(read: Read, examine: Examine) -> None:
    prompt = "More and more employees work from home, not in an office. Is remote work good for companies?"
    result = examine(read("band_75_remote"), prompt=prompt)
    assert result.criteria.TR >= 7.0


def test_a_prompt_for_two_sides_is_told_from_one_for_an_opinion() -> None:
    assert task.asks_both_sides(MUSEUMS)
    assert task.asks_both_sides("What problems does traffic cause and what solutions can you suggest?")
    assert not task.asks_both_sides("To what extent do you agree or disagree?")


def test_a_report_without_an_overview_stays_at_6_or_below(read: Read, examine: Examine) -> None:
    chart = read("band_7_chart")
    with_it = examine(chart, task_type="academic_task_1")
    without = examine(
        chart.replace("Overall, the underground became", "The underground became"),
        task_type="academic_task_1",
    )
    assert "Your overview: “Overall, the underground became" in with_it.notes.TR
    assert without.criteria.TR <= 6.0 < with_it.criteria.TR
    assert any("overview" in step for step in without.improvement_plan)


def test_a_letter_without_purpose_greeting_and_closing_loses_task_response(
    read: Read, examine: Examine
) -> None:
    letter = read("band_6_letter")
    body = letter.split("\n\n", 1)[1].rsplit("\n\nI look", 1)[0]
    bare = body.replace("I am writing to complain about a", "There is a problem with a")
    whole = examine(letter, task_type="general_task_1")
    rest = examine(bare, task_type="general_task_1")
    assert rest.criteria.TR <= whole.criteria.TR - 0.5
    for missing in ("greeting", "closing", "why the letter is written"):
        assert missing in rest.notes.TR
        assert missing not in whole.notes.TR
