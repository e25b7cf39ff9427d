"""What goes into the exam application and what comes out.

Called by the routes and the import (validation), the job (input, result), the page and the reports. Invariant
of a result: every score was computed by `scoring` from the answers, whoever wrote the advice, and every text
of ours is there in English and in Arabic.
"""

import math
import re
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_serializer,
    model_validator,
)

from headway.support.complaints import complaint

from . import bank, rules
from .texts import Bilingual, Language

MAX_ANSWERS = 1_000
"""Most answers of one enrolment."""
MAX_ENROLMENTS = 5_000
"""Most enrolments of one import."""
_SURROGATE = re.compile("[\ud800-\udfff]")


def _storable(value: object) -> object:
    """Refuses what no database or JSON document can carry."""
    if isinstance(value, str):
        if "\x00" in value:
            raise complaint("nul", "Must not contain the character NUL")
        if not value.isascii() and _SURROGATE.search(value):
            raise complaint("surrogate", "Contains half of a character (a lone surrogate)")
    return value


def _as_text(value: object) -> object:
    """A number where a code or an option was meant: files made by spreadsheets have them."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _storable(value)


def _as_given(value: object) -> object:
    """An answer as text: yes and no are texts like any other, several options are sorted letters or a list."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    return _storable(value)


Code = Annotated[
    str, BeforeValidator(_as_text), StringConstraints(strip_whitespace=True, min_length=1, max_length=120)
]
Student = Annotated[str, BeforeValidator(_as_text), StringConstraints(strip_whitespace=True, max_length=200)]
_Short = Annotated[
    str, BeforeValidator(_as_text), StringConstraints(strip_whitespace=True, min_length=1, max_length=500)
]
_Option = Annotated[str, BeforeValidator(_as_text), StringConstraints(max_length=1_000)]
Given = Annotated[_Option | Annotated[list[_Option], Field(max_length=30)] | None, BeforeValidator(_as_given)]
"""An answer or a key: one text, several options, or None for a blank."""
Topics = Annotated[list[_Short], Field(min_length=1, max_length=30)]


class Answer(BaseModel):
    """One answered (or blank) question of an enrolment.

    Of an exam of our own banks only `question` and `given` count. Any other exam brings its marking along:
    `topic` (one or several), and either `points` as marked, or `correct`, from which they are computed.
    What else a file says of an answer is passed over.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    question: _Short
    given: Given = None
    topic: Topics | None = None
    correct: Given = None
    points: float | None = None
    max_points: Annotated[float, Field(ge=0, le=10_000)] = 1.0
    multi_select: bool = False
    not_administered: bool = False

    @field_validator("topic", mode="before")
    @classmethod
    def _several(cls, value: object) -> object:
        return [value] if isinstance(value, str | int) else value

    @field_validator("topic")
    @classmethod
    def _once_each(cls, value: list[str] | None) -> list[str] | None:
        return None if value is None else list(dict.fromkeys(value))

    @field_validator("points", "max_points")
    @classmethod
    def _finite(cls, value: float | None) -> float | None:
        if value is not None and not math.isfinite(value):
            raise complaint("finite", "Must be a number")
        return value

    @model_validator(mode="after")
    def _within(self) -> Self:
        if self.points is not None and self.points > self.max_points:
            raise complaint(
                "points",
                "{points} points are more than the {most} that the question is worth",
                points=f"{self.points:g}",
                most=f"{self.max_points:g}",
            )
        return self

    @model_serializer(mode="wrap")
    def _what_is_said(self, dump: SerializerFunctionWrapHandler) -> dict[str, object]:
        """Without what is as by default: hundreds of answers are three times as short."""
        return {name: value for name, value in dump(self).items() if value != _UNSAID[name]}


_UNSAID = {name: field.get_default() for name, field in Answer.model_fields.items()}


class ExamInput(BaseModel):
    """One enrolment to be scored.

    Without `answers` the ones that are stored under the code (and the student) are taken. `answers` may be a
    list of answers, or an object from question to answer given.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    exam_code: Code
    student: Student = ""
    language: Language = "en"
    answers: Annotated[list[Answer], Field(max_length=MAX_ANSWERS)] | None = None

    @field_validator("exam_code")
    @classmethod
    def _as_we_write_it(cls, value: str) -> str:
        """A code of ours in capitals; any other as it is."""
        return bank.canonical(value)

    @field_validator("language", mode="before")
    @classmethod
    def _known(cls, value: object) -> object:
        """`ar-EG` is Arabic; nothing said is English."""
        if value in (None, ""):
            return "en"
        return value.strip().lower().partition("-")[0] if isinstance(value, str) else value

    @field_validator("answers", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        if isinstance(value, dict):
            return [{"question": question, "given": given} for question, given in value.items()]
        return value

    @field_validator("answers")
    @classmethod
    def _no_question_twice(cls, value: list[Answer] | None) -> list[Answer] | None:
        seen: set[str] = set()
        for answer in value or ():
            if answer.question in seen:
                raise complaint(
                    "twice", "The question {question} is answered twice", question=answer.question
                )
            seen.add(answer.question)
        return value

    @field_validator("answers")
    @classmethod
    def _fit_the_exam(cls, value: list[Answer] | None, info: ValidationInfo) -> list[Answer] | None:
        rules.check(str(info.data.get("exam_code", "")), value or ())
        return value


class Score(BaseModel):
    """Points of `max` over `n` questions, in per cent with two decimals."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    points: float
    max: float
    n: int
    percent: float


class Total(BaseModel):
    """Points of the whole exam; a question of several topics counts once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    points: float
    max: float
    percent: float


class Competency(BaseModel):
    """One competency, environment factor or topic. `counts`: of an aptitude exam, whether it counts as shown
    (at least two of its three answers are yes); null where that is no question."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    name: Bilingual
    score: Score
    counts: bool | None = None


class Section(BaseModel):
    """A part of the exam: a branch, the environment, or the topics of a marked exam."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    kind: Literal["branch", "environment", "topics"]
    name: Bilingual
    score: Score
    competencies: list[Competency]


class Scores(BaseModel):
    """Everything that is counted, nothing that is judged. `topics` are by name as the exam names them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["aptitude", "marked"]
    title: Bilingual
    total: Total
    topics: dict[str, Score]
    sections: list[Section]
    answered: int
    questions: int


class Recommendation(BaseModel):
    """A field of study that suits, three majors of it, and why, tied to scores. `by_rules`: worded by our own rules though a
    model was asked, since its answer never had the form."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    field: str
    majors: Annotated[list[str], Field(min_length=3, max_length=3)]
    reasoning: str
    by_rules: bool = False


class TopicNote(BaseModel):
    """A topic that is strong, or weak, and why one may say so."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    topic: str
    note: str


class TopicPlan(BaseModel):
    """What to do about one topic: the reason, and steps in their order. `by_rules` as of a recommendation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    topic: str
    reasoning: str
    steps: list[str]
    by_rules: bool = False


class Advice(BaseModel):
    """The advice in one language. An aptitude exam has `recommended`, a marked one the rest."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    recommended: list[Recommendation] = Field(default_factory=list)
    strengths: list[TopicNote] = Field(default_factory=list)
    weaknesses: list[TopicNote] = Field(default_factory=list)
    study_plan: list[TopicPlan] = Field(default_factory=list)


class BothAdvice(BaseModel):
    """The same advice in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    en: Advice
    ar: Advice


class ExamResult(BaseModel):
    """The result of the exam job.

    `total`, `topics` and `sections` are counted; `recommended`, `strengths`, `weaknesses` and `study_plan`
    are the advice in the enrolment's language, and `advice` has it in both. `provider` says who advised:
    `off` where nobody did.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    exam_code: str
    student: str
    language: Language
    kind: Literal["aptitude", "marked"]
    title: Bilingual
    answered: int
    questions: int
    total: Total
    topics: dict[str, Score]
    sections: list[Section]
    recommended: list[Recommendation]
    strengths: list[TopicNote]
    weaknesses: list[TopicNote]
    study_plan: list[TopicPlan]
    advice: BothAdvice
    provider: str
    model: str
