"""Errors and headers that belong to no route in particular."""

from typing import Annotated, Any

import pytest
import structlog
from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, Field, ValidationError
from tests.http.site import Site
from tests.http.test_sign_in import HTML
from tests.http.test_submission import fields, problem

from headway.engine.kinds import field_errors
from headway.http.complaints import complaints
from headway.support.i18n import LANGUAGES

pytestmark = pytest.mark.anyio


async def test_an_unknown_address_is_a_problem(lite: Site) -> None:
    problem(await lite.client.get("/api/nothing"), 404, "not-found")
    problem(await lite.client.get("/nothing/at/all"), 404, "not-found")


async def test_a_wrong_method_is_a_problem_and_names_the_right_ones(lite: Site) -> None:
    answer = await lite.client.put("/api/jobs/x")
    problem(answer, 405, "method-not-allowed")
    assert answer.headers.get_list("allow") == ["GET, HEAD, POST, DELETE"]
    answer = await lite.client.post("/static/headway.js")
    problem(answer, 405, "method-not-allowed")
    assert answer.headers.get_list("allow") == ["GET, HEAD"]


@pytest.mark.parametrize("name", ["%00", "apps/essay/%00.js", "x" * 300 + ".js"])
async def test_a_name_that_no_file_can_have_is_not_there(lite: Site, name: str) -> None:
    problem(await lite.client.get(f"/static/{name}"), 404, "not-found")


async def test_an_address_with_a_nul_is_nowhere(site: Site) -> None:
    for method, path in (
        ("GET", "/api/jobs/%00"),
        ("DELETE", "/api/account/tokens/%00"),
        ("POST", "/api/jobs/%00"),
    ):
        problem(await site.client.request(method, path), 404, "not-found")
    for query in ("jobs?kind", "jobs?q", "audit?actor", "accounts?cursor"):
        answer = await site.client.get(f"/api/{query}=a%00b")
        assert fields(problem(answer, 422, "invalid-input")) == [query.partition("?")[2]]


@pytest.mark.parametrize(
    "path", ["/", "/api/jobs", "/api/openapi.json", "/healthz", "/static/headway.js", "/nothing"]
)
async def test_head_is_get_without_a_body(lite: Site, path: str) -> None:
    got, head = await lite.client.get(path), await lite.client.head(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    same = ("content-type", "content-length", "etag", "vary")
    assert [head.headers.get(name) for name in same] == [got.headers.get(name) for name in same]


async def test_head_of_what_is_only_posted_is_refused(lite: Site) -> None:
    answer = await lite.client.head("/api/jobs/x/cancel")
    assert (answer.status_code, answer.headers.get_list("allow")) == (405, ["POST"])


async def test_a_person_gets_a_page_where_a_program_gets_a_problem(lite: Site) -> None:
    page = await lite.client.get("/nothing", headers=HTML)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "<html" in page.text
    problem(await lite.client.get("/api/nothing", headers=HTML), 404, "not-found")


async def test_an_unexpected_error_tells_nothing_but_where_to_look(lite: Site) -> None:
    router = APIRouter()

    @router.get("/api/broken")
    async def broken() -> None:
        raise RuntimeError("the secret plan")

    lite.web.api.include_router(router)
    with structlog.testing.capture_logs() as lines:
        answer = await lite.client.get("/api/broken")
    body = problem(answer, 500, "internal")
    assert body["request_id"] == answer.headers["x-request-id"]
    assert "secret" not in answer.text
    (line,) = [line for line in lines if line["event"] == "request failed"]
    assert line["request_id"] == body["request_id"]
    assert line["exc_info"]
    assert (await lite.client.get("/healthz")).status_code == 200


async def test_every_answer_carries_the_security_headers(lite: Site) -> None:
    for path in ("/", "/api/jobs", "/api/nothing", "/healthz", "/static/headway.js", "/api/jobs/x/events"):
        headers = (await lite.client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'self'")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "strict-transport-security" not in headers


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_errors_are_told_in_the_readers_language(lite: Site, lang: str) -> None:
    from headway.support.i18n import gettext

    answer = await lite.client.get("/api/jobs/x", headers={"Accept-Language": lang})
    assert answer.json()["title"] == gettext(lang, "There is no such job")
    by_query = await lite.client.get(f"/api/jobs/x?lang={lang}", headers={"Accept-Language": "fr"})
    assert by_query.headers["content-language"] == lang
    by_cookie = await lite.client.get("/api/jobs/x", headers={"Cookie": f"lang={lang}"})
    assert by_cookie.headers["content-language"] == lang


async def test_complaints_name_places_as_dotted_paths() -> None:
    errors: list[dict[str, Any]] = [
        {"type": "missing", "loc": ("body", "reviews", 3, "rating"), "msg": "x"},
        {"type": "greater_than_equal", "loc": ("query", "limit"), "msg": "x", "ctx": {"ge": 1}},
        {"type": "own_rule", "loc": ("essay",), "msg": "Value error, too {strange}"},
    ]
    assert complaints(errors, "en") == [
        ("reviews.3.rating", "This field is required"),
        ("limit", "Must be at least 1"),
        ("essay", "too {strange}"),
    ]


async def test_complaints_name_places_in_the_value_and_no_branches_of_a_union() -> None:
    class Answer(BaseModel):
        given: str | Annotated[list[Annotated[str, AfterValidator(str.upper)]], Field(max_length=5)]

    class Sheet(BaseModel):
        answers: list[Answer]

    value = {"answers": [{"given": {"a": 1}}, {"given": ["a", 3]}, {}]}
    with pytest.raises(ValidationError) as wrong:
        Sheet.model_validate(value)
    assert complaints(wrong.value.errors(), "en", value) == [
        ("answers.0.given", "Must be text"),
        ("answers.1.given", "Must be text"),
        ("answers.1.given.1", "Must be text"),
        ("answers.2.given", "This field is required"),
    ]
    assert [each.field for each in field_errors(wrong.value, value)] == [
        "answers.0.given", "answers.1.given", "answers.1.given.1", "answers.2.given",
    ]  # fmt: skip
