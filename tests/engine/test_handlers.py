"""What handlers may be, what they are given, and what they may return."""

import asyncio
import math
import sys
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import BaseModel, Field
from tests.engine.workshop import Workshop

from headway import Context, Headway, InvalidInput, PermanentError, Settings
from headway.core.errors import UnknownKind

pytestmark = pytest.mark.anyio


class Essay(BaseModel):
    text: str = Field(min_length=3)
    words: list[int] = []


async def test_a_coroutine_runs_on_the_loop(lite: Workshop) -> None:
    threads: list[threading.Thread] = []

    @lite.app.job("shout")
    async def shout(ctx: Context, word: str) -> str:
        threads.append(threading.current_thread())
        return word.upper()

    assert await lite.outcome("shout", "hey") == "HEY"
    assert threads == [threading.main_thread()]


async def test_a_plain_function_runs_in_a_thread(lite: Workshop) -> None:
    threads: list[threading.Thread] = []

    @lite.app.job("shout")
    def shout(ctx: Any, word: str) -> str:
        threads.append(threading.current_thread())
        return word.upper()

    assert await lite.outcome(shout, "hey") == "HEY"
    assert threads != [threading.main_thread()]


async def test_a_handler_may_take_no_input(lite: Workshop) -> None:
    @lite.app.job("tick")
    async def tick(ctx: Context) -> int:
        return ctx.attempt

    assert await lite.outcome(tick) == 1


async def test_a_handler_gets_its_model(lite: Workshop) -> None:
    @lite.app.job("count")
    async def count(ctx: Context, essay: Essay) -> int:
        assert isinstance(essay, Essay)
        return len(essay.text) + sum(essay.words)

    await lite.hire()
    for given in (Essay(text="four"), {"text": "four"}, b'{"text": "four"}'):
        assert await lite.outcome(count, given) == 4
    assert await lite.outcome(count, {"text": "four", "words": [1, 2]}) == 7


async def test_invalid_input_names_its_fields_and_makes_no_job(lite: Workshop) -> None:
    @lite.app.job("count")
    async def count(ctx: Context, essay: Essay) -> int:
        return 0

    with pytest.raises(InvalidInput) as refused:
        await lite.submit(count, {"text": "no", "words": [1, "two"]})
    assert [error.field for error in refused.value.errors] == ["text", "words.1"]
    assert all(error.message for error in refused.value.errors)
    for text in (b"{", b"[1", b'"\xff"'):
        with pytest.raises(InvalidInput):
            await lite.submit(count, text)
    assert await lite.app.store.list_jobs(None) == ([], None)


async def test_an_unknown_kind_is_refused(lite: Workshop) -> None:
    with pytest.raises(UnknownKind):
        await lite.submit("nothing")
    with pytest.raises(UnknownKind):
        await lite.submit(print)


def test_a_name_is_registered_once_and_a_shape_is_checked() -> None:
    app = Headway(Settings(database_url="sqlite:///unused.db"))

    @app.job("one")
    async def one(ctx: Context) -> None: ...

    with pytest.raises(ValueError, match="'one'"):
        app.job("one")
    with pytest.raises(TypeError, match="'three'"):
        app.job("three")(lambda a, b, c: None)
    with pytest.raises(TypeError, match="ctx"):

        @app.step(process=True)
        def counted(ctx: Any, n: int) -> int:
            return n


@dataclass
class Mark:
    band: float
    at: datetime


async def test_models_dataclasses_and_plain_values_are_results(lite: Workshop) -> None:
    values: dict[str, object] = {
        "model": Essay(text="abc"),
        "dataclass": Mark(7.5, datetime(2026, 1, 2, tzinfo=UTC)),
        "nested": {"marks": [Mark(1.0, datetime(2026, 1, 2, tzinfo=UTC))], "set": {1}, "tuple": (1, "é")},
        "none": None,
        "NaN in a text": {"NaN": "Infinity"},
    }

    @lite.app.job("give")
    async def give(ctx: Context, name: str) -> object:
        return values[name]

    await lite.hire()
    assert await lite.outcome(give, "model") == {"text": "abc", "words": []}
    assert await lite.outcome(give, "dataclass") == {"band": 7.5, "at": "2026-01-02T00:00:00Z"}
    nested = await lite.outcome(give, "nested")
    assert nested == {"marks": [{"band": 1.0, "at": "2026-01-02T00:00:00Z"}], "set": [1], "tuple": [1, "é"]}
    assert await lite.outcome(give, "none") is None
    assert await lite.outcome(give, "NaN in a text") == {"NaN": "Infinity"}


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (math.nan, "NaN"),
        ({"bands": [1.0, -math.inf]}, "Infinity"),
        (Mark(math.nan, datetime(2026, 1, 2, tzinfo=UTC)), "NaN"),
        (object(), "object"),
        ("\ud800", "surrogates"),
    ],
)
async def test_what_json_cannot_carry_fails_the_job_and_says_why(
    lite: Workshop, value: object, says: str
) -> None:
    @lite.app.job("give")
    async def give(ctx: Context) -> object:
        return value

    snapshot = await lite.run(give)
    assert (snapshot.status, snapshot.tries) == ("failed", 1)
    assert snapshot.error is not None
    assert snapshot.error["type"] == "result"
    assert says in snapshot.error["message"]


async def test_a_failure_is_told_with_its_place(lite: Workshop) -> None:
    @lite.app.job("break")
    async def broken(ctx: Context) -> None:
        raise PermanentError("The {part} is missing", part="lid")

    error = (await lite.run(broken)).error
    assert error is not None
    assert error["type"] == "permanent"
    assert error["message"] == "The lid is missing"
    assert (error["id"], error["params"]) == ("The {part} is missing", {"part": "lid"})
    assert error["where"].startswith("test_handlers.py:")


class Wordless(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    "error", [Wordless(), RuntimeError("half \ud800 of a pair and \0"), SystemExit(3), RuntimeError()]
)
async def test_any_error_can_be_kept_and_ends_no_worker(engine: Workshop, error: BaseException) -> None:
    @engine.app.job("break", max_attempts=1)
    async def broken(ctx: Context) -> None:
        raise error

    @engine.app.job("fine")
    async def fine(ctx: Context) -> str:
        return "fine"

    snapshot = await engine.run(broken)
    assert snapshot.status == "failed"
    assert snapshot.error is not None
    assert snapshot.error["message"]
    assert await engine.outcome(fine) == "fine"


async def test_an_exit_in_a_thread_or_a_step_ends_no_worker(lite: Workshop) -> None:
    @lite.app.job("thread", max_attempts=1)
    def thread(ctx: Any) -> None:
        sys.exit(1)

    async def leave() -> None:
        sys.exit(2)

    @lite.app.job("step", max_attempts=1)
    async def step(ctx: Context) -> None:
        await asyncio.gather(ctx.step(leave), ctx.step(leave))

    for kind in (thread, step):
        snapshot = await lite.run(kind)
        assert snapshot.status == "failed"
        assert snapshot.error is not None
        assert "SystemExit" in snapshot.error["message"]
