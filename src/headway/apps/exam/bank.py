"""The exams that ship with Headway, read from the TOML files in ``banks/``: our own writing, in both languages.

Called by scoring, the routes and the page. Invariant: ids never change, because stored answers refer to them;
every question is there in English and in Arabic, and a test holds the counts.
"""

import tomllib
from functools import cache, cached_property
from importlib.resources import files
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from .texts import Bilingual


def _pair(value: object) -> object:
    """`["English", "Arabic"]`, as the files have it; one text stands for both."""
    if isinstance(value, str):
        return {"en": value, "ar": value}
    if isinstance(value, list) and len(value) == 2:
        return {"en": value[0], "ar": value[1]}
    return value


Text = Annotated[Bilingual, BeforeValidator(_pair)]
YES, NO = "yes", "no"
NEEDED = 2
"""So many yes of three make a competency count."""


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Trait(_Data):
    """A competency of a branch, or a factor of the environment: three questions to be answered yes or no."""

    id: str
    name: Text
    questions: Annotated[list[Text], Field(min_length=3, max_length=3)]

    def question_ids(self, section: str) -> list[str]:
        """How the answers name the questions: `computing.logic.1` to `.3`."""
        return [f"{section}.{self.id}.{n}" for n in (1, 2, 3)]


class Major(_Data):
    """What can be studied in a branch, and the competencies that it lives on."""

    name: Text
    needs: Annotated[list[str], Field(min_length=1)]


class Branch(_Data):
    """A branch of study: five competencies, its majors, and the surroundings that its work is done in."""

    id: str
    name: Text
    environment: Annotated[list[str], Field(min_length=2)]
    majors: Annotated[list[Major], Field(min_length=5)]
    competencies: Annotated[list[Trait], Field(min_length=5, max_length=5)]


class Question(_Data):
    """A question with a key. Several right options: each is worth a point, and a wrong one takes one away."""

    id: str
    topics: Annotated[list[str], Field(min_length=1)]
    text: Text
    options: Annotated[dict[str, Text], Field(min_length=3)]
    key: Annotated[list[str], Field(min_length=1)]
    points: int = Field(gt=0)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if not set(self.key) <= set(self.options) or len(self.key) >= len(self.options):
            raise ValueError(f"{self.id}: the key must be some of the options")
        if len(self.key) > 1 and self.points != len(self.key):
            raise ValueError(f"{self.id}: with several right options, each is worth one point")
        return self

    @property
    def several(self) -> bool:
        """Whether more than one option is right."""
        return len(self.key) > 1


class Topic(_Data):
    """A topic of a marked exam, and what to do about it when it is weak."""

    id: str
    name: Text
    basics: Annotated[list[Text], Field(min_length=2)]
    further: Annotated[list[Text], Field(min_length=1)]


class AptitudeExam(_Data):
    """Yes-or-no questions about what one likes and can; no answer is wrong."""

    kind: Literal["aptitude"]
    code: str
    title: Text
    about: Text
    minutes: int
    environment_name: Text
    branches: Annotated[list[Branch], Field(min_length=1)]
    environment: Annotated[list[Trait], Field(min_length=1)]

    @cached_property
    def questions(self) -> dict[str, Bilingual]:
        """Every question by its id, in the order in which they are asked."""
        found: dict[str, Bilingual] = {}
        for branch in self.branches:
            for trait in branch.competencies:
                found |= dict(zip(trait.question_ids(branch.id), trait.questions, strict=True))
        for trait in self.environment:
            found |= dict(zip(trait.question_ids("environment"), trait.questions, strict=True))
        return found


class MarkedExam(_Data):
    """Questions with a key."""

    kind: Literal["marked"]
    code: str
    title: Text
    about: Text
    minutes: int
    topics: Annotated[list[Topic], Field(min_length=1)]
    questions: Annotated[list[Question], Field(min_length=1)]

    @model_validator(mode="after")
    def _known_topics(self) -> Self:
        known = {topic.id for topic in self.topics}
        for question in self.questions:
            if not set(question.topics) <= known:
                raise ValueError(f"{question.id} has a topic that the exam does not have")
        return self


Exam = AptitudeExam | MarkedExam


@cache
def exams() -> dict[str, Exam]:
    """The shipped exams by their code."""
    folder = files(__package__).joinpath("banks")
    aptitude = tomllib.loads(folder.joinpath("aptitude.toml").read_text("utf-8"))
    marked = tomllib.loads(folder.joinpath("marked.toml").read_text("utf-8"))
    found: list[Exam] = [AptitudeExam.model_validate(aptitude), MarkedExam.model_validate(marked)]
    return {exam.code: exam for exam in found}


def canonical(code: str) -> str:
    """The code as we write it, when it is one of ours in whatever case; else as it is."""
    return code.upper() if code.upper() in exams() else code


def exam(code: str) -> Exam | None:
    """The shipped exam of that code, whatever its case; None for any other."""
    return exams().get(code.strip().upper())
