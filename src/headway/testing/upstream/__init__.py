"""A server that speaks Gemini `generateContent` and OpenAI chat completions, streamed and not, and misbehaves
by script.

`Upstream` is the server, `Script` says what it does, `Question` is what its honest answers are made from. It
answers nobody's real questions: its default answer echoes the prompt in the asked form. Invariant: each
request is one line of its log, whoever asked and however it ended, so that calls are counted where they
arrive.
"""

from headway.testing.upstream.answers import Question, echo
from headway.testing.upstream.behaviours import MIX, Behaviour
from headway.testing.upstream.log import Entry
from headway.testing.upstream.script import Rule, Script
from headway.testing.upstream.server import Upstream

__all__ = ["MIX", "Behaviour", "Entry", "Question", "Rule", "Script", "Upstream", "echo"]
