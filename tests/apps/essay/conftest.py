"""The essays of this folder's tests, all of our own writing, and how to examine one."""

from collections.abc import Callable
from pathlib import Path

import pytest

from headway.apps.essay import offline
from headway.apps.essay.bands import TaskType
from headway.apps.essay.schema import EssayInput, Evaluation

FOLDER = Path(__file__).parent / "essays"
TASKS: dict[str, TaskType] = {
    "band_6_letter": "general_task_1",
    "band_7_chart": "academic_task_1",
    "band_5_chart": "academic_task_1",
}

Read = Callable[[str], str]
Examine = Callable[..., Evaluation]


def _read(name: str) -> str:
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


def _examine(essay: str, prompt: str = "Write about this.", task_type: TaskType = "task_2") -> Evaluation:
    return offline.evaluate(EssayInput(task_type=task_type, prompt=prompt, essay=essay))


@pytest.fixture(scope="session")
def read() -> Read:
    """`read("band_6_letter")`: the text of one sample essay."""
    return _read


@pytest.fixture(scope="session")
def examine() -> Examine:
    """`examine(essay, prompt=…, task_type=…)`: its offline evaluation."""
    return _examine


@pytest.fixture(scope="session")
def examine_sample() -> Examine:
    """`examine_sample("band_6_letter")`: its offline evaluation under its own task."""
    return lambda name: _examine(_read(name), task_type=TASKS.get(name, "task_2"))
