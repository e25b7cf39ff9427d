"""Relative clauses that stand alone: ``la lettre qu'il avait écrite`` goes on as ``Il l'avait écrite.``

Called by ``repairs``. What a relative pronoun stands for is said again: as the subject (``qui``), as the pronoun before the
verb (``que``, ``dont``), as ``là`` or ``alors`` (``où``), as ``celui-ci`` (``lequel``), or the whole is led in by "c'était".
It is done only where the source shows gender and number, or needs none.
"""

import re
from collections.abc import Sequence

from headway.apps.novel import lexicon
from headway.apps.novel.clauses import Atom, starts_relative
from headway.apps.novel.piece import Repair, Sentence, swapped
from headway.apps.novel.subjects import Subject, antecedent, is_time, nearest, pronoun_for
from headway.apps.novel.words import count_words, listed, words

_BARE = Repair(cost=6.0, fragment=True)
_LEQUEL = {
    "lequel": "celui-ci", "laquelle": "celle-ci", "lesquels": "ceux-ci", "lesquelles": "celles-ci",
    "auquel": "à celui-ci", "auxquels": "à ceux-ci", "auxquelles": "à celles-ci",
    "duquel": "de celui-ci", "desquels": "de ceux-ci", "desquelles": "de celles-ci",
}  # fmt: skip
_STRESSED = {"il": "lui", "elle": "elle", "ils": "eux", "elles": "elles"}
_WHO = listed("je tu il elle on nous vous ils elles")
_BEFORE_OBJECT = listed("ne me te se nous vous")
_BEHIND_OBJECT = listed("lui leur y en")
_UNELIDED = {"j'": "je", "n'": "ne", "m'": "me", "t'": "te", "s'": "se", "l'": "le", "qu'": "que"}
_CAUSES = re.compile(r"^(?:fai|fi[stmr]|fer|laiss|voi[rst]|vi[stmr]|voyai|entend)")
_INFINITIVE = re.compile(r"(?:er|ir|oir|dre|tre|vre|ire)$")
_COMPARES = listed(
    "plus moins si aussi autant autre autres autrement même mêmes tel telle tels telles mieux tant"
)
_VOWEL = re.compile(r"[aeiouyàâéèêëîïôûùœh]", re.IGNORECASE)
_ASPIRATED = (
    "haï",
    "hait",
    "heurt",
    "hurl",
    "hât",
    "harc",
    "hiss",
    "hoch",
    "hach",
    "hasard",
    "hauss",
    "honn",
)
_ADVERBS = listed("déjà toujours jamais encore bien plus pas point aussi même enfin souvent")
_LIGHT = lexicon.CLITICS - {"le", "la", "les", "l'"}
_QUANTITIES = listed("peu sorte espèce genre nombre moitié reste quantité foule tas partie plupart")
_REACH = 6


def relative(whole: Sentence, at: int) -> list[Repair]:
    """The ways in which a piece may start with the relative clause at ``at``."""
    made = whole.made
    here = made[at]
    phrase = antecedent(made, at)
    if phrase is None or _is_quantity(phrase) or (here.first == "qui" and _disagrees(made, at, phrase)):
        phrase = nearest(made, at)
        if phrase is not None and here.first == "qui" and _disagrees(made, at, phrase):
            phrase = None
    if here.last in _LEQUEL or (
        at + 1 < len(made) and made[at + 1].first in _LEQUEL and len(here.parts) == 1
    ):
        return [*_with_lequel(made, at), _BARE]
    found: list[Repair] = []
    for choice in (phrase and (phrase, *phrase.heads)) or ():
        there = whole.there(at, plural=choice.plural)
        cost = 0.3 if choice is phrase else 1.0
        found.append(Repair(f"{there} {choice.text}", extra=2 + choice.words, cost=cost, clause=True))
    if here.first in ("que", "qu'", "dont"):
        if phrase is not None:
            found += _as_object(made, at, phrase)
        found.append(Repair(f"{whole.there(at)} ce", extra=3, cost=2.4, clause=True))
    elif here.first == "où":
        found.append(Repair(f"{whole.there(at)} là", extra=3, cost=1.4, clause=True))
        if phrase is not None:
            found.append(_somewhere(made, at, phrase))
    elif phrase is not None and here.first == "qui" and len(here.parts) == 1:
        found += _as_subject(whole, at, phrase)
    elif phrase is not None and at + 1 < len(made) and made[at + 1].first == "qui":
        found += _with_preposition(made, at, phrase)
    return [*found, _BARE]


def second_relative(whole: Sentence, at: int) -> list[Repair]:
    """``et qui …`` behind an earlier relative clause: the same antecedent by its pronoun."""
    made, bare = whole.made, Repair(cost=5.0, fragment=True)
    here = made[at + 1]
    earlier = _earlier(made, at)
    if here.first in ("que", "qu'", "dont"):
        ways = _as_object(made, at + 1, earlier, 1) if earlier else []
        return [*ways, Repair(f"{whole.there(at)} ce", 1, extra=3, cost=2.4, clause=True), bare]
    if here.first == "qui" and len(here.parts) == 1 and earlier:
        swap = swapped(here.raw, "qui", earlier.again if earlier.plural else pronoun_for(earlier).text)
        extra = count_words(swap) - count_words(here.raw)
        return [Repair(swap=swap, swap_at=1, extra=extra, cost=0.8, clause=True), bare]
    return [bare]


def _earlier(made: Sequence[Atom], at: int) -> Subject | None:
    """The antecedent of the relative clause before ``at``."""
    for index in range(at - 1, 0, -1):
        if starts_relative(made, index):
            return antecedent(made, index)
        if any(char in ";:" for char in made[index].trail):
            break
    return None


def _disagrees(made: Sequence[Atom], at: int, phrase: Subject) -> bool:
    """Whether the verb behind ``qui``, or a participle there, shows that another noun is meant: ``la lettre du roi, qui
    fut brûlée``.
    """
    verb = next((atom.last for atom in made[at : at + 5] if atom.verb), "")
    if verb and verb.endswith(("ent", "ont")) != phrase.plural:
        return True
    for index in range(at + 1, min(len(made), at + 5)):
        word = made[index].last
        if word.endswith(("ée", "ées")) and phrase.gender == "m":
            return True
        if word.endswith(("ées", "és")) and not phrase.plural:
            return True
        if made[index].pause:
            break
    return False


def _is_quantity(phrase: Subject) -> bool:
    """``un peu de cette gaieté``: what follows is not said of the ``peu``."""
    return not _QUANTITIES.isdisjoint(words(phrase.text)[:2])


def _as_subject(whole: Sentence, at: int, phrase: Subject) -> list[Repair]:
    """``qui`` as the pronoun of its antecedent, unless that could be the sentence's subject too; or as its words again, where
    they are few."""
    raw, found = whole.made[at].raw, []
    taken = {one.subject.text for one in whole.found if one.at < at and not one.inner}
    who = pronoun_for(phrase)
    if who is not phrase:
        cost = 2.6 if who.text in taken else 1.0
        found.append(Repair(swap=swapped(raw, "qui", who.text), cost=cost, clause=True))
    for choice in (*phrase.heads, phrase):
        if choice.words <= 4:
            swap = swapped(raw, "qui", choice.again)
            found.append(Repair(swap=swap, extra=count_words(choice.again) - 1, cost=0.8, clause=True))
    return found


def _with_lequel(made: Sequence[Atom], at: int) -> list[Repair]:
    """``avec lequel`` is ``avec celui-ci``."""
    place = 0 if made[at].last in _LEQUEL else 1
    atom = made[at + place]
    if len(atom.parts) > 1:
        return []
    swap = swapped(atom.raw, atom.last, _LEQUEL[atom.last])
    extra = count_words(_LEQUEL[atom.last]) - 1
    return [Repair(swap=swap, swap_at=place, extra=extra, cost=1.0, clause=True)]


def _with_preposition(made: Sequence[Atom], at: int, phrase: Subject) -> list[Repair]:
    """``à qui`` is ``à elle``."""
    stressed = _STRESSED.get(pronoun_for(phrase).text)
    atom = made[at + 1]
    if stressed is None or len(atom.parts) > 1:
        return []
    return [Repair(swap=swapped(atom.raw, "qui", stressed), swap_at=1, cost=1.6, clause=True)]


def _somewhere(made: Sequence[Atom], at: int, phrase: Subject) -> Repair:
    """``où`` is ``là``, behind a word for a time ``alors``."""
    word = "alors" if is_time(phrase) else "là"
    following = made[at + 1] if at + 1 < len(made) else None
    joined = following is None or following.verb or following.first in _LIGHT or "on" in following.parts
    comma = "" if joined else ","
    raw = made[at].raw
    place = raw.casefold().rfind("où")
    return Repair(swap=raw[:place] + word + comma + raw[place + 2 :], cost=1.5, clause=True)


def _as_object(made: Sequence[Atom], at: int, phrase: Subject, place: int = 0) -> list[Repair]:
    """``que`` as ``le la les`` and ``dont`` as ``en`` before the verb of its clause, which starts at ``place`` of the
    piece."""
    verb = _verb_of(made, at)
    if verb is None or is_time(phrase) or _compared(made, at):
        return []
    tokens = [_token(part) for atom in made[at:verb] for part in re.split(r"(?<=['’])", atom.raw) if part]
    tokens += [_token(part) for part in re.split(r"(?<=['’])", made[verb].raw) if part]
    subject, rest = _parted(tokens[1:])
    if not subject or any(word in ("le", "la", "les") for word in rest[:-1]):
        return []
    object_ = "en" if made[at].first == "dont" else _article(phrase, rest[-1])
    if object_ is None:
        return []
    behind = [word for word in rest[:-1] if word in _BEHIND_OBJECT]
    if object_ == "en":
        if "en" in behind or (subject[0].casefold() not in _WHO and not _is_be(rest[-1])):
            return []
        before, behind = rest[:-1], []
    else:
        before = [word for word in rest[:-1] if word not in _BEHIND_OBJECT]
    if any(word not in _BEFORE_OBJECT | _BEHIND_OBJECT for word in before):
        return []
    following = made[verb + 1] if verb + 1 < len(made) and not made[verb].trail else None
    ahead = [atom.first for atom in made[verb + 1 : verb + 5]]
    if any(
        one in ("de", "d'", "à") and any(_INFINITIVE.search(two) for two in ahead[n + 1 :])
        for n, one in enumerate(ahead)
    ):
        return []
    if ahead[:1] and ahead[0] in _ADVERBS and any(_INFINITIVE.search(one) for one in ahead[1:3]):
        return []
    asks = following is not None and _INFINITIVE.search(following.first) and len(following.first) > 3
    if asks and not _CAUSES.search(made[verb].last):
        if behind or following is None or len(following.parts) > 1:
            return []
        said = _elided([*subject, *before, rest[-1], object_, following.raw])
        end = verb + 2
    else:
        said = _elided([*subject, *before, object_, *behind, rest[-1]])
        end = verb + 1
    extra = count_words(said) - sum(len(atom.parts) for atom in made[at:end])
    return [Repair(swap=said, swap_at=place, span=end - at, extra=extra, cost=0.25, clause=True)]


def _verb_of(made: Sequence[Atom], at: int) -> int | None:
    """The place of the verb of the relative clause, where its subject stands before it and no comma between."""
    for index in range(at, min(len(made), at + _REACH)):
        atom = made[index]
        if atom.verb:
            return None if atom.inverted or (index == at and len(atom.parts) < 3) else index
        if atom.pause or (index > at and atom.first in lexicon.PREPOSITIONS - {"en"}):
            return None
    return None


def _token(part: str) -> str:
    plain = part.replace("’", "'").strip()
    return _UNELIDED.get(plain.casefold(), part.strip())


def _parted(tokens: Sequence[str]) -> tuple[list[str], list[str]]:
    """The subject's words, and those from the first word before the verb that is no subject; none where it is inverted."""
    if not tokens:
        return [], []
    if tokens[0].casefold() in _WHO:
        return [tokens[0]], [word.casefold() for word in tokens[1:-1]] + [tokens[-1]] if len(
            tokens
        ) > 1 else []
    end = len(tokens) - 1
    while end > 0 and tokens[end - 1].casefold() in _BEFORE_OBJECT | _BEHIND_OBJECT:
        end -= 1
    if end == 0 or tokens[end - 1].casefold() in ("le", "la", "les"):
        return [], []
    if {word.casefold() for word in tokens[:end]} & (_WHO | lexicon.RELATIVES | {"que"}):
        return [], []
    return list(tokens[:end]), [word.casefold() for word in tokens[end:-1]] + [tokens[-1]]


def _article(phrase: Subject, verb: str) -> str | None:
    if phrase.plural:
        return "les"
    if phrase.gender:
        return "la" if phrase.gender == "f" else "le"
    return "le" if _elides(verb) else None  # "l'" hides what is not known


def _elides(word: str) -> bool:
    return _VOWEL.match(word) is not None and not word.casefold().startswith(_ASPIRATED)


def _elided(words: Sequence[str]) -> str:
    """The words as they are written, ``le avait`` as ``l'avait``."""
    said = ""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word.casefold() in ("le", "la", "je", "ne", "me", "te", "se") and _elides(following):
            said += word[:-1] + "'"
        else:
            said += word + " "
    return said.strip()


def _is_be(verb: str) -> bool:
    return re.sub(r"\W+$", "", verb) in ("est", "sont", "était", "étaient", "fut", "furent", "sera", "serait")


def _compared(made: Sequence[Atom], at: int) -> bool:
    """Whether the ``que`` at ``at`` may be that of a comparison: ``plus habile qu'il ne pensait``."""
    for atom in reversed(made[max(0, at - 6) : at]):
        if _COMPARES & set(atom.parts):
            return True
        if atom.pause:
            break
    return False
