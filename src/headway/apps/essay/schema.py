"""What goes into the essay application and what comes out.

Called by the routes (validation), the job (input, result), the pages and the providers. Invariant of a
result: ``essay[c.start:c.end] == c.original`` for each correction, corrections are sorted and do not overlap,
and the overall band is IELTS's own rounding of the four criteria.

Offsets are Python indices, that is Unicode code points, into the essay exactly as it was sent. A JavaScript
string counts UTF-16 units instead: use ``Array.from(essay).slice(start, end).join("")``, not ``essay.slice``,
or an emoji before the place shifts every mark.
"""

from typing import Annotated, Generic, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from headway.support.complaints import complaint
from headway.support.sentences import Prose, Said, told

from . import bands
from .bands import TaskType
from .measures import Measures

PROMPT_LIMITS = (5, 2_000)
"""Least and most characters of a prompt, blanks around it not counted."""
ESSAY_LIMITS = (20, 20_000)
"""Least and most characters of an essay, blanks around it not counted."""

Language = Literal["en", "ar"]
"""What the texts of an evaluation are written in."""
_LIMITS = {"prompt": PROMPT_LIMITS, "essay": ESSAY_LIMITS}


def _is_band(value: float) -> float:
    if bands.nearest_half(value) != value:
        raise complaint("band", "A band goes from 0 to 9 in halves, not {value}.", value=value)
    return value


Band = Annotated[float, AfterValidator(_is_band)]
"""A number from 0 to 9 in halves."""


class EssayInput(BaseModel):
    """One essay to be examined.

    ``image`` is the name of the uploaded file with the chart of a Task 1, where there is one; the file itself
    travels beside the job. Texts are kept as sent, blanks at the ends included, so that offsets fit. ``language`` is
    the one in which a model is asked to write; a request that does not name one has its own (``Accept-Language``).
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    task_type: TaskType
    prompt: str
    essay: str
    image: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = None
    language: Language = "en"

    @field_validator("prompt", "essay", "image", mode="before")
    @classmethod
    def _storable(cls, value: object, info: ValidationInfo) -> object:
        """Refuses what no database or JSON document can carry."""
        if isinstance(value, str):
            if "\x00" in value:
                raise complaint("nul", "The {field} contains a NUL character.", field=info.field_name)
            if any("\ud800" <= character <= "\udfff" for character in value):
                raise complaint(
                    "surrogate",
                    "The {field} contains half of a character (a lone surrogate).",
                    field=info.field_name,
                )
        return value

    @field_validator("prompt", "essay")
    @classmethod
    def _long_enough(cls, value: str, info: ValidationInfo) -> str:
        name = str(info.field_name)
        least, most = _LIMITS[name]
        length = len(value.strip())
        if not least <= length <= most:
            raise complaint(
                "length",
                "The {field} must have {least} to {most} characters; it has {length}.",
                field=name,
                least=least,
                most=most,
                length=length,
            )
        return value

    @model_validator(mode="after")
    def _image_for_task_1(self) -> Self:
        if self.image is not None and self.task_type != "academic_task_1":
            raise complaint("image", "An image belongs to an academic Task 1 only.")
        return self


class Criteria(BaseModel):
    """The four bands."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    TR: Band
    CC: Band
    LR: Band
    GRA: Band

    def values(self) -> tuple[float, float, float, float]:
        """The four bands in IELTS's order."""
        return (self.TR, self.CC, self.LR, self.GRA)


Text = TypeVar("Text", str, Prose)
"""What a person reads: as it is read, or as it is stored."""


class Notes(BaseModel, Generic[Text]):
    """Why each band: one text per criterion, each quoting the essay."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    TR: Text
    CC: Text
    LR: Text
    GRA: Text


class Correction(BaseModel, Generic[Text]):
    """One mistake with its repair. ``start`` and ``end`` are code points (see the module's docstring)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: Annotated[int, Field(ge=0)]
    end: int
    original: Annotated[str, StringConstraints(min_length=1)]
    suggestion: str
    reason: Text

    @model_validator(mode="after")
    def _spans_its_text(self) -> Self:
        if self.end - self.start != len(self.original):
            raise ValueError("end minus start must be the length of the original")
        return self


class _Evaluated(BaseModel, Generic[Text]):
    """What an evaluation is, whatever its texts are."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    overall_band: Band
    criteria: Criteria
    notes: Notes[Text]
    overall_comment: Text
    improvement_plan: Annotated[list[Text], Field(min_length=3, max_length=3)]
    corrections: list[Correction[Text]]
    word_count: Annotated[int, Field(ge=0)]
    provider: str
    model: str
    measures: Measures
    language: Language = "en"

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.overall_band != bands.overall(self.criteria.values()):
            raise ValueError("the overall band must be the rounded mean of the four criteria")
        for left, right in zip(self.corrections, self.corrections[1:], strict=False):
            if right.start < left.end:
                raise ValueError("corrections must be sorted and must not overlap")
        return self


class Evaluation(_Evaluated[str]):
    """An evaluation as it is read: the result of the essay job and of ``POST /evaluate``. ``language`` is that of its texts:
    the reader's, where our own rules wrote them, and the submitter's, where a model did."""


class KeptEvaluation(_Evaluated[Prose]):
    """An evaluation as it is stored: what our own rules say is rendered for whoever looks."""

    def read_in(self, lang: str) -> Evaluation:
        """The evaluation for a reader of ``lang``."""
        by_rules = isinstance(self.overall_comment, Said)
        return Evaluation(
            overall_band=self.overall_band,
            criteria=self.criteria,
            notes=Notes[str](**{name: told(lang, note) for name, note in self.notes}),
            overall_comment=told(lang, self.overall_comment),
            improvement_plan=[told(lang, step) for step in self.improvement_plan],
            corrections=[
                Correction[str](**{**dict(each), "reason": told(lang, each.reason)})
                for each in self.corrections
            ],
            word_count=self.word_count,
            provider=self.provider,
            model=self.model,
            measures=self.measures,
            language="ar" if by_rules and lang == "ar" else "en" if by_rules else self.language,
        )


def _rounded(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 9:
        return bands.nearest_half(value)
    return value


ProviderBand = Annotated[float, BeforeValidator(_rounded), Field(ge=0, le=9)]
_Prose = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]


class ProviderCriteria(BaseModel):
    """The four bands as a model gives them; a number between two halves is rounded to the nearest."""

    model_config = ConfigDict(extra="ignore")

    TR: ProviderBand
    CC: ProviderBand
    LR: ProviderBand
    GRA: ProviderBand


class ProviderNotes(BaseModel):
    """A model's note per criterion."""

    model_config = ConfigDict(extra="ignore")

    TR: _Prose
    CC: _Prose
    LR: _Prose
    GRA: _Prose


class ProviderCorrection(BaseModel):
    """A mistake as a model names it: by quotation, because models cannot count characters."""

    model_config = ConfigDict(extra="ignore")

    quote: Annotated[str, StringConstraints(min_length=1, max_length=400)]
    suggestion: Annotated[str, StringConstraints(max_length=400)]
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]


class ProviderEvaluation(BaseModel):
    """What a model's answer must be before it counts; ``answer.assemble`` makes an Evaluation of it."""

    model_config = ConfigDict(extra="ignore")

    criteria: ProviderCriteria
    notes: ProviderNotes
    overall_comment: _Prose
    improvement_plan: Annotated[list[_Prose], Field(min_length=3, max_length=3)]
    corrections: Annotated[list[ProviderCorrection], Field(max_length=80)]
