"""Agreement and verb-form mistakes that need a look at the neighbouring words.

Called by ``grammar``. Invariant: each rule looks at a window of a few words inside one sentence and stays
silent when a neighbour makes another reading possible (``Does he have``, ``the life of people is``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from headway.support.sentences import Said, say

from .lexicon import word_set
from .text import Text, Word


@dataclass(frozen=True)
class Slip:
    """Words from ``start`` to ``end`` that should read ``suggestion``."""

    start: int
    end: int
    suggestion: str
    reason: Said
    rule: str


_VERBS: dict[str, tuple[str, str]] = {
    base: (third, past)
    for base, third, past in (
        row.split("/")
        for row in word_set("""go/goes/went have/has/had make/makes/made take/takes/took get/gets/got
        give/gives/gave become/becomes/became see/sees/saw know/knows/knew think/thinks/thought
        find/finds/found say/says/said feel/feels/felt bring/brings/brought buy/buys/bought come/comes/came
        do/does/did eat/eats/ate help/helps/helped learn/learns/learned like/likes/liked want/wants/wanted
        need/needs/needed work/works/worked live/lives/lived play/plays/played improve/improves/improved
        increase/increases/increased decrease/decreases/decreased reduce/reduces/reduced solve/solves/solved
        study/studies/studied create/creates/created lead/leads/led cause/causes/caused allow/allows/allowed
        provide/provides/provided spend/spends/spent pay/pays/paid choose/chooses/chose change/changes/changed
        affect/affects/affected develop/develops/developed understand/understands/understood use/uses/used
        write/writes/wrote speak/speaks/spoke teach/teaches/taught travel/travels/travelled
        believe/believes/believed happen/happens/happened require/requires/required""")
    )
}
_THIRD = {third: base for base, (third, _) in _VERBS.items()}
_PAST = {past: base for base, (_, past) in _VERBS.items()}
_NEVER_NOUNS = word_set("""makes gets gives becomes sees knows thinks says brings comes eats learns wants improves reduces
    creates allows provides spends pays chooses develops understands writes speaks teaches believes happens requires
    affects solves takes""")
_MODALS = word_set(
    "can could will would should must may might can't cannot won't wouldn't shouldn't couldn't"
)
_DO_NOT = word_set("don't doesn't didn't")
_PLURALS = word_set(
    "people children students men women parents teachers countries governments schools companies cars cities"
)
_TO_PLURAL = {
    "is": "are",
    "was": "were",
    "has": "have",
    "doesn't": "don't",
    "isn't": "aren't",
    "wasn't": "weren't",
}
_TO_SINGULAR = {"are": "is", "have": "has", "don't": "doesn't", "do": "does", "aren't": "isn't"}
_CLAUSE_OPENERS = word_set(
    "because that if when and but so although while whereas since however nowadays many most some "
    "these those young old all few other several often sometimes"
)
_ANYBODY = word_set("everyone everybody someone somebody anyone anybody nobody everything nothing")
_BEFORE_BASE_FORM = (
    _MODALS
    | _DO_NOT
    | word_set(
        "do does did let lets make makes made help helps helped to see saw not never if whether "
        "than and or hear watch have had suggest recommend insist demand require "
        "important essential that lest of for with"
    )
)
_COUNTABLE = word_set("""problem reason person student country child school way thing advantage disadvantage
    teacher parent company city car family friend job year day hour week month example idea opinion activity
    subject solution factor effect benefit skill language worker citizen book game animal product method""")
_PLURAL_DETERMINERS = word_set("many these those several various both numerous few")
_AFTER_NOUN = word_set("""is are was were that which who in of to and can will should have has do for with
    from at on when because such like but or by""")
_IRREGULAR = {"person": "people", "child": "children"}


def find(text: Text) -> Iterator[Slip]:
    """Every slip of every sentence, in order of position within a sentence."""
    for words in text.sentence_words:
        for index in range(len(words)):
            for rule in (_after_modal, _plural_subject, _singular_subject, _plural_determiner):
                slip = rule(text.raw, words, index)
                if slip is not None:
                    yield slip


def _adjacent(raw: str, left: Word, right: Word) -> bool:
    return raw[left.end : right.start].isspace()


def _after_modal(raw: str, words: Sequence[Word], i: int) -> Slip | None:
    """``can helps`` and ``didn't went``: the base form follows."""
    if i == 0 or words[i - 1].lower not in _MODALS | _DO_NOT or not _adjacent(raw, words[i - 1], words[i]):
        return None
    form = words[i].lower
    base = _THIRD.get(form) or _PAST.get(form)
    if base is None or base == form or form in _VERBS:
        return None
    reason = say(
        "After “{before}” the verb keeps its base form: “{base}”.", before=words[i - 1].lower, base=base
    )
    return Slip(words[i].start, words[i].end, base, reason, "base-form")


def _plural_subject(raw: str, words: Sequence[Word], i: int) -> Slip | None:
    """``people is``, ``people thinks``, ``they has``: only where the noun opens its clause."""
    if i == 0 or not _adjacent(raw, words[i - 1], words[i]):
        return None
    subject, verb = words[i - 1].lower, words[i].lower
    if subject in {"they", "we", "you"}:
        opens = i == 1 or words[i - 2].lower not in {"of", "for", "than", "and", "or"}
    elif subject in _PLURALS:
        opens = i == 1 or words[i - 2].lower in _CLAUSE_OPENERS or raw[words[i - 2].end] in ",;:"
        if (
            opens
            and i >= 3
            and words[i - 3].lower in {"of", "for", "with", "and", "between", "to", "in", "about"}
        ):
            opens = False
        if opens and i >= 2 and words[i - 2].lower in {"and", "that"}:
            opens = False
        if opens and i >= 3 and (words[i - 3].lower.endswith("ing") or words[i - 3].lower in _VERBS):
            opens = False  # "teaching young children is hard"
    else:
        return None
    plural = _TO_PLURAL.get(verb)
    if plural is None and (
        verb in _NEVER_NOUNS
        if subject in _PLURALS
        else subject == "they" and verb in _THIRD and _THIRD[verb] not in {"work", "study", "use"}
    ):
        plural = _THIRD[verb]
    if not opens or plural is None:
        return None
    reason = say(
        "“{subject}” is plural here, so the verb is “{verb}”.", subject=subject.capitalize(), verb=plural
    )
    return Slip(words[i].start, words[i].end, plural, reason, "plural-subject")


def _singular_subject(raw: str, words: Sequence[Word], i: int) -> Slip | None:
    """``he don't``, ``everyone have``: unless a word before asks for the base form."""
    if i == 0 or not _adjacent(raw, words[i - 1], words[i]):
        return None
    subject, verb = words[i - 1].lower, words[i].lower
    if subject not in {"he", "she", "it"} | _ANYBODY or verb not in _TO_SINGULAR:
        return None
    before = words[i - 2].lower if i >= 2 else ""
    joined = i >= 2 and raw[words[i - 2].end : words[i - 1].start].isspace()
    if before in _BEFORE_BASE_FORM and joined:
        return None
    if verb == "do" and (i + 1 >= len(words) or words[i + 1].lower != "not"):
        return None
    if verb == "are" and subject in {"it", "he", "she"} and before in {"who", "what", "like"}:
        return None
    singular = _TO_SINGULAR[verb]
    reason = say(
        "“{subject}” is singular, so the verb is “{verb}”.", subject=subject.capitalize(), verb=singular
    )
    return Slip(words[i].start, words[i].end, singular, reason, "singular-subject")


def _plural_determiner(raw: str, words: Sequence[Word], i: int) -> Slip | None:
    """``many problem is``, ``these reason,``: the noun is plural; not ``many school children``."""
    if i == 0 or words[i].lower not in _COUNTABLE or words[i - 1].lower not in _PLURAL_DETERMINERS:
        return None
    if not _adjacent(raw, words[i - 1], words[i]) or (i >= 2 and words[i - 2].lower in {"a", "of"}):
        return None
    if words[i - 1].lower in {"both", "those"} and i + 1 < len(words) and words[i + 1].lower in {"and", "or"}:
        return None
    ends = words[i].end >= len(raw) or raw[words[i].end] in ".,;:!?"
    if not ends and (i + 1 >= len(words) or words[i + 1].lower not in _AFTER_NOUN):
        return None
    if not ends and words[i + 1].lower in {"and", "or", "to", "of", "like"}:
        return None
    noun = words[i].lower
    plural = _IRREGULAR.get(noun) or (
        noun[:-1] + "ies" if noun[-1] == "y" and noun[-2] not in "aeo" else noun + "s"
    )
    reason = say(
        "“{before}” goes with a plural: “{noun}”.", before=words[i - 1].lower.capitalize(), noun=plural
    )
    return Slip(words[i].start, words[i].end, plural, reason, "plural-noun")
