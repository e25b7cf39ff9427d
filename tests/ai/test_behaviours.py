"""What each behaviour of a provider comes to, in both protocols, streamed and not; and that it takes exactly
one request."""

import asyncio

import pytest
from tests.ai.conftest import KEY, Play, provider

from headway.ai.provider import InDoubt, OptionRefused, ProviderBusy, ProviderError, Request
from headway.testing.upstream import Behaviour, Rule

pytestmark = pytest.mark.anyio

SCHEMA = {
    "type": "object",
    "properties": {"mot": {"type": "string"}},
    "required": ["mot"],
    "additionalProperties": False,
}
QUESTION = Request("Où l'été est-il né ? 日本 😀", "Be brief.", SCHEMA, max_output_tokens=100)
ANSWER = '{"mot": "Où l\'été est-il né ? 日本 😀"}'
WAYS = [(protocol, stream) for protocol in ("gemini", "openai") for stream in (False, True)]

ANSWERED = ["ok", "slow", "split", "line_ends", "no_usage", "partial_usage", "thinking", "fenced", "prose"]
PASSING = [
    "empty",
    "internal",
    "unavailable",
    "deadline",
    "html",
    "html_ok",
    "listed_error",
    "error_in_success",
    "error_after_start",
]
FOR_GOOD = [
    "max_tokens",
    "cut_short",
    "safety",
    "prompt_blocked",
    "insufficient_quota",
    "bad_request",
    "bad_key",
    "forbidden",
    "not_found",
]
DOUBTFUL = ["cut_before", "cut", "stopped"]
LIMITED = ["rate_limited", "rate_limited_ms", "rate_limited_date", "rate_limited_bare", "quota_per_day"]
REFUSING = ["refuses_schema", "refuses_temperature", "refuses_limit"]
TALKING = ["wrong_json", "not_json"]


def test_every_behaviour_is_tried_here() -> None:
    assert {*ANSWERED, *PASSING, *FOR_GOOD, *DOUBTFUL, *LIMITED, *REFUSING, *TALKING} == set(Behaviour)


async def met(play: Play, protocol: str, stream: bool, do: str, **more: float) -> ProviderError:
    """The error that one request ends with."""
    upstream = await play(Rule(Behaviour(do), **more))
    asked = provider(upstream, protocol, stream=stream)
    with pytest.raises(ProviderError) as caught:
        await asked.generate(QUESTION)
    await asked.close()
    assert [entry.did for entry in await upstream.until(1)] == [do]
    assert KEY not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(("protocol", "stream"), WAYS)
@pytest.mark.parametrize("do", ANSWERED)
async def test_an_honest_answer_is_read_whatever_its_shape(
    play: Play, protocol: str, stream: bool, do: str
) -> None:
    upstream = await play(Rule(Behaviour(do), delay_s=0.05))
    asked = provider(upstream, protocol, stream=stream)
    answer = await asked.generate(QUESTION)
    await asked.close()
    assert answer.text == ANSWER
    given, made = answer.usage.input_tokens, answer.usage.output_tokens
    if do == "no_usage":
        assert (given, made) == (None, None)
    elif do != "partial_usage":
        assert given == 9  # the last frame's count, not the first's
        assert made is not None
        assert (made > 30) == (do == "thinking")
    [entry] = await upstream.until(1)
    assert (entry.did, entry.stream, entry.protocol, entry.key) == (do, stream, protocol, True)


@pytest.mark.parametrize(("protocol", "stream"), WAYS)
@pytest.mark.parametrize("do", PASSING)
async def test_trouble_may_pass(play: Play, protocol: str, stream: bool, do: str) -> None:
    error = await met(play, protocol, stream, do)
    assert isinstance(error, ProviderBusy)
    assert error.kind == "transient"


@pytest.mark.parametrize(("protocol", "stream"), WAYS)
@pytest.mark.parametrize("do", FOR_GOOD)
async def test_what_asking_again_cannot_cure_is_permanent(
    play: Play, protocol: str, stream: bool, do: str
) -> None:
    error = await met(play, protocol, stream, do)
    assert not isinstance(error, ProviderBusy)
    assert error.kind == "permanent"
    if do in ("max_tokens", "cut_short"):
        assert error.usage.output_tokens  # it was paid for all the same


@pytest.mark.parametrize(("protocol", "stream"), WAYS)
@pytest.mark.parametrize("do", DOUBTFUL)
async def test_a_broken_connection_leaves_the_call_in_doubt(
    play: Play, protocol: str, stream: bool, do: str
) -> None:
    assert isinstance(await met(play, protocol, stream, do), InDoubt)


@pytest.mark.parametrize(("protocol", "stream"), WAYS)
@pytest.mark.parametrize("do", ["rate_limited", "rate_limited_ms", "rate_limited_date"])
@pytest.mark.parametrize("wait_s", [7.5, 300.0])
async def test_a_limit_says_how_long_to_wait(
    play: Play, protocol: str, stream: bool, do: str, wait_s: float
) -> None:
    error = await met(play, protocol, stream, do, wait_s=wait_s)
    assert isinstance(error, ProviderBusy)
    assert error.kind == "rate-limited"
    assert error.retry_after_s is not None
    if do == "rate_limited_date" and protocol == "openai":  # a date has whole seconds
        assert wait_s - 1 < error.retry_after_s <= wait_s + 1
    else:
        assert error.retry_after_s == wait_s


@pytest.mark.parametrize(("protocol", "stream"), WAYS)
async def test_a_limit_may_not_say_how_long(play: Play, protocol: str, stream: bool) -> None:
    error = await met(play, protocol, stream, "rate_limited_bare")
    assert (error.kind, error.retry_after_s) == ("rate-limited", None)


@pytest.mark.parametrize("stream", [False, True])
async def test_a_quota_per_day_waits_for_its_reset_not_for_the_told_time(play: Play, stream: bool) -> None:
    error = await met(play, "gemini", stream, "quota_per_day", wait_s=0.001)
    assert error.kind == "quota"
    assert error.retry_after_s is not None
    assert error.retry_after_s > 0.001


@pytest.mark.parametrize(("protocol", "stream"), WAYS)
@pytest.mark.parametrize("do", REFUSING)
async def test_a_refused_option_is_left_out_from_then_on(
    play: Play, protocol: str, stream: bool, do: str
) -> None:
    requests = {
        "refuses_schema": 3 if protocol == "openai" else 2,
        "refuses_temperature": 2,
        "refuses_limit": 2,
    }[do]
    if (protocol, do) == ("gemini", "refuses_limit"):  # which has one name for it everywhere
        requests = 1
    upstream = await play(Rule(Behaviour(do)), answer=lambda question: f"{ANSWER} ({len(question.prompt)})")
    asked = provider(upstream, protocol, stream=stream)
    for _ in range(
        requests - 1
    ):  # OpenAI's next step down from a schema is any JSON, which this server refuses too
        with pytest.raises(OptionRefused):
            await asked.generate(QUESTION)
    assert (await asked.generate(QUESTION)).text == ANSWER
    await asked.close()
    assert len(await upstream.until(requests)) == requests


@pytest.mark.parametrize(("protocol", "stream"), WAYS)
async def test_a_timeout_is_one_request_in_doubt(play: Play, protocol: str, stream: bool) -> None:
    upstream = await play(Rule(Behaviour.SLOW, delay_s=30))
    asked = provider(upstream, protocol, stream=stream, timeout_s=0.3)
    in_doubt = False
    while not in_doubt:  # a busy machine may not even connect in that time
        with pytest.raises(ProviderBusy) as caught:
            await asked.generate(QUESTION)
        in_doubt = isinstance(caught.value, InDoubt)
    await asked.close()
    async with asyncio.timeout(30):
        await upstream.until_received(1)
    assert upstream.received == 1


@pytest.mark.parametrize("protocol", ["gemini", "openai"])
async def test_who_cannot_be_reached_was_not_asked(play: Play, protocol: str) -> None:
    upstream = await play()
    await upstream.stop()
    asked = provider(upstream, protocol)
    with pytest.raises(ProviderBusy) as caught:
        await asked.generate(QUESTION)
    await asked.close()
    assert caught.value.kind == "transient"


@pytest.mark.parametrize("protocol", ["gemini", "openai"])
async def test_who_does_not_let_us_in_in_time_was_not_asked(protocol: str) -> None:
    from headway.ai.gemini import Gemini
    from headway.ai.openai import OpenAI

    async def stay_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)  # a handshake that is never answered
        await reader.read()
        writer.close()

    async with await asyncio.start_server(stay_silent, "127.0.0.1", 0) as deaf:
        url = f"https://127.0.0.1:{deaf.sockets[0].getsockname()[1]}"
        asked = {"gemini": Gemini, "openai": OpenAI}[protocol](key=KEY, url=url, timeout_s=0.2)
        with pytest.raises(ProviderBusy) as caught:
            await asked.generate(QUESTION)
        await asked.close()
    assert caught.value.kind == "transient"


@pytest.mark.parametrize(("protocol", "stream"), WAYS)
@pytest.mark.parametrize("do", TALKING)
async def test_an_answer_in_the_wrong_form_is_an_answer(
    play: Play, protocol: str, stream: bool, do: str
) -> None:
    asked = provider(await play(Rule(Behaviour(do))), protocol, stream=stream)
    answer = await asked.generate(QUESTION)
    await asked.close()
    assert answer.text != ANSWER
