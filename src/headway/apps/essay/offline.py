"""The offline examiner: an essay in, an evaluation out, without a network, a key or chance.

Called by the job, by ``POST /evaluate`` and by the offline AI provider. Two natural steps: ``measure``
(parse, find mistakes, count; nearly all of the time) and ``score`` (bands, notes, plan). Both are pure
functions of their arguments and take and return Pydantic models, so that each can be a checkpointed step.
Invariant: the same input gives the same evaluation, byte for byte, and the result says that it was made
offline.
"""

from collections.abc import Callable

from pydantic import BaseModel, ConfigDict

from headway.support.sentences import Prose

from . import bands, faults, measures, notes, scoring, task
from .faults import Fault
from .measures import Measures
from .schema import Correction, Criteria, EssayInput, Evaluation, KeptEvaluation
from .task import TaskEvidence
from .text import Text

PROVIDER = "offline"
MODEL = "rules-1"
"""Grows with each change that can change a band."""

MAX_CORRECTIONS = 300
"""More marks than these help nobody and make a result of megabytes."""

Progress = Callable[[int, int, str], None]
"""Told ``(done, total, what comes next)`` before each step and once at the end."""

STEPS = ("Finding mistakes", "Measuring the language", "Judging the four criteria")


class Measured(BaseModel):
    """What the first step hands to the second."""

    model_config = ConfigDict(frozen=True)

    measures: Measures
    faults: list[Fault]
    evidence: TaskEvidence


def evaluate(order: EssayInput, progress: Progress | None = None, lang: str = "en") -> Evaluation:
    """The whole examination for a reader of ``lang``; ``progress`` is called in this thread."""
    tell = progress or _silent
    measured = measure(order, tell)
    tell(2, len(STEPS), STEPS[2])
    evaluation = score(order, measured).read_in(lang)
    tell(3, len(STEPS), "")
    return evaluation


def measure(order: EssayInput, progress: Progress | None = None) -> Measured:
    """Parses the essay, finds its mistakes and counts; about 0.1 s for a usual essay after the first."""
    tell = progress or _silent
    text = Text(order.essay)
    tell(0, len(STEPS), STEPS[0])
    found = faults.find(text, order.prompt)
    tell(1, len(STEPS), STEPS[1])
    return Measured(
        measures=measures.compute(text, order.prompt, found),
        faults=found,
        evidence=task.find(text, order.prompt, order.task_type),
    )


def score(order: EssayInput, measured: Measured) -> KeptEvaluation:
    """Bands, notes, plan and corrections from what was measured of the same essay."""
    verdict = scoring.judge(measured.measures, measured.evidence, order.task_type)
    overall = bands.overall(verdict.bands.values())
    words = notes.write(
        order, Text(order.essay), measured.measures, measured.faults, measured.evidence, verdict
    )
    return KeptEvaluation(
        overall_band=overall,
        criteria=Criteria.model_validate(verdict.bands),
        notes=words.notes,
        overall_comment=words.comment,
        improvement_plan=words.plan,
        corrections=[
            Correction[Prose](
                start=f.start, end=f.end, original=f.original, suggestion=f.suggestion, reason=f.reason
            )
            for f in measured.faults
            if f.suggestion is not None
        ][:MAX_CORRECTIONS],
        word_count=measured.measures.words,
        provider=PROVIDER,
        model=MODEL,
        measures=measured.measures,
    )


def warm_up() -> None:
    """Loads the dictionaries and builds Harper (2 to 3 s), so that the first essay does not wait for it.

    One word is far from any real one, because Harper builds its table of distant suggestions only then.
    """
    essay = "This sentence loads every dictionarry, and the table for louisknows, at once."
    measure(EssayInput(task_type="task_2", prompt="Warm up.", essay=essay))


def _silent(done: int, total: int, following: str) -> None:
    """Tells nobody."""
