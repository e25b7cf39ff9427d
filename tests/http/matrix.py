"""Every route of the shipped application, and who may: the table behind `test_matrix`.

A new route fails the test until it has its row here. A row says whose it is, and how to ask; `{…}` in paths are filled with things
that Ann owns, made for that row alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Who(Enum):
    """Whose a route is."""

    PUBLIC = "anyone, signed in or not"
    MEMBER = "whoever is signed in, each with what is theirs"
    OWNER = "the owner of the thing that is named; it is not there for anyone else"
    OPERATOR = "operators; refused to others"
    VISITOR = "the browser or account that owns the analysis; a browser needs no account"


PUBLIC, MEMBER, OWNER, OPERATOR, VISITOR = Who
FINE = frozenset({200, 201, 202, 204, 303})


@dataclass(frozen=True)
class Rule:
    """`ok`: what the one who may gets. `needs`: things of Ann's by name, one of which the path or body names. `spends`: it ends the
    account or session that asks, so that each asks with one of its own. `page`: a person looks, and is led to sign in."""

    who: Who
    ok: frozenset[int] = FINE
    query: str = ""
    json: Any = None
    form: Mapping[str, str] | None = None
    needs: str = ""
    spends: bool = False
    page: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)


def ok(*statuses: int) -> frozenset[int]:
    return frozenset(statuses)


ESSAY = {
    "task_type": "task_2",
    "prompt": "Some people think that cities should have no cars. Do you agree?",
    "essay": "Many people believes that cars should leave our cities. I agree, because the air would be cleaner.",
}
REVIEWS = {"product": {"title": "Kettle"}, "reviews": [{"text": "It boils water quickly.", "rating": 5}]}
EXAM = {"exam_code": "{exam_code}", "answers": {"{question}": "yes"}}
NEW_PASSWORD = {"current": "{password}", "password": "a new pass phrase"}
JOB, NOVEL, EXAM_JOB, ANALYSIS = "job_id", "novel_id", "exam_job_id", "session_id"
LATE = ok(409)  # the job of the table has not ended: there is no worker

_page = Rule(MEMBER, page=True)
_job = Rule(OWNER, needs=JOB)

ROUTES: dict[tuple[str, str], Rule] = {
    # jobs, any kind
    ("POST", "/api/jobs/{kind}"): Rule(MEMBER, json=ESSAY),
    ("GET", "/api/jobs"): Rule(MEMBER),
    ("GET", "/api/jobs/{job_id}"): _job,
    ("DELETE", "/api/jobs/{job_id}"): Rule(OWNER, LATE, needs=JOB),
    ("POST", "/api/jobs/{job_id}/cancel"): _job,
    ("POST", "/api/jobs/{job_id}/retry"): Rule(OWNER, LATE, needs=JOB),
    ("GET", "/api/jobs/{job_id}/events"): _job,
    ("WS", "/api/jobs/{job_id}/ws"): _job,
    ("GET", "/api/jobs/{job_id}/result"): Rule(OWNER, LATE, needs=JOB),
    ("GET", "/api/jobs/{job_id}/input"): _job,
    ("GET", "/api/jobs/{job_id}/chunks"): _job,
    ("GET", "/api/jobs/{job_id}/calls"): _job,
    ("GET", "/api/jobs/{job_id}/attempts"): _job,
    ("GET", "/api/jobs/{job_id}/steps"): _job,
    ("GET", "/api/jobs/{job_id}/log"): _job,
    ("GET", "/api/jobs/{job_id}/timeline"): _job,
    ("GET", "/api/jobs/{job_id}/export"): Rule(OWNER, LATE, query="format=md", needs=JOB),
    ("POST", "/api/jobs/{job_id}/share"): _job,
    ("DELETE", "/api/jobs/{job_id}/share"): _job,
    ("GET", "/api/watch/{token}"): Rule(PUBLIC, needs="token"),
    ("GET", "/api/watch/{token}/events"): Rule(PUBLIC, needs="token"),
    ("GET", "/api/watch/{token}/result"): Rule(PUBLIC, LATE, needs="token"),
    ("OPTIONS", "/api/watch/{token}"): Rule(PUBLIC),
    ("OPTIONS", "/api/watch/{token}/events"): Rule(PUBLIC),
    ("OPTIONS", "/api/watch/{token}/result"): Rule(PUBLIC),
    # the applications
    ("POST", "/api/submission-save"): Rule(MEMBER, json=ESSAY),
    ("GET", "/api/essay-status"): Rule(OWNER, query="id={job_id}", needs=JOB),
    ("POST", "/evaluate"): Rule(PUBLIC, ok(422)),  # from this machine; elsewhere test_essay asks
    ("GET", "/api/exams"): Rule(MEMBER),
    ("GET", "/api/exams/{code}"): Rule(MEMBER),
    ("POST", "/api/exams/{code}/enrolments"): Rule(MEMBER, json=[EXAM]),
    ("GET", "/api/exams/{code}/enrolments"): Rule(MEMBER),
    ("GET", "/api/enrolments"): Rule(MEMBER),
    ("POST", "/api/enrolments"): Rule(MEMBER, json=[EXAM]),
    ("GET", "/api/enrolments/{exam_code}"): Rule(OWNER, needs="exam_code"),
    ("DELETE", "/api/enrolments/{exam_code}"): Rule(OWNER, needs="exam_code"),
    ("GET", "/api/enrolments/{exam_code}/answers/{question}"): Rule(OWNER, needs="exam_code"),
    ("PUT", "/api/enrolments/{exam_code}/answers/{question}"): Rule(MEMBER, json={"given": "no"}),
    ("POST", "/api/exam-results/process"): Rule(MEMBER, json=EXAM),
    ("GET", "/api/exam-results/status/{job_id}"): Rule(OWNER, needs=EXAM_JOB),
    ("POST", "/api/v1/credits/reserve"): Rule(MEMBER, json={"estimated_tokens": 10}),
    ("POST", "/api/v1/process-pdf-async"): Rule(MEMBER, extra={"files": "pdf"}),
    ("POST", "/api/v1/process-pdf"): Rule(MEMBER, ok(415)),
    ("GET", "/api/v1/jobs/{job_id}"): Rule(OWNER, needs=NOVEL),
    ("POST", "/api/v1/jobs/{job_id}/cancel"): Rule(OWNER, needs=NOVEL),
    ("GET", "/api/jobs/{job_id}/sentences"): Rule(OWNER, needs=NOVEL),
    ("PATCH", "/api/jobs/{job_id}/sentences/{n}"): Rule(OWNER, LATE, json={"normalized": "x"}, needs=NOVEL),
    ("POST", "/api/analysis/start"): Rule(VISITOR, json=REVIEWS),
    ("GET", "/api/analysis/progress/{session_id}"): Rule(VISITOR, needs=ANALYSIS),
    # credits
    ("GET", "/api/credits"): Rule(MEMBER),
    ("GET", "/api/credits/ledger"): Rule(MEMBER),
    ("POST", "/api/credits/grant"): Rule(OPERATOR, ok(422)),
    ("POST", "/api/credits/refund"): Rule(OPERATOR, ok(422)),
    ("POST", "/api/quotes/{kind}"): Rule(MEMBER, json=ESSAY),
    # signing in
    ("POST", "/sign-in"): Rule(PUBLIC, form={"token": "x"}),
    ("POST", "/sign-out"): Rule(MEMBER, spends=True),
    ("POST", "/api/auth/register"): Rule(PUBLIC, ok(403), json={}),  # closed here
    ("POST", "/api/auth/token"): Rule(PUBLIC, ok(422), json={}),
    ("POST", "/api/auth/refresh"): Rule(PUBLIC, ok(422), json={}),
    ("POST", "/api/auth/sign-out"): Rule(MEMBER, spends=True),
    ("POST", "/api/auth/forgot"): Rule(PUBLIC, json={"email": "nobody@example.org"}),
    ("POST", "/api/auth/reset"): Rule(PUBLIC, ok(410), json={"key": "x", "password": "a new pass phrase"}),
    ("GET", "/auth/google"): Rule(PUBLIC, ok(404)),
    ("GET", "/auth/google/callback"): Rule(PUBLIC, ok(404)),
    # one's own account
    ("GET", "/api/account"): Rule(MEMBER),
    ("PATCH", "/api/account"): Rule(MEMBER, json={"name": "A name"}),
    ("DELETE", "/api/account"): Rule(MEMBER, json={"password": "{password}"}, spends=True),
    ("POST", "/api/account/password"): Rule(MEMBER, json=NEW_PASSWORD, spends=True),
    ("GET", "/api/account/tokens"): Rule(MEMBER),
    ("POST", "/api/account/tokens"): Rule(MEMBER, json={"name": "x"}),
    ("DELETE", "/api/account/tokens/{token_id}"): Rule(OWNER, needs="token_id"),
    ("GET", "/api/account/sessions"): Rule(MEMBER),
    ("DELETE", "/api/account/sessions"): Rule(MEMBER, spends=True),
    ("DELETE", "/api/account/sessions/{session_id}"): Rule(OWNER, needs="open_session_id"),
    ("GET", "/api/account/export"): Rule(MEMBER),
    # webhooks
    ("POST", "/api/hooks"): Rule(MEMBER, ok(422), json={}),
    ("GET", "/api/hooks"): Rule(MEMBER),
    ("DELETE", "/api/hooks/{hook_id}"): Rule(OWNER, needs="hook_id"),
    ("POST", "/api/hooks/{hook_id}/rotate"): Rule(OWNER, needs="hook_id"),
    ("POST", "/api/hooks/{hook_id}/enable"): Rule(OWNER, needs="hook_id"),
    ("POST", "/api/hooks/{hook_id}/test"): Rule(OWNER, needs="hook_id"),
    ("POST", "/api/hooks/{hook_id}/replay"): Rule(OWNER, needs="hook_id"),
    ("GET", "/api/hooks/{hook_id}/deliveries"): Rule(OWNER, needs="hook_id"),
    # operators
    ("GET", "/api/accounts"): Rule(OPERATOR),
    ("PATCH", "/api/accounts/{account_id}"): Rule(OPERATOR, json={}, needs="account_id"),
    ("GET", "/api/invitations"): Rule(OPERATOR),
    ("POST", "/api/invitations"): Rule(OPERATOR, json={}),
    ("DELETE", "/api/invitations/{invitation_id}"): Rule(OPERATOR, needs="invitation_id"),
    ("GET", "/api/audit"): Rule(OPERATOR),
    ("GET", "/api/ops/overview"): Rule(OPERATOR),
    ("GET", "/api/ops/queues"): Rule(OPERATOR),
    ("GET", "/api/ops/workers"): Rule(OPERATOR),
    ("GET", "/api/ops/providers"): Rule(OPERATOR),
    ("GET", "/api/ops/failures"): Rule(OPERATOR),
    ("GET", "/api/ops/jobs/{job_id}"): Rule(OPERATOR, needs=JOB),
    # machines
    ("GET", "/healthz"): Rule(PUBLIC),
    ("GET", "/readyz"): Rule(PUBLIC, ok(503)),  # no worker
    ("GET", "/metrics"): Rule(PUBLIC),
    ("GET", "/api/figures"): Rule(PUBLIC),
    ("GET", "/api/docs"): Rule(PUBLIC),
    ("GET", "/api/openapi.json"): Rule(PUBLIC),
    ("MOUNT", "/api/docs/static"): Rule(PUBLIC, ok(404)),
    ("MOUNT", "/static"): Rule(PUBLIC, ok(404)),
    # pages
    ("GET", "/"): Rule(PUBLIC, page=True),
    ("GET", "/sign-in"): Rule(PUBLIC, page=True),
    ("GET", "/register"): Rule(PUBLIC, page=True),
    ("POST", "/register"): Rule(PUBLIC, ok(403), form={}),  # closed here
    ("GET", "/forgot"): Rule(PUBLIC, page=True),
    ("POST", "/forgot"): Rule(PUBLIC, form={"email": "nobody@example.org"}),
    ("GET", "/reset"): Rule(PUBLIC, page=True),
    ("POST", "/reset"): Rule(PUBLIC, ok(410), form={"key": "x"}),
    ("GET", "/watch/{token}"): Rule(PUBLIC, page=True, needs="token"),
    ("GET", "/jobs"): _page,
    ("GET", "/jobs/{job_id}"): Rule(MEMBER, page=True, needs=JOB),  # an empty page: its data are the API's
    ("GET", "/ops"): Rule(OPERATOR, page=True),
    ("GET", "/ops/jobs/{job_id}"): Rule(OPERATOR, page=True, needs=JOB),
    ("GET", "/essay"): _page,
    ("POST", "/essay"): Rule(MEMBER, form=ESSAY),
    ("GET", "/exam"): _page,
    ("POST", "/exam"): Rule(MEMBER, ok(422, 303), form={}),
    ("GET", "/novel"): _page,
    ("POST", "/novel"): Rule(MEMBER, ok(422), form={}),
    ("GET", "/product"): Rule(VISITOR, page=True),
    ("POST", "/product"): Rule(VISITOR, ok(422), form={}),
    ("GET", "/credits"): _page,
    ("POST", "/credits/grant"): Rule(OPERATOR, ok(303, 422), form={}),
    ("POST", "/credits/refund"): Rule(OPERATOR, ok(303, 422), form={}),
    ("GET", "/account"): _page,
    ("POST", "/account/name"): Rule(MEMBER, form={"name": "A name"}),
    ("POST", "/account/password"): Rule(MEMBER, form=NEW_PASSWORD, spends=True),
    ("POST", "/account/tokens"): Rule(MEMBER, form={"token_name": "x"}),
    ("POST", "/account/tokens/{token_id}/revoke"): Rule(OWNER, form={}, needs="token_id"),
    ("POST", "/account/sessions/{session_id}/end"): Rule(OWNER, form={}, needs="open_session_id"),
    ("POST", "/account/sign-out-everywhere"): Rule(MEMBER, form={}, spends=True),
    ("POST", "/account/erase"): Rule(MEMBER, form={"farewell": "{password}", "sure": "yes"}, spends=True),
    ("GET", "/account/hooks"): _page,
    ("POST", "/account/hooks"): Rule(MEMBER, ok(422), form={}),
    ("POST", "/account/hooks/{hook_id}/delete"): Rule(OWNER, form={}, needs="hook_id"),
    ("POST", "/account/hooks/{hook_id}/enable"): Rule(OWNER, form={}, needs="hook_id"),
    ("POST", "/account/hooks/{hook_id}/replay"): Rule(OWNER, form={}, needs="hook_id"),
    ("POST", "/account/hooks/{hook_id}/rotate"): Rule(OWNER, form={}, needs="hook_id"),
    ("POST", "/account/hooks/{hook_id}/test"): Rule(OWNER, form={}, needs="hook_id"),
}
