"""`fake-ai`: a server that plays an AI provider, for trying what happens when one is slow, limits, fails, or
is gone."""

import asyncio
import importlib
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from headway.cli import output
from headway.cli.faults import Fault, misuse

if TYPE_CHECKING:
    from headway.testing.upstream import Question, Script, Upstream


def fake_ai(
    host: Annotated[str, typer.Option("--host", help="Where it listens.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Its port; 0 takes a free one.")
    ] = 8090,
    faults: Annotated[
        float,
        typer.Option(
            "--faults", min=0, max=1, metavar="SHARE", help="The share of requests that meet a fault."
        ),
    ] = 0.0,
    seed: Annotated[int, typer.Option("--seed", help="The same seed and requests: the same faults.")] = 0,
    script: Annotated[
        Path | None,
        typer.Option("--script", metavar="FILE", help="A JSON file with rules: docs/providers.md."),
    ] = None,
    delay: Annotated[
        float, typer.Option("--delay", min=0, metavar="S", help="How long each answer takes.")
    ] = 0.0,
    log: Annotated[
        Path | None, typer.Option("--log", metavar="FILE", help="Append one line of JSON for each request.")
    ] = None,
    answers: Annotated[
        str | None,
        typer.Option("--answers", metavar="MODULE:NAME", help="A function that makes the honest answers."),
    ] = None,
) -> None:
    """Play an AI provider: Gemini's and OpenAI's protocols, with faults on demand.

    Its honest answers echo the prompt in the form that was asked for. It runs until SIGTERM or Ctrl-C.

    \b
    Example:
        headway fake-ai --faults 0.2 --log calls.jsonl
    """
    from headway.testing.upstream import Upstream, echo

    chosen = _script(script, faults, seed)
    answer = _answerer(answers) if answers else echo
    asyncio.run(_run(Upstream(chosen, answer=answer, delay_s=delay, log=log, host=host, port=port)))


async def _run(upstream: "Upstream") -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    try:
        await upstream.start()
    except OSError as error:
        raise Fault(f"the port cannot be listened on: {error.strerror}") from error
    for protocol in ("gemini", "openai"):
        output.say(f"HEADWAY_AI={protocol} HEADWAY_AI_URL={upstream.url_for(protocol)} HEADWAY_AI_KEY=any")
    sys.stdout.flush()
    await stopping.wait()
    await upstream.stop()
    output.say(f"{len(upstream.entries)} requests")


def _script(path: Path | None, faults: float, seed: int) -> "Script":
    from headway.testing.upstream import Script

    if path is None:
        return Script(faults=faults, seed=seed)
    try:
        return Script.read(json.loads(path.read_text("utf-8")), faults=faults, seed=seed)
    except OSError as error:
        misuse(f"--script {path}: {error.strerror}")
    except ValueError as error:
        misuse(f"--script {path}: {error}")


def _answerer(name: str) -> "Callable[[Question], str]":
    module_name, _, attribute = name.partition(":")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        found: Callable[[Question], str] = getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        misuse(f"--answers {name}: {error}")
    return found
