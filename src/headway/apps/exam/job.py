"""The exam's job: check, count, advise branch by branch (or topic by topic), finish.

Registered by `headway.apps`; run by a worker. Invariant: every score is computed before anybody is asked, and
stands whoever advises; with the AI switched off there are scores all the same. The percentage between 20 and
90 is the share of cases that have their answer.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from pydantic import TypeAdapter

from headway.ai.provider import Request
from headway.ai.structured import WrongForm
from headway.apps.exam import advice, cases, enrolling, offline, prompts, scoring
from headway.apps.exam.cases import BranchCase, TopicCase
from headway.apps.exam.schema import Answer, BothAdvice, ExamInput, ExamResult, Scores
from headway.apps.exam.words import BranchAdvice, TopicAdvice
from headway.core.errors import PermanentError
from headway.engine import Context, Headway
from headway.store.enrolments import Enrolments
from headway.support.i18n import N_

KIND = "exam"
OFF = "off"
AT_ONCE = 3
"""Cases of one enrolment that are asked about at the same time."""
_ANSWERS = TypeAdapter(list[Answer])


def register(app: Headway) -> None:
    """Make `exam` a kind of `app`."""

    @app.job(KIND, title=N_("Exam results"), max_attempts=3, time_limit=900)
    async def exam(ctx: Context, order: ExamInput) -> ExamResult:
        return await process(ctx, order, app)


async def process(ctx: Context, order: ExamInput, app: Headway) -> ExamResult:
    """One enrolment to its result. What was answered about a branch is recorded: a retry pays for none twice."""
    with ctx.stage(N_("Validating the exam"), 0, 5):
        answers = await _answers(ctx, order, app)
    with ctx.stage(N_("Processing the answers"), 5, 20):
        scores = scoring.score(order.exam_code, answers)
    with ctx.stage(N_("Getting AI recommendations"), 20, 90):
        given = await _advise(ctx, order, answers, scores, app)
    with ctx.stage(N_("Finalizing the report"), 90, 100):
        provider = app.provider()
        model = offline.MODEL if provider.name == offline.PROVIDER else provider.model
        return advice.result(order, scores, given, provider.name, model)


async def _answers(ctx: Context, order: ExamInput, app: Headway) -> Sequence[Answer]:
    """The order's own answers, or those that are stored under its code. Raises PermanentError where there are
    none."""

    async def stored_answers() -> list[Answer]:
        found = await enrolling.stored(Enrolments(app.store), ctx.owner, order.exam_code, order.student)
        return list(found.answers or ())

    answers = order.answers if order.answers is not None else await ctx.step(stored_answers)
    if not answers:
        raise PermanentError(N_("There are no answers under the code {code}"), code=order.exam_code)
    return _ANSWERS.validate_python(answers)


async def _advise(
    ctx: Context, order: ExamInput, answers: Sequence[Answer], scores: Scores, app: Headway
) -> BothAdvice:
    """Every case asked about, a few at the same time; each that is answered moves the percentage."""
    branches = cases.branches(scores, order.exam_code) if scores.kind == "aptitude" else []
    topics = cases.topics_to_work_on(scores, order.exam_code, answers) if scores.kind == "marked" else []
    if app.provider().name == OFF:
        return advice.of_scores(scores)
    done, total = 0, len(branches) + len(topics)

    gate = asyncio.Semaphore(AT_ONCE)

    async def counted(advise: Callable[..., Awaitable[Any]], case: BranchCase | TopicCase) -> Any:
        nonlocal done
        async with gate:
            answer = await ctx.step(advise, case, key=case.id)
        done += 1
        ctx.progress(done=done, total=total, step=N_("Getting AI recommendations: {done} of {total}"))
        return answer

    about_branches = [counted(advise_branch, case) for case in branches]
    about_topics = [counted(advise_topic, case) for case in topics]
    words = await asyncio.gather(*about_branches, *about_topics)
    return advice.of_words(
        scores,
        list(zip(branches, words[: len(branches)], strict=True)),
        list(zip(topics, words[len(branches) :], strict=True)),
    )


async def advise_branch(ctx: Context, case: BranchCase) -> BranchAdvice:
    """Words for one branch; asked again once when they do not fit, then our own."""
    request = Request(
        prompts.branch_prompt(case),
        prompts.SYSTEM,
        prompts.BRANCH_SCHEMA,
        lambda: offline.branch(case).model_dump_json(),
    )
    try:
        said = await ctx.ask_for(BranchAdvice, request, partial(prompts.branch_complaints, case))
    except WrongForm:
        return offline.branch(case).model_copy(update={"by_rules": True})
    return said.model_copy(update={"by_rules": False})


async def advise_topic(ctx: Context, case: TopicCase) -> TopicAdvice:
    """Words for one topic; asked again once when they do not fit, then our own."""
    request = Request(
        prompts.topic_prompt(case),
        prompts.SYSTEM,
        prompts.TOPIC_SCHEMA,
        lambda: offline.topic(case).model_dump_json(),
    )
    try:
        said = await ctx.ask_for(TopicAdvice, request, partial(prompts.topic_complaints, case))
    except WrongForm:
        return offline.topic(case).model_copy(update={"by_rules": True})
    return said.model_copy(update={"by_rules": False})
