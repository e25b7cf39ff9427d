"""The fake provider itself: what it logs, how its script decides, what it refuses."""

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest

from headway.testing.upstream import MIX, Behaviour, Question, Rule, Script, Upstream, echo
from headway.testing.upstream.log import read_log

pytestmark = pytest.mark.anyio


def chat(prompt: str, **more: Any) -> dict[str, Any]:
    return {"model": "m", "messages": [{"role": "user", "content": prompt}], **more}


def generate(prompt: str) -> dict[str, Any]:
    return {"contents": [{"role": "user", "parts": [{"text": prompt}]}]}


def question(prompt: str, schema: dict[str, Any] | None = None) -> Question:
    return Question("openai", "m", False, "", prompt, schema, {})


async def test_every_request_is_a_line_of_its_log(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    async with (
        Upstream(Script([Rule(Behaviour.CUT, says="cut")]), log=path) as upstream,
        httpx2.AsyncClient() as client,
    ):
        await client.post(
            f"{upstream.url}/v1/chat/completions", json=chat("hello"), headers={"authorization": "k"}
        )
        with pytest.raises(httpx2.HTTPError):
            await client.post(f"{upstream.url}/v1/chat/completions", json=chat("cut"))
        await client.post(f"{upstream.url}/v1beta/models/g:generateContent", json=generate("hello"))
        seen = list(await upstream.until(3))
    assert read_log(path) == seen
    assert [(each.n, each.protocol, each.model, each.did, each.key) for each in seen] == [
        (1, "openai", "m", "ok", True),
        (2, "openai", "m", "cut", False),
        (3, "gemini", "g", "ok", False),
    ]
    assert len({each.request for each in seen}) == 3


async def test_a_stream_that_nobody_asked_to_be_events_is_one_array() -> None:
    async with Upstream() as upstream, httpx2.AsyncClient() as client:
        reply = await client.post(
            f"{upstream.url}/v1beta/models/g:streamGenerateContent", json=generate("hello world")
        )
    texts = [frame["candidates"][0]["content"]["parts"][0]["text"] for frame in reply.json()]
    assert "".join(texts) == "hello world"
    assert len(texts) > 1


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/chat/completions", b"{", 400),
        ("/v1/chat/completions", b'{"messages": []}', 400),
        ("/v1beta/models/g:generateContent", b"{}", 400),
        (
            "/v1beta/models/g:generateContent",
            b'{"contents": [{}], "generationConfig": {"responseJsonSchema": {}}}',
            400,
        ),
        ("/v1/models", b"{}", 404),
    ],
)
async def test_what_a_provider_would_refuse_is_refused(path: str, body: bytes, status: int) -> None:
    async with Upstream() as upstream, httpx2.AsyncClient() as client:
        assert (await client.post(upstream.url + path, content=body)).status_code == status
        assert upstream.entries == []


def test_draws_depend_on_the_request_and_not_on_who_comes_first() -> None:
    prompts = [f"question {n}" for n in range(300)]
    one, other = Script(faults=0.2, seed=3), Script(faults=0.2, seed=3)
    there = {prompt: one.decide(question(prompt), prompt).do for prompt in prompts}
    back = {prompt: other.decide(question(prompt), prompt).do for prompt in reversed(prompts)}
    assert there == back
    faulty = [do for do in there.values() if do is not Behaviour.OK]
    assert 40 <= len(faulty) <= 80
    assert set(faulty) <= set(MIX)
    assert there != {
        prompt: Script(faults=0.2, seed=4).decide(question(prompt), prompt).do for prompt in prompts
    }


def test_rules_go_by_order_number_and_match() -> None:
    script = Script.read(
        [
            {"do": "internal", "says": "bad", "times": 1},
            {"do": "slow", "after": 1, "model": "m", "delay_s": 2},
        ]
    )
    assert [script.decide(question(p), p).do for p in ("bad", "bad", "good")] == ["internal", "ok", "slow"]


@pytest.mark.parametrize(
    "data", [[{"do": "dance"}], [{"do": "ok", "colour": 1}], {"rules": [], "what": 1}, [{}]]
)
def test_a_script_that_is_none_is_refused(data: Any) -> None:
    with pytest.raises(ValueError):
        Script.read(data)


def test_an_echo_has_the_form_that_was_asked_for() -> None:
    schema = {
        "type": "object",
        "required": ["band", "kind", "items", "note", "inner"],
        "properties": {
            "band": {"type": "number", "minimum": 1, "multipleOf": 0.5},
            "kind": {"enum": ["a", "b"]},
            "items": {
                "type": "array",
                "minItems": 3,
                "items": {"type": "string", "minLength": 8, "maxLength": 8},
            },
            "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "inner": {"$ref": "#/$defs/Inner"},
        },
        "$defs": {"Inner": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}},
    }
    assert json.loads(echo(question("hello", schema))) == {
        "band": 1.0,
        "kind": "a",
        "items": ["hellohel"] * 3,
        "note": "hello",
        "inner": {"n": 0},
    }


async def test_the_command_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    (tmp_path / "script.json").write_text('{"rules": [{"do": "forbidden", "says": "secret"}]}')
    (tmp_path / "shout.py").write_text("def shout(question):\n    return question.prompt.upper()\n")
    command = [
        "fake-ai",
        "--port",
        "0",
        "--script",
        "script.json",
        "--answers",
        "shout:shout",
        "--log",
        "calls.jsonl",
    ]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "headway.cli", *command, cwd=tmp_path, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    lines = [(await process.stdout.readline()).decode() for _ in range(2)]
    url = dict(word.split("=", 1) for word in lines[1].split())["HEADWAY_AI_URL"]
    async with httpx2.AsyncClient() as client:
        said = await client.post(f"{url}/chat/completions", json=chat("hello"))
        refused = await client.post(f"{url}/chat/completions", json=chat("a secret"))
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0
    assert said.json()["choices"][0]["message"]["content"] == "HELLO"
    assert refused.status_code == 403
    assert [entry.did for entry in read_log(tmp_path / "calls.jsonl")] == ["ok", "forbidden"]
