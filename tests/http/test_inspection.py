"""Operators look at anybody's job from outside: how it fares, never what is in it; and each look is kept."""

import pytest
from tests.http.site import Site
from tests.http.test_limits import user

from headway.http.inspection import OpsJob

pytestmark = pytest.mark.anyio
SECRET = "zinnia"
"""Stands in the input, the title, the log and the result of the job; in nothing that an operator may see."""


async def test_an_operator_sees_how_anybodys_job_fares_and_not_what_is_in_it(site: Site) -> None:
    async with await user(site) as ann:
        job_id = (await ann.post("/api/jobs/puppet", json={"name": SECRET})).json()["id"]
        strings = site.puppet(SECRET)
        strings.move(40)
        strings.log(f"{SECRET} was read")
        strings.step(21)
        strings.finish(SECRET)
        while not (await ann.get(f"/api/jobs/{job_id}?wait=5")).json()["finished_at"]:
            pass
    answer = await site.client.get(f"/api/ops/jobs/{job_id}")
    seen = OpsJob.model_validate(answer.json())
    assert (seen.owner, seen.job.status, seen.job.kind, seen.queue) == (
        "ann",
        "completed",
        "puppet",
        "default",
    )
    assert {span.what for span in seen.spans} >= {"attempt", "step"}
    assert SECRET not in answer.text
    assert (await site.client.get(f"/api/jobs/{job_id}")).status_code == 404


async def test_an_operator_sees_why_it_failed(site: Site) -> None:
    async with await user(site) as ann:
        job_id = (await ann.post("/api/jobs/puppet", json={"name": "a"})).json()["id"]
        site.puppet("a").fail("It broke at {at}")
        while not (await ann.get(f"/api/jobs/{job_id}?wait=5")).json()["finished_at"]:
            pass
    seen = OpsJob.model_validate((await site.client.get(f"/api/ops/jobs/{job_id}")).json())
    assert seen.job.status == "failed"
    assert seen.error is not None
    assert seen.error.message.startswith("It broke at")


async def test_each_look_is_kept_with_whose_job_it_was(lite: Site) -> None:
    async with await user(lite) as ann:
        job_id = (await ann.post("/api/jobs/puppet", json={"name": "a"})).json()["id"]
        assert (await ann.get(f"/api/ops/jobs/{job_id}")).status_code == 403
    await lite.client.get(f"/api/ops/jobs/{job_id}")
    acts = (await lite.client.get("/api/audit", params={"act": "ops.look"})).json()["acts"]
    assert [(act["actor"], act["subject"], act["detail"]) for act in acts] == [
        ("local", job_id, {"owner": "ann"})
    ]


async def test_a_job_that_is_not_there_is_no_look(lite: Site) -> None:
    for job_id in ("01a2030a-9196-71b4-a4d2-c8b4be93d9c7", "nonsense"):
        assert (await lite.client.get(f"/api/ops/jobs/{job_id}")).status_code == 404
    assert (await lite.client.get("/api/audit", params={"act": "ops"})).json()["acts"] == []
