"""Word lists and word frequencies that the offline examiner measures with.

Called by ``measures``, ``spelling``, ``task`` and ``grammar``. Invariant: everything here is fixed data or a
pure function of it; the frequency table is the one that pyspellchecker ships (words of film and television
subtitles, American spelling), read once per process.
"""

import math
import re
import unicodedata
from functools import cache, lru_cache

from spellchecker import SpellChecker

from headway.support.i18n import N_


def word_set(listed: str) -> frozenset[str]:
    """The words of a text in which blanks separate them."""
    return frozenset(listed.split())


FUNCTION_WORDS = word_set("""a about above across after against all along also although am among an and
    another any are around as at be because been before behind being below between both but by can could did
    do does doing done down during each either else even ever every few for from had has have having he her
    here hers herself him himself his how i if in into is it its itself just less like many may me might mine
    more most much must my myself near neither no nor not of off on once one only onto or other our ours
    ourselves out over own per rather same shall she should since so some such than that the their theirs them
    themselves then there these they this those though through to too toward towards under unless until up
    upon us very was we were what when where whether which while who whom whose why will with within without
    would yet you your yours yourself yourselves don't doesn't didn't can't cannot won't isn't aren't wasn't
    weren't haven't hasn't hadn't couldn't shouldn't wouldn't i'm i've i'll i'd it's he's she's that's there's
    they're they've they'll we're we've we'll you're you've you'll let's""")
"""Grammatical words: about half of any running English text."""

SUBORDINATORS = word_set("""although because since unless until while whereas whether if when whenever where
    wherever which who whom whose whoever though once whatever""")
"""Words that (nearly always) open a dependent clause; ``that`` is judged by the word before it."""

THAT_OPENERS = word_set("""think thinks thought believe believes believed say says said argue argues argued
    claim claims claimed show shows showed shown suggest suggests suggested mean means meant know knows knew
    feel feels felt hope hopes find finds found state states stated fact idea view opinion belief argument
    evidence so such clear true obvious evident likely possible important essential undeniable people those
    something everything anything thing things one ensure ensures agree agrees agreed understand realise
    realize conclude concluded reason given provided""")
"""Words after which ``that`` opens a dependent clause."""

CONNECTIVES: dict[str, tuple[str, ...]] = {
    N_("adding"): (
        "also",
        "in addition",
        "additionally",
        "furthermore",
        "moreover",
        "besides",
        "as well as",
        "not only",
        "likewise",
        "similarly",
        "what is more",
        "equally",
    ),
    N_("contrasting"): (
        "however",
        "on the other hand",
        "although",
        "even though",
        "though",
        "whereas",
        "while",
        "in contrast",
        "by contrast",
        "nevertheless",
        "nonetheless",
        "despite",
        "in spite of",
        "yet",
        "instead",
        "on the contrary",
        "conversely",
        "rather than",
        "admittedly",
        "even so",
        "that said",
        "unlike",
        "compared to",
        "compared with",
    ),
    N_("giving reasons"): (
        "because",
        "since",
        "due to",
        "owing to",
        "as a result of",
        "this is because",
        "the reason",
        "because of",
        "thanks to",
        "given that",
    ),
    N_("drawing results"): (
        "therefore",
        "thus",
        "hence",
        "consequently",
        "as a result",
        "as a consequence",
        "for this reason",
        "for these reasons",
        "so that",
        "accordingly",
        "this means",
        "which means",
        "thereby",
        "in turn",
        "lead to",
        "leads to",
    ),
    N_("giving examples"): (
        "for example",
        "for instance",
        "such as",
        "to illustrate",
        "a good example",
        "namely",
        "in particular",
        "particularly",
        "especially",
        "an example of",
    ),
    N_("ordering"): (
        "first",
        "firstly",
        "first of all",
        "to begin with",
        "second",
        "secondly",
        "third",
        "thirdly",
        "finally",
        "lastly",
        "then",
        "next",
        "meanwhile",
        "afterwards",
        "on the one hand",
        "another reason",
        "subsequently",
        "last but not least",
    ),
    N_("concluding"): (
        "in conclusion",
        "to conclude",
        "to sum up",
        "in summary",
        "overall",
        "in short",
        "all in all",
        "on the whole",
        "to summarise",
        "to summarize",
        "in brief",
    ),
}
"""Connectives by what they do (a message id), lower case."""

REFERENCE_WORDS = word_set("this these those such they them their it its he she his her")
"""Words that refer back to an earlier sentence."""

DETERMINERS = word_set("the a an my your our their its every")
"""Words after which a noun (or what describes one) must come."""

NEVER_AFTER_DETERMINER = word_set(
    """the a an my your our their its of to in on at for from with by and or but is are was were be been has
    have had that this these those he she it i we they you him them us me not if because which who when while
    than as so do does did can could will would should must may might there"""
)
"""Words that cannot follow a determiner directly."""

VAGUE_WORDS = word_set("""thing things stuff lot lots alot good bad nice big really very get gets getting got
    gotta gonna wanna kinda cool kids guys guy awesome okay ok yeah pretty super""")
"""Words that an examiner reads as imprecise or too informal for an essay."""

_CONNECTIVE_PATTERN = re.compile(
    r"\b(?:"
    + "|".join(
        re.escape(phrase).replace(r"\ ", r"\s+")
        for phrase in sorted({p for group in CONNECTIVES.values() for p in group}, key=len, reverse=True)
    )
    + r")\b",
    re.IGNORECASE,
)
_CONNECTIVE_GROUP = {phrase: group for group, phrases in CONNECTIVES.items() for phrase in phrases}

_AMERICAN_ENDINGS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"our(?=$|s$|ed$|ing$|er$|ers$|able$|ful$|ite$|ites$|al$|ist$|hood$|less$|ly$)", "or"),
        (r"is(?=e$|es$|ed$|ing$|er$|ers$|ation$|ations$|able$|ational$)", "iz"),
        (r"ys(?=e$|es$|ed$|ing$|er$|ers$)", "yz"),
        (r"tre(?=$|s$|d$)", "ter"),
        (r"ll(?=ed$|ing$|er$|ers$|or$|ors$)", "l"),
        (r"ogue(?=$|s$)", "og"),
        (r"ence(?=$|s$)", "ense"),
        (r"l(?=ment$|ments$|ful$|fully$)", "ll"),
        (r"mme(?=$|s$)", "m"),
        (r"ae", "e"),
        (r"oe", "e"),
        (r"ageing", "aging"),
        (r"judgement", "judgment"),
        (r"acknowledgement", "acknowledgment"),
        (r"sceptic", "skeptic"),
        (r"grey", "gray"),
        (r"tyre", "tire"),
        (r"aluminium", "aluminum"),
        (r"enrol(?=$|s$)", "enroll"),
        (r"fulfil(?=$|s$)", "fulfill"),
        (r"skilful", "skillful"),
        (r"wards$", "ward"),
        (r"learnt", "learned"),
        (r"manoeuvre", "maneuver"),
        (r"plough", "plow"),
        (r"cheque", "check"),
        (r"practis(?=e$|es$|ed$|ing$)", "practic"),
    )
)

MODERN_WORDS = word_set("""smartphone smartphones covid wellbeing online website websites app apps blog blogs
    podcast podcasts influencer influencers selfie selfies wifi texting multitask multitasking multitasked
    biodiversity globalisation globalization globalised globalized urbanisation urbanization urbanised
    urbanized sustainability sustainable unsustainable digitalisation digitalization commodification
    microplastics ecotourism ecosystem ecosystems cyberbullying cybercrime cybersecurity telecommuting
    teleworking homeschooling homeschooled carpooling overtourism upskilling reskilling coworking freelancer
    freelancers workaholic workaholics upbringing internet email emails laptop laptops streaming gamers gamer
    esports vlog vlogs vloggers online offline tech hashtag deforestation desertification overfishing
    overpopulation overpopulated underprivileged healthcare childcare lifelong lifespan workplace workplaces
    workload workforce commuters commuter pedestrianised pedestrianized decarbonisation renewables biofuel
    biofuels interconnected interconnectedness standardised standardized monolingual multilingual bilingualism
    etc pros cons bicycle rideshare coursework extracurricular co-curricular tv phd ceo ielts gdp nowadays
    everyday nbsp gentrification consumerism consumerist meritocracy stakeholders infrastructures mindset
    mindsets teamwork teenage parental geopolitics neurodiverse neurodiversity telehealth telemedicine chatbot
    chatbots crowdfunding webinar webinars livestream livestreaming outdated underfunded underpaid
    overqualified overworked unpaid""")
"""Right words that the subtitle dictionary or Harper's lacks."""


@cache
def spell_checker() -> SpellChecker:
    """The pyspellchecker dictionary of English, read once (about 0.1 s)."""
    return SpellChecker(language="en", distance=1)


@cache
def _total_words() -> int:
    return int(spell_checker().word_frequency.total_words)


def plain(word: str) -> str:
    """Lower case without accents or a possessive ending: ``Café's`` becomes ``cafe``."""
    stripped = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c)).lower()
    return stripped.removesuffix("'s") if len(stripped) > 3 else stripped


def american_forms(word: str) -> list[str]:
    """The American spellings that a British word may stand for: ``organise`` gives ``organize``."""
    forms = []
    for pattern, replacement in _AMERICAN_ENDINGS:
        changed = pattern.sub(replacement, word)
        if changed != word:
            forms.append(changed)
            forms += [p.sub(r, changed) for p, r in _AMERICAN_ENDINGS if p.sub(r, changed) != changed]
    return forms


@lru_cache(maxsize=50_000)
def frequency(word: str) -> int:
    """How often the word occurs in the subtitle corpus, British spellings counted as their American form."""
    table = spell_checker().word_frequency
    word = plain(word)
    count = int(table[word])
    if count:
        return count
    return max((int(table[form]) for form in american_forms(word)), default=0)


def zipf(word: str) -> float | None:
    """The word's Zipf value, log10 of occurrences per thousand million words (the: 7.7); None when unknown.

    The scale is that of van Heuven and others, 2014: above 4 is everyday, below 3 is rare.
    """
    count = frequency(word)
    return math.log10(count / _total_words() * 1e9) if count else None


def is_known(word: str) -> bool:
    """Whether a lower-case word is right in British or American spelling, as far as the dictionary knows."""
    if word in MODERN_WORDS or frequency(word) > 0 or word in FUNCTION_WORDS:
        return True
    if "-" in word:
        return all(len(part) < 3 or is_known(part) for part in word.split("-"))
    return False


def connectives_in(text: str) -> list[tuple[int, int, str]]:
    """Each connective as ``(start, end, what it does)``, in order."""
    return [
        (m.start(), m.end(), _CONNECTIVE_GROUP[" ".join(m.group().lower().split())])
        for m in _CONNECTIVE_PATTERN.finditer(text)
    ]


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A crude stem, enough to see that ``government`` and ``governments`` or ``pollute`` and ``pollution``
    match."""
    word = plain(word)
    for ending in (
        "ations",
        "ation",
        "ings",
        "ments",
        "ness",
        "ment",
        "ions",
        "ies",
        "ing",
        "ion",
        "ers",
        "ive",
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    for ending in ("ed", "es", "er", "ly", "al", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
