"""How links begin, and what an address on the web is."""

import pytest

from headway.support.addresses import is_web_address, origin_of


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("::1", "http://[::1]:8000"),
        ("0.0.0.0", "http://localhost:8000"),
        ("::", "http://localhost:8000"),
        ("", "http://localhost:8000"),
        ("work.example", "http://work.example:8000"),
    ],
)
def test_a_link_begins_with_what_a_browser_can_open(host: str, origin: str) -> None:
    assert origin_of(host, 8000) == origin


def test_a_schemes_own_port_is_left_out() -> None:
    assert origin_of("work.example", None, "https") == "https://work.example"


@pytest.mark.parametrize("text", ["https://work.example", "http://[::1]:8000/v1", "http://a/?api-version=1"])
def test_a_whole_address_is_one_of_the_web(text: str) -> None:
    assert is_web_address(text)


@pytest.mark.parametrize(
    "text",
    ["", "work.example", "//work.example", "gopher:x", "https://", "https://:80", "http://a:b", "http://a:99999", "http://[1",
     "https://work.example ", "https://a\n.example"],
)  # fmt: skip
def test_anything_else_is_none(text: str) -> None:
    assert not is_web_address(text)
