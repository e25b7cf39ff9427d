"""What is accepted as a novel's settings."""

from typing import Any

import pytest
from pydantic import ValidationError

from headway.apps.novel.schema import NovelOrder, NovelSettings
from headway.apps.novel.shortening import Style


def test_the_defaults_are_those_of_the_contract() -> None:
    assert NovelSettings().model_dump() == {
        "sentence_length_limit": 8,
        "min_sentence_length": 2,
        "gemini_model": "balanced",
        "ignore_dialogue": False,
        "preserve_formatting": True,
        "fix_hyphenation": True,
    }


def test_a_forms_texts_are_taken() -> None:
    order = NovelOrder.model_validate(
        {
            "pdf": "livre.pdf",
            "sentence_length_limit": "12",
            "ignore_dialogue": "true",
            "min_sentence_length": "3",
        }
    )
    assert order.settings == NovelSettings(
        sentence_length_limit=12, ignore_dialogue=True, min_sentence_length=3
    )
    assert order.style == Style(12, 3, True, True)


@pytest.mark.parametrize(
    ("field", "least", "most"), [("sentence_length_limit", 3, 50), ("min_sentence_length", 1, 10)]
)
def test_both_ends_of_a_range_are_in_and_beyond_them_is_refused(field: str, least: int, most: int) -> None:
    for value in (least, most):
        assert (
            getattr(NovelSettings.model_validate({"sentence_length_limit": 20, field: value}), field) == value
        )
    for value in (least - 1, most + 1):
        assert complaint({field: value})[0] == field


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sentence_length_limit", True),
        ("sentence_length_limit", 8.5),
        ("sentence_length_limit", "huit"),
        ("min_sentence_length", None),
        ("gemini_model", "gemini-2.5-pro"),
        ("ignore_dialogue", "perhaps"),
        ("temperature", 1),
    ],
)
def test_what_is_no_setting_is_refused_by_the_name_of_its_field(field: str, value: object) -> None:
    assert complaint({field: value})[0] == field


def test_a_minimum_over_the_limit_is_refused() -> None:
    where, message = complaint({"sentence_length_limit": 4, "min_sentence_length": 5})
    assert where == "min_sentence_length"
    assert "5" in message
    assert "4" in message


def complaint(values: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(ValidationError) as caught:
        NovelSettings.model_validate(values)
    errors = caught.value.errors()
    assert len(errors) == 1
    return ".".join(map(str, errors[0]["loc"])), errors[0]["msg"].format(**errors[0].get("ctx", {}))
