"""Answers of an invented student to each exam, to try the application with; and the example on the card.

Called by the page. Invariant: they fit the exams (a test says so).
"""

from typing import Final

from .bank import AptitudeExam, MarkedExam, exams
from .schema import Answer
from .scoring import score

_LIKES: Final = (
    "medicine.body", "medicine.care", "medicine.exactness", "medicine.prevention", "science.laboratory",
    "science.observing", "science.asking", "science.models", "education.patience", "education.explaining",
    "society.empathy", "computing.data", "environment-food.food", "environment.people", "environment.team",
    "environment.structure",
)  # fmt: skip
_HALF: Final = ("medicine.calm.1", "medicine.calm.3", "languages.reading.1", "education.noticing.2")
_WRONG: Final = {
    "q10": "D",
    "q17": "B",
    "q19": "C",
    "q24": "A",
    "q27": "A",
    "q29": "C",
    "q36": "A",
    "q39": "B",
}
_PARTLY: Final = {"q03": ["B", "C"], "q13": ["A", "B", "C"], "q28": ["A", "D"], "q37": ["B"]}
_BLANK: Final = ("q30", "q34", "q40")


def _aptitude(own: AptitudeExam) -> dict[str, str | list[str]]:
    likes = tuple(f"{trait}." for trait in _LIKES)
    return {q: "yes" if q.startswith(likes) or q in _HALF else "no" for q in own.questions}


def _marked(own: MarkedExam) -> dict[str, str | list[str]]:
    given: dict[str, str | list[str]] = {}
    for question in own.questions:
        right: str | list[str] = list(question.key) if question.several else question.key[0]
        given[question.id] = _PARTLY.get(question.id) or _WRONG.get(question.id) or right
    return {question: answer for question, answer in given.items() if question not in _BLANK}


SAMPLES: Final[dict[str, dict[str, str | list[str]]]] = {
    code: _aptitude(own) if isinstance(own, AptitudeExam) else _marked(own) for code, own in exams().items()
}
"""Answers by exam and question."""


def card(lang: str) -> list[tuple[str, int]]:
    """What the sample scores in the marked exam, for the card: topics and per cent."""
    code = next(code for code, own in exams().items() if isinstance(own, MarkedExam))
    answers = [Answer(question=question, given=given) for question, given in SAMPLES[code].items()]
    rows = score(code, answers).sections[0].competencies
    return [(row.name.of(lang), round(row.score.percent)) for row in rows]
