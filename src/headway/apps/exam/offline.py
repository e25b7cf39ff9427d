"""The offline adviser: a case in, reasons and steps out, in both languages, without a network, a key or chance.

Called by the job through the provider's protocol: it gives the same form as a model does. Invariant: the same
case gives the same words, and every sentence rests on a score that the case has.
"""

from collections.abc import Sequence
from typing import Final

from .cases import BranchCase, Missed, TopicCase
from .schema import Competency, TopicNote
from .texts import Bilingual, Language
from .words import BranchAdvice, BranchWords, TopicAdvice, TopicWords

PROVIDER: Final = "offline"
MODEL: Final = "rules-1"
"""Grows with each change that can change a word."""
THIN_BELOW: Final = 3
"""With fewer competencies than this the words say that they rest on little."""
_NAMED: Final = 6
_AND: Final = {"en": ", ", "ar": "، "}


def branch(case: BranchCase) -> BranchAdvice:
    """Three majors of a branch, and why: those whose competencies have the most yes answers."""
    return BranchAdvice(en=_branch_words(case, "en"), ar=_branch_words(case, "ar"))


def topic(case: TopicCase) -> TopicAdvice:
    """What to do about a topic, from the questions that cost points."""
    return TopicAdvice(
        en=TopicWords(reasoning=_topic_reason_en(case), steps=_topic_steps(case, "en")),
        ar=TopicWords(reasoning=_topic_reason_ar(case), steps=_topic_steps(case, "ar")),
    )


def note(row: Competency, lang: Language) -> TopicNote:
    """A topic's score in words."""
    score = row.score
    got, most = number(score.points), number(score.max)
    if lang == "ar":
        said = f"{got} من {most} نقطة ({percent(score.percent, 'ar')})، وعدد الأسئلة {score.n}."
    else:
        questions = "question" if score.n == 1 else "questions"
        said = f"{got} of {most} points ({percent(score.percent, 'en')}) over {score.n} {questions}."
    return TopicNote(topic=row.name.of(lang), note=said)


def number(value: float) -> str:
    """Points as people write them: 7, 7.5."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def percent(value: float, lang: Language) -> str:
    """A share in whole per cent, as the language writes it."""
    return f"{value:.0f}٪" if lang == "ar" else f"{value:.0f} %"


def _listed(texts: Sequence[Bilingual], lang: Language) -> str:
    """`a, b and c`; Arabic joins with its comma."""
    names = [text.of(lang) for text in texts]
    if lang == "en" and len(names) > 1:
        return f"{', '.join(names[:-1])} and {names[-1]}"
    return _AND[lang].join(names)


# -- branches ------------------------------------------------------------------------------------------------


def _branch_words(case: BranchCase, lang: Language) -> BranchWords:
    reason = _branch_reason_ar(case) if lang == "ar" else _branch_reason_en(case)
    return BranchWords(majors=[major.name.of(lang) for major in case.majors[:3]], reasoning=reason)


def _branch_reason_en(case: BranchCase) -> str:
    first = case.majors[0]
    sentences = [
        f"{case.points} of the {case.most} competencies of this field {'counts' if case.points == 1 else 'count'} for you: "
        f"{_listed([each.name for each in case.strong], 'en')} ({case.yes} of {case.questions} answers were yes).",
        f"{first.name.en} comes first because it rests on {_listed(first.needs, 'en')}, "
        f"where you gave {first.weight} of {3 * len(first.needs)} possible yes answers.",
    ]
    if case.fitting:
        sentences.append(f"What you say of your surroundings suits it: {_listed(case.fitting, 'en')}.")
    if case.points < THIN_BELOW:
        sentences.append(
            "The basis is thin: take it as a hint to look into the field, not as advice to choose it."
        )
    if case.open:
        sentences.append(
            f"Still open: {_listed([each.name for each in case.open], 'en')}. Try a project in it before you decide."
        )
    return " ".join(sentences)


def _branch_reason_ar(case: BranchCase) -> str:
    first = case.majors[0]
    sentences = [
        f"تحققت لديك {case.points} من أصل {case.most} كفايات في هذا المجال: "
        f"{_listed([each.name for each in case.strong], 'ar')} (الإجابات بنعم: {case.yes} من {case.questions}).",
        f"ويأتي تخصص {first.name.ar} أولًا لأنه يقوم على: {_listed(first.needs, 'ar')}، "
        f"وقد بلغت إجاباتك بنعم فيها {first.weight} من {3 * len(first.needs)}.",
    ]
    if case.fitting:
        sentences.append(f"ويلائمه ما ذكرته عن بيئة العمل: {_listed(case.fitting, 'ar')}.")
    if case.points < THIN_BELOW:
        sentences.append("والأساس هنا محدود، فاعتبره إشارة للتعرف إلى المجال لا نصيحة باختياره.")
    if case.open:
        sentences.append(
            f"وما لم يتحقق بعد: {_listed([each.name for each in case.open], 'ar')}. جرّب مشروعًا صغيرًا فيه قبل أن تقرر."
        )
    return " ".join(sentences)


# -- topics --------------------------------------------------------------------------------------------------


def _topic_reason_en(case: TopicCase) -> str:
    lost = case.most - case.points
    blanks = f", {case.blank_count} of them left blank," if case.blank_count else ""
    questions = "question" if case.missed_count == 1 else "questions"
    return (
        f"You have {number(case.points)} of {number(case.most)} points here ({percent(case.percent, 'en')}). "
        f"{case.missed_count} {questions}{blanks} cost {number(lost)}."
    )


def _topic_reason_ar(case: TopicCase) -> str:
    lost = case.most - case.points
    blanks = f" (منها بلا إجابة: {case.blank_count})" if case.blank_count else ""
    return (
        f"نتيجتك في هذا المحور {number(case.points)} من {number(case.most)} ({percent(case.percent, 'ar')}). "
        f"النقاط المفقودة: {number(lost)}، وعدد أسئلتها: {case.missed_count}{blanks}."
    )


def _topic_steps(case: TopicCase, lang: Language) -> list[str]:
    steps: list[str] = []
    partial = [each for each in case.missed if each.points > 0]
    wrong = [each for each in case.missed if each.points <= 0 and not each.blank]
    blank = [each for each in case.missed if each.blank]
    for group, english, arabic in (
        (wrong, "Work through what went wrong again, without looking at the solution: {names}.",
         "أعد حل ما أخطأت فيه دون النظر إلى الحل: {names}."),
        (partial, "Part of the points is yours already; find what was missing in: {names}.",
         "حصلت على جزء من النقاط، فابحث عمّا ينقص إجابتك في: {names}."),
        (blank, "Write down at least an attempt for what was left blank: {names}.",
         "اكتب محاولة على الأقل لما تركته بلا إجابة: {names}."),
    ):  # fmt: skip
        if group:
            steps.append((arabic if lang == "ar" else english).format(names=_names(group, lang)))
    steps += [step.of(lang) for step in case.steps]
    if not case.steps:
        again = (
            "بعد أسبوع، حل أسئلة جديدة من المحور نفسه بالعدد نفسه، وقارن بالنسبة الحالية."
            if lang == "ar"
            else "A week later, answer as many new questions of the same topic, and compare with this share."
        )
        steps.append(again)
    return steps[:5]


def _names(missed: Sequence[Missed], lang: Language) -> str:
    """The questions' names, a few of many."""
    names = [each.name for each in missed[:_NAMED]]
    if missed[0].text is not None:
        names = [(f"السؤال {name}" if lang == "ar" else f"question {name}") for name in names]
    more = len(missed) - len(names)
    tail = (f" وغيرها ({more})" if lang == "ar" else f" and {more} more") if more > 0 else ""
    return _AND[lang].join(names) + tail
