"""Mistakes that learners of English often make and that can be told by their words alone.

Called by ``grammar``. Each row is a pattern, what to put in its place, and why. Invariant: a row is here only
if what it matches is wrong wherever it stands, so that a correction is right even without understanding the
sentence; a row that needs a guess belongs nowhere. Longer rules are functions in ``agreement``.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from headway.support.i18n import N_


@dataclass(frozen=True)
class Pattern:
    """One rule: where ``expression`` matches, ``repair`` gives the right words (None: nothing to change here);
    ``reason`` is a message id."""

    name: str
    expression: re.Pattern[str]
    repair: Callable[[re.Match[str]], str | None]
    reason: str


def _swap(name: str, expression: str, template: str, reason: str) -> Pattern:
    return Pattern(name, re.compile(expression, re.IGNORECASE), lambda m: m.expand(template), reason)


_ADVERB = r"(?:totally|completely|strongly|fully|partly|partially|definitely|really|absolutely|also)"

PATTERNS: tuple[Pattern, ...] = (
    _swap(
        "am-agree",
        rf"\b(I)(?: am|'m|’m) (?:({_ADVERB}) )agree\b",
        r"\1 \2 agree",
        N_("“Agree” is a verb: no “am”."),
    ),
    _swap("am-agree", r"\b(I)(?: am|'m|’m) (dis)?agree\b", r"\1 \2agree", N_("“Agree” is a verb: no “am”.")),
    _swap(
        "other-hand",
        r"\b(?:in|at|by|from) (the other hand)\b",
        r"on \1",
        N_("The phrase is “on the other hand”."),
    ),
    _swap("despite-of", r"\b(despite) of\b", r"\1", N_("“Despite” takes no “of”; “in spite of” does.")),
    _swap(
        "discuss-about",
        r"\b(discuss(?:es|ed|ing)?) about\b",
        r"\1",
        N_("“Discuss” takes its object without “about”."),
    ),
    _swap(
        "depend-of", r"\b(depend(?:s|ed|ing)?) (?:of|from)\b", r"\1 on", N_("“Depend” is followed by “on”.")
    ),
    _swap("is-depend", r"\bis (depend) on\b", r"\1s on", N_("“Depend” is a verb here: no “is”.")),
    _swap("are-depend", r"\bare (depend) on\b", r"\1 on", N_("“Depend” is a verb here: no “are”.")),
    _swap("can-able", r"\b(can|could) able to\b", r"\1", N_("“Can” already says “able to”.")),
    _swap("modal-to", r"\b((?:must|should|might) )to (?=[a-z]{2,})", r"\1", N_("No “to” after this verb.")),
    _swap(
        "most-of",
        r"\b(most) of (people|children|students|parents|countries)\b",
        r"\1 \2",
        N_("“Most people”, or “most of the people”."),
    ),
    _swap(
        "almost-people",
        r"\b(?:almost) (people|students|children|countries)\b",
        r"most \1",
        N_("“Almost” needs “all” after it; “most” does not."),
    ),
    _swap("in-nowadays", r"\b(?:in|at) (nowadays)\b", r"\1", N_("“Nowadays” takes no preposition.")),
    _swap("nowaday", r"\bnow(?:a| a )day\b(?!s)", "nowadays", N_("The word is “nowadays”.")),
    _swap(
        "my-point",
        r"\b(?:in|on|at) (my point of view)\b",
        r"from \1",
        N_("The phrase is “from my point of view”."),
    ),
    _swap(
        "as-conclusion",
        r"\b(?:as|for) (?:a |the )?conclusion\b(?=,)",
        "in conclusion",
        N_("The phrase is “in conclusion”."),
    ),
    _swap(
        "for-conclude",
        r"\bfor (conclude|summarise|summarize)\b",
        r"to \1",
        N_("The phrase is “to conclude”."),
    ),
    _swap(
        "forward-hear",
        r"\b(forward to) (hear|see|meet|receiv|work|visit|com)(?:e)?\b(?! of| from a)",
        r"\1 \2ing",
        N_("“Look forward to” is followed by the “-ing” form."),
    ),
    _swap(
        "much-plural",
        r"\b(?<!so )(?<!too )(?<!very )much (people|students|children|problems|things|"
        r"countries|reasons|ways|benefits|advantages)\b",
        r"many \1",
        N_("“Many” goes with things that can be counted."),
    ),
    _swap(
        "so-much-plural",
        r"\b(so|too) much (people|students|children|problems|things|countries|reasons|ways|"
        r"benefits|advantages|cars)\b",
        r"\1 many \2",
        N_("“Many” goes with things that can be counted."),
    ),
    _swap(
        "less-plural",
        r"\bless (people|students|children|cars|problems|jobs|opportunities|workers)\b",
        r"fewer \1",
        N_("“Fewer” goes with things that can be counted."),
    ),
    _swap(
        "many-mass",
        r"\bmany (information|knowledge|advice|equipment|homework|money|pollution|traffic|"
        r"furniture|luggage)\b(?! \w+s\b)",
        r"much \1",
        N_("This noun cannot be counted: “much”."),
    ),
    _swap(
        "a-mass",
        r"\b(?:an|a) (information|advice|knowledge|equipment|homework|furniture|"
        r"luggage)\b(?=[.,;!?]| (?:that|which|is|was|to|about|and|from|for)\b)",
        r"\1",
        N_("This noun cannot be counted: no “a” or “an”."),
    ),
    _swap(
        "explain-me",
        r"\b(explain(?:ed|s)?) (me|us|him|her|them) (the|how|why|what)\b",
        r"\1 to \2 \3",
        N_("The pattern is “explain something to someone”."),
    ),
    _swap(
        "interested-about",
        r"\b(interested) (?:about|on|for)\b",
        r"\1 in",
        N_("“Interested” is followed by “in”."),
    ),
    _swap("its-own", r"\bit['’]s own\b", "its own", N_("“Its” is the possessive; “it's” means “it is”.")),
    _swap(
        "make-to",
        r"\b(mak(?:e|es|ing)|made) (them|us|me|him|people|children|students) to (?=(?:be|feel|"
        r"do|think|work|learn|become|have|study|go|understand|get)\b)",
        r"\1 \2 ",
        N_("“Make somebody do something”: no “to”."),
    ),
    _swap(
        "let-to",
        r"\b(let(?:s|ting)?) (them|us|me|him|her|people|children|students) to\b",
        r"\1 \2",
        N_("“Let somebody do something”: no “to”."),
    ),
    _swap(
        "since-period",
        r"\bsince (two|three|four|five|six|seven|eight|nine|ten|many|several|a few) (years|"
        r"months|weeks|days|hours|decades)\b(?! ago)",
        r"for \1 \2",
        N_("A length of time takes “for”."),
    ),
    _swap(
        "according-my",
        r"\baccording to my (?:opinion|point of view)\b",
        "in my opinion",
        N_("“According to” is for other people's views."),
    ),
    _swap("more-over", r"\bmore over\b(?=,)", "moreover", N_("“Moreover” is one word.")),
    _swap("how-ever", r"\bhow ever\b(?=,)", "however", N_("“However” is one word.")),
    _swap(
        "a-part-from",
        r"\ba part from\b(?= (?:that|this|these|the|being))",
        "apart from",
        N_("“Apart” is one word here."),
    ),
    _swap(
        "other-plural",
        r"\b(another) (people|countries|students|children|things|reasons|problems|ways|parts|places)\b",
        r"other \2",
        N_("“Another” goes with one thing."),
    ),
    _swap(
        "others-noun",
        r"\bothers (people|countries|students|children|things|reasons|problems|ways|parts|"
        r"places|subjects|activities)\b",
        r"other \1",
        N_("“Other” takes no “s” before a noun."),
    ),
    _swap(
        "peoples",
        r"\b(many|some|most|all|other|these|those|young|old|poor|rich) peoples\b(?! of)",
        r"\1 people",
        N_("“People” is already the plural."),
    ),
    _swap("childs", r"\b(childs)\b(?!['’])", "children", N_("The plural of “child” is “children”.")),
    _swap(
        "mans",
        r"\b(?:mans) and (?:womans|womens)\b",
        "men and women",
        N_("The plurals are “men” and “women”."),
    ),
    _swap("womans", r"\bwomans\b(?!['’])", "women", N_("The plural of “woman” is “women”.")),
    _swap(
        "twice-neg",
        r"\b(can|do|does|did|could|would)(?:n['’]t| not) (do|have|know|say|learn|get|need|see|"
        r"want) nothing\b",
        r"\1 not \2 anything",
        N_("Two negatives cancel: use “anything”."),
    ),
    _swap(
        "no-space-stop",
        r"(?<=[a-z]{3})([.!?])(?=(?:The|This|It|I|In|They|We|He|She|But|And|So|For|However|"
        r"There|When|If|My|Also|Some|People|These)\b)",
        r"\1 ",
        N_("A space follows the end of a sentence."),
    ),
    _swap("possessive-country", r"\b(in) (world)\b(?=[.,;])", r"\1 the \2", N_("“World” needs “the” here.")),
    _swap("in-society-the", r"\b(all over) (world)\b", r"\1 the \2", N_("“World” needs “the” here.")),
)


def _article(m: re.Match[str]) -> str:
    adjective = m.group(2)
    return f"{m.group(1)} {'an' if adjective[0].lower() in 'aeiou' else 'a'} {adjective} {m.group(3)}"


_EVERY_SINGULAR = {
    "days": "day", "years": "year", "countries": "country", "cities": "city", "persons": "person",
    "students": "student", "children": "child", "times": "time", "schools": "school", "families": "family",
    "people": "person",
}  # fmt: skip


def _every(m: re.Match[str]) -> str | None:
    singular = _EVERY_SINGULAR.get(m.group(2).lower())
    return f"{m.group(1)} {singular}" if singular else None


_ING_FORMS = {
    "go": "going",
    "do": "doing",
    "study": "studying",
    "read": "reading",
    "play": "playing",
    "watch": "watching",
    "use": "using",
    "work": "working",
    "learn": "learning",
    "eat": "eating",
    "buy": "buying",
    "drive": "driving",
    "live": "living",
    "make": "making",
    "take": "taking",
}


def _gerund(m: re.Match[str]) -> str:
    return f"{m.group(1)} {_ING_FORMS[m.group(2).lower()]}"


COMPUTED: tuple[Pattern, ...] = (
    Pattern(
        "every-plural",
        re.compile(
            r"\b(every|each) (days|years|countries|cities|persons|students|children|times|schools|"
            r"families|people)\b(?!['’])",
            re.I,
        ),
        _every,
        N_("“Every” and “each” go with the singular."),
    ),
    Pattern(
        "play-role",
        re.compile(
            r"\b(plays?|played) (important|vital|key|crucial|significant|essential|major) (role|"
            r"part)\b",
            re.I,
        ),
        _article,
        N_("“Role” needs an article."),
    ),
    Pattern(
        "verb-ing",
        re.compile(
            r"\b(avoid(?:s|ed)?|enjoy(?:s|ed)?|finish(?:es|ed)?) to (" + "|".join(_ING_FORMS) + r")\b", re.I
        ),
        _gerund,
        N_("This verb is followed by the “-ing” form."),
    ),
)  # fmt: skip

ALL_PATTERNS: tuple[Pattern, ...] = (
    *PATTERNS,
    *COMPUTED,
)
"""Every rule, in the order in which they are tried."""
