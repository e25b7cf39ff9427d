"""What the answers to an exam must be, before anything is scored.

Called by the input's model, so that every way in refuses the same: a question that the exam does not have, an
answer that is none of its options, or answers of a foreign exam that bring neither points nor a key.
"""

from collections.abc import Sequence
from typing import Protocol

from headway.core.errors import FieldError
from headway.support.complaints import complaint
from headway.support.i18n import N_

from . import bank, reading


class Given(Protocol):
    """What is looked at of an answer."""

    @property
    def question(self) -> str:
        """Which question."""

    @property
    def given(self) -> str | list[str] | None:
        """What was answered."""

    @property
    def correct(self) -> str | list[str] | None:
        """The key that came along."""

    @property
    def points(self) -> float | None:
        """The points that came along."""


def check(code: str, answers: Sequence[Given]) -> None:
    """Raises a complaint about the first answer that cannot be."""
    own = bank.exam(code)
    match own:
        case bank.AptitudeExam():
            known = own.questions
            for answer in answers:
                if answer.question not in known:
                    raise _no_question(code, answer.question)
                check_yes_or_no(answer.question, answer.given)
        case bank.MarkedExam():
            questions = {question.id: question for question in own.questions}
            for answer in answers:
                if answer.question not in questions:
                    raise _no_question(code, answer.question)
                check_options(questions[answer.question], answer.given)
        case None:
            for answer in answers:
                if answer.points is None and reading.is_blank(answer.correct):
                    raise complaint(
                        "unmarked",
                        "There is no exam {code} here, and the question {question} brings neither points nor a key",
                        code=code,
                        question=answer.question,
                    )


def has_key(answer: Given) -> bool:
    """Whether an imported answer can be marked anew when it is changed."""
    return not reading.is_blank(answer.correct)


def no_key(question: str) -> FieldError:
    """What is said of an answer that cannot be changed."""
    message = N_(
        "The question {question} came with its marks and without a key: its answer cannot be changed"
    )
    return FieldError("given", message, {"question": question})


def check_yes_or_no(question: str, given: str | list[str] | None) -> None:
    """Refuses what is neither yes, no nor blank."""
    if not reading.is_blank(given) and reading.yes_or_no(given) is None:
        raise complaint("yes_or_no", "The question {question} is answered with yes or no", question=question)


def check_options(question: bank.Question, given: str | list[str] | None) -> None:
    """Refuses an option that the question does not have, and several where one is right."""
    if not reading.is_blank(given):
        picked = reading.chosen(given, question.several, question.options)
        if not picked <= set(question.options) or (len(picked) > 1 and not question.several):
            raise complaint(
                "option",
                "The question {question} has the options {options}",
                question=question.id,
                options=", ".join(question.options),
            )


def _no_question(code: str, question: str) -> Exception:
    return complaint("question", "The exam {code} has no question {question}", code=code, question=question)
