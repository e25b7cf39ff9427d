"""The JSON inside a text, and answers that are asked for once more."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from headway.ai.provider import Answer, ProviderError, Request
from headway.ai.structured import REPAIR_MARK, answer_for, is_strict, json_in, with_schema


class Review(BaseModel):
    stars: int
    summary: str


GOOD = '{"stars": 4, "summary": "Fine { and [ dandy"}'


class Model:
    """Answers in turn, and remembers what it was asked."""

    def __init__(self, *answers: str) -> None:
        self._answers: Iterator[str] = iter(answers)
        self.asked: list[Request] = []

    async def ask(self, request: Request) -> Answer:
        self.asked.append(request)
        return Answer(next(self._answers), "model")


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"\n  {GOOD}\n",
        f"```json\n{GOOD}\n```",
        f"```\n{GOOD}```",
        f"Sure! Here you are:\n```json\n{GOOD}\n```\nAnything else?",
        f"Here it is: {GOOD} I hope {{that}} helps.",
        f"{{not this}} but {GOOD}",
    ],
)
def test_fences_and_talk_are_taken_off(text: str) -> None:
    assert json_in(text) == GOOD


@pytest.mark.parametrize("text", ["", "no JSON here", '{"stars": 4, "summ', "{{{{", "[" * 5_000])
def test_a_text_without_json_stays_as_it_is(text: str) -> None:
    assert json_in(text) == text


@given(
    st.dictionaries(st.text(), st.lists(st.integers() | st.text() | st.none())), st.text(alphabet="abc .`\n")
)
def test_any_object_is_found_behind_any_talk(value: dict[str, object], talk: str) -> None:
    text = json.dumps(value)
    assert json.loads(json_in(talk + text + talk)) == value


def test_the_schema_is_said_in_words_where_a_server_takes_none() -> None:
    assert with_schema("Judge.", None) == "Judge."
    assert '"stars"' in with_schema("Judge.", Review.model_json_schema())


def test_strict_mode_is_for_closed_objects_whose_properties_are_all_required() -> None:
    closed = {
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "required": ["a"],
        "additionalProperties": False,
    }
    assert is_strict(closed)
    assert is_strict({"type": "array", "items": closed})
    assert not is_strict({**closed, "required": []})
    assert not is_strict({**closed, "properties": {"a": {"type": "object"}}})
    assert not is_strict(Review.model_json_schema())


@pytest.mark.anyio
async def test_a_good_answer_is_asked_for_once() -> None:
    model = Model(GOOD)
    assert (await answer_for(model.ask, Review, Request("Judge."))).stars == 4
    [request] = model.asked
    assert request.schema == Review.model_json_schema()


@pytest.mark.anyio
async def test_a_wrong_answer_is_asked_for_once_more_with_what_was_wrong() -> None:
    model = Model('{"stars": "many"}', GOOD)
    assert (await answer_for(model.ask, Review, Request("Judge."))).stars == 4
    repair = model.asked[1].prompt
    assert repair.startswith("Judge.")
    assert REPAIR_MARK in repair
    assert "- stars:" in repair
    assert "- summary: Field required" in repair


@pytest.mark.anyio
async def test_what_is_wrong_twice_is_wrong_for_good() -> None:
    model = Model("no", "no", GOOD)
    with pytest.raises(ProviderError) as caught:
        await answer_for(model.ask, Review, Request("Judge."))
    assert caught.value.kind == "permanent"
    assert len(model.asked) == 2


@pytest.mark.anyio
@pytest.mark.parametrize(("second", "stars"), [('{"stars": 2, "summary": "x"}', 2), ("no", 9)])
async def test_a_check_may_complain_once(second: str, stars: int) -> None:
    model = Model('{"stars": 9, "summary": "x"}', second)
    check = lambda review: ["stars: at most 5"] if review.stars > 5 else []  # noqa: E731
    assert (await answer_for(model.ask, Review, Request("Judge."), check)).stars == stars
    assert "- stars: at most 5" in model.asked[1].prompt
