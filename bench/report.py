"""Turns the figures of all runs into tables on the terminal, `results/latest.json`, `docs/benchmarks.md`."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import orjson
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from bench.measures import ABOUT, Measure, Plan

STORES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
HEADERS = ("", "unit", "must", "Headway", "bare loop", "ratio", "Celery", "ratio")


@dataclass(slots=True)
class Outcome:
    """All that was measured: side → measure → one value per run."""

    plan: Plan
    machine: Sequence[str]
    settings: list[str] = field(default_factory=list)
    busy: bool = False
    figures: dict[str, dict[Measure, list[float]]] = field(default_factory=dict)

    def add(self, side: str, values: Mapping[Measure, float]) -> None:
        """Takes in one run of one side."""
        for measure, value in values.items():
            self.figures.setdefault(side, {}).setdefault(measure, []).append(value)

    def median(self, side: str, measure: Measure) -> float | None:
        """The median over the runs; None where the side does not have the measure."""
        values = self.figures.get(side, {}).get(measure)
        return statistics.median(values) if values else None

    @property
    def runs(self) -> int:
        """How many runs the best-measured side has."""
        return max((len(values) for side in self.figures.values() for values in side.values()), default=0)


def rows(outcome: Outcome, store: str) -> Iterator[tuple[str, ...]]:
    """The lines of one store's table, as text, in the order of HEADERS."""
    for measure, about in ABOUT.items():
        ours = outcome.median(f"headway-{store}", measure)
        bare = outcome.median(f"bare-{store}", measure)
        celery = outcome.median("celery", measure)
        if ours is None and bare is None and celery is None:
            continue
        verdict = "" if ours is None else {True: " ✓", False: " ✗", None: ""}[about.reached(ours)]
        limit = (
            "" if about.target is None else f"{'≥' if about.more_is_better else '≤'} {_number(about.target)}"
        )
        yield (
            about.title,
            about.unit,
            limit,
            _number(ours) + verdict,
            _number(bare),
            "" if ours is None or bare is None else f"{about.ratio(ours, bare):.2f}",
            _number(celery),
            "" if ours is None or celery is None else f"{about.ratio(ours, celery):.1f}",
        )


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}".rstrip("0").rstrip(".")


def show(outcome: Outcome) -> None:
    """Prints one table a store."""
    console = Console(width=None if sys.stdout.isatty() else 112)
    for store, title in STORES.items():
        table = Table(title=f"{title}, medians of {outcome.runs}", title_justify="left", box=SIMPLE)
        for header in HEADERS:
            table.add_column(header, justify="left" if header in ("", "unit") else "right", no_wrap=True)
        for row in rows(outcome, store):
            table.add_row(*row)
        console.print(table)


def write_json(outcome: Outcome, path: Path) -> None:
    """Every value of every run, with the settings."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": outcome.machine,
        "settings": outcome.settings,
        "plan": outcome.plan,
        "figures": outcome.figures,
    }
    path.write_bytes(
        orjson.dumps(
            document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS
        )
    )


def write_markdown(outcome: Outcome, path: Path) -> None:
    """The page that the documentation shows."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `make bench`; do not edit. Medians of "
        f"{outcome.runs} runs, {datetime.now(UTC).date().isoformat()}. "
        "Every side is measured in every run, from an empty database. A ratio says how many times better "
        "Headway is than its neighbour on the left: above 1 it leads. The bare loop is the ceiling: one "
        "connection that does nothing but the row writes of a job in Headway's own tables, in batches, with "
        "no worker around it.",
        "",
    ]
    if outcome.busy or outcome.runs < 3:
        lines += [
            f"**Preliminary: {outcome.runs} run(s)"
            + (" on a machine busy with something else" if outcome.busy else "")
            + ".** Little but the CPU time a job can be relied on.",
            "",
        ]
    for store, title in STORES.items():
        lines += [f"## {title}", "", *_markdown_table(rows(outcome, store)), ""]
    lines += ["## How each is measured", ""]
    lines += [f"- **{about.title}**: {about.meaning}." for about in ABOUT.values()]
    plan = outcome.plan
    lines += [
        f"- Sizes: {plan.jobs:,} jobs for bulk and drain, {plan.singles} single submits, {plan.samples} "
        f"submissions 10 to 50 ms apart for the start, {plan.sleepers:,} sleepers of {plan.sleep_s:g} s, "
        f"{plan.idle_s:g} s of idleness.",
        "",
        "## On what",
        "",
        *[f"- {line}" for line in [*outcome.machine, *outcome.settings]],
        "",
    ]
    path.write_text("\n".join(lines))


def _markdown_table(body: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(HEADERS) + " |"
    yield "|" + "|".join("---" if header in ("", "unit") else "--:" for header in HEADERS) + "|"
    for row in body:
        yield "| " + " | ".join(row) + " |"
