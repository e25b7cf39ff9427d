"""The form of an answer about one case, whoever gives it: a model or the offline adviser.

Called by the job (`ask_for`) and by `offline`. Invariant: both languages or nothing.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

_Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=120)]
_Prose = Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=2_000)]
_Step = Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=600)]


class BranchWords(BaseModel):
    """About a branch, in one language."""

    model_config = ConfigDict(extra="ignore")

    majors: Annotated[list[_Name], Field(min_length=3, max_length=3)]
    reasoning: _Prose


class BranchAdvice(BaseModel):
    """About a branch, in both."""

    model_config = ConfigDict(extra="ignore")

    en: BranchWords
    ar: BranchWords
    by_rules: bool = False
    """Worded by `offline` though a model was asked, since its answer never had the form."""


class TopicWords(BaseModel):
    """About a topic, in one language."""

    model_config = ConfigDict(extra="ignore")

    reasoning: _Prose
    steps: Annotated[list[_Step], Field(min_length=1, max_length=6)]


class TopicAdvice(BaseModel):
    """About a topic, in both."""

    model_config = ConfigDict(extra="ignore")

    en: TopicWords
    ar: TopicWords
    by_rules: bool = False
