"""Foreign text is printable and without secrets, for every text."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.support.safe import hide_secrets, is_secret, neutral, plain

any_text = st.text(st.characters(codec=None) | st.sampled_from("\x00\x1b\r\n\u2028\u202e\ud800"))


@given(any_text)
def test_whatever_comes_in_no_control_character_comes_out(text: str) -> None:
    shown = neutral(text)
    assert not any(unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") for sign in shown)
    shown.encode()


@given(st.text(st.characters(categories=("L", "N", "P", "Zs"))))
def test_printable_text_stays_as_it_is(text: str) -> None:
    assert neutral(text) == text


@pytest.mark.parametrize(
    "name",
    [
        "token",
        "api_key",
        "X-Auth-Token",
        "apiKey",
        "Set-Cookie",
        "PASSWORD",
        "authorization",
        "client_secret",
    ],
)
def test_names_of_secrets_are_known(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", ["input_tokens", "keyboard", "monkeys", "job", "secretary", ""])
def test_innocent_names_are_not(name: str) -> None:
    assert not is_secret(name)


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer s3cr3t-value",
        "authorization: basic czNjcjN0LXZhbHVl",
        "http://127.0.0.1/?token=s3cr3t-value&x=1",
        "token=s3cr3t-value",
        "postgresql://ann:s3cr3t-value@host/db",
        "postgresql://host/db?password=s3cr3t-value",
        "redis://:s3cr3t-value@host",
        "/register?invitation=s3cr3t-value",
        "/api/watch/s3cr3t-value.s3cr3t/events",
    ],
)
def test_secrets_are_taken_out_of_texts(text: str) -> None:
    shown = hide_secrets(text)
    assert "[hidden]" in shown
    assert "s3cr3t" not in shown
    assert "czNj" not in shown


@pytest.mark.parametrize(
    "text",
    ["basic English", "http://host:8000/path", "postgresql://ann@host/db", "key points", "token: 3 of 5"],
)
def test_texts_without_secrets_stay_as_they_are(text: str) -> None:
    assert hide_secrets(text) == text


def test_a_value_becomes_plain_data() -> None:
    class Thing:
        def __str__(self) -> str:
            return "a\nthing"

    assert plain({"n": 1, 2: (True, None, 1.5), "token": "x", "thing": Thing()}) == {
        "n": 1,
        "2": [True, None, 1.5],
        "token": "[hidden]",
        "thing": "a\\nthing",
    }


def test_a_value_has_a_bearable_size() -> None:
    assert len(plain("x" * 1_000_000)) < 20_000
    deep: list[object] = []
    deep.append(deep)
    assert len(str(plain(deep))) < 100
