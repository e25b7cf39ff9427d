"""How a piece of a sentence is made to stand alone: with its subject said again, or led in by "c'était".

Called by ``shortening`` for each place where a piece could start. A repair adds words and keeps those of the
source; only ``qui`` may give its place to the pronoun it stands for, and a present participle to the
imperfect, where nothing else fits the limit. Where the source does not show what to add, nothing is added
and the piece is called a fragment.
"""

from headway.apps.novel import lexicon, nominals
from headway.apps.novel.clauses import is_completive, is_incise, starts_relative, subordinator, verb_soon
from headway.apps.novel.participles import absolute, apposed, opening, participial, participle_at
from headway.apps.novel.phrases import Subject
from headway.apps.novel.piece import Repair, Sentence, lead_of, subject_for
from headway.apps.novel.relatives import relative, second_relative
from headway.apps.novel.subjects import is_bare_verb

_IMPERSONAL = ("faut", "fallait", "fallut", "faudra", "faudrait")


def repairs(whole: Sentence, at: int) -> list[Repair]:
    """The ways in which a piece may start at atom ``at``, the best first; never empty."""
    made = whole.made
    if at == 0:
        conjunction = subordinator(made, 0)
        led = [way for way in _subordinate(whole, 0, conjunction) if way.lead] if conjunction else []
        return [
            *opening(whole),
            *apposed(whole, 0, 0),
            *absolute(whole, 0, 0),
            *nominals.opening(whole),
            *led,
        ]
    if is_incise(made, at):
        return [Repair(cost=1.0)]
    if is_completive(made, at):
        return [Repair("c'est", extra=2, cost=1.0, clause=True), Repair(cost=4.0, fragment=True)]
    if starts_relative(made, at):
        return relative(whole, at)
    conjunction = subordinator(made, at)
    if conjunction:
        return _subordinate(whole, at, conjunction)
    skip = 1 if made[at].first in lexicon.COORDINATORS and len(made[at].parts) == 1 else 0
    if made[at].raw.casefold().replace("’", "'").lstrip("«“— ").startswith("qu'est-ce"):
        return [Repair()]
    if made[at].first in ("que", "qu'"):
        return [Repair(lead="c'est", extra=2, cost=1.5), Repair(cost=4.0, fragment=True)]
    start = at + skip
    if start >= len(made):
        return [Repair(cost=4.0, fragment=True)]
    if skip and starts_relative(made, start):
        return second_relative(whole, at)
    if skip and (conjunction := subordinator(made, start)):
        return _subordinate(whole, at, conjunction, skip)
    if is_bare_verb(made, start):
        return _with_subject(whole, at, skip)
    if (
        made[start].first == "en"
        and (gerund := participle_at(made, start + 1)) is not None
        and gerund <= start + 3
    ):
        return [
            Repair(whole.there(at), skip, extra=2, cost=1.0, clause=False),
            Repair(cost=3.0, fragment=True),
        ]
    if participle := participle_at(made, start):
        return participial(whole, at, skip, participle)
    torn = not made[at - 1].pause and not skip
    plain = Repair(cost=0.0 if verb_soon(made, start) else 3.0 if torn else 0.4)
    return [plain, *nominals.nominal(whole, at, skip), *apposed(whole, at, skip), *absolute(whole, at, skip)]


def _with_subject(whole: Sentence, at: int, skip: int) -> list[Repair]:
    verb = next(atom.last for atom in whole.made[at + skip :] if atom.verb)
    plural = verb.endswith(("ent", "ont"))
    if verb in _IMPERSONAL:
        return [Repair("il", skip, extra=1, cost=0.2)]
    subject = subject_for(whole, at, after_comma=whole.made[at - 1].pause, plural=plural)
    if subject is not None and not _agrees(subject, verb):
        subject = None
    if subject is None:
        return [Repair(cost=3.0, fragment=True)]
    return [
        Repair(lead_of(subject, whole.made[at + skip]), skip, extra=subject.words, cost=0.2),
        Repair(cost=3.5, fragment=True),
    ]


def _agrees(subject: Subject, verb: str) -> bool:
    """Whether the verb's ending fits the person."""
    if verb.endswith(("ons", "ez")):
        return False
    first = verb.endswith(("ais", "ai", "is", "us", "as")) or verb in ("suis", "eus", "fus")
    return first == (subject.person in ("1s", "2s")) or (subject.person == "1s" and verb.endswith("e"))


def _subordinate(whole: Sentence, at: int, conjunction: str, skip: int = 0) -> list[Repair]:
    bare = Repair(cost=4.0, fragment=True)
    if conjunction == "si bien que":
        return [Repair(cost=1.5, clause=True)]
    if conjunction == "comme" and verb_soon(whole.made, at + skip):
        return [bare]
    if conjunction == "comme":
        return [Repair(cost=3.0, fragment=True), *nominals.nominal(whole, at, skip)]
    if conjunction.partition(" ")[0] not in lexicon.INTRODUCED or conjunction in (
        "de sorte que", "de manière que", "de façon que", "ainsi que", "de peur que", "de crainte que",
    ):  # fmt: skip
        return [Repair(cost=1.5, clause=True)] if "sorte" in conjunction else [bare]
    return [Repair(whole.there(at), skip, extra=2, cost=0.4 + 0.4 * skip, clause=True), bare]
