"""A provider's answer made into an evaluation: places, caps, and what is sent back for repair."""

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from headway.apps.essay import answer, offline
from headway.apps.essay.schema import EssayInput, ProviderCorrection, ProviderEvaluation

Read = Callable[[str], str]


def named(quote: str, suggestion: str = "better", reason: str = "A reason.") -> ProviderCorrection:
    return ProviderCorrection(quote=quote, suggestion=suggestion, reason=reason)


def given_answer(**changes: Any) -> ProviderEvaluation:
    whole: dict[str, Any] = {
        "criteria": {"TR": 8.0, "CC": 7.0, "LR": 6.5, "GRA": 6.0},
        "notes": dict.fromkeys(
            ("TR", "CC", "LR", "GRA"), 'It says "the traffic is very big" and little else.'
        ),
        "overall_comment": "A comment.",
        "improvement_plan": ["One.", "Two.", "Three."],
        "corrections": [],
    }
    return ProviderEvaluation.model_validate({**whole, **changes})


def order_of(essay: str) -> EssayInput:
    return EssayInput(task_type="task_2", prompt="Should cars be banned?", essay=essay)


def test_quotations_are_found_at_their_places_in_reading_order() -> None:
    essay = "The car is big. The car is red. 🙂 The car is old."
    found = answer.locate(
        essay, [named("The car", "My car"), named("The car", "Her car"), named("is old", "is new")]
    )
    assert [(c.start, c.original, c.suggestion) for c in found] == [
        (0, "The car", "My car"),
        (16, "The car", "Her car"),
        (42, "is old", "is new"),
    ]


def test_a_quotation_that_is_not_in_the_essay_is_dropped() -> None:
    assert answer.locate("The car is big and the road is wide.", [named("the lorry"), named("   ")]) == []


def test_a_quotation_inside_a_word_is_not_a_place() -> None:
    found = answer.locate("There he is, said the man.", [named("he", "she")])
    assert [(c.start, c.original) for c in found] == [(6, "he")]


def test_typographic_quotes_and_line_ends_match_their_plain_forms() -> None:
    essay = "It’s a fact\nthat people don’t know."
    found = answer.locate(essay, [named("fact that", "fact, that"), named("don't know", "do not know")])
    assert [c.original for c in found] == ["fact\nthat", "don’t know"]


def test_overlapping_and_empty_repairs_are_dropped() -> None:
    found = answer.locate(
        "He go to school.", [named("He go", "He goes"), named("go to", "goes to"), named("school", "school")]
    )
    assert [c.suggestion for c in found] == ["He goes"]


@given(
    st.text(st.characters(exclude_categories=("Cs",)), max_size=80),
    st.lists(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=6), max_size=12),
)
def test_whatever_a_model_quotes_places_are_right_sorted_and_apart(essay: str, quotes: list[str]) -> None:
    edge = 0
    for correction in answer.locate(essay, [named(q) for q in quotes]):
        assert essay[correction.start : correction.end] == correction.original
        assert correction.start >= edge
        edge = correction.end


def test_the_overall_band_the_word_count_and_the_length_cap_are_computed_not_believed(read: Read) -> None:
    order = order_of(" ".join(read("band_45_cars").split()[:150]))
    measures = offline.measure(order).measures
    result = answer.assemble(order, given_answer(), measures, "gemini", "some-model")
    assert result.criteria.TR == 5.0
    assert result.overall_band == 6.0
    assert result.word_count == 150
    assert "Capped at 5.0" in result.notes.TR
    assert (result.provider, result.model) == ("gemini", "some-model")


def test_notes_that_quote_nothing_real_are_sent_back(read: Read) -> None:
    order = order_of(read("band_45_cars"))
    assert answer.complaints(order, given_answer()) == []
    empty = {
        "TR": "Good.",
        "CC": 'It says "something else entirely".',
        "LR": "“very big”",
        "GRA": "'very big' is fine.",
    }
    found = answer.complaints(order, given_answer(notes=empty))
    assert [text.split(" ")[0] for text in found] == ["notes.TR", "notes.CC"]


def test_mostly_invented_corrections_are_sent_back(read: Read) -> None:
    order = order_of(read("band_45_cars"))
    invented = [
        {"quote": q, "suggestion": "x", "reason": "r"} for q in ("zebra", "yacht", "xylophone", "goverment")
    ]
    found = answer.complaints(order, given_answer(corrections=invented))
    assert found == [
        "Only 1 of 4 corrections quote words that stand in the essay: copy each quote exactly as "
        "written there."
    ]
