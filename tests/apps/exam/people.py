"""Students of our own making: enrolments for the tests, of our exams and of exams that bring their marking."""

from typing import Any

from headway.apps.exam import bank

APTITUDE, MARKED = "APTITUDE-16", "SCIENCE-40"


def builder() -> dict[str, Any]:
    """One whose answers speak for engineering and computing, and who likes tools, quiet and screens."""
    own = bank.exam(APTITUDE)
    assert isinstance(own, bank.AptitudeExam)
    yes = ("engineering.", "computing.logic", "computing.programming", "computing.data", "mathematics.proof")
    likes = ("environment.tools", "environment.quiet", "environment.screens")
    given = {question: "yes" if question.startswith((*yes, *likes)) else "no" for question in own.questions}
    given["engineering.drawing.1"] = given["engineering.drawing.2"] = "no"
    return {"exam_code": APTITUDE, "student": "Nadia", "language": "en", "answers": given}


def pupil(right: int = 25, student: str = "Omar") -> dict[str, Any]:
    """One who gets the first `right` questions of the marked exam right, and leaves the last two blank."""
    own = bank.exam(MARKED)
    assert isinstance(own, bank.MarkedExam)
    answers = {}
    for n, question in enumerate(own.questions):
        wrong = next(option for option in question.options if option not in question.key)
        answers[question.id] = question.key if n < right else [wrong] if question.several else wrong
    for question in own.questions[-2:]:
        answers[question.id] = ""
    return {"exam_code": MARKED, "student": student, "answers": answers}


def marked_elsewhere(student: str, *, points: bool = True) -> dict[str, Any]:
    """An enrolment of an exam that is not ours: several topics, several options, part of the points, blanks."""
    answers: list[dict[str, Any]] = [
        {"question": "1", "topic": "Reading", "given": "B", "correct": "B", "points": 1},
        {"question": "2", "topic": ["Reading", "Writing"], "given": "A", "correct": "C", "points": 0},
        {"question": "3", "topic": ["Writing"], "given": "DB", "correct": "BD", "multi_select": True, "points": 2,
         "max_points": 2},
        {"question": "4", "topic": "Writing", "given": "B", "correct": "BD", "multi_select": True, "points": 0},
        {"question": "5", "topic": "Reading", "given": None, "correct": "A", "points": 0},
    ]  # fmt: skip
    if points:
        answers.append(
            {"question": "6", "topic": ["Reading", "Logic"], "given": None, "correct": None, "points": 1.5,
             "max_points": 2.0, "not_administered": False}
        )  # fmt: skip
    else:
        for answer in answers:
            del answer["points"]
    return {"exam_code": "OTHER-7", "language": "en", "student": student, "answers": answers}
