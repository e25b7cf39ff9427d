"""What goes into the product application: a product and its reviews, under the many names that exports give their columns.

Called by the routes (validation), the job (input) and the readers of files and pages. Invariant of `canonical`:
every review has an id of its own, and the order, and so the whole input, depends on what the reviews are, not on how they came.
"""

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from headway.support.complaints import complaint

MOST_REVIEWS: Final = 20_000
MOST_CHARACTERS: Final = 20_000
"""Of one review's text."""
RATINGS: Final = (0.0, 5.0)
_ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("review_id", "reviewid", "@id"),
    "author": (
        "author_name",
        "reviewer",
        "reviewer_name",
        "reviewername",
        "user",
        "username",
        "name",
        "profile_name",
    ),
    "title": ("summary", "headline", "review_title", "reviewtitle", "review_headline", "subject"),
    "content": (
        "text",
        "body",
        "review",
        "review_text",
        "reviewtext",
        "reviewbody",
        "review_body",
        "comment",
        "description",
    ),
    "date": (
        "review_date",
        "reviewdate",
        "datepublished",
        "date_published",
        "created_at",
        "time",
        "timestamp",
        "posted",
    ),
    "rating": ("stars", "star_rating", "overall", "score", "reviewrating", "review_rating", "ratingvalue"),
    "verified": ("verified_purchase", "verifiedpurchase", "is_verified"),
    "helpful_votes": ("helpful", "votes", "helpful_vote", "helpfulvotes", "helpful_count", "upvotecount"),
}
_FIELD_OF: Final = {alias: name for name, aliases in _ALIASES.items() for alias in (name, *aliases)}
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
_TRUE, _FALSE = (
    frozenset({"true", "yes", "y", "1", "verified"}),
    frozenset({"false", "no", "n", "0", "", "unverified"}),
)
_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d %b %Y", "%m %d, %Y", "%d.%m.%Y")
_LARGEST_S = 100_000_000_000
_SURROGATE = re.compile("[\ud800-\udfff]")


def _clean(value: object) -> object:
    """Refuses what no database or JSON document can carry; blanks at the ends go."""
    if not isinstance(value, str):
        return value
    if "\x00" in value:
        raise complaint("nul", "Must not contain the character NUL")
    if _SURROGATE.search(value):
        raise complaint("surrogate", "Contains half of a character (a lone surrogate)")
    return value.strip()


def _name(value: object) -> object:
    """A name or id as text, whatever it came as; nothing for an empty one."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, Mapping):  # schema.org: {"@type": "Person", "name": "…"}
        value = value.get("name", value.get("value"))
    if isinstance(value, bool | float | int):
        value = str(value)
    return _clean(value) or None


def _number(value: object) -> object:
    """A number out of "4.0 out of 5 stars", `{"ratingValue": "4"}` or "1,204"; nothing for a blank or NaN."""
    if isinstance(value, Mapping):
        value = value.get("ratingValue", value.get("value"))
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, str):
        if value.strip().lower() in ("", "nan", "none", "null"):
            return None
        found = _NUMBER.search(value)
        return float(found.group().replace(",", ".")) if found else value
    return value


class Product(BaseModel):
    """What is reviewed. Only the title plays a part: whoever repeats it in a review copies what was before him."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    title: Annotated[str, StringConstraints(max_length=500)] = ""
    rating: Annotated[float, Field(ge=0, le=5)] | None = None
    price: Annotated[str, StringConstraints(max_length=100)] | None = None
    url: Annotated[str, StringConstraints(max_length=2_000)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _known_names(cls, value: object) -> object:
        if isinstance(value, Mapping) and not value.get("title") and isinstance(value.get("name"), str):
            return {**value, "title": value["name"]}
        return value

    @field_validator("title", mode="before")
    @classmethod
    def _title(cls, value: object) -> object:
        return _clean("" if value is None else value)

    @field_validator("price", "url", mode="before")
    @classmethod
    def _text(cls, value: object) -> object:
        return _name(value)

    @field_validator("rating", mode="before")
    @classmethod
    def _rating(cls, value: object) -> object:
        return _number(value)


class Review(BaseModel):
    """One review. `content` may be under any of the names that exports use; what is not known is null."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: Annotated[str, StringConstraints(max_length=200)] | None = None
    author: Annotated[str, StringConstraints(max_length=300)] | None = None
    title: Annotated[str, StringConstraints(max_length=1_000)] = ""
    content: Annotated[str, StringConstraints(max_length=MOST_CHARACTERS)] = ""
    date: Annotated[str, StringConstraints(max_length=40)] | None = None
    rating: Annotated[float, Field(ge=RATINGS[0], le=RATINGS[1])] | None = None
    verified: bool | None = None
    helpful_votes: int | None = None

    @property
    def text(self) -> str:
        """Title and content, as the analyser reads them."""
        return f"{self.title}. {self.content}" if self.title and self.content else self.title or self.content

    @model_validator(mode="before")
    @classmethod
    def _known_names(cls, value: object) -> object:
        """Columns by the names that exports give them; a review's proper name wins over another for it."""
        if isinstance(value, str):
            return {"content": value}
        if not isinstance(value, Mapping) or all(name in _ALIASES for name in value):
            return value
        found: dict[str, Any] = {}
        for name, given in value.items():
            plain = _plain_name(name)
            field = _FIELD_OF.get(plain)
            if field is not None and (plain == field or found.get(field) in (None, "")):
                found[field] = given
        return found

    @field_validator("id", "author", mode="before")
    @classmethod
    def _named(cls, value: object) -> object:
        return _name(value)

    @field_validator("title", "content", mode="before")
    @classmethod
    def _text(cls, value: object) -> object:
        return _clean("" if value is None else value)

    @field_validator("rating", mode="before")
    @classmethod
    def _rating(cls, value: object) -> object:
        return _number(value)

    @field_validator("helpful_votes", mode="before")
    @classmethod
    def _votes(cls, value: object) -> object:
        number = _number(value.replace(",", "") if isinstance(value, str) else value)
        return int(number) if isinstance(number, float) and math.isfinite(number) else number

    @field_validator("verified", mode="before")
    @classmethod
    def _yes_or_no(cls, value: object) -> object:
        if isinstance(value, str):
            word = value.strip().lower()
            return True if word in _TRUE else False if word in _FALSE else value
        return value

    @field_validator("date", mode="before")
    @classmethod
    def _day(cls, value: object) -> object:
        """The day as YYYY-MM-DD where it can be read; otherwise as it stands."""
        if isinstance(value, bool) or value is None or value == "":
            return None
        if isinstance(value, int | float) and math.isfinite(value) and value >= 0:
            seconds = value / 1000 if value > _LARGEST_S else value
            return datetime.fromtimestamp(min(seconds, _LARGEST_S), UTC).date().isoformat()
        return _as_day(str(_clean(value))) if isinstance(value, str) else value


class Upload(BaseModel):
    """A file beside the job that holds the reviews: the field that it came in, and what it was called."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    field: Annotated[str, StringConstraints(max_length=255)]
    filename: Annotated[str, StringConstraints(max_length=1_000)] = ""


class ProductInput(BaseModel):
    """A product with its reviews, or the address of a page that has them, or (set by us) a file beside the job.

    Many reviews travel as a file: a row of the database is no place for thirty megabytes.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    product: Product = Product()
    reviews: Annotated[list[Review], Field(max_length=MOST_REVIEWS)] | None = None
    url: Annotated[str, StringConstraints(max_length=2_000)] | None = None
    upload: Upload | None = None

    @model_validator(mode="before")
    @classmethod
    def _shapes(cls, value: object) -> object:
        """Also a bare list of reviews, and a product that has its reviews inside."""
        return _with_reviews(value)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.reviews is None and self.url is None and self.upload is None:
            raise complaint("nothing", "Send reviews, a file with reviews, or the address of a page")
        return self


def _with_reviews(value: object) -> object:
    """Every shape in which a product comes with its reviews, as `{product, reviews, url}`."""
    if isinstance(value, list):
        products = [each for each in value if isinstance(each, Mapping) and "reviews" in each]
        if len(products) > 1:
            raise complaint("many", "These are {n} products: send one at a time", n=len(products))
        return _with_reviews(products[0]) if products else {"reviews": value}
    if not isinstance(value, Mapping):
        return value
    found = dict(value)
    product = found.get("product")
    if isinstance(product, Mapping) and "reviews" in product and "reviews" not in found:
        found["reviews"] = product["reviews"]
    elif product is None:
        found["product"] = {
            name: given for name, given in found.items() if name not in ("reviews", "url", "upload")
        }
    found["url"] = found.get("url") or None
    return found


def known_fields(names: Sequence[str]) -> frozenset[str]:
    """Which fields of a review these column names stand for."""
    return frozenset(_FIELD_OF[plain] for name in names if (plain := _plain_name(name)) in _FIELD_OF)


def _plain_name(name: object) -> str:
    return str(name).strip().lower().replace(" ", "_").replace("-", "_")


def canonical(order: ProductInput) -> ProductInput:
    """The same input with an id for every review, in an order that follows from their content alone.

    Two reviews of one id keep it and add `~2`, `~3`…; a review without an id is named after its content.
    """
    if order.reviews is None:
        return order
    ranked = sorted(((_rank(review), review) for review in order.reviews), key=lambda pair: pair[0])
    seen: dict[str, int] = {}
    named: list[Review] = []
    for (wanted, _), review in ranked:
        seen[wanted] = seen.get(wanted, 0) + 1
        name = wanted if seen[wanted] == 1 else f"{wanted}~{seen[wanted]}"
        named.append(review if review.id == name else review.model_copy(update={"id": name}))
    return order.model_copy(update={"reviews": named})


def digest_of(order: ProductInput) -> str:
    """32 hexadecimal digits that are the same for the same product and reviews; of a canonical input."""
    whole = hashlib.blake2b(order.product.model_dump_json().encode(), digest_size=16)
    whole.update((order.url or "").encode())
    for review in order.reviews or ():
        whole.update(review.model_dump_json().encode())
    return whole.hexdigest()


def _rank(review: Review) -> tuple[str, bytes]:
    """The review's id, or a name after its content, and its content's digest: nothing of where it stood."""
    content = hashlib.blake2b(review.model_dump_json().encode(), digest_size=16).digest()
    return review.id or f"r-{content[:6].hex()}", content


def _as_day(text: str) -> str:
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).date().isoformat()
    except ValueError:
        pass
    shortened = text.split(" on ", 1)[-1] if " on " in text else text
    for form in _DATES:
        try:
            return datetime.strptime(shortened.strip(), form).date().isoformat()
        except ValueError:
            continue
    return text[:40]


def day_of(review: Review) -> date | None:
    """The review's day, where its date is one."""
    try:
        return date.fromisoformat(review.date) if review.date else None
    except ValueError:
        return None


def distinct(reviews: Sequence[Review], same_as: Mapping[str, str]) -> list[Review]:
    """The reviews that stand for themselves."""
    return [review for review in reviews if str(review.id) not in same_as]
