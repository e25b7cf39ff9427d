"""An exam as it is put before a student: its questions in one language, without the key.

Called by the routes and the page. Invariant: nothing here names a right answer.
"""

from functools import cache

from pydantic import BaseModel

from .bank import AptitudeExam, Exam, MarkedExam, exam


class Head(BaseModel):
    """An exam in a list."""

    code: str
    kind: str
    title: str
    about: str
    minutes: int
    questions: int


class ExamList(BaseModel):
    """The exams to be taken here."""

    exams: list[Head]


class Choice(BaseModel):
    """One option of a question."""

    id: str
    text: str


class PaperQuestion(BaseModel):
    """A question; without options it is answered with yes or no. `several`: more than one option may be
    right."""

    id: str
    text: str
    options: list[Choice]
    several: bool
    points: int


class PaperPart(BaseModel):
    """Questions that stand together."""

    id: str
    name: str
    questions: list[PaperQuestion]


class Paper(Head):
    """An exam with its questions."""

    parts: list[PaperPart]


def head(own: Exam, lang: str) -> Head:
    """What an exam is, in the reader's language."""
    return Head(
        code=own.code,
        kind=own.kind,
        title=own.title.of(lang),
        about=own.about.of(lang),
        minutes=own.minutes,
        questions=len(question_ids(own.code)),
    )


def paper(own: Exam, lang: str) -> Paper:
    """The whole exam in the reader's language."""
    parts = _aptitude(own, lang) if isinstance(own, AptitudeExam) else _marked(own, lang)
    return Paper(**head(own, lang).model_dump(), parts=parts)


def has(code: str, question: str) -> bool:
    """Whether an exam of ours has the question."""
    return question in question_ids(code)


@cache
def question_ids(code: str) -> frozenset[str]:
    """The questions of an exam of ours; none of any other."""
    own = exam(code)
    if isinstance(own, AptitudeExam):
        return frozenset(own.questions)
    return frozenset(question.id for question in own.questions) if own else frozenset()


def _aptitude(own: AptitudeExam, lang: str) -> list[PaperPart]:
    groups = [(branch.id, branch.name, branch.competencies) for branch in own.branches]
    groups.append(("environment", own.environment_name, own.environment))
    return [
        PaperPart(
            id=section,
            name=name.of(lang),
            questions=[
                PaperQuestion(id=question, text=text.of(lang), options=[], several=False, points=1)
                for trait in traits
                for question, text in zip(trait.question_ids(section), trait.questions, strict=True)
            ],
        )
        for section, name, traits in groups
    ]


def _marked(own: MarkedExam, lang: str) -> list[PaperPart]:
    return [
        PaperPart(
            id=topic.id,
            name=topic.name.of(lang),
            questions=[
                PaperQuestion(
                    id=question.id,
                    text=question.text.of(lang),
                    options=[Choice(id=key, text=text.of(lang)) for key, text in question.options.items()],
                    several=question.several,
                    points=question.points,
                )
                for question in own.questions
                if question.topics[0] == topic.id
            ],
        )
        for topic in own.topics
    ]
