"""What an enrolment would take, before anything starts: how many questions go to the provider, and about how many
tokens.

Called by `POST /api/quotes/exam`. Invariant: the scores are counted, and nobody is asked.
"""

from collections.abc import Mapping
from typing import Final

from headway.ai.calls import CHARACTERS_PER_TOKEN
from headway.core.errors import FieldError, InvalidInput
from headway.http.services import QuoteRequest
from headway.http.validation import validated
from headway.store.enrolments import Enrolments
from headway.support.i18n import N_

from . import cases, enrolling, prompts, scoring
from .schema import ExamInput

_ANSWER_TOKENS: Final = 900
"""Of an answer in two languages; Arabic takes about two thirds of it."""


async def exam_quote(ask: QuoteRequest) -> Mapping[str, object]:
    """Branches or topics that would be asked about, and their tokens. Raises InvalidInput, NoEnrolment."""
    order = validated(ExamInput, dict(ask.fields), ask.lang)
    if order.answers is None:
        kept = Enrolments(ask.services.store)
        order = await enrolling.stored(kept, ask.owner, order.exam_code, order.student)
    answers = order.answers or []
    if not answers:
        message = N_("There are no answers under the code {code}")
        raise InvalidInput([FieldError("answers", message, {"code": order.exam_code})])
    scores = scoring.score(order.exam_code, answers)
    branches = cases.branches(scores, order.exam_code) if scores.kind == "aptitude" else []
    topics = cases.topics_to_work_on(scores, order.exam_code, answers) if scores.kind == "marked" else []
    asked = [prompts.branch_prompt(case) for case in branches] + [
        prompts.topic_prompt(case) for case in topics
    ]
    characters = sum(len(prompts.SYSTEM) + len(prompt) for prompt in asked)
    silent = ask.services.headway.settings.ai in ("off", "offline")
    tokens = 0 if silent else characters // CHARACTERS_PER_TOKEN + _ANSWER_TOKENS * len(asked)
    return {
        "tokens": tokens,
        "kind_of_exam": scores.kind,
        "questions": scores.questions,
        "answered": scores.answered,
        "calls": len(asked),
    }
