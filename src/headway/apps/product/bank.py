"""Sample products to try the application with, of our own writing, read from ``bank.json`` beside this file.

Called by the page and its card. Invariant: each sample passes ``schema.ProductInput`` (a test says so).
"""

from importlib.resources import files
from typing import Any

import orjson

SAMPLES: tuple[dict[str, Any], ...] = tuple(
    orjson.loads(files(__package__).joinpath("bank.json").read_bytes())
)
"""A product with copies, invented praise and an order to the analyser; and one with hardly a fake review."""
