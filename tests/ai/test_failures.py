"""What refusals mean, where the wait stands, and that no key gets out."""

from datetime import UTC, datetime

import pytest

from headway.ai.failures import clean, refused
from headway.ai.provider import ProviderBusy, provider_for
from headway.core.retry import classify
from headway.support.settings import Settings

KEY = "AIza-secret"
NOON = datetime(2026, 7, 1, 19, 0, tzinfo=UTC)  # in California, in summer


def wait(
    headers: dict[str, str] | None = None, message: str = "", details: list[object] | None = None
) -> float | None:
    body = {"error": {"message": message, "details": details or []}}
    return refused(429, body, KEY, headers=headers, now=NOON).retry_after_s


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "600"}, 600.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": "Wed, 01 Jul 2026 19:00:30 GMT"}, 30.0),
        ({"retry-after": "Wed, 01 Jul 2026 18:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "nan"}, None),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "6m0s"}, 360.0),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "2m59.56s"}, 179.56),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "120ms"}, 0.12),
        ({"x-ratelimit-remaining-requests": "9", "x-ratelimit-reset-requests": "1s"}, None),
        ({}, None),
    ],
)
def test_the_wait_stands_in_a_header(headers: dict[str, str], seconds: float | None) -> None:
    assert wait(headers) == pytest.approx(seconds)


def test_the_wait_stands_in_the_body() -> None:
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "46.5s"}
    assert wait(details=[info]) == 46.5
    assert wait(message="Please retry in 46.1s.") == pytest.approx(46.1)
    assert wait(message="Please retry in 1h2m3s") == pytest.approx(3_723)


@pytest.mark.parametrize("now", [NOON, datetime(2026, 12, 1, 20, 0, tzinfo=UTC)], ids=["summer", "winter"])
def test_a_quota_per_day_comes_back_at_midnight_pacific(now: datetime) -> None:
    failure = {
        "@type": "type.googleapis.com/google.rpc.QuotaFailure",
        "violations": [{"quotaId": "RequestsPerDay"}],
    }
    error = refused(429, [{"error": {"details": [failure]}}], KEY, now=now)
    assert (error.kind, error.retry_after_s) == ("quota", 12 * 3_600)
    assert classify(error).transient


@pytest.mark.parametrize("status", [408, 409, 425, 500, 502, 503, 504, 529])
def test_these_pass(status: int) -> None:
    error = refused(status, "<html>busy</html>", KEY)
    assert (error.kind, str(error)) == ("transient", f"The provider refused with status {status}: busy")
    assert classify(error).transient


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 422])
def test_these_do_not(status: int) -> None:
    error = refused(status, {"error": {"message": "no"}}, KEY)
    assert error.kind == "permanent"
    assert not classify(error).transient


@pytest.mark.parametrize("where", ["code", "type"])
def test_an_empty_purse_is_no_limit(where: str) -> None:
    error = refused(429, {"message": "Pay.", where: "insufficient_quota"}, KEY, headers={"retry-after": "1"})
    assert not isinstance(error, ProviderBusy)
    assert not classify(error).transient


def test_a_server_may_say_itself_whether_to_try_again() -> None:
    assert refused(500, {}, KEY, headers={"x-should-retry": "false"}).kind == "permanent"
    assert refused(400, {}, KEY, headers={"x-should-retry": "true"}).kind == "transient"


def test_what_is_kept_of_a_providers_words_is_one_short_line_without_the_key() -> None:
    kept = clean(f"<p>Bearer abcdef\nis   not {KEY}</p>\x1b[31m?key=abc " + "x" * 1_000, KEY)
    assert KEY not in kept
    assert "abcdef" not in kept
    assert "\n" not in kept
    assert "\x1b" not in kept
    assert len(kept) < 400


def test_a_provider_without_its_key_says_which_setting_is_missing() -> None:
    with pytest.raises(ValueError, match="HEADWAY_AI_KEY"):
        provider_for(Settings(ai="gemini"))
    assert provider_for(Settings(ai="openai", ai_url="http://127.0.0.1:1/v1")).name == "openai"
