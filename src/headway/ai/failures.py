"""What a provider's refusal means: one of the kinds of `provider.ProviderError`, with the wait that it asks
for.

Called by the providers. Sources: RFC 9110 section 10.2.3 (Retry-After), Google's `google.rpc.RetryInfo` and
`QuotaFailure`, OpenAI's `retry-after-ms`, `x-should-retry` and `x-ratelimit-*`. Invariant: no text that
leaves here holds the key.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from headway.ai.provider import ProviderBusy, ProviderError, Usage
from headway.support.i18n import N_
from headway.support.safe import hide_secrets, neutral

_PASSING = frozenset({408, 409, 425})
_SAID_LENGTH = 300
_GO_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
_UNIT_S = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_SPOKEN_WAIT = re.compile(r"retry in (\d[\d.]*(?:ms|[hms])(?:\d[\d.]*(?:ms|[hms]))*)", re.IGNORECASE)
_TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)


def refused(
    status: int,
    body: object,
    key: str,
    *,
    headers: Mapping[str, str] | None = None,
    now: datetime | None = None,
) -> ProviderError:
    """The error that an HTTP status (of the reply, or inside it) and its body amount to. `body` is parsed
    JSON, or text."""
    now = now or datetime.now(UTC)
    headers = headers or {}
    fault = _fault(body)
    said = clean(str(fault.get("message") or "") or (body if isinstance(body, str) else ""), key)
    detail = N_("The provider refused with status {status}: {said}")
    if _empty_purse(fault):
        return ProviderError("permanent", detail, status=status, said=said)
    if status == 429 and _per_day(fault):
        wait = _until_midnight_pacific(now)
        return ProviderBusy("quota", N_("The provider's quota for today is used up"), wait)
    wait_s = _asked_wait(fault, headers, now)
    should = headers.get("x-should-retry")
    if status == 429 and should != "false":
        return ProviderBusy("rate-limited", detail, wait_s, status=status, said=said)
    if should == "true" or (should != "false" and (status in _PASSING or status >= 500)):
        return ProviderBusy("transient", detail, wait_s, status=status, said=said)
    return ProviderError("permanent", detail, status=status, said=said)


def unreadable(said: str, key: str) -> ProviderBusy:
    """A reply that is not of the protocol: a proxy's page, a broken body."""
    return ProviderBusy("transient", N_("The provider's reply cannot be read: {said}"), said=clean(said, key))


def no_text(reason: str, usage: Usage) -> ProviderError:
    """A success without a text: `reason` as the provider names it, "" where it gives none (that may pass)."""
    detail = N_("The provider gave no text: {reason}")
    if reason in ("", "STOP", "OTHER", "stop", "UNEXPECTED_TOOL_CALL", "MALFORMED_FUNCTION_CALL"):
        return ProviderBusy("transient", detail, usage=usage, reason=reason or "no reason given")
    return ProviderError("permanent", detail, usage=usage, reason=reason)


def cut_short(usage: Usage) -> ProviderError:
    """An answer that reached its limit of tokens: asked again it would again."""
    return ProviderError("permanent", N_("The answer was cut off at its limit of tokens"), usage=usage)


def clean(text: str, key: str) -> str:
    """A provider's words as they may be kept: no key, no tags, one line, bounded."""
    if key:
        text = text.replace(key, "[hidden]")
    plain = " ".join(hide_secrets(_TAGS.sub(" ", text)).split())
    return neutral(plain if len(plain) <= _SAID_LENGTH else plain[:_SAID_LENGTH] + "…")


def _fault(body: object) -> dict[str, Any]:
    """The error object of a body, however it is wrapped."""
    if isinstance(body, list) and body:
        body = body[0]
    if isinstance(body, dict) and isinstance(body.get("error"), dict | str):
        body = body["error"]
    if isinstance(body, str):
        return {"message": body}
    return body if isinstance(body, dict) else {}


def _empty_purse(fault: dict[str, Any]) -> bool:
    return "insufficient_quota" in (fault.get("code"), fault.get("type"))


def _details(fault: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    details = fault.get("details")
    return [
        each
        for each in (details if isinstance(details, list) else [])
        if isinstance(each, dict) and str(each.get("@type", "")).endswith(f".{kind}")
    ]


def _per_day(fault: dict[str, Any]) -> bool:
    """Whether a quota per day is used up; its RetryInfo then says a misleadingly short wait."""
    return any(
        "PerDay" in str(violation.get("quotaId", ""))
        for failure in _details(fault, "QuotaFailure")
        for violation in failure.get("violations", [])
        if isinstance(violation, dict)
    )


def _until_midnight_pacific(now: datetime) -> float:
    """Seconds to the next midnight where Google's days begin. Without a time zone database: standard time all
    year, which is never too early."""
    try:
        pacific: ZoneInfo | timezone = ZoneInfo("America/Los_Angeles")
    except ZoneInfoNotFoundError:
        pacific = timezone(timedelta(hours=-8))
    here = now.astimezone(pacific)
    midnight = datetime(here.year, here.month, here.day, tzinfo=pacific) + timedelta(days=1)
    return (midnight.astimezone(UTC) - now.astimezone(UTC)).total_seconds()


def _asked_wait(fault: dict[str, Any], headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that the provider asks to wait; None where it says nothing that can be understood."""
    for info in _details(fault, "RetryInfo"):
        if (told := _duration(str(info.get("retryDelay", "")))) is not None:
            return told
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return milliseconds / 1000
    if (header := headers.get("retry-after")) is not None:
        if (seconds := _number(header)) is not None:
            return seconds
        try:
            return max(0.0, (parsedate_to_datetime(header).astimezone(UTC) - now).total_seconds())
        except ValueError:  # neither a number nor a date
            pass
    for what in ("requests", "tokens"):
        told = _duration(headers.get(f"x-ratelimit-reset-{what}", ""))
        if told is not None and headers.get(f"x-ratelimit-remaining-{what}") == "0":
            return told
    spoken = _SPOKEN_WAIT.search(str(fault.get("message", "")))
    return _duration(spoken[1]) if spoken else None


def _duration(text: str) -> float | None:
    """`46s`, `2m59.56s`, `120ms` in seconds."""
    if not text or _GO_DURATION.sub("", text):
        return None
    return sum(float(number) * _UNIT_S[unit] for number, unit in _GO_DURATION.findall(text))


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if 0 <= number < 1e9 else None
