"""The tree of errors, as its docstring draws it."""

import re
from http import HTTPStatus

import pytest

from headway.core import errors
from headway.core.errors import FieldError, HeadwayError, InvalidInput


def classes() -> list[type[HeadwayError]]:
    found: list[type[HeadwayError]] = [HeadwayError]
    for base in found:
        found += base.__subclasses__()
    return [one for one in found if one.__module__ == errors.__name__]


def test_the_docstring_lists_every_error_with_its_status() -> None:
    drawn = dict(re.findall(r"[├└]── (\w+) +(\d+|—)", errors.__doc__ or ""))
    assert set(drawn) == {one.__name__ for one in classes()} - {"HeadwayError"}
    for one in classes():
        shown = drawn.get(one.__name__, "—")
        assert shown == "—" or int(shown) == one.status, one


def test_every_error_has_a_type_and_a_title_of_its_own() -> None:
    assert len({one.type for one in classes()}) == len(classes())
    for one in classes():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", one.type)
        assert one.title
        assert HTTPStatus(one.status)


@pytest.mark.parametrize("one", [one for one in classes() if one is not InvalidInput])
def test_an_error_says_its_detail_or_else_its_title(one: type[HeadwayError]) -> None:
    assert str(one()) == one.title
    said = one("A job that is {status} does not allow it: 100 %", status="failed")
    assert str(said) == "A job that is failed does not allow it: 100 %"
    assert said.detail == "A job that is {status} does not allow it: 100 %"
    assert said.params == {"status": "failed"}
    assert str(one("plain {braces}")) == "plain {braces}"


def test_invalid_input_names_each_field() -> None:
    error = InvalidInput([FieldError("essay", "is empty"), FieldError("reviews.3.rating", "is not a number")])
    assert str(error) == "essay: is empty; reviews.3.rating: is not a number"
    assert [e.field for e in error.errors] == ["essay", "reviews.3.rating"]


def test_waits_are_kept() -> None:
    assert errors.Overloaded().retry_after_s == 1
    assert errors.StoreUnavailable(retry_after_s=9).retry_after_s == 9
    assert errors.TransientError().retry_after_s is None
