"""An analysis as a file: CSV with a row for every review, PDF with the report.

`EXPORTS` is what `GET /api/jobs/ID/export` offers for the kind `product`.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from headway.core.errors import InvalidInput
from headway.http.services import CONTENT, Export
from headway.support.i18n import N_, direction, gettext

from . import words
from .reading import from_file
from .result import Analysis, Aspect, Example
from .schema import ProductInput, canonical
from .words import said

_COLUMNS = (
    N_("Review"), N_("Verdict"), N_("Probability that it is fake"), N_("Sentiment"), N_("Stars"), N_("Same record as"),
    N_("Author"), N_("Date"), N_("Title"), N_("Text"),
)  # fmt: skip
_WORDS = {
    "fake": N_("fake"),
    "genuine": N_("genuine"),
    "positive": N_("positive"),
    "neutral": N_("neutral"),
    "negative": N_("negative"),
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class _Report:
    """What the PDF shows, with every text in the reader's language."""

    analysis: Analysis
    lang: str

    def say(self, msgid: str, **args: object) -> str:
        return gettext(self.lang, msgid, **args)

    @property
    def title(self) -> str:
        return self.say(N_("Review analysis: grade {grade}"), grade=self.analysis.grade)

    @property
    def facts(self) -> list[tuple[str, str]]:
        a = self.analysis
        rows = [(self.say(N_("Product")), a.product.title)] if a.product.title else []
        if a.fake_percentage is not None and a.confidence_interval is not None:
            share = self.say(
                N_("{percent} % (95 % confidence: {low} to {high} %)"),
                percent=a.fake_percentage,
                low=a.confidence_interval.low,
                high=a.confidence_interval.high,
            )
            rows.append((self.say(N_("Fake reviews")), share))
        if a.original_rating is not None:
            rows.append((self.say(N_("Rating of all reviews")), f"{a.original_rating:.2f}"))
        if a.adjusted_rating is not None and a.adjusted_rating_interval is not None:
            between = a.adjusted_rating_interval
            value = f"{a.adjusted_rating:.2f} ({between.low:.2f}–{between.high:.2f})"
            rows.append((self.say(N_("Rating of the genuine ones")), value))
        counts = self.say(
            N_(
                "{analysed} of {received}; repeated records: {repeated}, without text: {blank}, failed: {failed}"
            ),
            analysed=a.counts.analysed,
            received=a.counts.received,
            repeated=a.counts.repeated,
            blank=a.counts.without_text,
            failed=a.counts.failed,
        )
        rows.append((self.say(N_("Reviews analysed")), counts))
        rows.append((self.say(N_("Analysed by")), f"{a.provider} ({a.model})"))
        return rows

    @property
    def stars(self) -> list[tuple[str, str]]:
        a = self.analysis
        shown = zip(range(5, 0, -1), reversed(a.stars.before), reversed(a.stars.after), strict=True)
        return [
            (
                self.say(N_("Stars: {n}"), n=n),
                self.say(N_("{before} of all, {after} of the genuine ones"), before=before, after=after),
            )
            for n, before, after in shown
        ]

    def cited(self, ids: Sequence[str]) -> str:
        return self.say(N_("Reviews: {ids}"), ids=", ".join(ids)) if ids else ""

    def patterns(self) -> list[str]:
        return [
            f"{said(self.lang, each.text)}. {self.cited(each.review_ids)}"
            for each in self.analysis.key_patterns
        ]

    def aspect(self, aspect: Aspect) -> str:
        praise, blame = aspect.praise, aspect.complaints
        line = self.say(
            N_("{name}: praised {praised} times, complained of {blamed} times."),
            name=words.aspect_name(self.lang, aspect.code, aspect.name),
            praised=praise.count,
            blamed=blame.count,
        )
        quotes = [f"“{side.quote}”" for side in (praise, blame) if side.quote]
        return " ".join([line, *quotes, self.cited([*praise.review_ids[:3], *blame.review_ids[:3]])])

    def example(self, example: Example) -> str:
        cited = self.analysis.cited[example.review_id]
        shown = self.say(
            N_("Review {id}, fake with probability {p}: “{text}”"),
            id=example.review_id,
            p=f"{example.score:.2f}",
            text=cited.excerpt or cited.title,
        )
        return "; ".join([shown, *(said(self.lang, each.text) for each in example.signals)])

    def everything(self) -> list[str]:
        a = self.analysis
        texts = [said(self.lang, each) for each in a.summary_sentences]
        texts += [*self.patterns(), *map(self.aspect, a.aspects)]
        texts += [self.example(each) for each in (*a.fake_examples, *a.genuine_examples)]
        return [*texts, *(text for pair in (*self.facts, *self.stars) for text in pair), "•“”#–"]


def to_csv(given: object, result: object, lang: str) -> bytes:
    """Every review with its verdict, in UTF-8 with a mark, so that spreadsheets read it; formulas are disarmed."""
    analysis = Analysis.model_validate(result)
    texts = _texts(given)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([gettext(lang, name) for name in _COLUMNS])
    for row in analysis.reviews:
        text = texts.get(row.id, {})
        values = [
            row.id,
            gettext(lang, _WORDS[row.verdict]) if row.verdict else "",
            "" if row.score is None else row.score,
            gettext(lang, _WORDS[row.sentiment]) if row.sentiment else "",
            "" if row.rating is None else row.rating,
            row.same_as or "",
            *(text.get(name) or "" for name in ("author", "date", "title", "content")),
        ]
        writer.writerow([_disarmed(value) for value in values])
    return out.getvalue().encode("utf-8-sig")


def to_pdf(given: object, result: object, lang: str) -> bytes:
    """The report on A4; the texts of all reviews are in the CSV."""
    from headway.support.pdf import Document  # heavy with fonts, and needed by few processes

    report = _Report(Analysis.model_validate(result), lang)
    say, a = report.say, report.analysis
    headings = [N_("Summary"), N_("Figures"), N_("Stars before and after"), N_("What stands out")]
    headings += [
        N_("What people praise and complain of"),
        N_("Examples of fake ones"),
        N_("Examples of genuine ones"),
    ]
    everything = [*report.everything(), *(say(each) for each in headings), say(words.GRADE_MEANINGS[a.grade])]
    document = Document(report.title, everything, lang=lang, rtl=direction(lang) == "rtl")
    document.paragraph(say(words.GRADE_MEANINGS[a.grade]), style="I")
    document.heading(say(headings[0]))
    document.paragraph(" ".join(said(lang, each) for each in a.summary_sentences))
    document.heading(say(headings[1]))
    document.facts(report.facts)
    if any(a.stars.before):
        document.heading(say(headings[2]))
        document.facts(report.stars)
    examples = (
        (headings[5], [report.example(each) for each in a.fake_examples]),
        (headings[6], [report.example(each) for each in a.genuine_examples]),
    )
    for heading, items in (
        (headings[3], report.patterns()),
        (headings[4], list(map(report.aspect, a.aspects))),
        *examples,
    ):
        if items:
            document.heading(say(heading))
            document.items(items)
    return document.bytes()


def _texts(given: object) -> Mapping[str, Mapping[str, Any]]:
    """The reviews of the input by id, as the job named them; nothing where they came from a page."""
    try:
        order = ProductInput.model_validate(given)
        if order.reviews is None and isinstance(given, Mapping) and isinstance(given.get(CONTENT), bytes):
            order = from_file(given[CONTENT], order.upload.filename if order.upload else "")
        order = canonical(order)
    except (ValidationError, InvalidInput):  # of an earlier version of the rules
        return {}
    return {str(review.id): review.model_dump() for review in order.reviews or ()}


def _disarmed(value: object) -> object:
    """A text that a spreadsheet would run as a formula, made text (OWASP, CSV injection)."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


EXPORTS: Mapping[str, Export] = {
    "csv": Export("text/csv; charset=utf-8", "csv", to_csv, whole=True),
    "pdf": Export("application/pdf", "pdf", to_pdf),
}
