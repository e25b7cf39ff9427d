"""`make bench`: measures every side in turn, several times, and writes the tables.

python -m bench                    3 runs of all, some minutes
python -m bench --quick            1 run, small: for a first look; writes nothing
python -m bench --sides headway-sqlite bare-sqlite
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench import machine, report
from bench.measures import QUICK, Plan, Side

ROOT = Path(__file__).parent.parent
NAMES = ("bare-sqlite", "headway-sqlite", "bare-postgresql", "headway-postgresql", "celery")


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point; see the module."""
    parser = argparse.ArgumentParser(
        prog="make bench ARGS=…", description="Headway beside its peers and ceilings."
    )
    parser.add_argument("--runs", type=int, default=3, help="how often each side is measured (default 3)")
    parser.add_argument(
        "--quick", action="store_true", help="one small run; the written results stay as they are"
    )
    parser.add_argument(
        "--sides", nargs="+", choices=NAMES, default=NAMES, help="measure only these; writes nothing"
    )
    parser.add_argument(
        "--limit", type=float, default=480, help="begin no run that would end later (seconds)"
    )
    options = parser.parse_args(arguments)

    if machine.busy():
        print("The machine is busy with something else: expect poor figures.", file=sys.stderr)
    began = time.monotonic()
    plan = QUICK if options.quick else Plan()
    with _sides(options.sides) as (folder, sides):
        outcome = report.Outcome(plan, machine.describe(folder), busy=machine.busy())
        for side in sides:
            outcome.settings += side.settings()
        for run in range(1 if options.quick else options.runs):
            if run and (time.monotonic() - began) * (run + 1) / run > options.limit:
                print(f"No time for run {run + 1}: the limit is {options.limit:.0f} s.", file=sys.stderr)
                break
            for side in sides:
                print(f"run {run + 1}: {side.name} …", file=sys.stderr, flush=True)
                outcome.add(side.name, side.run(plan))
    report.show(outcome)
    if not options.quick and set(options.sides) == set(NAMES):
        report.write_json(outcome, ROOT / "bench" / "results" / "latest.json")
        report.write_markdown(outcome, ROOT / "docs" / "benchmarks.md")
        print("Written: bench/results/latest.json, docs/benchmarks.md")
    print(f"{time.monotonic() - began:.0f} s")


@contextmanager
def _sides(names: Sequence[str]) -> Iterator[tuple[Path, list[Side]]]:
    """A folder for everything, and the sides by name, with the servers that they need."""
    # Imported here, so that `--sides` works without what the others need.
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hw-bench-")))
        os.chmod(folder, 0o755)  # PostgreSQL runs as another user when we are root
        os.chdir(ROOT)
        sides: dict[str, Side] = {}
        if "bare-sqlite" in names:
            from bench.bare_sqlite import BareSqlite

            sides["bare-sqlite"] = BareSqlite(folder)
        if "headway-sqlite" in names:
            from bench.headway_side import HeadwaySide

            sides["headway-sqlite"] = HeadwaySide(folder)
        if {"bare-postgresql", "headway-postgresql"} & set(names):
            from bench.servers import postgres

            server = stack.enter_context(postgres(folder))
            if "bare-postgresql" in names:
                from bench.bare_postgres import BarePostgres

                sides["bare-postgresql"] = BarePostgres(server)
            if "headway-postgresql" in names:
                from bench.headway_side import HeadwaySide

                sides["headway-postgresql"] = HeadwaySide(folder, server)
        if "celery" in names:
            from bench.celery_side import CelerySide
            from bench.servers import redis

            sides["celery"] = CelerySide(stack.enter_context(redis(folder)), folder)
        yield folder, list(sides.values())
