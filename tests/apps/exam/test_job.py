"""The job under a worker: measured progress, the AI off, and both protocols of a fake provider."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from tests.apps.exam.people import builder, marked_elsewhere, pupil
from tests.engine.workshop import Workshop

from headway.apps.exam import enrolling, prompts
from headway.apps.exam.job import register
from headway.apps.exam.schema import ExamInput, ExamResult
from headway.testing.upstream import Rule, Script, Upstream
from headway.testing.upstream.answers import Question
from headway.testing.upstream.behaviours import Behaviour

pytestmark = pytest.mark.anyio
Open = Callable[..., Awaitable[Workshop]]


def counsellor(question: Question) -> str:
    """An honest model: it reads the findings and words them."""
    findings = question.prompt.partition("<<<FINDINGS>>>")[2].partition("<<<END FINDINGS>>>")[0]
    case = json.loads(findings)
    said: dict[str, Any] = {}
    for lang, words in (("en", "The model says"), ("ar", "يقول النموذج")):
        name = case["name"][lang]
        said[lang] = {"reasoning": f"{words}: {name}, {case['points']}."}
        if "majors" in case:
            said[lang]["majors"] = [major["name"][lang] for major in case["majors"][-3:]]
        else:
            said[lang]["steps"] = [f"{words} 1", f"{words} 2"]
    return json.dumps(said, ensure_ascii=False)


@pytest.fixture
async def workshop(sqlite_url: str) -> AsyncIterator[Open]:
    """`await workshop(upstream)`: an app with the exam that asks it; without one, as the settings say."""
    async with AsyncExitStack() as stack:

        async def one(upstream: Upstream | None = None, protocol: str = "openai", **more: Any) -> Workshop:
            if upstream is not None:
                await stack.enter_async_context(upstream)
                more |= {
                    "ai": protocol,
                    "ai_url": upstream.url_for(protocol),
                    "ai_key": "k",
                    "ai_timeout": 5.0,
                }
            made = Workshop(sqlite_url, **more)
            register(made.app)
            await made.open()
            stack.push_async_callback(made.close)
            return made

        yield one


async def result_of(shop: Workshop, body: dict[str, Any]) -> ExamResult:
    ended = await shop.run("exam", body)
    assert ended.status == "completed", ended.error
    return ExamResult.model_validate(await shop.result(ended.id))


async def test_switched_off_there_are_scores_and_no_advice(workshop: Open) -> None:
    shop = await workshop(ai="off")
    marked = await result_of(shop, pupil())
    assert (marked.total.points, marked.provider, marked.study_plan) == (38.0, "off", [])
    assert [note.topic for note in marked.weaknesses] == ["Chemistry", "Biology", "Earth and environment"]
    aptitude = await result_of(shop, builder())
    assert (aptitude.topics["Engineering"].points, aptitude.recommended) == (4.0, [])


@pytest.mark.parametrize("protocol", ["gemini", "openai"])
async def test_a_model_words_what_the_scores_decide(workshop: Open, protocol: str) -> None:
    upstream = Upstream(answer=counsellor)
    found = await result_of(await workshop(upstream, protocol), {**builder(), "language": "ar"})
    assert [each.id for each in found.recommended] == ["engineering", "computing", "mathematics"]
    assert found.recommended[0].reasoning == "يقول النموذج: الهندسة, 4."
    assert found.advice.en.recommended[0].reasoning == "The model says: Engineering, 4."
    assert found.provider == protocol
    assert len(upstream.entries) == 3
    assert len(found.recommended[0].majors) == 3


async def test_each_branch_that_has_its_answer_moves_the_percentage(workshop: Open) -> None:
    held = Rule(Behaviour.SLOW, says="Computing", delay_s=1.5)
    shop = await workshop(Upstream(Script([held]), answer=counsellor))
    await shop.hire()
    job = await shop.submit("exam", builder())
    seen = await shop.when(job, lambda s: s.step is not None and s.step.args.get("done") == 2)
    assert (seen.percent, seen.step.args["total"] if seen.step else None) == (66, 3)  # 20 + 70 * 2 / 3
    ended = await shop.ended(job)
    assert (ended.status, ended.percent) == ("completed", 100)


async def test_an_answer_of_another_form_is_asked_for_once_more(workshop: Open) -> None:
    upstream = Upstream(Script([Rule(Behaviour.NOT_JSON, times=1)]), answer=counsellor)
    found = await result_of(await workshop(upstream), pupil())
    assert {plan.topic for plan in found.study_plan} == {"Chemistry", "Biology", "Earth and environment"}
    assert len(upstream.entries) == 4


async def test_one_that_never_has_the_form_is_worded_by_the_rules_and_said_to_be(workshop: Open) -> None:
    upstream = Upstream(Script([Rule(Behaviour.NOT_JSON, says="Biology")]), answer=counsellor)
    found = await result_of(await workshop(upstream), pupil())
    by_rules = {plan.topic: plan.by_rules for plan in found.study_plan}
    assert by_rules == {"Chemistry": False, "Biology": True, "Earth and environment": False}
    plan = next(plan for plan in found.study_plan if plan.by_rules)
    assert "0 of 7 points" in plan.reasoning
    assert len(upstream.entries) == 4  # twice for the one


async def test_a_provider_that_refuses_fails_the_job_and_what_was_answered_is_not_paid_again(
    workshop: Open,
) -> None:
    upstream = Upstream(Script([Rule(Behaviour.BAD_REQUEST, says="Biology", times=1)]), answer=counsellor)
    shop = await workshop(upstream)
    ended = await shop.run("exam", pupil())
    assert ended.status == "failed"
    answered = len([entry for entry in upstream.entries if entry.status == 200])
    await shop.app.store.retry(ended.id, "local")
    assert (await shop.ended(ended.id)).status == "completed"
    assert len([entry for entry in upstream.entries if entry.status == 200]) == 3
    assert answered <= 2


async def test_the_same_answers_are_not_paid_for_twice(workshop: Open) -> None:
    upstream = Upstream(answer=counsellor)
    shop = await workshop(upstream)
    await shop.hire()
    order = ExamInput.model_validate(pupil())
    (first,) = await enrolling.keep_and_start(shop.app, "local", [order])
    await shop.ended(first.job_id)
    (again,) = await enrolling.keep_and_start(
        shop.app, "local", [order.model_copy(update={"language": "ar"})]
    )
    assert (again.job_id, again.created) == (first.job_id, False)
    assert len(upstream.entries) == 3


async def test_five_hundred_at_once_are_five_hundred_jobs_and_all_complete(workshop: Open) -> None:
    shop = await workshop()
    await shop.hire()
    orders = [ExamInput.model_validate(marked_elsewhere(f"s{n}")) for n in range(500)]
    started = await enrolling.keep_and_start(shop.app, "local", orders)
    assert len({each.job_id for each in started}) == 500

    async def all_done() -> bool:
        found = await shop.app.store.snapshots([each.job_id for each in started])
        return all(snapshot.status == "completed" for snapshot in found.values())

    assert await shop.until(all_done)


def test_the_schema_sent_is_the_form_that_is_checked() -> None:
    for schema, words in ((prompts.BRANCH_SCHEMA, "majors"), (prompts.TOPIC_SCHEMA, "steps")):
        properties: Any = schema["properties"]
        assert set(properties) == {"en", "ar"}
        assert words in properties["en"]["properties"]
