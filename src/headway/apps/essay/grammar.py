"""Grammar and punctuation mistakes: Harper's rules, sifted, and our own.

Called by ``faults``. Harper is built once per process (about 0.6 s) and is not safe for two threads at once,
so calls are made one after another under a lock; a usual essay takes about 50 ms. Invariant: rules of taste
(long sentences, Oxford commas, stronger adjectives) and rules that guess are left out, because a wrong
correction teaches a learner a mistake.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from threading import Lock

from harper import Dialect, Language, Lint, Linter, Suggestion, SuggestionKind

from headway.support.i18n import N_
from headway.support.sentences import Said, say

from . import agreement
from .lexicon import word_set
from .patterns import ALL_PATTERNS
from .text import Text

_LOCK = Lock()
_NEIGHBOUR = 30
_GLUED = re.compile(r"(?<=[a-z])([.,!?;])(?=[A-Za-z])")

_KINDS = {
    "Grammar": N_("The grammar is wrong here."),
    "Agreement": N_("These words do not agree in number or person."),
    "BoundaryError": N_("Words are joined, or split, in the wrong place."),
    "Usage": N_("English does not say it like this."),
    "Eggcorn": N_("This is a word that only sounds like the right one."),
    "Typo": N_("A slip of the pen."),
    "Repetition": N_("Something stands twice."),
    "Capitalization": N_("Capital letters are wrong here."),
    "Punctuation": N_("The punctuation is wrong here."),
    "WordChoice": N_("Another word is meant."),
    "Miscellaneous": N_("This does not read right."),
    "Nonstandard": N_("This is not standard English."),
    "Malapropism": N_("This is a word that only sounds like the right one."),
    "Spelling": N_("Spelling."),
}
"""Harper's kinds of findings that we take, and what each is called where its own words are of no use."""
_OUT = word_set("""SpellCheck SplitWords LongSentences OxfordComma NoOxfordComma NumericRangeEnDash
    AvoidAndAlso Excellent EllipsisLength UseEllipsisCharacter QuoteSpacing UnclosedQuotes OkToOkay MissingTo
    NounVerbConfusion MergeWords MissingPreposition MissingDeterminer OrthographicConsistency CondenseAllThe
    MultipleSequentialPronouns AllowTo NominalWants ProgressiveNeedsBe PronounKnew LetsConfusion ThingThink
    MassNouns GoggleBrand CompoundNouns QuantifierNeedsOf QuantifierNumeralConflict SimplePastToPastParticiple
    MissingSpace RegularIrregulars FeelFell UseTitleCase AvoidCurses BoringWords ExpandTimeShorthands
    UpdatePlaceNames DisjointPrefixes ModalBeAdjective ToTwoToo TheProperNounPossessive Dashes
    NumberSuffixCapitalization Themself OneOfTheSingular PronounInflectionBe ItsContraction Myself Touristic
    Oftentimes Everyday VeryUnique CorrectNumberSuffix AdjectiveOfA FirstAidKit TransposedSpace
    WordPressDotcom HedgeWords SpelledNumbers Hereby Starving Freezing Likewise Dashes FindOut AsHow AndIn
    ClicheAccent ThatThan RedundantThat InAWhile WhomSubjectOfVerb
    TheyToThem SomeWithoutArticle NoLonger HowItLooksLike BackInTheDay ThatWhich WouldNeverHave Towards
    Addicting""")
_REASONS = {
    "CapitalizePersonalPronouns": N_("The pronoun “I” is always a capital letter."),
    "SentenceCapitalization": N_("A sentence starts with a capital letter."),
    "AnA": N_("“An” stands before a vowel sound, “a” before a consonant sound."),
    "RepeatedWords": N_("The word stands twice."),
    "DiscourseMarkers": N_("A comma follows this opening phrase."),
    "AdjectiveDoubleDegree": N_("The comparative is already there: no “more”."),
    "CommaFixes": N_("A comma stands right after the word and before a space."),
    "ThereToTheir": N_("“Their” shows whose it is; “there” shows a place."),
    "TheirToThere": N_("“There” introduces the sentence; “their” shows whose it is."),
    "ThenThan": N_("Comparisons take “than”."),
    "Cant": N_("The contraction has an apostrophe: “can't”."),
}


@dataclass(frozen=True)
class Finding:
    """A mistake from ``start`` to ``end``; ``suggestion`` None where no single repair is certain."""

    start: int
    end: int
    suggestion: str | None
    reason: Said
    rule: str


@cache
def _grammarian() -> Linter:
    """Harper with the rules that we trust.

    Rules are switched off before linting, not sifted after: of two findings that overlap Harper keeps one,
    and a rule of taste would hide a mistake. Spelling has linters of its own, because looking for suggestions
    takes some 6 ms a word and an essay of nonsense has thousands.
    """
    linter = Linter(Dialect.AMERICAN)
    rules = linter.get_lint_config()
    linter.set_lint_config({rule: False if rule in _OUT else setting for rule, setting in rules.items()})
    return linter


@cache
def _speller(dialect: Dialect) -> Linter:
    linter = Linter(dialect)
    linter.set_lint_config({rule: rule == "SpellCheck" for rule in linter.get_lint_config()})
    return linter


def find(text: Text) -> list[Finding]:
    """Grammar and punctuation findings of all sources; they may overlap."""
    with _LOCK:
        by_rule = _grammarian().organized_lints(text.raw, language=Language.PLAINTEXT)
    found = [
        finding
        for rule, items in sorted(by_rule.items())
        for item in items
        if (finding := _from_harper(text.raw, rule, item)) is not None
    ]
    found += [
        Finding(slip.start, slip.end, slip.suggestion, slip.reason, slip.rule)
        for slip in agreement.find(text)
    ]
    return found + _from_patterns(text.raw)


def unknown_words(words: Sequence[str]) -> dict[str, list[str]]:
    """Those of some lower-case words that no English dictionary of Harper's has, with its suggestions."""
    left = list(words)
    found: dict[str, list[str]] = {}
    for dialect in (Dialect.AMERICAN, Dialect.BRITISH):
        with _LOCK:
            items = _speller(dialect).organized_lints("\n".join(left), language=Language.PLAINTEXT)[
                "SpellCheck"
            ]
        found = {item.problem_text: [s.replacement_text for s in item.suggestions] for item in items}
        left = [word for word in left if word in found]
    return {word: found[word] for word in left}


def _from_patterns(raw: str) -> list[Finding]:
    found = []
    for pattern in ALL_PATTERNS:
        for m in pattern.expression.finditer(raw):
            repaired = pattern.repair(m)
            if repaired is None or repaired == m.group():
                continue
            start, end = m.start(), m.end() - len(m.group()) + len(m.group().rstrip())
            if not any(c.isalnum() for c in m.group()):
                start, end, repaired = _visible(raw, start, end, repaired)
            repaired = " ".join(repaired.split())
            if raw[start].isupper():
                repaired = repaired[:1].upper() + repaired[1:]
            found.append(Finding(start, end, repaired, say(pattern.reason), pattern.name))
    return found


def _from_harper(raw: str, rule: str, item: Lint) -> Finding | None:
    if item.lint_kind not in _KINDS and rule not in {
        "AdjectiveDoubleDegree",
        "Spaces",
        "WholeEntire",
        "Cant",
    }:
        return None
    start, end = item.span.start, item.span.end
    suggestions = item.suggestions
    suggestion = _applied(raw, start, end, suggestions[0]) if len(suggestions) in {1, 2} else None
    start, end, suggestion = _widened(raw, start, end, suggestion)
    if start == end or suggestion == raw[start:end] or _is_doubtful(raw, rule, start, end):
        return None
    return Finding(start, end, suggestion, _reason(rule, item), rule)


def _reason(rule: str, item: Lint) -> Said:
    """Why, by our own words for the rule; else Harper's, which are English, over what we call that kind of mistake."""
    if rule in _REASONS:
        return say(_REASONS[rule])
    words = " ".join(item.message.replace("`", "").split())
    return Said(id=_KINDS.get(item.lint_kind, _KINDS["Usage"]), english=words)


def _is_doubtful(raw: str, rule: str, start: int, end: int) -> bool:
    """Whether this one use of a rule is known to be wrong often: emphasis, or a verb without he, she or
    it."""
    if rule == "RepeatedWords":
        return raw[start:end].lower().split()[:1] in (["really"], ["very"], ["had"], ["that"], ["so"])
    if rule == "Spaces":
        return "  " in raw[start:end]
    if rule == "PronounVerbAgreement":
        before = raw[max(0, start - 12) : start].lower().split()
        return not before or before[-1] not in {"he", "she", "it"}
    return False


def _applied(raw: str, start: int, end: int, suggestion: Suggestion) -> str:
    if suggestion.kind is SuggestionKind.REMOVE:
        return ""
    if suggestion.kind is SuggestionKind.INSERT_AFTER:
        return raw[start:end] + suggestion.replacement_text
    return suggestion.replacement_text


def _widened(raw: str, start: int, end: int, suggestion: str | None) -> tuple[int, int, str | None]:
    """Takes in the neighbouring words where the place itself is only a blank or a sign."""
    if suggestion is None or any(c.isalnum() for c in raw[start:end]):
        return start, end, suggestion
    return _visible(raw, start, end, suggestion)


def _visible(raw: str, start: int, end: int, suggestion: str) -> tuple[int, int, str]:
    """The place with its neighbouring words, so that one can see what changes; a sign gets its blank."""
    left = start
    while left > 0 and not raw[left - 1].isspace() and start - left < _NEIGHBOUR:
        left -= 1
    right = end
    while right < len(raw) and not raw[right].isspace() and right - end < _NEIGHBOUR:
        right += 1
    return left, right, _GLUED.sub(r"\1 ", raw[left:start] + suggestion + raw[end:right])
