"""Scores and words put together: the result of the job.

Called by the job. Invariant: fields, topics and figures come from the scores; a provider's words fill in majors,
reasons and steps, nothing else.
"""

from collections.abc import Sequence

from . import cases, offline
from .cases import BranchCase, TopicCase
from .schema import Advice, BothAdvice, ExamInput, ExamResult, Recommendation, Scores, TopicPlan
from .texts import Language
from .words import BranchAdvice, TopicAdvice


def of_scores(scores: Scores) -> BothAdvice:
    """What the scores say by themselves: strong and weak topics."""
    return of_words(scores, [], [])


def of_words(
    scores: Scores,
    branches: Sequence[tuple[BranchCase, BranchAdvice]],
    topics: Sequence[tuple[TopicCase, TopicAdvice]],
) -> BothAdvice:
    """The advice in both languages."""
    return BothAdvice(en=_in("en", scores, branches, topics), ar=_in("ar", scores, branches, topics))


def _in(
    lang: Language,
    scores: Scores,
    branches: Sequence[tuple[BranchCase, BranchAdvice]],
    topics: Sequence[tuple[TopicCase, TopicAdvice]],
) -> Advice:
    recommended = []
    for case, said in branches:
        words = said.ar if lang == "ar" else said.en
        recommended.append(
            Recommendation(
                id=case.id,
                field=case.name.of(lang),
                majors=list(words.majors),
                reasoning=words.reasoning,
                by_rules=said.by_rules,
            )
        )
    plan = []
    for topic, told in topics:
        steps = told.ar if lang == "ar" else told.en
        plan.append(
            TopicPlan(
                topic=topic.name.of(lang),
                reasoning=steps.reasoning,
                steps=list(steps.steps),
                by_rules=told.by_rules,
            )
        )
    return Advice(
        recommended=recommended,
        strengths=[offline.note(row, lang) for row in cases.strong_topics(scores)],
        weaknesses=[offline.note(row, lang) for row in cases.weak_topics(scores)],
        study_plan=plan,
    )


def result(order: ExamInput, scores: Scores, advice: BothAdvice, provider: str, model: str) -> ExamResult:
    """The whole result; the advice in the enrolment's language stands at its top as well."""
    own = advice.ar if order.language == "ar" else advice.en
    return ExamResult(
        exam_code=order.exam_code,
        student=order.student,
        language=order.language,
        kind=scores.kind,
        title=scores.title,
        answered=scores.answered,
        questions=scores.questions,
        total=scores.total,
        topics=scores.topics,
        sections=scores.sections,
        recommended=own.recommended,
        strengths=own.strengths,
        weaknesses=own.weaknesses,
        study_plan=own.study_plan,
        advice=advice,
        provider=provider,
        model=model,
    )
