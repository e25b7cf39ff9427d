"""What goes into the novel application, what its chunks carry, and what comes out.

Called by the routes (validation), the job (input, steps, result), the pages and the exports. Invariant: every
sentence of a result names the sentence of the book that it came from (``source``, counted from 0 through
the book), so that nothing is ever matched by its words.
"""

from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticKnownError

from headway.apps.novel.shortening import Flag, Style
from headway.support.complaints import complaint

Tier = Literal["speed", "balanced", "quality"]
TIERS: tuple[Tier, ...] = ("speed", "balanced", "quality")


def _no_bool(value: object) -> object:
    if isinstance(value, bool):
        raise PydanticKnownError("int_type")
    return value


_Whole = BeforeValidator(_no_bool)


class NovelSettings(BaseModel):
    """How the sentences are to become; a form's texts (``"8"``, ``"true"``) are taken too."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sentence_length_limit: Annotated[int, _Whole, Field(ge=3, le=50)] = 8
    min_sentence_length: Annotated[int, _Whole, Field(ge=1, le=10)] = 2
    gemini_model: Tier = "balanced"
    ignore_dialogue: bool = False
    preserve_formatting: bool = True
    fix_hyphenation: bool = True

    @field_validator("min_sentence_length")
    @classmethod
    def _not_over_the_limit(cls, value: int, info: ValidationInfo) -> int:
        limit = info.data.get("sentence_length_limit", value)
        if value > limit:
            raise complaint(
                "min_over_limit",
                "The shortest sentence ({least} words) must not be longer than the limit ({limit})",
                least=value,
                limit=limit,
            )
        return value

    @property
    def style(self) -> Style:
        """The same as the shortener takes it."""
        return Style(
            self.sentence_length_limit,
            self.min_sentence_length,
            self.ignore_dialogue,
            self.preserve_formatting,
        )


class NovelOrder(NovelSettings):
    """One book to be shortened: the settings, and the name under which its file was uploaded (the file itself
    travels beside the job)."""

    pdf: Annotated[str, StringConstraints(max_length=255)] = ""

    @property
    def settings(self) -> NovelSettings:
        """The order without its file."""
        return NovelSettings.model_validate(self.model_dump(exclude={"pdf"}))


class Source(BaseModel):
    """One sentence of the book (or some that are too short alone). ``quoted``: it starts inside a
    quotation.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    n: Annotated[int, Field(ge=0)]
    text: str
    page: Annotated[int, Field(ge=1)]
    paragraph: Annotated[int, Field(ge=0)]
    quoted: bool = False


class Chunk(BaseModel):
    """What one worker shortens: its own sentences, after ``context`` sentences of the chunk before.

    ``index`` counts from 1. The sentences are numbered without a gap, so own ones are those from ``start``
    on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    index: Annotated[int, Field(ge=1)]
    context: Annotated[int, Field(ge=0)]
    sources: tuple[Source, ...]

    @property
    def start(self) -> int:
        """The number of the first sentence that is the chunk's own."""
        return self.own[0].n

    @property
    def own(self) -> tuple[Source, ...]:
        """The sentences that this chunk answers for."""
        return self.sources[self.context :]


class Manuscript(BaseModel):
    """A book that was read and planned: what its job goes on with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    pages: Annotated[int, Field(ge=1)]
    unreadable_pages: tuple[int, ...]
    chunks: tuple[Chunk, ...]

    @property
    def sources(self) -> list[Source]:
        """Every sentence of the book."""
        return [source for chunk in self.chunks for source in chunk.own]


class Short(BaseModel):
    """One short sentence and the number of the sentence it came from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Annotated[int, Field(ge=0)]
    text: str
    flags: tuple[Flag, ...] = ()


class ChunkResult(BaseModel):
    """What a chunk became, in order; it may hold what the overlap repeated, ``merging`` drops that."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    chunk: Annotated[int, Field(ge=1)]
    shorts: tuple[Short, ...]
    provider: str = "offline"
    model: str = "rules-1"


class Sentence(BaseModel):
    """One row of the result. ``original`` is the whole sentence of the book that ``normalized`` came from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    normalized: str
    original: str
    page: Annotated[int, Field(ge=1)]
    chunk: Annotated[int, Field(ge=1)]
    source: Annotated[int, Field(ge=0)]
    flags: tuple[Flag, ...] = ()
    edited: bool = False
    made: str | None = None
    """Of an edited sentence: what it was before."""


class FailedChunk(BaseModel):
    """A chunk that gave up, with its pages and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    chunk: Annotated[int, Field(ge=1)]
    first_page: Annotated[int, Field(ge=1)]
    last_page: Annotated[int, Field(ge=1)]
    error: str


class NovelResult(BaseModel):
    """The shortened book."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    pages: Annotated[int, Field(ge=1)]
    words: Annotated[int, Field(ge=0)]
    chunks: Annotated[int, Field(ge=0)]
    sentences: tuple[Sentence, ...]
    coverage: Annotated[float, Field(ge=0, le=1)]
    failed_chunks: tuple[FailedChunk, ...] = ()
    unreadable_pages: tuple[int, ...] = ()
    settings: NovelSettings
    provider: str
    model: str


class Quote(BaseModel):
    """What a book would take: told before anything is started."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pages: Annotated[int, Field(ge=0)]
    words: Annotated[int, Field(ge=0)]
    chunks: Annotated[int, Field(ge=0)]
    tokens: Annotated[int, Field(ge=0)]
    credits: Annotated[int, Field(ge=0)]
    seconds: Annotated[float, Field(ge=0)]


class ProviderSentence(BaseModel):
    """A model's short sentences for sentence ``n``."""

    model_config = ConfigDict(extra="ignore")

    n: int
    short: list[Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]]


class ProviderChunk(BaseModel):
    """What a model's answer must be before it counts; ``answer`` checks it against the rules."""

    model_config = ConfigDict(extra="ignore")

    sentences: list[ProviderSentence]
