"""Scores: multi-select, partial credit, several topics, blanks, and the rule of two of three."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.apps.exam.people import APTITUDE, MARKED, builder, marked_elsewhere, pupil

from headway.apps.exam import bank, scoring
from headway.apps.exam.schema import Answer, ExamInput, Score


def scored(body: dict[str, Any]) -> Any:
    order = ExamInput.model_validate(body)
    return scoring.score(order.exam_code, order.answers or [])


def test_a_question_of_several_topics_counts_in_each_and_once_in_the_total() -> None:
    found = scored(marked_elsewhere("x"))
    assert found.topics["Reading"] == Score(points=2.5, max=5.0, n=4, percent=50.0)
    assert found.topics["Writing"] == Score(points=2.0, max=4.0, n=3, percent=50.0)
    assert found.topics["Logic"] == Score(points=1.5, max=2.0, n=1, percent=75.0)
    assert (found.total.points, found.total.max, found.total.percent) == (4.5, 8.0, 56.25)


def test_without_points_the_key_decides_and_gives_the_same() -> None:
    marked, unmarked = marked_elsewhere("x"), marked_elsewhere("x", points=False)
    marked["answers"] = marked["answers"][:-1]
    assert scored(marked) == scored(unmarked)


def test_points_that_a_person_gave_are_taken_though_the_key_says_otherwise() -> None:
    body = {"question": "1", "topic": "t", "given": "A", "correct": "B", "points": 0.25, "max_points": 0.5}
    found = scored({"exam_code": "X", "answers": [body]})
    assert found.topics["t"] == Score(points=0.25, max=0.5, n=1, percent=50.0)


def test_a_question_that_was_not_put_counts_nowhere() -> None:
    shown = {"question": "1", "topic": "t", "points": 1}
    hidden = {"question": "2", "topic": ["t", "u"], "points": 0, "not_administered": True}
    found = scored({"exam_code": "X", "answers": [shown, hidden]})
    assert found.topics == {"t": Score(points=1.0, max=1.0, n=1, percent=100.0)}


@pytest.mark.parametrize(
    ("given", "points"),
    [
        ("BCE", 3),
        ("B, C, E", 3),
        (["E", "C", "B"], 3),
        ("bc", 2),
        ("BCD", 1),
        ("ABCDE", 1),
        ("AD", 0),
        ("", 0),
    ],
)
def test_each_right_option_is_a_point_and_each_wrong_one_takes_one(given: Any, points: float) -> None:
    own = bank.exam(MARKED)
    assert isinstance(own, bank.MarkedExam)
    question = next(question for question in own.questions if question.id == "q03")
    assert question.key == ["B", "C", "E"]
    assert scoring.points_in(question, given) == points


@pytest.mark.parametrize(("yes", "counts"), [(0, False), (1, False), (2, True), (3, True)])
def test_a_competency_counts_with_two_of_three_yes(yes: int, counts: bool) -> None:
    answers = {f"law.texts.{n}": "yes" if n <= yes else "no" for n in (1, 2, 3)}
    found = scored({"exam_code": APTITUDE, "answers": answers})
    law = next(section for section in found.sections if section.id == "law")
    trait = next(each for each in law.competencies if each.id == "texts")
    assert (trait.counts, trait.score.points, law.score.points) == (counts, yes, int(counts))


@pytest.mark.parametrize("word", ["yes", "نعم", True, 1, "TRUE"])
def test_yes_is_understood_in_both_languages(word: Any) -> None:
    found = scored({"exam_code": APTITUDE, "answers": {"law.texts.1": word, "law.texts.2": "لا"}})
    law = next(section for section in found.sections if section.id == "law")
    assert sum(trait.score.points for trait in law.competencies) == 1
    assert found.answered == 2


def test_blanks_are_worth_nothing_and_are_not_answered() -> None:
    found = scored(pupil())
    assert (found.answered, found.questions) == (38, 40)
    assert found.total.max == 60.0
    everything = {"exam_code": MARKED, "answers": {}}
    assert scored({**everything, "answers": {"q01": None}}).total.points == 0.0


def test_branches_and_surroundings_are_sections_of_the_aptitude_exam() -> None:
    found = scored(builder())
    assert [section.kind for section in found.sections] == ["branch"] * 16 + ["environment"]
    assert found.topics["Engineering"] == Score(points=4.0, max=5.0, n=15, percent=80.0)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 8), st.integers(8, 12), st.lists(st.sampled_from("abcd"), min_size=1, max_size=3)
        ),
        min_size=1,
        max_size=40,
    )
)
def test_sums_are_exact_in_quarters(marks: list[tuple[int, int, list[str]]]) -> None:
    answers = [
        Answer(question=str(n), topic=topics, points=points / 4, max_points=most / 4)
        for n, (points, most, topics) in enumerate(marks)
    ]
    found = scoring.score("X", answers)
    for topic in "abcd":
        own = [(p, m) for p, m, topics in marks if topic in topics]
        if own:
            got, most = sum(p for p, _ in own), sum(m for _, m in own)
            assert found.topics[topic].points == got / 4
            assert found.topics[topic].max == most / 4
            assert found.topics[topic].percent == pytest.approx(float(Fraction(100 * got, most)), abs=0.0051)
            assert found.topics[topic].n == len(own)
