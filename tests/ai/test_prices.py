"""What calls cost, and when that is not known."""

from pathlib import Path

import pytest

from headway.ai.prices import Price, Prices, prices
from headway.ai.provider import Usage

TABLE = Prices({"big": Price(1.25, 10.0), "big-mini": Price(0.25, 2.0)})


@pytest.mark.parametrize(
    ("model", "micros"),
    [
        ("big", 11_250),
        ("big-2026-01-01", 11_250),
        ("big-mini", 2_250),
        ("models/big-mini-2", 2_250),
        ("a/big", 11_250),
    ],
)
def test_a_model_is_found_by_its_longest_name(model: str, micros: int) -> None:
    assert TABLE.cost_micros("openai", model, Usage(1_000, 1_000)) == micros


@pytest.mark.parametrize("model", ["bigger", "small", ""])
def test_another_model_has_no_cost(model: str) -> None:
    assert TABLE.cost_micros("openai", model, Usage(1_000, 1_000)) is None


@pytest.mark.parametrize("usage", [Usage(), Usage(10, None), Usage(None, 10)])
def test_a_usage_that_is_not_known_has_no_cost(usage: Usage) -> None:
    assert TABLE.cost_micros("openai", "big", usage) is None


def test_offline_is_free() -> None:
    assert TABLE.cost_micros("offline", "offline", Usage(0, 0)) == 0


def test_the_built_in_table_knows_the_default_models() -> None:
    for model in ("gemini-2.5-flash", "gpt-4.1-mini"):
        assert prices().cost_micros("x", model, Usage(1_000_000, 0)) in (300_000, 400_000)


@pytest.mark.parametrize(
    ("name", "text"),
    [("own.toml", '[models]\nmine = {input = 1, output = 2}\n"gpt-4o" = {input = 0, output = 0}'),
     ("own.json", '{"models": {"mine": {"input": 1, "output": 2}, "gpt-4o": {"input": 0, "output": 0}}}')],
)  # fmt: skip
def test_a_file_of_ones_own_goes_first(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    own = prices(tmp_path / name)
    assert own.cost_micros("openai", "mine", Usage(1, 1)) == 3
    assert own.cost_micros("openai", "gpt-4o", Usage(1, 1)) == 0
    assert own.cost_micros("openai", "gpt-4.1-mini", Usage(5, 0)) == 2


def test_a_file_of_another_form_says_what_is_expected(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text("[models]\nmine = 3\n")
    with pytest.raises(ValueError, match=r"own\.toml.*dollars per million"):
        prices(tmp_path / "own.toml")
