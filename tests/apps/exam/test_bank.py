"""The shipped exams: their size, both languages everywhere, and samples that fit."""

import re
from collections import Counter

import pytest
from tests.apps.exam.people import APTITUDE, MARKED

from headway.apps.exam import bank, paper, samples
from headway.apps.exam.schema import ExamInput
from headway.apps.exam.texts import Bilingual

ARABIC = re.compile(r"[\u0621-\u064a]")
LATIN = re.compile(r"[A-Za-z]")


def aptitude() -> bank.AptitudeExam:
    own = bank.exam(APTITUDE)
    assert isinstance(own, bank.AptitudeExam)
    return own


def marked() -> bank.MarkedExam:
    own = bank.exam(MARKED)
    assert isinstance(own, bank.MarkedExam)
    return own


def test_the_aptitude_exam_has_16_branches_of_5_and_10_factors_with_3_questions_each() -> None:
    own = aptitude()
    assert [len(branch.competencies) for branch in own.branches] == [5] * 16
    assert len(own.environment) == 10
    assert len(own.questions) == (16 * 5 + 10) * 3


def test_the_marked_exam_has_40_questions_over_8_topics_some_with_several_right() -> None:
    own = marked()
    assert (len(own.questions), len(own.topics)) == (40, 8)
    assert len({question.id for question in own.questions}) == 40
    assert sum(question.several for question in own.questions) >= 5
    assert sum(len(question.topics) > 1 for question in own.questions) >= 5
    assert min(Counter(t for q in own.questions for t in q.topics).values()) >= 5


def test_no_letter_is_right_too_often() -> None:
    keys = Counter(question.key[0] for question in marked().questions if not question.several)
    assert set(keys) == set("ABCD")
    assert max(keys.values()) <= sum(keys.values()) // 2


def test_every_question_is_asked_once_and_in_both_languages() -> None:
    texts = [*aptitude().questions.values(), *(question.text for question in marked().questions)]
    for text in texts:
        assert LATIN.search(text.en), text
        assert ARABIC.search(text.ar), text
        assert not ARABIC.search(text.en), text
    assert len({text.en for text in texts}) == len({text.ar for text in texts}) == len(texts)


def test_every_name_is_there_in_both_languages() -> None:
    names: list[Bilingual] = [topic.name for topic in marked().topics]
    for branch in aptitude().branches:
        names += [
            branch.name,
            *(major.name for major in branch.majors),
            *(t.name for t in branch.competencies),
        ]
    for name in names:
        assert LATIN.search(name.en), name
        assert ARABIC.search(name.ar), name


def test_majors_and_surroundings_name_what_there_is() -> None:
    own = aptitude()
    factors = {trait.id for trait in own.environment}
    for branch in own.branches:
        assert set(branch.environment) <= factors, branch.id
        traits = {trait.id for trait in branch.competencies}
        for major in branch.majors:
            assert set(major.needs) <= traits, (branch.id, major.name.en)


@pytest.mark.parametrize("lang", ["en", "ar"])
@pytest.mark.parametrize("code", [APTITUDE, MARKED])
def test_a_paper_asks_everything_once(code: str, lang: str) -> None:
    own = bank.exam(code)
    assert own is not None
    asked = [question.id for part in paper.paper(own, lang).parts for question in part.questions]
    assert len(asked) == len(set(asked))
    assert set(asked) == paper.question_ids(code)


@pytest.mark.parametrize("code", [APTITUDE, MARKED])
def test_samples_are_answers_that_the_exam_takes(code: str) -> None:
    assert ExamInput(exam_code=code, answers=samples.SAMPLES[code]).answers  # type: ignore[arg-type]  # an object is taken


def test_a_code_of_ours_is_found_in_any_case_and_others_stay() -> None:
    assert bank.canonical("science-40") == MARKED
    assert bank.canonical("Other-7") == "Other-7"
    assert bank.exam("other-7") is None
