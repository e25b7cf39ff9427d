"""What applications' prompts share."""

from hypothesis import given
from hypothesis import strategies as st

from headway.ai.prompts import fenced, object_of


@given(st.text(alphabet="<> aE\n"))
def test_no_marker_is_left_in_what_is_fenced(text: str) -> None:
    found = fenced(text)
    assert "<<" not in found
    assert ">>" not in found
    assert found.replace(" ", "") == text.replace(" ", "")


def test_an_object_has_all_its_fields_and_no_others() -> None:
    assert object_of({"n": {"type": "integer"}}) == {
        "type": "object",
        "properties": {"n": {"type": "integer"}},
        "required": ["n"],
        "additionalProperties": False,
    }
