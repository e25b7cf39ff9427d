"""What the product's tests share."""

from collections.abc import Callable
from typing import Any

import pytest

from headway.apps.product import offline, repeats, report
from headway.apps.product.result import Analysis
from headway.apps.product.schema import ProductInput, canonical, distinct

Analyse = Callable[[dict[str, Any]], Analysis]


@pytest.fixture(scope="session")
def analyse() -> Analyse:
    """The whole offline analysis of a product, without a job."""

    def run(value: dict[str, Any]) -> Analysis:
        order = canonical(ProductInput.model_validate(value))
        found = repeats.find(order.reviews or [])
        texts = [
            offline.Text(id=str(review.id), text=review.text, rating=review.rating)
            for review in distinct(order.reviews or [], found.same_as)
            if review.text
        ]
        return report.analysis(
            order, found, offline.read(offline.Part(title=order.product.title, reviews=texts))
        )

    return run
