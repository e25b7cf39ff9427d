"""The result as a bilingual A4 document: English on the left, Arabic on the right, bars between them.

Called by `export`, in a thread. Invariant: whatever a student, a file or a model wrote is shown as text, and in
the direction of its language.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from fpdf.enums import XPos, YPos

from headway.support.i18n import N_, gettext
from headway.support.pdf import MARGIN_MM, Document

from . import offline
from .schema import Advice, Competency, ExamResult, Score, Section
from .texts import LANGUAGES, Bilingual, Language

_GAP_MM: Final = 8.0
_WIDTH_MM: Final = 210 - 2 * MARGIN_MM
_HALF_MM: Final = (_WIDTH_MM - _GAP_MM) / 2
_BAR_MM: Final = 44.0
_NAME_MM: Final = (_WIDTH_MM - _BAR_MM - 28) / 2
_BODY: Final = 10.0
_SMALL: Final = 8.5
_GREEN: Final = (44, 106, 74)
_RAIL: Final = (225, 222, 214)
_INK: Final = (40, 38, 34)
_BEYOND_LATIN: Final = "…•٪–\u200e\u200f"
_ARABIC: Final = re.compile(r"[\u0600-\u06ff]")


def to_pdf(result: ExamResult) -> bytes:
    """The report of one enrolment."""
    report = _Report(result)
    report.write(result)
    return report.bytes()


def _both(msgid: str, **args: object) -> Bilingual:
    return Bilingual(en=gettext("en", msgid, **args), ar=gettext("ar", msgid, **args))


class _Report(Document):
    """Pairs of texts, and bars, on the pages of a document."""

    def __init__(self, result: ExamResult) -> None:
        self._said = _labels()
        everything = [
            *_texts(result),
            *(text for label in self._said.values() for text in (label.en, label.ar)),
        ]
        made = _made(result)
        super().__init__("Headway", [*everything, made.en, made.ar, _BEYOND_LATIN], lang="en")
        self._pdf.set_title(f"{result.title.en} – {result.exam_code} {result.student}".strip())

    def write(self, result: ExamResult) -> None:
        """The whole report, from top to bottom."""
        said = self._said
        self.pair(result.title, size=15, style="B", after_mm=3)
        self._facts(result)
        for section_kind, label in (
            ("branch", "branches"),
            ("environment", "environment"),
            ("topics", "topics"),
        ):
            sections = [section for section in result.sections if section.kind == section_kind]
            if not sections:
                continue
            self.head(said[label])
            rows = [(s.name, s.score) for s in sections] if section_kind == "branch" else _rows(sections)
            for name, score in rows:
                self.bar(name, score)
            if section_kind == "branch":
                self._competencies(sections)
        self._advice(result.advice.en, result.advice.ar)
        self._pdf.ln(3)
        self.pair(_made(result), size=_SMALL, after_mm=0)

    def _facts(self, result: ExamResult) -> None:
        points, most = offline.number(result.total.points), offline.number(result.total.max)
        for label, en, ar in (
            ("code", result.exam_code, _isolated(result.exam_code)),
            ("student", result.student, _isolated(result.student)),
            ("total", f"{points} of {most}", f"{points} من {most}"),
            (
                "answered",
                f"{result.answered} of {result.questions}",
                f"{result.answered} من {result.questions}",
            ),
        ):
            if en:
                name = self._said[label]
                self.pair(Bilingual(en=f"{name.en}: {en}", ar=f"{name.ar}: {ar}"), after_mm=0.6)

    def _competencies(self, sections: Iterable[Section]) -> None:
        self._pdf.ln(2)
        for section in sections:
            shown = [each for each in section.competencies if each.counts]
            if shown:
                self.pair(_competencies(section.name, shown), size=_SMALL, after_mm=0.8)

    def _advice(self, en: Advice, ar: Advice) -> None:
        if en.recommended:
            self.head(self._said["recommended"])
        for one, other in zip(en.recommended, ar.recommended, strict=True):
            self.pair(Bilingual(en=one.field, ar=other.field), style="B", after_mm=0.6)
            majors = Bilingual(en=" • ".join(one.majors), ar=" • ".join(other.majors))
            self.pair(majors, style="I", after_mm=0.6)
            self.pair(Bilingual(en=one.reasoning, ar=other.reasoning), after_mm=3)
        for label, left, right in (
            ("strengths", en.strengths, ar.strengths),
            ("weaknesses", en.weaknesses, ar.weaknesses),
        ):
            if left:
                self.head(self._said[label])
            for note, noted in zip(left, right, strict=True):
                text = Bilingual(
                    en=f"{note.topic}: {note.note}", ar=f"{_isolated(noted.topic)}: {noted.note}"
                )
                self.pair(text, after_mm=0.8)
        if en.study_plan:
            self.head(self._said["plan"])
        for plan, planned in zip(en.study_plan, ar.study_plan, strict=True):
            self.pair(Bilingual(en=plan.topic, ar=planned.topic), style="B", after_mm=0.6)
            self.pair(Bilingual(en=plan.reasoning, ar=planned.reasoning), after_mm=0.8)
            longest = max(len(plan.steps), len(planned.steps))
            for n in range(longest):
                self.pair(Bilingual(en=_step(plan.steps, n), ar=_step(planned.steps, n)), after_mm=0.8)
            self._pdf.ln(2)

    # -- pieces ----------------------------------------------------------------------------------------------

    def head(self, text: Bilingual) -> None:
        """A section's heading in both languages, with a line under it."""
        self._pdf.ln(4)
        self._room(26)
        self.pair(text, size=12, style="B", after_mm=1)
        self._pdf.set_draw_color(*_RAIL)
        self._pdf.line(MARGIN_MM, self._pdf.get_y(), MARGIN_MM + _WIDTH_MM, self._pdf.get_y())
        self._pdf.ln(2)

    def pair(self, text: Bilingual, *, size: float = _BODY, style: str = "", after_mm: float = 2) -> None:
        """The same in both languages, side by side; the next pair begins under the longer one."""
        heights = [self._cell(text.of(lang), lang, _HALF_MM, size, style, dry=True) for lang in LANGUAGES]
        self._room(max(heights))
        top, page = self._pdf.get_y(), self._pdf.page
        ends = []
        for lang, x in (("en", float(MARGIN_MM)), ("ar", MARGIN_MM + _HALF_MM + _GAP_MM)):
            self._pdf.page = page
            self._pdf.set_xy(x, top)
            self._cell(text.of(lang), "ar" if lang == "ar" else "en", _HALF_MM, size, style)
            ends.append((self._pdf.page, self._pdf.get_y()))
        self._pdf.page, bottom = max(ends)
        self._pdf.set_xy(MARGIN_MM, bottom)
        self._pdf.ln(after_mm)

    def bar(self, name: Bilingual, score: Score) -> None:
        """One row of the chart: the name, the share as a bar with its figure, and the name in Arabic."""
        self._room(7)
        top = self._pdf.get_y()
        self._cell(_cut(name.en), "en", _NAME_MM, 9, "", at=(MARGIN_MM, top))
        left = MARGIN_MM + _NAME_MM + 2
        self._pdf.set_fill_color(*_RAIL)
        self._pdf.rect(left, top + 1, _BAR_MM, 3, style="F")
        self._pdf.set_fill_color(*_GREEN)
        share = min(100.0, max(0.0, score.percent))
        if share:
            self._pdf.rect(left, top + 1, _BAR_MM * share / 100, 3, style="F")
        figure = f"{offline.number(score.points)} / {offline.number(score.max)}"
        self._cell(figure, "en", 24, 9, "", at=(left + _BAR_MM + 2, top))
        self._cell(_cut(name.ar), "ar", _NAME_MM, 9, "", at=(MARGIN_MM + _WIDTH_MM - _NAME_MM, top))
        self._pdf.set_xy(MARGIN_MM, top + 5.6)

    def _cell(
        self,
        text: str,
        lang: Language,
        width: float,
        size: float,
        style: str,
        *,
        dry: bool = False,
        at: tuple[float, float] | None = None,
    ) -> float:
        """A text in a column, shaped in its own direction; its height in mm."""
        pdf = self._pdf
        if at is not None:
            pdf.set_xy(*at)
        pdf.set_text_color(*_INK)
        pdf.set_font("text", "" if lang == "ar" and style == "I" else style, size)
        pdf.set_text_shaping(True, direction="rtl" if lang == "ar" else "ltr")
        height = pdf.multi_cell(
            width,
            size * 0.5,
            self.shown(text),
            align="R" if lang == "ar" else "L",
            new_x=XPos.LEFT,
            new_y=YPos.NEXT,
            dry_run=dry,
            output="HEIGHT",
        )
        return float(height)  # type: ignore[arg-type]  # with output HEIGHT it is a number

    def _room(self, height_mm: float) -> None:
        """A new page, where what follows would not fit on this one but on a fresh one."""
        pdf = self._pdf
        if pdf.get_y() + height_mm > pdf.h - MARGIN_MM and pdf.get_y() > 2 * MARGIN_MM:
            pdf.add_page()


def _labels() -> dict[str, Bilingual]:
    return {
        "code": _both(N_("Code")),
        "student": _both(N_("Student")),
        "total": _both(N_("Total")),
        "answered": _both(N_("Answered")),
        "branches": _both(N_("Fields of study")),
        "environment": _both(N_("Surroundings")),
        "topics": _both(N_("Topics")),
        "recommended": _both(N_("Recommended")),
        "strengths": _both(N_("Strengths")),
        "weaknesses": _both(N_("To work on")),
        "plan": _both(N_("Study plan")),
    }


def _made(result: ExamResult) -> Bilingual:
    """Who advised."""
    if result.provider == "off":
        return _both(N_("Scores only: the AI is switched off here."))
    if result.provider == offline.PROVIDER:
        return _both(N_("Advised by rules on this machine ({model}), without a model."), model=result.model)
    return _both(N_("Advised by {provider}, {model}."), provider=result.provider, model=result.model)


def _rows(sections: Iterable[Section]) -> list[tuple[Bilingual, Score]]:
    return [(each.name, each.score) for section in sections for each in section.competencies]


def _competencies(name: Bilingual, shown: list[Competency]) -> Bilingual:
    """`Law: Sense of justice 3/3, …`."""
    en = ", ".join(f"{each.name.en} {_of(each.score)}" for each in shown)
    ar = "، ".join(f"{each.name.ar} ({_of(each.score, ' من ')})" for each in shown)
    return Bilingual(en=f"{name.en}: {en}", ar=f"{name.ar}: {ar}")


def _of(score: Score, between: str = "/") -> str:
    return f"{offline.number(score.points)}{between}{offline.number(score.max)}"


def _step(steps: list[str], n: int) -> str:
    return f"{n + 1}. {steps[n]}" if n < len(steps) else ""


def _cut(name: str, most: int = 44) -> str:
    """A name that fits its row."""
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _isolated(text: str) -> str:
    """A value of unknown direction inside a line of Arabic: marks keep it in its place, and its signs with it."""
    inner = text if _ARABIC.search(text) else f"\u200e{text}\u200e"
    return f"\u200f{inner}\u200f"


def _texts(result: ExamResult) -> Iterator[str]:
    """Everything that the report may show, so that its fonts are there."""
    yield from (
        result.exam_code,
        result.student,
        result.title.en,
        result.title.ar,
        result.model,
        result.provider,
    )
    for section in result.sections:
        for name in (section.name, *(each.name for each in section.competencies)):
            yield from (name.en, name.ar)
    for advice in (result.advice.en, result.advice.ar):
        for one in advice.recommended:
            yield from (one.field, *one.majors, one.reasoning)
        for note in (*advice.strengths, *advice.weaknesses):
            yield from (note.topic, note.note)
        for plan in advice.study_plan:
            yield from (plan.topic, plan.reasoning, *plan.steps)
