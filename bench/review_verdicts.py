"""How well the offline analyser tells fake reviews from genuine ones, on any labelled reviews.

Run ``python bench/review_verdicts.py REVIEWS.json``: a JSON list of products ``{title, reviews: [{text, rating,
label}]}``, or one review ``{text, label}`` a line. Labels that mean fake: ``deceptive``, ``fake``, ``CG``, or those
given with ``--fake``. Nothing is trained and nothing is written; the reviews never leave this process.

Printed: ROC AUC of the score over all reviews, false alarms and hits at the analyser's own threshold, and for each
product its figures once, with every review repeated, and with every review copied by somebody else.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from headway.apps.product import offline, repeats, report
from headway.apps.product.result import Analysis
from headway.apps.product.schema import ProductInput, canonical, distinct

FAKE = frozenset({"deceptive", "fake", "cg", "generated"})


def analysed(title: str, reviews: Sequence[Mapping[str, Any]]) -> Analysis:
    """The whole offline analysis of a product."""
    order = canonical(ProductInput.model_validate({"product": {"title": title}, "reviews": list(reviews)}))
    found = repeats.find(order.reviews or [])
    texts = [
        offline.Text(id=str(each.id), text=each.text, rating=each.rating)
        for each in distinct(order.reviews or [], found.same_as)
        if each.text
    ]
    return report.analysis(order, found, offline.read(offline.Part(title=title, reviews=texts)))


def auc(fake: Sequence[float], genuine: Sequence[float]) -> float:
    """The chance that a fake review scores above a genuine one; ties count half (Mann and Whitney)."""
    above = sum((f > g) + 0.5 * (f == g) for f in fake for g in genuine)
    return above / (len(fake) * len(genuine))


def line(label: str, found: Analysis) -> str:
    """The figures of one analysis."""
    interval = found.confidence_interval
    between = f"{interval.low:5.1f} to {interval.high:5.1f}" if interval else ""
    return (
        f"  {label:<28} grade {found.grade}  fake {found.fake_percentage} % ({between})  "
        f"analysed {found.counts.analysed} of {found.counts.received}, folded {found.counts.repeated}"
    )


def read(path: Path) -> list[dict[str, Any]]:
    """The products of a file. Raises ValueError for one that holds none."""
    text = path.read_text("utf-8")
    if text.lstrip().startswith("["):
        products: list[dict[str, Any]] = json.loads(text)
        return products
    return [{"title": "", "reviews": [json.loads(row) for row in text.splitlines() if row.strip()]}]


def main() -> int:
    """Reads the file that the command line names, prints the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("reviews", type=Path)
    parser.add_argument(
        "--fake", action="append", default=[], help="a label that means fake (again for more)"
    )
    parser.add_argument("--no-titles", action="store_true", help="hide the products' names from the analyser")
    options = parser.parse_args()
    labels = frozenset(map(str.lower, options.fake)) or FAKE
    scores: dict[bool, list[float]] = {True: [], False: []}
    alarms: dict[bool, int] = {True: 0, False: 0}
    for product in read(options.reviews):
        title = "" if options.no_titles else str(product.get("title") or "")
        rows = [{**row, "id": f"r{n}"} for n, row in enumerate(product["reviews"])]
        found = analysed(title, rows)
        by_id = {each.id: each for each in found.reviews}
        for row in rows:
            judged, fake = by_id[row["id"]], str(row["label"]).lower() in labels
            if judged.score is not None:
                scores[fake].append(judged.score)
                alarms[fake] += judged.verdict == "fake"
        print(title or "(no title)")
        print(line("as it is", found))
        print(
            line("every review twice", analysed(title, [*rows, *({**r, "id": f"z{r['id']}"} for r in rows)]))
        )
        own = [{**row, "author": f"writer of {row['id']}"} for row in rows]
        copies = [{**row, "id": f"z{row['id']}", "author": f"someone {row['id']}"} for row in rows]
        print(line("every review copied", analysed(title, [*own, *copies])))
    print(
        f"ROC AUC {auc(scores[True], scores[False]):.3f} over {len(scores[True])} fake and {len(scores[False])} genuine; "
        f"false alarms {alarms[False] / len(scores[False]):.1%}, found {alarms[True] / len(scores[True]):.1%}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
