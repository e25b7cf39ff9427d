"""The essay's job: check, measure, evaluate, finish.

Registered by `headway.apps`; run by a worker. Invariant: whoever judges, the length cap, the overall band and
every offset are decided by our own code, and the result says who judged.
"""

from pydantic import ValidationError

from headway.ai.provider import Request
from headway.apps.essay import answer, offline, prompts
from headway.apps.essay.offline import Measured
from headway.apps.essay.schema import EssayInput, KeptEvaluation, ProviderEvaluation
from headway.core.errors import PermanentError
from headway.engine import Context, Headway
from headway.engine.thread_context import ThreadContext
from headway.support.i18n import N_

KIND = "essay"


def register(app: Headway) -> None:
    """Make `essay` a kind of `app`."""

    @app.job(KIND, title=N_("IELTS writing"), max_attempts=3, time_limit=300)
    async def essay(ctx: Context, order: EssayInput) -> KeptEvaluation:
        return await examine(ctx, order, app.settings.ai)


async def examine(ctx: Context, order: EssayInput, provider: str) -> KeptEvaluation:
    """One essay to its evaluation, to be read in any language. What was measured and answered is recorded: a retry pays
    nothing twice."""
    with ctx.stage(N_("Checking the text"), 0, 5):
        ctx.progress(100)
    with ctx.stage(N_("Measuring the language"), 5, 20):
        measured: Measured = await ctx.step(measure, order)
    with ctx.stage(N_("Judging the four criteria"), 20, 90):
        evaluation = await _judge(ctx, order, measured, provider)
    with ctx.stage(N_("Putting the report together"), 90, 100):
        return evaluation


def measure(ctx: ThreadContext, order: EssayInput) -> Measured:
    """Finds mistakes and counts, in a thread; about a second the first time in a process, then a tenth."""
    return offline.measure(order, lambda done, total, following: ctx.progress(done=done, total=total))


async def _judge(ctx: Context, order: EssayInput, measured: Measured, provider: str) -> KeptEvaluation:
    """Asks the configured provider; offline our own examiner answers, with the whole evaluation."""

    def judge_offline() -> str:
        return offline.score(order, measured).model_dump_json()

    question = prompts.user_prompt(order, measured.measures.words)
    system = prompts.system_prompt(order.language)
    said = await ctx.ask(Request(question, system, prompts.JSON_SCHEMA, judge_offline))
    if said.model == offline.PROVIDER:
        return KeptEvaluation.model_validate_json(said.text)
    judged, faults = _checked(order, said.text)
    if faults:
        repair = f"{question}\n\nYou answered:\n{said.text}\n\n{prompts.repair_prompt(faults)}"
        said = await ctx.ask(Request(repair, system, prompts.JSON_SCHEMA))
        again, _ = _checked(order, said.text)
        judged = again or judged  # a note without a quotation is a smaller evil than no evaluation
    if judged is None:
        raise PermanentError(N_("The model's answer did not have the asked form, twice"))
    return answer.assemble(order, judged, measured.measures, provider, said.model)


def _checked(order: EssayInput, text: str) -> tuple[ProviderEvaluation | None, list[str]]:
    """The answer if it has the form, and what is wrong with it."""
    try:
        judged = ProviderEvaluation.model_validate_json(text)
    except ValidationError as error:
        return None, [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False)]
    return judged, answer.complaints(order, judged)
