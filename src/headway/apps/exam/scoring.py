"""From answers to scores: pure, exact, and the same whoever advises.

Called by the job. Rules: a blank is worth nothing; a question of several topics counts in full in each of
them and once in the total; `points` that were marked by a person are taken as they are; without them the key
decides. A question that was not put to the student counts nowhere. Sums are exact for whole, half and quarter
points; per cent have two decimals, rounded as Python rounds.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import fsum

from .bank import NEEDED, AptitudeExam, MarkedExam, Question, Trait, exam
from .reading import chosen, is_blank, yes_or_no
from .schema import Answer, Competency, Score, Scores, Section, Total
from .texts import Bilingual

_TOPICS = Bilingual(en="Topics", ar="المحاور")
NO_TOPIC = "—"


def score(code: str, answers: Sequence[Answer]) -> Scores:
    """All scores of one enrolment: by our own bank where the code is one of ours, else by what the answers
    bring along."""
    own = exam(code)
    given = {answer.question: answer for answer in answers if not answer.not_administered}
    match own:
        case AptitudeExam():
            return _aptitude(own, given)
        case MarkedExam():
            return _marked(own, given)
        case None:
            return _imported(code, list(given.values()))


def points_of(answer: Answer) -> float:
    """What an answer that brings its marking along is worth."""
    if answer.points is not None:
        return answer.points
    if is_blank(answer.given) or is_blank(answer.correct):
        return 0.0
    several = answer.multi_select or isinstance(answer.correct, list)
    right = chosen(answer.given, several) == chosen(answer.correct, several)
    return answer.max_points if right else 0.0


def points_in(question: Question, given: str | list[str] | None) -> float:
    """What an answer to a question of ours is worth: one of several right options is worth a point, and each
    wrong one takes one away, never below nothing."""
    picked = chosen(given, question.several, set(question.options))
    key = set(question.key)
    if not question.several:
        return float(question.points) if picked == key else 0.0
    return float(max(0, len(picked & key) - len(picked - key)))


def of(marks: Sequence[tuple[float, float]]) -> Score:
    """The score of `(points, most)` pairs."""
    points, most = _sum(mark[0] for mark in marks), _sum(mark[1] for mark in marks)
    return Score(points=points, max=most, n=len(marks), percent=_percent(points, most))


def _sum(values: Iterable[float]) -> float:
    return round(fsum(values), 6)


def _percent(points: float, most: float) -> float:
    return round(100 * points / most, 2) if most else 0.0


def _total(marks: Sequence[tuple[float, float]]) -> Total:
    whole = of(marks)
    return Total(points=whole.points, max=whole.max, percent=whole.percent)


def _imported(code: str, answers: Sequence[Answer]) -> Scores:
    by_topic: dict[str, list[tuple[float, float]]] = {}
    marks = []
    for answer in answers:
        mark = (points_of(answer), answer.max_points)
        marks.append(mark)
        for topic in answer.topic or [NO_TOPIC]:
            by_topic.setdefault(topic, []).append(mark)
    topics = {name: of(own) for name, own in sorted(by_topic.items())}
    rows = [Competency(id=name, name=Bilingual(en=name, ar=name), score=own) for name, own in topics.items()]
    return Scores(
        kind="marked",
        title=Bilingual(en=code, ar=code),
        total=_total(marks),
        topics=topics,
        sections=[Section(id="topics", kind="topics", name=_TOPICS, score=of(marks), competencies=rows)],
        answered=sum(_was_answered(answer) for answer in answers),
        questions=len(answers),
    )


def _was_answered(answer: Answer) -> bool:
    """Files that hold only marks, and no answers, say by the points that something was answered."""
    return not is_blank(answer.given) or bool(answer.points)


def _marked(own: MarkedExam, given: Mapping[str, Answer]) -> Scores:
    by_topic: dict[str, list[tuple[float, float]]] = {topic.id: [] for topic in own.topics}
    marks = []
    for question in own.questions:
        answer = given.get(question.id)
        mark = (points_in(question, answer.given if answer else None), float(question.points))
        marks.append(mark)
        for topic in question.topics:
            by_topic[topic].append(mark)
    rows = [Competency(id=t.id, name=t.name, score=of(by_topic[t.id])) for t in own.topics]
    return Scores(
        kind="marked",
        title=own.title,
        total=_total(marks),
        topics={row.name.en: row.score for row in rows},
        sections=[Section(id="topics", kind="topics", name=_TOPICS, score=of(marks), competencies=rows)],
        answered=sum(1 for q in own.questions if q.id in given and not is_blank(given[q.id].given)),
        questions=len(own.questions),
    )


def _aptitude(own: AptitudeExam, given: Mapping[str, Answer]) -> Scores:
    sections = [
        Section(
            id=branch.id,
            kind="branch",
            name=branch.name,
            score=_counting(traits := _traits(branch.id, branch.competencies, given)),
            competencies=traits,
        )
        for branch in own.branches
    ]
    factors = _traits("environment", own.environment, given)
    around = Section(
        id="environment",
        kind="environment",
        name=own.environment_name,
        score=_counting(factors),
        competencies=factors,
    )
    asked = own.questions
    shown = [(section.score.points, section.score.max) for section in sections]
    return Scores(
        kind="aptitude",
        title=own.title,
        total=_total(shown),
        topics={section.name.en: section.score for section in sections},
        sections=[*sections, around],
        answered=sum(1 for q in asked if q in given and yes_or_no(given[q].given) is not None),
        questions=len(asked),
    )


def _traits(section: str, traits: Sequence[Trait], given: Mapping[str, Answer]) -> list[Competency]:
    """Each competency: its points are its yes answers, and it counts with at least two of them."""
    found = []
    for trait in traits:
        said = [
            (1.0 if q in given and yes_or_no(given[q].given) else 0.0, 1.0)
            for q in trait.question_ids(section)
        ]
        own = of(said)
        found.append(Competency(id=trait.id, name=trait.name, score=own, counts=own.points >= NEEDED))
    return found


def _counting(traits: Sequence[Competency]) -> Score:
    """The score of a section: how many of its competencies count; `n` is how many questions decided it."""
    counting = float(sum(1 for trait in traits if trait.counts))
    return Score(
        points=counting,
        max=float(len(traits)),
        n=sum(trait.score.n for trait in traits),
        percent=_percent(counting, float(len(traits))),
    )
