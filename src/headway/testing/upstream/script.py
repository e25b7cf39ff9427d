"""What the fake provider does with which request: rules, tried in their order, and a share of faults of all
kinds.

Draws come from a generator that is seeded by the script's seed, the request and how often it has come: so
they do not depend on the order in which requests of several workers arrive.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from headway.ai.structured import REPAIR_MARK
from headway.testing.upstream.answers import Question
from headway.testing.upstream.behaviours import MIX, Behaviour


@dataclass(frozen=True, slots=True)
class Move:
    """What is done: the behaviour, the wait that a refusal asks for, the pause of a slow one (seconds)."""

    do: Behaviour = Behaviour.OK
    wait_s: float = 1.0
    delay_s: float = 0.3


@dataclass(frozen=True, slots=True)
class Rule:
    """Requests that match meet `do`, with this chance and so many times at most (None: always). What is None
    matches all; `says` is looked for in the prompt; `after` requests that match are let through first."""

    do: Behaviour
    protocol: str | None = None
    model: str | None = None
    says: str | None = None
    stream: bool | None = None
    chance: float = 1.0
    times: int | None = None
    after: int = 0
    wait_s: float = 1.0
    delay_s: float = 0.3

    def matches(self, question: Question) -> bool:
        """Whether it is for this request."""
        return (
            self.protocol in (None, question.protocol)
            and self.model in (None, question.model)
            and self.stream in (None, question.stream)
            and (self.says is None or self.says in question.prompt)
        )


@dataclass(slots=True)
class Script:
    """Rules first; then `faults` of the requests meet one of `kinds`; the rest is answered honestly."""

    rules: Sequence[Rule] = ()
    faults: float = 0.0
    kinds: Sequence[Behaviour] = MIX
    seed: int = 0
    _met: Counter[int] = field(default_factory=Counter)
    _done: Counter[int] = field(default_factory=Counter)
    _seen: Counter[str] = field(default_factory=Counter)

    @classmethod
    def read(cls, data: Any, *, faults: float = 0.0, seed: int = 0) -> "Script":
        """A script from JSON: a list of rules, or an object with `rules`, `faults`, `seed`. Raises ValueError
        for a wrong one."""
        about = {"rules": data} if isinstance(data, list) else dict(data)
        try:
            rules = [Rule(**{**rule, "do": Behaviour(rule["do"])}) for rule in about.pop("rules", [])]
            return cls(rules, **{"faults": faults, "seed": seed, **about})
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a script: {error}") from error

    def decide(self, question: Question, request: str) -> Move:
        """What happens to this request; `request` is its hash."""
        self._seen[request] += 1
        draw = random.Random(f"{self.seed}:{request}:{self._seen[request]}")
        for place, rule in enumerate(self.rules):
            if not rule.matches(question):
                continue
            self._met[place] += 1
            spent = rule.times is not None and self._done[place] >= rule.times
            if spent or self._met[place] <= rule.after or draw.random() >= rule.chance:
                continue
            self._done[place] += 1
            return Move(rule.do, rule.wait_s, rule.delay_s)
        if draw.random() < self.faults:
            kind = draw.choice(list(self.kinds))
            if (
                kind is not Behaviour.WRONG_JSON or REPAIR_MARK not in question.prompt
            ):  # the one repair has its chance
                return Move(kind)
        return Move()
