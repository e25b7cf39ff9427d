"""The essay application as a person meets it: its page, its card, its line.

`ESSAY` is handed to `headway.web.pages.router` by the server floor. The template is `page.html`, the script
`essay.js`.
"""

from collections.abc import Mapping
from pathlib import Path

from fastapi import Request

from headway.apps.essay import bank
from headway.apps.essay.bands import MINIMUM_WORDS, TASK_TYPES
from headway.apps.essay.schema import ESSAY_LIMITS, PROMPT_LIMITS
from headway.http.services import account_of
from headway.http.submission import Order, submit
from headway.support.i18n import N_, gettext
from headway.web.application import Application, Form, Station

TASK_NAMES = {
    "academic_task_1": N_("Academic Task 1: describe a chart or diagram"),
    "academic_task_2": N_("Academic Task 2: essay"),
    "general_task_1": N_("General Training Task 1: letter"),
    "general_task_2": N_("General Training Task 2: essay"),
    "task_2": N_("Task 2: essay"),
}
SAMPLE_NAMES = {"buses": N_("A middling essay"), "museums": N_("A strong essay")}


def _context(lang: str) -> Mapping[str, object]:
    """What the templates want: tasks, prompts, samples, and what it costs and takes, in words."""
    tasks = [
        {"value": task, "name": gettext(lang, TASK_NAMES[task]), "minimum_words": MINIMUM_WORDS[task]}
        for task in TASK_TYPES
    ]
    limits = gettext(
        lang,
        N_("The prompt: {prompt_least} to {prompt_most} characters. The essay: {least} to {most}."),
        prompt_least=PROMPT_LIMITS[0],
        prompt_most=f"{PROMPT_LIMITS[1]:,}",
        least=ESSAY_LIMITS[0],
        most=f"{ESSAY_LIMITS[1]:,}",
    )
    return {
        "tasks": tasks,
        "prompts": [{"title": p.title, "text": p.prompt, "task_type": p.task_type} for p in bank.PROMPTS],
        "samples": [
            {
                "name": gettext(lang, SAMPLE_NAMES.get(sample.id, sample.title)),
                "task_type": sample.task.task_type,
                "prompt": sample.task.prompt,
                "essay": sample.essay,
            }
            for sample in bank.SAMPLES
        ],
        "limits": limits,
    }


async def _submit(request: Request, form: Form) -> str:
    """Take the form of a browser without scripts; return the accepted job's id. Raises InvalidInput."""
    fields = {
        "task_type": form.get("task_type", ""),
        "prompt": form.get("prompt", "").strip() or form.get("bank", ""),
        # A form sends CRLF for every line end; the offsets of corrections count what the person wrote.
        "essay": form.get("essay", "").replace("\r\n", "\n"),
    }
    snapshot = await submit(request, Order("essay", fields, account_of(request).id))
    return snapshot.id


ESSAY = Application(
    name="essay",
    title=N_("IELTS writing"),
    sentence=N_("Write an essay or a letter, and learn its band, what decided it, and what to work on next."),
    stations=(
        Station(0, N_("Check")),
        Station(5, N_("Measure")),
        Station(20, N_("Evaluate")),
        Station(90, N_("Finish")),
    ),
    directory=Path(__file__).resolve().parent,
    context=_context,
    submit=_submit,
)
