"""How well the offline essay examiner agrees with people, on any scored essays.

Run ``python bench/essay_agreement.py ESSAYS.jsonl``. Each line is a JSON object with ``essay`` and either
``band`` (IELTS, 0 to 9) or ``score_overall_1_5`` (mapped by ``band = 2.25 + 1.1 x score``, see
``apps/essay/scoring.py``); ``prompt``, ``task_type`` and ``scores`` (traits) are used where present.
``--score FIELD --slope A --intercept B`` reads another scale. Nothing is trained and nothing is written; the
essays never leave this process.

Printed: mean absolute error, quadratic weighted kappa on half bands, mean bias, correlation and spread, for
the overall band and for each criterion against each trait, beside two baselines that know more than they
should: the best constant, and length alone fitted to these very scores.
"""

import argparse
import json
import math
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from headway.apps.essay import bands, offline
from headway.apps.essay.schema import EssayInput, Evaluation

TASK_TYPES = frozenset(bands.TASK_TYPES)


def kappa(left: Sequence[float], right: Sequence[float]) -> float:
    """Quadratic weighted kappa of two lists of bands in halves; 1 is agreement, 0 is chance."""
    size = 19
    a, b = [round(x * 2) for x in left], [round(x * 2) for x in right]
    observed = sum((x - y) ** 2 for x, y in zip(a, b, strict=True)) / len(a)
    left_share = [a.count(i) / len(a) for i in range(size)]
    right_share = [b.count(i) / len(b) for i in range(size)]
    by_chance = sum(left_share[i] * right_share[j] * (i - j) ** 2 for i in range(size) for j in range(size))
    return 1 - observed / by_chance if by_chance else 0.0


def line(label: str, predicted: Sequence[float], human: Sequence[float]) -> str:
    """One row of the table."""
    rounded = [bands.nearest_half(h) for h in human]
    whole = [bands.nearest_half(p) for p in predicted]
    varied = statistics.pstdev(predicted) > 0 and statistics.pstdev(human) > 0
    return (
        f"{label:<34} {statistics.fmean(abs(p - h) for p, h in zip(whole, rounded, strict=True)):6.3f} "
        f"{kappa(whole, rounded):6.3f} {statistics.fmean(predicted) - statistics.fmean(human):+6.2f} "
        f"{statistics.correlation(predicted, human) if varied else math.nan:6.3f} "
        f"{statistics.pstdev(predicted):5.2f}/{statistics.pstdev(human):4.2f}"
    )


def main() -> int:
    """Reads the file that the command line names, prints the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("essays", type=Path)
    parser.add_argument("--score", help="field with the human score; default: band, else score_overall_1_5")
    parser.add_argument("--slope", type=float, help="band = intercept + slope x score")
    parser.add_argument("--intercept", type=float)
    parser.add_argument("--task-type", default="task_2", help="where a line has none of IELTS's")
    given = parser.parse_args()
    rows = [
        json.loads(text) for text in given.essays.read_text(encoding="utf-8").splitlines() if text.strip()
    ]
    field = given.score or ("band" if "band" in rows[0] else "score_overall_1_5")
    mapped = field == "score_overall_1_5"
    slope = given.slope if given.slope is not None else (1.1 if mapped else 1.0)
    intercept = given.intercept if given.intercept is not None else (2.25 if mapped else 0.0)

    offline.warm_up()
    started = time.perf_counter()
    results: list[Evaluation] = []
    slowest = 0.0
    for row in rows:
        began = time.perf_counter()
        task_type = row.get("task_type") if row.get("task_type") in TASK_TYPES else given.task_type
        prompt = str(row.get("prompt") or "").strip()
        order = EssayInput(
            task_type=task_type, prompt=prompt if len(prompt) >= 5 else "No prompt.", essay=row["essay"]
        )
        results.append(offline.evaluate(order))
        slowest = max(slowest, time.perf_counter() - began)
    spent = time.perf_counter() - started

    human = [intercept + slope * float(row[field]) for row in rows]
    overall = [result.overall_band for result in results]
    lengths = [math.log2(max(10, result.word_count)) for result in results]
    fit = statistics.linear_regression(lengths, human)
    print(f"{len(rows)} essays, band = {intercept} + {slope} x {field}, model {offline.MODEL}")
    print(f"{spent / len(rows) * 1000:.0f} ms an essay, slowest {slowest * 1000:.0f} ms\n")
    print(f"{'':<34} {'MAE':>6} {'QWK':>6} {'bias':>6} {'r':>6} spread/human's")
    print(line("overall", overall, human))
    print(line("a constant (their median)", [statistics.median(human)] * len(rows), human))
    print(line("length alone, fitted to them", [fit.intercept + fit.slope * x for x in lengths], human))
    for trait in rows[0].get("scores", {}):
        values = [intercept + slope * float(row["scores"][trait]) for row in rows]
        for criterion in bands.CRITERIA:
            given_bands = [float(getattr(result.criteria, criterion)) for result in results]
            print(line(f"{criterion} against {trait}", given_bands, values))
    return 0


if __name__ == "__main__":
    sys.exit(main())
