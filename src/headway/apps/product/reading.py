"""Reviews out of documents: JSON, JSON lines, CSV, and web pages with JSON-LD.

Called by the intake (uploads), by the job (pages, files of the general route). Pure: bytes in, an order out, or
InvalidInput that names the place. What a document says is data; only the known fields of it are read.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any, Final

import orjson
from pydantic import ValidationError

from headway.core.errors import FieldError, InvalidInput
from headway.engine.kinds import field_errors
from headway.support.i18n import N_

from .schema import MOST_REVIEWS, ProductInput, known_fields

_DELIMITERS = ",;\t|"
_SNIFFED = 16_384
_TOLD = 20
_CELLS = re.compile(r"[,;\t|]")
_BLANK_LINES = re.compile(r"\r?\n[ \t]*(?:\r?\n[ \t]*)+")
_DEEPEST = 12
_REVIEW_TYPES = frozenset({"Review", "UserReview", "CriticReview", "EmployerReview"})
_PRODUCT_WORDS: Final = ("title", "rating", "price")


def from_json(data: bytes, field: str = "file") -> ProductInput:
    """An order out of JSON, or of one JSON object a line. Raises InvalidInput."""
    try:
        value: object = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        lines = [line for line in data.splitlines() if line.strip()]
        try:
            value = [orjson.loads(line) for line in lines] if len(lines) > 1 else None
        except orjson.JSONDecodeError:
            value = None
        if value is None:
            place = N_("Not valid JSON at line {line}, column {column}: {reason}")
            params = {"line": error.lineno, "column": error.colno, "reason": error.msg}
            raise InvalidInput([FieldError(field, place, params)]) from error
    if isinstance(value, Mapping) and "reviews" not in value and ("@graph" in value or "@type" in value):
        return _linked([value], field)
    return checked(value)


def from_csv(data: bytes, title: str = "", field: str = "file") -> ProductInput:
    """An order out of a table with a head: one review a row, columns by any name that exports use. Raises InvalidInput."""
    text = _decoded(data)
    try:
        dialect: Any = csv.Sniffer().sniff(text[:_SNIFFED].split("\n", 1)[0], _DELIMITERS)
        delimiter = dialect.delimiter
    except csv.Error:
        delimiter = ","
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    reviews: list[dict[str, str]] = []
    try:
        head = [name.strip().lstrip("\ufeff") for name in next(rows, [])]
        if not {"content", "title", "rating"} & known_fields(head):
            raise InvalidInput(
                [FieldError(field, N_("The table's first row must name its columns, one of them “content”"))]
            )
        for row in rows:
            if any(cell.strip() for cell in row):
                reviews.append({name: cell for name, cell in zip(head, row, strict=False) if cell.strip()})
            if len(reviews) > MOST_REVIEWS:
                break
    except csv.Error as error:
        params = {"line": rows.line_num, "reason": str(error)}
        raise InvalidInput(
            [FieldError(field, N_("The table breaks at line {line}: {reason}"), params)]
        ) from error
    product = {"title": title} if title else {}
    return checked({"product": product, "reviews": reviews})


def from_file(data: bytes, name: str, title: str = "") -> ProductInput:
    """An order out of an upload: JSON where it begins like it, else a table. Raises InvalidInput."""
    if not data.strip():
        raise InvalidInput([FieldError("file", N_("This file is empty"))])
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        order = from_json(data.lstrip(b"\xef\xbb\xbf"))
        if title and not order.product.title:
            order = order.model_copy(update={"product": order.product.model_copy(update={"title": title})})
        return order
    if name.lower().endswith((".json", ".jsonl", ".ndjson")):
        return from_json(data)
    if name.lower().endswith(".txt"):
        return from_text(data, title)
    return from_csv(data, title)


def from_text(data: bytes, title: str = "") -> ProductInput:
    """An order out of plain text: a table where its first line is a head, else a review a paragraph. Raises InvalidInput."""
    text = _decoded(data)
    first = next(iter(text.strip().splitlines()), "")
    if len(known_fields(_CELLS.split(first))) > 1:
        return from_csv(data, title)
    paragraphs = [piece.strip() for piece in _BLANK_LINES.split(text) if piece.strip()]
    return checked({"product": {"title": title}, "reviews": [{"content": piece} for piece in paragraphs]})


def from_page(data: bytes, media_type: str) -> ProductInput:
    """An order out of a fetched document: JSON as it is, HTML by its JSON-LD. Raises InvalidInput."""
    if "json" in media_type or data.lstrip()[:1] in (b"{", b"["):
        return from_json(data, "url")
    if "csv" in media_type:
        return from_csv(data, field="url")
    finder = _Blocks()
    finder.feed(_decoded(data))
    finder.close()
    values: list[object] = []
    for block in finder.blocks:
        try:
            values.append(json.loads(block, strict=False))
        except (ValueError, RecursionError):
            continue  # one broken block of a page leaves the others
    return _linked(values, "url")


def checked(value: object) -> ProductInput:
    """The value as an order. Raises InvalidInput with the first wrong fields."""
    try:
        return ProductInput.model_validate(value)
    except ValidationError as error:
        raise InvalidInput(field_errors(error, value)[:_TOLD]) from None


def _decoded(data: bytes) -> str:
    """UTF-8, with or without its mark; else as Windows writes western European text."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


class _Blocks(HTMLParser):
    """Collects the JSON-LD blocks of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A script of the type that holds linked data begins."""
        kind = (dict(attrs).get("type") or "").partition(";")[0].strip().lower()
        if tag == "script" and kind == "application/ld+json":
            self._inside = True
            self.blocks.append("")

    def handle_endtag(self, tag: str) -> None:
        """A script ends."""
        self._inside = self._inside and tag != "script"

    def handle_data(self, data: str) -> None:
        """Text, which counts inside such a script."""
        if self._inside:
            self.blocks[-1] += data


def _linked(values: list[object], field: str) -> ProductInput:
    """An order out of schema.org's linked data: the reviews, and what they are of."""
    product: Mapping[str, Any] = {}
    reviews: list[dict[str, Any]] = []
    for node in _nodes(values, 0):
        types = node.get("@type")
        kinds = (
            {types}
            if isinstance(types, str)
            else {str(each) for each in types}
            if isinstance(types, list)
            else set()
        )
        if kinds & _REVIEW_TYPES:
            reviews.append(_review(node))
        elif not product and ("review" in node or "reviews" in node or "Product" in kinds):
            product = node
    if not reviews:
        raise InvalidInput([FieldError(field, N_("There are no reviews on this page (JSON-LD, schema.org)"))])
    offers = product.get("offers")
    price = offers.get("price") if isinstance(offers, Mapping) else None
    rating = product.get("aggregateRating")
    about = {"title": str(product.get("name") or ""), "price": price, "rating": rating}
    return checked({"product": {name: about[name] for name in _PRODUCT_WORDS}, "reviews": reviews})


def _nodes(value: object, depth: int) -> Iterator[Mapping[str, Any]]:
    """Every object of a document, the outer ones first."""
    if depth > _DEEPEST:
        return
    if isinstance(value, Mapping):
        yield value
        for inner in value.values():
            yield from _nodes(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _nodes(inner, depth + 1)


def _review(node: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": node.get("@id") or node.get("identifier"),
        "author": node.get("author"),
        "title": node.get("name") or node.get("headline"),
        "content": node.get("reviewBody") or node.get("description"),
        "date": node.get("datePublished"),
        "rating": node.get("reviewRating"),
        "helpful_votes": node.get("upvoteCount"),
    }
