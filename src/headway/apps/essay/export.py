"""An evaluated essay as a file: Markdown and PDF, with the same content in the same order.

`EXPORTS` is what `GET /api/jobs/ID/export` offers for the kind `essay`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from headway.apps.essay.notes import NAMES
from headway.apps.essay.schema import Correction, EssayInput, Evaluation, KeptEvaluation
from headway.http.services import Export
from headway.support.i18n import N_, direction, gettext
from headway.support.sentences import say, told

_SPECIAL = "\\`*_{}[]<>#|~"


@dataclass(frozen=True, slots=True)
class _Report:
    """What both formats show, with every text in the reader's language."""

    order: EssayInput
    evaluation: Evaluation
    lang: str

    def say(self, msgid: str, **args: object) -> str:
        return gettext(self.lang, msgid, **args)

    @property
    def title(self) -> str:
        return self.say(N_("IELTS writing: band {band}"), band=f"{self.evaluation.overall_band:.1f}")

    @property
    def facts(self) -> list[tuple[str, str]]:
        e = self.evaluation
        bands = [(self.say(name), f"{getattr(e.criteria, code):.1f}") for code, name in NAMES.items()]
        return [
            *bands,
            (self.say(N_("Words")), str(e.word_count)),
            (self.say(N_("Evaluated by")), f"{e.provider} ({e.model})"),
        ]

    @property
    def notes(self) -> list[tuple[str, str]]:
        return [(self.say(name), str(getattr(self.evaluation.notes, code))) for code, name in NAMES.items()]

    def correction(self, c: Correction[str]) -> str:
        change = say("“{original}” → “{suggestion}”", original=c.original, suggestion=c.suggestion)
        return f"{told(self.lang, change)}: {c.reason}"


def _report(given: object, result: object, lang: str) -> _Report:
    # The input was accepted once: what later versions of the rules would refuse can still be shown.
    order = (
        EssayInput.model_construct(**given)
        if isinstance(given, Mapping)
        else EssayInput.model_validate(given)
    )
    return _Report(order, KeptEvaluation.model_validate(result).read_in(lang), lang)


def to_markdown(given: object, result: object, lang: str) -> bytes:
    """The report as CommonMark; texts of people are escaped, the essay stands in a quotation."""
    report = _report(given, result, lang)
    say, e = report.say, report.evaluation
    lines = [f"# {report.title}", ""]
    lines += [f"- {name}: **{value}**" for name, value in report.facts]
    lines += ["", f"## {say(N_('Comment'))}", "", _escaped(e.overall_comment), ""]
    for name, note in report.notes:
        lines += [f"### {name}", "", _escaped(note), ""]
    lines += [f"## {say(N_('What to work on'))}", ""]
    lines += [f"{n}. {_escaped(item)}" for n, item in enumerate(e.improvement_plan, 1)]
    if e.corrections:
        lines += ["", f"## {say(N_('Corrections'))}", ""]
        lines += [f"- {_escaped(report.correction(c))}" for c in e.corrections]
    lines += ["", f"## {say(N_('The task'))}", "", _quoted(report.order.prompt)]
    lines += ["", f"## {say(N_('The essay'))}", "", _quoted(report.order.essay), ""]
    return "\n".join(lines).encode()


def to_pdf(given: object, result: object, lang: str) -> bytes:
    """The report on A4."""
    from headway.support.pdf import Document  # heavy with fonts, and needed by few processes

    report = _report(given, result, lang)
    say, e, order = report.say, report.evaluation, report.order
    corrections = [report.correction(c) for c in e.corrections]
    everything = [
        order.prompt,
        order.essay,
        e.overall_comment,
        *e.improvement_plan,
        *corrections,
        *(text for pair in (*report.facts, *report.notes) for text in pair),
        "•→“”",
    ]
    document = Document(report.title, everything, lang=lang, rtl=direction(lang) == "rtl")
    document.facts(report.facts)
    document.heading(say(N_("Comment")))
    document.paragraph(e.overall_comment)
    for name, note in report.notes:
        document.heading(name)
        document.paragraph(note)
    document.heading(say(N_("What to work on")))
    document.items(e.improvement_plan, numbered=True)
    if corrections:
        document.heading(say(N_("Corrections")))
        document.items(corrections)
    document.heading(say(N_("The task")))
    document.paragraph(order.prompt, style="I")
    document.heading(say(N_("The essay")))
    document.paragraph(order.essay)
    return document.bytes()


def _escaped(text: str) -> str:
    """Text that CommonMark shows as it stands."""
    return "".join(f"\\{c}" if c in _SPECIAL else c for c in text).replace("\n", " ")


def _quoted(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(f"> {_escaped(line)}" if line.strip() else ">" for line in lines)


EXPORTS: Mapping[str, Export] = {
    "md": Export("text/markdown; charset=utf-8", "md", to_markdown),
    "pdf": Export("application/pdf", "pdf", to_pdf),
}
