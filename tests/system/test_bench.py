"""The benchmark's own arithmetic and reports; its figures are the business of `make bench`."""

import json
from pathlib import Path

import pytest
from bench.bare_sqlite import BareSqlite
from bench.measures import ABOUT, Measure, Plan, percentile
from bench.report import Outcome, write_json, write_markdown

TINY = Plan(jobs=40, singles=3)


@pytest.fixture
def outcome(tmp_path: Path) -> Outcome:
    """Two runs of the bare loop."""
    side = BareSqlite(tmp_path)
    outcome = Outcome(TINY, ["a machine"], list(side.settings()))
    for _ in range(2):
        outcome.add("bare-sqlite", side.run(TINY))
    return outcome


def test_a_run_gives_a_value_for_each_measure_of_its_side(outcome: Outcome) -> None:
    assert set(outcome.figures["bare-sqlite"]) == {Measure.BULK, Measure.SINGLE, Measure.DRAIN}
    assert all(len(values) == 2 and min(values) > 0 for values in outcome.figures["bare-sqlite"].values())


def test_the_json_report_holds_every_value_of_every_run(outcome: Outcome, tmp_path: Path) -> None:
    write_json(outcome, tmp_path / "results" / "latest.json")
    written = json.loads((tmp_path / "results" / "latest.json").read_text())
    assert written["figures"]["bare-sqlite"]["drain"] == outcome.figures["bare-sqlite"][Measure.DRAIN]
    assert written["plan"]["jobs"] == TINY.jobs


def test_the_page_explains_every_measure(outcome: Outcome, tmp_path: Path) -> None:
    write_markdown(outcome, tmp_path / "benchmarks.md")
    page = (tmp_path / "benchmarks.md").read_text()
    assert [about.title for about in ABOUT.values() if f"- **{about.title}**" not in page] == []
    assert "| Drain, one worker process | jobs/s | ≥ 20,000 | – |" in page


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.99, 99), (1.0, 100), (0.001, 1)])
def test_a_percentile_is_the_value_at_the_nearest_rank(share: float, expected: int) -> None:
    assert percentile([float(n) for n in range(100, 0, -1)], share) == expected


@pytest.mark.parametrize(
    ("measure", "ours", "theirs", "expected"),
    [(Measure.DRAIN, 30_000, 1_000, 30), (Measure.START_P50, 2, 4, 2), (Measure.MAKESPAN, 4, 2, 0.5)],
)
def test_a_ratio_above_one_means_that_headway_leads(
    measure: Measure, ours: float, theirs: float, expected: float
) -> None:
    assert ABOUT[measure].ratio(ours, theirs) == expected


@pytest.mark.parametrize(("measure", "value", "reached"), [
    (Measure.DRAIN, 20_000, True), (Measure.DRAIN, 19_999, False),
    (Measure.START_P99, 8, True), (Measure.START_P99, 8.1, False), (Measure.SINGLE, 1, None),
])  # fmt: skip
def test_a_target_is_met_from_the_right_side(measure: Measure, value: float, reached: bool | None) -> None:
    assert ABOUT[measure].reached(value) is reached
