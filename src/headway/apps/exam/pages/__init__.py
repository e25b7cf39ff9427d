"""The exam application as a person meets it: its page, its card, its line.

`EXAM` is handed to `headway.web.pages.router` by the server floor. The template is `page.html`, the scripts
`exam.js` and those beside it.
"""

from collections.abc import Mapping
from pathlib import Path

from fastapi import Request

from headway.apps.exam import bank, enrolling, paper, samples
from headway.apps.exam.schema import MAX_ENROLMENTS, ExamInput
from headway.core.errors import FieldError, HeadwayError, InvalidInput
from headway.http.services import account_of, lang_of, services
from headway.http.validation import validated
from headway.store.enrolments import Enrolments
from headway.support.i18n import N_, gettext
from headway.web.application import Application, Form, Station


def _context(lang: str) -> Mapping[str, object]:
    """What the templates want: the exams, sample answers, and what it costs and takes, in words."""
    limits = gettext(
        lang, N_("JSON, JSON lines or CSV; at most {most} enrolments and 32 MB."), most=f"{MAX_ENROLMENTS:,}"
    )
    return {
        "exams": [paper.head(each, lang).model_dump() for each in bank.exams().values()],
        "samples": samples.SAMPLES,
        "example": samples.card(lang),
        "limits": limits,
    }


async def _submit(request: Request, form: Form) -> str:
    """Take the form of a browser without scripts: process what is stored under the code. Raises InvalidInput."""
    fields = {"exam_code": form.get("exam_code", ""), "student": form.get("student", "")}
    lang, owner, serving = lang_of(request), account_of(request).id, services(request)
    order = validated(ExamInput, fields, lang)
    kept = Enrolments(serving.store)
    try:
        stored = await enrolling.stored(kept, owner, order.exam_code, order.student)
    except (enrolling.NoEnrolment, enrolling.WhichStudent) as error:
        raise InvalidInput([_at_student(error)]) from error
    return (await enrolling.start(serving.headway, owner, [stored]))[0].job_id


def _at_student(error: HeadwayError) -> FieldError:
    return FieldError("student", error.detail, error.params)


EXAM = Application(
    name="exam",
    title=N_("Exam results"),
    sentence=N_(
        "Take an exam or import hundreds of answer sheets: exact scores for each topic, and recommendations with "
        "their reasons, in English and Arabic."
    ),
    stations=(
        Station(0, N_("Validate")),
        Station(5, N_("Score")),
        Station(20, N_("Recommend")),
        Station(90, N_("Finish")),
    ),
    directory=Path(__file__).resolve().parent,
    context=_context,
    submit=_submit,
)
