"""The object of a relative clause said as a pronoun: ``que`` as ``le la les``, ``dont`` as ``en``, before its verb.

Called by ``relatives``.
"""

import re
from collections.abc import Sequence

from headway.apps.novel import lexicon
from headway.apps.novel.atoms import Atom
from headway.apps.novel.clauses import INFINITIVE
from headway.apps.novel.phrases import Subject, is_time
from headway.apps.novel.piece import Repair
from headway.apps.novel.words import count_words, elides, listed

_WHO = listed("je tu il elle on nous vous ils elles")
_BEFORE_OBJECT = listed("ne me te se nous vous")
_BEHIND_OBJECT = listed("lui leur y en")
_UNELIDED = {"j'": "je", "n'": "ne", "m'": "me", "t'": "te", "s'": "se", "l'": "le", "qu'": "que"}
_CAUSES = re.compile(r"^(?:fai|fi[stmr]|fer|laiss|voi[rst]|vi[stmr]|voyai|entend)")
_SO = listed("si tant tel telle tels telles tellement")
_COMPARES = listed(
    "plus moins si aussi autant autre autres autrement même mêmes tel telle tels telles mieux tant"
)
_ADVERBS = listed("déjà toujours jamais encore bien plus pas point aussi même enfin souvent")
_INTRANSITIVE = re.compile(
    r"^(?:ir(?:ai|as|a|ons|ez|ont)|all(?:ai|a$|è)|va$|vont$|vais$|(?:re|de|par)?v(?:ien|in[tsr]|en[ai])|part(?:ai|a$|ent|it|ir)|"
    r"arriv|tomb|mour|meur|rest[eaè]|dor[mt]|trembl|sembl|paru|paraî|étai|fut$|furent|est$|sont$|ser[ao])"
)
_REACH = 6


def as_object(made: Sequence[Atom], at: int, phrase: Subject, place: int = 0) -> list[Repair]:
    """``que`` as ``le la les`` and ``dont`` as ``en`` before the verb of its clause, which starts at ``place`` of the
    piece."""
    verb = _verb_of(made, at)
    if verb is None or is_time(phrase) or _compared(made, at) or _INTRANSITIVE.match(made[verb].last):
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
    ahead = [part for atom in made[verb + 1 : verb + 7] for part in atom.parts]
    if any(
        one in ("de", "d'", "à") and any(INFINITIVE.search(two) for two in ahead[n + 1 :])
        for n, one in enumerate(ahead)
    ):
        return []
    if ahead[:1] and ahead[0] in _ADVERBS and any(INFINITIVE.search(one) for one in ahead[1:5]):
        return []
    if following is not None and following.first in ("que", "qu'"):
        return []
    asks = following is not None and INFINITIVE.search(following.first) and len(following.first) > 3
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
    return "le" if elides(verb) else None  # "l'" hides what is not known


def _elided(words: Sequence[str]) -> str:
    """The words as they are written, ``le avait`` as ``l'avait``."""
    said = ""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word.casefold() in ("le", "la", "je", "ne", "me", "te", "se") and elides(following):
            said += word[:-1] + "'"
        else:
            said += word + " "
    return said.strip()


def _is_be(verb: str) -> bool:
    return re.sub(r"\W+$", "", verb) in ("est", "sont", "était", "étaient", "fut", "furent", "sera", "serait")


def _compared(made: Sequence[Atom], at: int) -> bool:
    """Whether the ``que`` at ``at`` may be that of a comparison or a consequence: ``plus habile qu'il ne pensait``, ``si bien
    valoir, qu'il en sortit``.
    """
    near = True
    for atom in reversed(made[max(0, at - 14) : at]):
        if _SO & set(atom.parts) or (near and _COMPARES & set(atom.parts)):
            return True
        if any(char in ";:" for char in atom.trail):
            break
        near = near and not atom.pause
    return False
