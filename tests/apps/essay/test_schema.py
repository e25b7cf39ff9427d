"""What is accepted as an essay, and what a result must hold."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from headway.apps.essay.bands import TASK_TYPES
from headway.apps.essay.schema import Correction, EssayInput, Evaluation, ProviderEvaluation

Examine = Callable[[str], Evaluation]
GOOD = {
    "task_type": "task_2",
    "prompt": "Should museums be free?",
    "essay": "I think that museums should be free.",
}


def complaint(**changes: Any) -> tuple[str, str]:
    """The field and the message of the one error that the changed input has."""
    with pytest.raises(ValidationError) as caught:
        EssayInput.model_validate({**GOOD, **changes})
    errors = caught.value.errors()
    assert len(errors) == 1
    return ".".join(map(str, errors[0]["loc"])), errors[0]["msg"]


@pytest.mark.parametrize("task_type", TASK_TYPES)
def test_each_task_type_is_accepted(task_type: str) -> None:
    assert EssayInput.model_validate({**GOOD, "task_type": task_type}).task_type == task_type


@pytest.mark.parametrize(("field", "least", "most"), [("prompt", 5, 2_000), ("essay", 20, 20_000)])
def test_lengths_are_counted_after_trimming_and_both_limits_are_in(field: str, least: int, most: int) -> None:
    for length in (least, most):
        text = "  \n" + "x" * length + " \t"
        assert getattr(EssayInput.model_validate({**GOOD, field: text}), field) == text
    for length in (least - 1, most + 1):
        where, message = complaint(**{field: " " + "x" * length + " "})
        assert where == field
        assert message == f"The {field} must have {least} to {most} characters; it has {length}."


@pytest.mark.parametrize("field", ["prompt", "essay"])
def test_a_nul_character_is_refused_by_the_name_of_its_field(field: str) -> None:
    where, message = complaint(**{field: "This is long enough, but \x00 it has a NUL."})
    assert (where, message) == (field, f"The {field} contains a NUL character.")


@pytest.mark.parametrize("field", ["prompt", "essay"])
def test_a_lone_surrogate_is_refused_by_the_name_of_its_field(field: str) -> None:
    where, message = complaint(
        **{field: json.loads('"This is long enough, but \\ud83d is half a character."')}
    )
    assert where == field
    assert "lone surrogate" in message


def test_an_emoji_is_one_character() -> None:
    assert EssayInput.model_validate({**GOOD, "essay": "🙂" * 20}).essay == "🙂" * 20


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"task_type": "task_3"}, "task_type"),
        ({"essay": 7}, "essay"),
        ({"prompt": None}, "prompt"),
        ({"mood": "good"}, "mood"),
        ({"image": ""}, "image"),
    ],
)
def test_other_values_and_other_fields_are_refused_by_name(changes: dict[str, Any], field: str) -> None:
    assert complaint(**changes)[0] == field


def test_an_image_belongs_to_an_academic_task_1() -> None:
    image = {"image": "chart.png"}
    assert EssayInput.model_validate({**GOOD, **image, "task_type": "academic_task_1"}).image == "chart.png"
    assert "academic Task 1" in complaint(**image)[1]


def test_a_result_survives_json_unchanged(examine_sample: Examine) -> None:
    result = examine_sample("band_45_cars")
    assert Evaluation.model_validate_json(result.model_dump_json()) == result


def test_a_result_with_another_overall_band_is_refused(examine_sample: Examine) -> None:
    result = examine_sample("band_6_letter").model_dump()
    result["overall_band"] = 9.0
    with pytest.raises(ValidationError, match="rounded mean"):
        Evaluation.model_validate(result)


def test_a_result_with_overlapping_corrections_is_refused(examine_sample: Examine) -> None:
    result = examine_sample("band_45_cars").model_dump()
    result["corrections"] = [result["corrections"][1], result["corrections"][0]]
    with pytest.raises(ValidationError, match="overlap"):
        Evaluation.model_validate(result)


def test_a_correction_spans_exactly_its_original() -> None:
    with pytest.raises(ValidationError, match="length of the original"):
        Correction(start=3, end=9, original="teh", suggestion="the", reason="Spelling.")


def test_a_providers_band_between_two_halves_is_rounded_and_one_above_9_refused() -> None:
    answer = {
        "criteria": {"TR": 6.3, "CC": 6, "LR": 7.0, "GRA": 5.5},
        "notes": dict.fromkeys(("TR", "CC", "LR", "GRA"), "A note."),
        "overall_comment": "A comment.",
        "improvement_plan": ["One.", "Two.", "Three."],
        "corrections": [],
    }
    assert ProviderEvaluation.model_validate(answer).criteria.TR == 6.5
    answer["criteria"] = {"TR": 9.3, "CC": 6, "LR": 7.0, "GRA": 5.5}
    with pytest.raises(ValidationError, match="less than or equal to 9"):
        ProviderEvaluation.model_validate(answer)
