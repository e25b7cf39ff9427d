"""Health, readiness, metrics, and documentation that is true and needs no network."""

import asyncio
import re
import time
from typing import Any

import pytest
from tests.http.site import WITHIN_S, Site, Start

from headway.http.models import Readiness
from headway.server.application import WebApp

pytestmark = pytest.mark.anyio


async def ready(site: Site) -> tuple[int, dict[str, bool]]:
    answer = await site.client.get("/readyz")
    body = Readiness.model_validate(answer.json())
    assert (body.status == "ready") == (answer.status_code == 200) == all(body.checks.values())
    return answer.status_code, body.checks


async def test_a_process_that_answers_is_alive(lite: Site) -> None:
    answer = await lite.client.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


async def test_ready_means_database_schema_and_a_worker(site: Site) -> None:
    async with asyncio.timeout(WITHIN_S):
        while (await ready(site))[0] != 200:  # noqa: ASYNC110 - only the endpoint knows
            await asyncio.sleep(0.02)  # the worker writes its row after it has started


async def test_without_a_worker_it_is_not_ready(start: Start) -> None:
    site = await start(worker=False)
    assert await ready(site) == (503, {"database": True, "migrated": True, "worker": False})


async def test_metrics_count_requests_and_jobs_by_template(site: Site) -> None:
    await site.completed()
    assert (await site.client.request("PURGE", "/api/jobs")).status_code == 405
    text = (await site.client.get("/metrics")).text
    assert 'headway_jobs{kind="puppet",status="completed"} 1.0' in text
    assert re.search(
        r'headway_http_requests_total\{method="POST",route="/api/jobs/\{kind\}",status="202"\} 1', text
    )
    assert "PURGE" not in text  # whoever makes up methods makes no series
    assert 'method="other"' in text
    assert "headway_workers " in text
    assert "headway_watchers 0.0" in text


async def test_the_documentation_asks_no_other_server(lite: Site) -> None:
    answer = await lite.client.get("/api/docs")
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", answer.text)
    for asset in re.findall(r"""(?:src|href)=["'](/[^"']+)""", answer.text):
        assert (await lite.client.get(asset)).status_code == 200
    assert "'sha256-" in answer.headers["content-security-policy"]


async def test_openapi_names_every_route_with_its_problems(lite: Site) -> None:
    document: dict[str, Any] = (await lite.client.get("/api/openapi.json")).json()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], path
            if path.startswith("/api/"):
                assert "401" in operation["responses"], (method, path)
            for status, answer in operation["responses"].items():
                if int(status) >= 400 and (path, status) != ("/readyz", "503"):
                    assert "application/problem+json" in answer["content"], (method, path, status)


async def test_the_contracts_routes_are_there(lite: Site) -> None:
    paths = set((await lite.client.get("/api/openapi.json")).json()["paths"])
    one = "/api/jobs/{job_id}"
    expected = {
        "/api/jobs",
        "/api/jobs/{kind}",
        one,
        *(f"{one}/{part}" for part in ("events", "result", "chunks", "calls", "attempts", "log", "export")),
        *(f"{one}/{verb}" for verb in ("cancel", "retry", "share")),
        "/api/watch/{token}",
        "/api/watch/{token}/events",
        "/api/quotes/{kind}",
        "/api/credits",
        "/api/credits/ledger",
        "/api/auth/register",
        "/healthz",
        "/readyz",
        "/metrics",
    }
    assert expected <= paths


async def test_references_of_the_document_lead_somewhere(lite: Site) -> None:
    text = (await lite.client.get("/api/openapi.json")).text
    document: dict[str, Any] = (await lite.client.get("/api/openapi.json")).json()
    for name in set(re.findall(r'"#/components/schemas/([^"]+)"', text)):
        assert name in document["components"]["schemas"]


async def test_an_application_is_built_quickly_and_opens_nothing(lite: Site) -> None:
    began = time.process_time()
    web = WebApp(lite.headway)
    assert time.process_time() - began < 2
    assert web.services.hub.watchers == 0
