"""The parts of a job: result, chunks, calls, attempts, steps, log, export; credits and quotes."""

import pytest
from tests.http.site import Site
from tests.http.test_submission import fields, problem

from headway.http.models import Attempts, Calls, Chunks, Log, Quote, Steps

pytestmark = pytest.mark.anyio


async def test_a_result_is_there_only_after_the_end(site: Site) -> None:
    job_id, strings = await site.running()
    problem(await site.client.get(f"/api/jobs/{job_id}/result"), 409, "conflict")
    strings.finish({"é": [1, None]})
    await site.ended(job_id)
    answer = await site.client.get(f"/api/jobs/{job_id}/result")
    assert (answer.status_code, answer.json()) == (200, {"é": [1, None]})


async def test_a_failed_job_has_no_result(site: Site) -> None:
    job_id, strings = await site.running()
    strings.fail()
    await site.ended(job_id)
    problem(await site.client.get(f"/api/jobs/{job_id}/result"), 404, "not-found")


async def test_attempts_steps_and_calls_are_told(site: Site) -> None:
    job_id, strings = await site.running()
    running = Attempts.model_validate((await site.client.get(f"/api/jobs/{job_id}/attempts")).json())
    assert [(a.attempt, a.outcome, a.ended_at) for a in running.attempts] == [(1, None, None)]
    strings.step(21)
    strings.finish()
    await site.ended(job_id)
    ended = Attempts.model_validate((await site.client.get(f"/api/jobs/{job_id}/attempts")).json())
    assert [a.outcome for a in ended.attempts] == ["succeeded"]
    steps = Steps.model_validate((await site.client.get(f"/api/jobs/{job_id}/steps")).json())
    assert [step.name for step in steps.steps] == ["doubled"]
    assert Calls.model_validate((await site.client.get(f"/api/jobs/{job_id}/calls")).json()).calls == []
    assert Chunks.model_validate((await site.client.get(f"/api/jobs/{job_id}/chunks")).json()).chunks == []


async def test_the_log_is_read_by_cursor(site: Site) -> None:
    job_id, strings = await site.running()
    for n in range(3):
        strings.log(f"line {n}")
    strings.finish()
    await site.ended(job_id)
    first = Log.model_validate((await site.client.get(f"/api/jobs/{job_id}/log?limit=2")).json())
    rest = Log.model_validate((await site.client.get(f"/api/jobs/{job_id}/log?after={first.next}")).json())
    assert [line.text for line in (*first.lines, *rest.lines)] == ["line 0", "line 1", "line 2"]
    none = Log.model_validate((await site.client.get(f"/api/jobs/{job_id}/log?after={rest.next}")).json())
    assert (none.lines, none.next) == ([], rest.next)


async def test_a_cursor_beyond_all_numbers_is_refused(site: Site) -> None:
    job = await site.submit()
    last = await site.client.get(f"/api/jobs/{job['id']}/log?after={2**63 - 1}")
    assert last.json() == {"lines": [], "next": 2**63 - 1}
    for beyond in (str(2**63), "9" * 5000):
        answer = await site.client.get(f"/api/jobs/{job['id']}/log?after={beyond}")
        assert fields(problem(answer, 422, "invalid-input")) == ["after"]


async def test_a_format_that_is_not_on_offer_is_refused(lite: Site) -> None:
    job_id = await lite.completed()
    problem(await lite.client.get(f"/api/jobs/{job_id}/export?format=odt"), 406, "not-acceptable")
    missing = await lite.client.get(f"/api/jobs/{job_id}/export")
    assert fields(problem(missing, 422, "invalid-input")) == ["format"]


async def test_offline_work_is_free_and_a_quote_says_so(lite: Site) -> None:
    await lite.completed()
    assert (await lite.client.get("/api/credits")).json()["prices"] == {}
    entries = (await lite.client.get("/api/credits/ledger")).json()["entries"]
    assert [entry["entry"] for entry in entries] == ["grant"]
    quote = Quote.model_validate((await lite.client.post("/api/quotes/puppet", json={"name": "a"})).json())
    assert (quote.credits, quote.seconds) == (0, 0)
    wrong = await lite.client.post("/api/quotes/puppet", json={})
    assert fields(problem(wrong, 422, "invalid-input")) == ["name"]
    problem(await lite.client.post("/api/quotes/odd", json={}), 404, "unknown-kind")
    assert len((await lite.client.get("/api/jobs")).json()["jobs"]) == 1
