"""What there is to advise on: the branches that suit, the topics that need work, with the scores behind them.

Called by the job: one question to the provider for each case. Invariant: pure, and the same scores give the
same cases in the same order; which branch or topic it is has been decided here, never by a model.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from . import reading, scoring
from .bank import AptitudeExam, Branch, MarkedExam, exam
from .schema import Answer, Competency, Scores, Section
from .texts import Bilingual

MOST_BRANCHES: Final = 5
LEAST_BRANCHES: Final = 3
OUTSTANDING: Final = 4
"""A branch with so many of its five competencies is recommended beyond the third as well."""
STRONG_FROM: Final = 75.0
WEAK_BELOW: Final = 60.0
MOST_TOPICS: Final = 12
_MOST_QUESTIONS: Final = 12


class _Case(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Shown(_Case):
    """A competency, with how many of its questions were answered yes."""

    id: str
    name: Bilingual
    yes: int
    of: int


class MajorCase(_Case):
    """A major of a branch, the competencies it lives on, and the yes answers behind them."""

    name: Bilingual
    needs: list[Bilingual]
    weight: int


class BranchCase(_Case):
    """A branch that suits: why, what is open, and its majors, the best supported first."""

    id: str
    name: Bilingual
    rank: int
    points: int
    most: int
    yes: int
    questions: int
    strong: list[Shown]
    open: list[Shown]
    fitting: list[Bilingual]
    majors: Annotated[list[MajorCase], Field(min_length=3)]


class Missed(_Case):
    """A question that cost points: its name, its text where it is ours, and what was got of it."""

    name: str
    text: Bilingual | None = None
    points: float
    most: float
    blank: bool


class TopicCase(_Case):
    """A topic that needs work: its score, and the questions that cost points."""

    id: str
    name: Bilingual
    points: float
    most: float
    percent: float
    n: int
    missed: list[Missed]
    missed_count: int
    blank_count: int
    steps: list[Bilingual]


# -- aptitude ------------------------------------------------------------------------------------------------


def branches(scores: Scores, code: str) -> list[BranchCase]:
    """The branches to recommend, best first: most competencies that count, then most yes answers, then the best
    fit with the surroundings; three of them, and up to five where they are outstanding. None without a single
    competency that counts."""
    own = exam(code)
    if not isinstance(own, AptitudeExam):
        return []
    sections = {section.id: section for section in scores.sections}
    liked = {trait.id: trait.name for trait in sections["environment"].competencies if trait.counts}

    def standing(branch: Branch) -> tuple[float, float, int]:
        section = sections[branch.id]
        return section.score.points, _yes(section), sum(each in liked for each in branch.environment)

    order = sorted(own.branches, key=standing, reverse=True)
    chosen = [
        branch
        for rank, branch in enumerate(order[:MOST_BRANCHES])
        if sections[branch.id].score.points >= (1 if rank < LEAST_BRANCHES else OUTSTANDING)
    ]
    return [_branch(rank, branch, sections[branch.id], liked) for rank, branch in enumerate(chosen, 1)]


def _yes(section: Section) -> float:
    return sum(trait.score.points for trait in section.competencies)


def _branch(rank: int, branch: Branch, section: Section, liked: Mapping[str, Bilingual]) -> BranchCase:
    traits = sorted(section.competencies, key=lambda trait: -trait.score.points)
    shown = {trait.id: _shown(trait) for trait in traits}
    majors = [
        MajorCase(
            name=major.name,
            needs=[shown[need].name for need in major.needs],
            weight=sum(shown[need].yes for need in major.needs),
        )
        for major in branch.majors
    ]
    return BranchCase(
        id=branch.id,
        name=branch.name,
        rank=rank,
        points=int(section.score.points),
        most=int(section.score.max),
        yes=sum(each.yes for each in shown.values()),
        questions=sum(each.of for each in shown.values()),
        strong=[shown[trait.id] for trait in traits if trait.counts],
        open=[shown[trait.id] for trait in traits if not trait.counts],
        fitting=[liked[each] for each in branch.environment if each in liked],
        majors=sorted(majors, key=lambda major: -major.weight),
    )


def _shown(trait: Competency) -> Shown:
    return Shown(id=trait.id, name=trait.name, yes=int(trait.score.points), of=trait.score.n)


# -- marked --------------------------------------------------------------------------------------------------


def topics_to_work_on(scores: Scores, code: str, answers: Sequence[Answer]) -> list[TopicCase]:
    """The topics below three quarters of their points, the weakest first, at most twelve."""
    own = exam(code)
    rows = [c for c in _topics(scores) if c.score.percent < STRONG_FROM and c.score.max > 0]
    rows.sort(key=lambda row: (row.score.percent, -row.score.max))
    given = [answer for answer in answers if not answer.not_administered]
    return [_topic(row, own if isinstance(own, MarkedExam) else None, given) for row in rows[:MOST_TOPICS]]


def strong_topics(scores: Scores) -> list[Competency]:
    """The topics with three quarters of their points or more, the best first."""
    rows = [row for row in _topics(scores) if row.score.percent >= STRONG_FROM]
    return sorted(rows, key=lambda row: (-row.score.percent, -row.score.max))[:MOST_TOPICS]


def weak_topics(scores: Scores) -> list[Competency]:
    """The topics with less than six tenths of their points, the weakest first."""
    rows = [row for row in _topics(scores) if row.score.percent < WEAK_BELOW and row.score.max > 0]
    return sorted(rows, key=lambda row: (row.score.percent, -row.score.max))[:MOST_TOPICS]


def _topics(scores: Scores) -> list[Competency]:
    return [row for section in scores.sections if section.kind == "topics" for row in section.competencies]


def _topic(row: Competency, own: MarkedExam | None, answers: Sequence[Answer]) -> TopicCase:
    missed = _missed_of_ours(row.id, own, answers) if own else _missed_of_theirs(row.id, answers)
    topic = next((each for each in own.topics if each.id == row.id), None) if own else None
    steps: list[Bilingual] = []
    if topic is not None:
        steps = topic.basics if row.score.percent < WEAK_BELOW else [topic.basics[-1], *topic.further]
    return TopicCase(
        id=row.id,
        name=row.name,
        points=row.score.points,
        most=row.score.max,
        percent=row.score.percent,
        n=row.score.n,
        missed=missed[:_MOST_QUESTIONS],
        missed_count=len(missed),
        blank_count=sum(each.blank for each in missed),
        steps=list(steps),
    )


def _missed_of_ours(topic: str, own: MarkedExam, answers: Sequence[Answer]) -> list[Missed]:
    given = {answer.question: answer.given for answer in answers}
    found = []
    for n, question in enumerate(own.questions, 1):
        got = scoring.points_in(question, given.get(question.id))
        if topic in question.topics and got < question.points:
            blank = reading.is_blank(given.get(question.id))
            found.append(
                Missed(name=str(n), text=question.text, points=got, most=float(question.points), blank=blank)
            )
    return found


def _missed_of_theirs(topic: str, answers: Sequence[Answer]) -> list[Missed]:
    found = []
    for answer in answers:
        got = scoring.points_of(answer)
        if topic in (answer.topic or [scoring.NO_TOPIC]) and got < answer.max_points:
            # A file of marks alone has no answers at all: nothing can be said of blanks.
            blank = reading.is_blank(answer.given) and not reading.is_blank(answer.correct)
            found.append(Missed(name=answer.question, points=got, most=answer.max_points, blank=blank))
    return found
