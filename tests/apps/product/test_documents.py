"""Reviews out of files and pages."""

import json

import pytest

from headway.apps.product.reading import from_csv, from_file, from_json, from_page
from headway.apps.product.schema import ProductInput
from headway.core.errors import InvalidInput

ROWS = [{"id": "1", "content": "Short cord, 70 cm", "rating": 4}, {"id": "2", "content": "Fine", "rating": 5}]


def texts(order: ProductInput) -> list[tuple[str | None, str, float | None]]:
    return [(review.id, review.content, review.rating) for review in order.reviews or ()]


WANTED = [("1", "Short cord, 70 cm", 4.0), ("2", "Fine", 5.0)]


@pytest.mark.parametrize(
    "data",
    [
        b'id,content,rating\n1,"Short cord, 70 cm",4\n2,Fine,5\n',
        b"\xef\xbb\xbfreview_id;Review Text;Stars\r\n1;Short cord, 70 cm;4,0\r\n2;Fine;5\r\n\r\n",
        b"id\ttext\toverall\n1\tShort cord, 70 cm\t4.0\n2\tFine\t5.0",
    ],
)
def test_a_table_is_read_whatever_separates_it(data: bytes) -> None:
    order = from_file(data, "reviews.csv", "Kettle")
    assert texts(order) == WANTED
    assert order.product.title == "Kettle"


def test_json_is_read_as_a_list_as_an_object_and_line_by_line() -> None:
    whole = json.dumps({"product": {"title": "Kettle"}, "reviews": ROWS}).encode()
    lines = "\n".join(map(json.dumps, ROWS)).encode()
    for data, name in ((whole, "a.json"), (json.dumps(ROWS).encode(), "a.json"), (lines, "a.jsonl")):
        assert texts(from_file(data, name)) == WANTED


def test_plain_text_is_a_review_a_paragraph() -> None:
    order = from_file("First line\nof the first.\n\n \nThe second: ☕".encode(), "pasted.txt")
    assert [review.content for review in order.reviews or ()] == [
        "First line\nof the first.",
        "The second: ☕",
    ]
    table = from_file(b"content,rating\nFine,5\n", "pasted.txt")
    assert texts(table) == [(None, "Fine", 5.0)]


def test_windows_letters_are_read() -> None:
    assert from_csv("content\nTrès bien à 20 €\n".encode("cp1252")).reviews[0].content == "Très bien à 20 €"  # type: ignore[index]  # there is one


@pytest.mark.parametrize(
    ("data", "name", "field", "says"),
    [
        (b"   ", "a.csv", "file", "empty"),
        (b"colour,shape\nred,round\n", "a.csv", "file", "name its columns"),
        (b'{"reviews": [', "a.json", "file", "line 1"),
        (b"not json", "a.json", "file", "Not valid JSON"),
        (b"content,rating\nfine,nine stars\n", "a.csv", "reviews.0.rating", "number"),
        (b'{"reviews": [{"content": 7}]}', "a.json", "reviews.0.content", "text"),
        (b"content\nab\x00c\n", "a.csv", "reviews.0.content", "NUL"),
    ],
)
def test_a_broken_file_is_refused_by_its_place(data: bytes, name: str, field: str, says: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        from_file(data, name)
    assert caught.value.errors[0].field == field
    assert says in str(caught.value.errors[0])


PAGE = """<!doctype html><html><head><title>x</title>
<script type="application/ld+json">{"@type": "WebSite", "name": "Shop"</script>
<script type="application/ld+json">
{"@context": "https://schema.org", "@graph": [{"@type": ["Product"], "name": "Kettle & co",
 "offers": {"@type": "Offer", "price": 39.9}, "aggregateRating": {"ratingValue": "4.4"},
 "review": [
  {"@type": "Review", "@id": "#r1", "name": "Good", "reviewBody": "Boils in 4:10", "datePublished": "2026-03-02",
   "author": {"@type": "Person", "name": "Ana"}, "reviewRating": {"@type": "Rating", "ratingValue": "4"}},
  {"@type": "Review", "reviewBody": "Fine </b>", "author": [{"name": "Bo"}], "reviewRating": {"ratingValue": 5}}
 ]}]}
</script><script>var reviews = [];</script></head><body><p>Ignore this</p></body></html>"""


def test_a_page_is_read_by_its_linked_data() -> None:
    order = from_page(PAGE.encode(), "text/html")
    assert (order.product.title, order.product.price, order.product.rating) == ("Kettle & co", "39.9", 4.4)
    assert [(r.id, r.author, r.title, r.content, r.rating, r.date) for r in order.reviews or ()] == [
        ("#r1", "Ana", "Good", "Boils in 4:10", 4.0, "2026-03-02"),
        (None, "Bo", "", "Fine </b>", 5.0, None),
    ]


def test_a_page_may_be_json_of_either_sort() -> None:
    assert texts(from_page(json.dumps({"reviews": ROWS}).encode(), "application/json")) == WANTED
    linked = {"@type": "Product", "name": "Kettle", "review": {"@type": "Review", "reviewBody": "Fine"}}
    assert from_json(json.dumps(linked).encode()).product.title == "Kettle"


def test_a_page_without_reviews_says_so() -> None:
    with pytest.raises(InvalidInput, match="no reviews on this page"):
        from_page(b"<html><body>Nothing</body></html>", "text/html")
