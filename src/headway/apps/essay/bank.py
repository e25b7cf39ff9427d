"""Prompts to practise with and sample essays to try, read from ``bank.toml`` beside this file.

Called by the page. Invariant: every prompt and sample passes ``schema.EssayInput`` (a test says so), and
ids never change, because drafts in browsers refer to them.
"""

import tomllib
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from .bands import TaskType


class PracticePrompt(BaseModel):
    """One task to choose on the page."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    task_type: TaskType
    title: str
    prompt: str


class Sample(BaseModel):
    """An essay to try the application with, written for one of the prompts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    title: str
    prompt_id: str
    essay: str

    @property
    def task(self) -> PracticePrompt:
        """The prompt that the sample answers."""
        return next(prompt for prompt in PROMPTS if prompt.id == self.prompt_id)


_READ = tomllib.loads(files(__package__).joinpath("bank.toml").read_text(encoding="utf-8"))

PROMPTS: tuple[PracticePrompt, ...] = tuple(PracticePrompt(**item) for item in _READ["prompts"])
"""Five prompts for each task type, in the order in which the page shows them."""

SAMPLES: tuple[Sample, ...] = tuple(Sample(**item) for item in _READ["samples"])
"""Two essays of different level for "try a sample"."""
