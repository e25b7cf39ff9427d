"""Whether an essay answers its task: position, topic, examples, overview, figures, letter conventions.

Called by ``offline.measure``. Invariant: what is said to be found is a sentence of the essay (given by its
place), never an inference; a negation turns a stance round, so that "I do not agree" is not counted as "I
agree" and "not good" is not "good".
"""

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict

from . import lexicon
from .bands import TaskType
from .lexicon import word_set
from .text import Span, Text

Stance = Literal["for", "against", "stated", "none"]

_NEGATION = re.compile(
    r"\b(?:not|never|no|hardly|neither|nor|cannot|without|rarely)\b|n['’]t\b", re.IGNORECASE
)
_POSITION = re.compile(
    r"\b(?:in my (?:own |personal )?(?:opinion|view)|from my (?:point of view|perspective)|to my mind|"
    r"as far as i am concerned|my (?:own )?(?:view|opinion|position|belief) is|"
    r"i(?:['’]m| am)?(?: \w+ly| still| also| do| would| am| not| don['’]t)*"
    r" (?:think|believe|agree|disagree|argue|consider|support|oppose|feel|convinced|"
    r"contend|maintain|hold|of the opinion"
    r"|in favou?r|against)|this essay (?:will )?(?:argue|argues|agree|agrees|disagree|disagrees))\b",
    re.IGNORECASE,
)
_FOR = re.compile(
    r"\b(?:agree|support|in favou?r|favou?r|good|beneficial|positive|right|better|useful|advantage)\b", re.I
)
_AGAINST = re.compile(
    r"\b(?:disagree|oppose|against|bad|harmful|negative|wrong|worse|useless|disadvantage)\b", re.I
)
_BOTH = re.compile(
    r"\b(?:partly|partially|to some extent|to a certain extent|both|although|while|however|but)\b", re.I
)
_EXAMPLE = re.compile(
    r"\b(?:for (?:example|instance)|such as|to illustrate|namely|(?:an?|another|one|good|"
    r"clear) example|e\.g|in my "
    r"(?:country|city|family|experience)|according to|studies|research|survey|last (?:year|"
    r"month)|when i was)\b",
    re.IGNORECASE,
)
_OVERVIEW = re.compile(
    r"\b(?:overall|in general|generally|it (?:is|can be) (?:clear|clearly seen|evident|"
    r"seen|noticeable)|to sum(?:marise|marize| up)|"
    r"in summary|as an overview|the most (?:striking|noticeable|significant|notable))\b",
    re.IGNORECASE,
)
_COMPARISON = re.compile(
    r"\b(?:more|less|fewer|higher|lower|highest|lowest|largest|smallest|most|least|than|"
    r"twice|double[ds]?|half|whereas|"
    r"while|compared|contrast|rose|fell|increased?|decreased?|declined?|grew|dropped|peaked|similar|same)\b",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"\d[\d.,]*\s*(?:%|per ?cent\b|million\b|thousand\b|billion\b)?", re.IGNORECASE)
_GREETING = re.compile(r"^\s*(?:dear|hello|hi|to whom it may concern)\b[^\n]*", re.IGNORECASE)
_CLOSING = re.compile(
    r"\b(?:yours (?:faithfully|sincerely|truly)|sincerely|best (?:wishes|regards)|"
    r"kind regards|warm regards|regards|all the best|"
    r"lots of love|love|take care|see you soon|thank you)\b",
    re.IGNORECASE,
)
_PURPOSE = re.compile(
    r"\b(?:i(?:['’]m| am) (?:writing|contacting)|i would like to (?:apply|complain|ask|"
    r"request|inform|thank|invite|apologi[sz]e|"
    r"enquire|suggest)|i(?:['’]m| am) just writing|(?:the )?(?:reason|"
    r"purpose) (?:why )?(?:i am writing|of (?:this|my) letter))\b",
    re.IGNORECASE,
)
_CONCLUSION = re.compile(
    r"\b(?:in conclusion|to conclude|to sum up|in summary|in short|all in all|on the whole|"
    r"overall|in brief|finally)\b",
    re.IGNORECASE,
)
_INSTRUCTION_WORDS = word_set("""discuss discussion view views opinion opinions give giving reason reasons
    answer include relevant example examples knowledge experience write least words extent agree disagree
    essay letter task spend minutes believe think say argue advantages disadvantages outweigh positive
    negative development following topic question present information main features make comparisons summarise
    summarize selecting reporting shows show graph chart table diagram map below compare dear sir madam
    include person people some others other many today nowadays should would could often may own both two new
    good bad better best way ways thing things world life time day country countries generic name cause causes
    problem problems solution solutions measures taken solve do does what why how which explain say tell
    describe suggest something anything someone trying try""")


class TaskEvidence(BaseModel):
    """What shows that the task was answered. Spans are ``(start, end)`` in code points of the essay."""

    model_config = ConfigDict(frozen=True)

    stance: Stance
    position: tuple[int, int] | None
    stance_changes: bool
    keywords: int
    covered: int
    missing: list[str]
    examples: int
    example: tuple[int, int] | None
    conclusion: tuple[int, int] | None
    both_sides_asked: bool
    both_sides: bool
    overview: tuple[int, int] | None
    figures: int
    comparisons: int
    greeting: tuple[int, int] | None
    purpose: tuple[int, int] | None
    closing: tuple[int, int] | None

    @property
    def coverage(self) -> float | None:
        """Share of the prompt's topic words that the essay takes up; None where the prompt has too few."""
        return self.covered / self.keywords if self.keywords >= 4 else None


def find(text: Text, prompt: str, task_type: TaskType) -> TaskEvidence:
    """The evidence in a parsed essay for its prompt."""
    sentences = text.sentences
    bodies = [text.raw[s.start : s.end] for s in sentences]
    positions = [i for i, body in enumerate(bodies) if _POSITION.search(body)]
    stances = [stance_of(bodies[i]) for i in positions]
    firm = [
        s for s, i in zip(stances, positions, strict=True) if s in {"for", "against"} and _is_firm(bodies[i])
    ]
    examples = [i for i, body in enumerate(bodies) if _EXAMPLE.search(body)]
    conclusion = next(
        (i for i in reversed(range(len(bodies))) if i * 2 >= len(bodies) and _CONCLUSION.search(bodies[i])),
        None,
    )
    overview = next((i for i, body in enumerate(bodies) if _OVERVIEW.search(body)), None)
    wanted = topic_words(prompt)
    stems = {lexicon.stem(part) for w in text.words for part in (w.lower, *w.lower.split("-"))}
    missing = [w for w in wanted if lexicon.stem(w) not in stems]
    functions = {function for _, _, function in lexicon.connectives_in(text.raw)}
    greeting = _GREETING.match(text.raw)
    closing = next(
        (m for m in reversed(list(_CLOSING.finditer(text.raw))) if m.start() > len(text.raw) * 0.6), None
    )
    purpose = next(
        (i for i, body in enumerate(bodies[: max(3, len(bodies) // 2)]) if _PURPOSE.search(body)), None
    )
    return TaskEvidence(
        stance=next((s for s in stances if s in {"for", "against"}), "stated" if positions else "none"),
        position=_place(sentences, positions[0] if positions else None),
        stance_changes=len(firm) > 1 and firm[0] != firm[-1],
        keywords=len(wanted),
        covered=len(wanted) - len(missing),
        missing=missing,
        examples=len(examples),
        example=_place(sentences, examples[0] if examples else None),
        conclusion=_place(sentences, conclusion),
        both_sides_asked=asks_both_sides(prompt),
        both_sides="contrasting" in functions and len(text.paragraphs) > 2,
        overview=_place(sentences, overview),
        figures=len(_FIGURE.findall(text.raw)),
        comparisons=len(_COMPARISON.findall(text.raw)),
        greeting=(greeting.start(), greeting.end()) if greeting else None,
        purpose=_place(sentences, purpose),
        closing=(closing.start(), closing.end()) if closing else None,
    )


def stance_of(sentence: str) -> Stance:
    """What a sentence of opinion takes: ``for``, ``against``, or ``stated`` where it is open.

    A negation in the four words before an opinion word turns it round: "I do not think that this is a good
    idea" and "not good" are against, "I am not against it" is for.
    """
    marks = [(m.start(), 1) for m in _FOR.finditer(sentence)] + [
        (m.start(), -1) for m in _AGAINST.finditer(sentence)
    ]
    if not marks:
        return "stated"
    at, sign = min(marks)
    before = sentence[:at]
    window = " ".join(before.split()[-4:])
    doubt = re.search(
        r"\b(?:do not|don['’]t|cannot|can['’]t|never) (?:think|believe|feel|consider)\b", before, re.I
    )
    if doubt or _NEGATION.search(window):
        sign = -sign
    return "for" if sign > 0 else "against"


def topic_words(prompt: str) -> list[str]:
    """The prompt's own content words, without the words in which every prompt is asked, each stem once."""
    kept: dict[str, str] = {}
    for word in Text(prompt).words:
        plain = lexicon.plain(word.lower)
        if len(plain) > 2 and plain not in lexicon.FUNCTION_WORDS and plain not in _INSTRUCTION_WORDS:
            kept.setdefault(lexicon.stem(plain), plain)
    return list(kept.values())


def asks_both_sides(prompt: str) -> bool:
    """Whether a prompt wants two views, or advantages with disadvantages, or a problem with its solution."""
    flat = prompt.lower()
    return bool(
        re.search(r"both (?:these |of these )?(?:views|sides|opinions)", flat)
        or ("advantages" in flat and "disadvantages" in flat)
        or (
            re.search(r"\bproblems?\b|\bcauses?\b", flat)
            and re.search(r"\bsolutions?\b|\bsolve|\bmeasures\b", flat)
        )
    )


def _is_firm(sentence: str) -> bool:
    return bool(re.search(r"\b(?:dis)?agree\b", sentence, re.I)) and not _BOTH.search(sentence)


def _place(sentences: list[Span], index: int | None) -> tuple[int, int] | None:
    return None if index is None else (sentences[index].start, sentences[index].end)
