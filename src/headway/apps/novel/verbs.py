"""Which French words are finite verbs, told by form and neighbours, without a dictionary.

Called by ``clauses``. The past tenses of narrative are told by their endings, the present by a list of common
irregular verbs and by the pronoun before it. It errs on the side of "no verb": a missed verb costs a break or
a repair, a wrong one makes a bad sentence.
"""

import re
from functools import lru_cache

from headway.apps.novel.words import listed

_PRESENT = listed(
    """
    est sont suis es êtes sommes a ai as ont avez avons va vas vais vont fait fais font faites dit dis
    disent peut peux peuvent puis veut veux veulent doit dois doivent sait sais savent voit vois voient
    vient viens viennent devient deviennent revient tient tiennent prend prends prennent comprend apprend
    met mets mettent permet promet croit crois croient connaît connais connaissent paraît paraissent semble
    semblent reste restent faut vaut valent vit vivent suit suivent lit écrit rit court courent meurt
    meurent ouvre offre sent sentent part partent sort sortent dort sert servent reçoit boit conduit plaît
    naît bat rend attend entend descend répond perd vend soit soient ait aient puisse sache fasse aille
    veuille aime aiment pense parle parlent regarde arrive demeure existe commence continue devine donne
    trouve passe porte appelle
    """
)
_AMBIGUOUS_PRESENT = listed(
    "puis part sort reste porte passe commence court bat sent sert suis es as vit dit soit"
)

"""Also nouns, adverbs or past forms: they count with a subject before them, or as past tenses."""

_PAST = listed(
    """
    fut furent eut eurent fit firent dit dirent vit virent prit prirent mit mirent vint vinrent tint tinrent
    put purent dut durent sut surent voulut crut crurent connut parut lut but courut mourut reçut vécut plut
    tut fallut valut naquit rit rirent suivit ouvrit offrit couvrit souffrit sentit partit sortit dormit
    servit rendit répondit entendit attendit descendit perdit vendit battit conduisit écrivit finit saisit
    choisit réussit rougit pâlit frémit surgit agit obéit bondit grandit avertit bâtit remplit gémit jouit
    punit unit assit rassit sourit apprit comprit reprit surprit promit permit remit commit admit
    introduisit produisit reconnut disparut apparut accourut parcourut résolut aperçut conçut déçut devint
    eût fût pût dût sût vît fît prît mît vînt tînt crût lût bût
    revint parvint survint intervint convint prévint souvint obtint retint maintint soutint contint était
    étaient avait avaient j'étais étais avais alla va
    """
)
_NO_AIT = listed(
    "lait trait fait portrait souhait attrait retrait extrait bienfait parfait forfait distrait méfait"
)
_NO_A = listed(
    "la ma ta sa ça cela voilà delà déjà çà là à opéra agenda caméra panorama sofa villa papa ha ah"
)
_NO_IT_UT = listed(
    """
    nuit petit lit esprit bruit fruit huit habit écrit crédit appétit profit conflit récit débit circuit
    produit réduit minuit droit toit endroit étroit exploit adroit froid doit soit voit croit reçoit boit
    conduit détruit instruit introduit traduit cuit biscuit gabarit manuscrit inscrit prescrit proscrit
    décrit délit dépit édit bandit répit maudit susdit inédit contredit interdit subit gratuit fortuit
    inouït cuit but salut début tribut statut rebut institut brut tout debout bout goût août coût égout
    atout surtout partout partit-on conscrit lendit chut mut confit déficit granit transit zénith licit
    """
)
_NO_CIRCUMFLEX = listed(
    "août goût coût mât dégât appât bât prêt forêt arrêt plutôt aussitôt bientôt tantôt côté dégoût"
)
_INFINITIVE = re.compile(r"(?:er|ir|oir|dre|tre|vre|ire|clure|ure|aire|oire|aître)$")
_RER = listed(
    """
    montre entre rencontre pleure demeure respire désire tire retire attire admire ignore espère adore assure
    rassure jure mesure murmure préfère considère ouvre offre couvre découvre souffre montre démontre figure
    soupire dévore dore honore encadre livre délivre consacre enivre déchire inspire expire aspire adhère
    """
)
_BEHIND_CE = listed(
    "fut furent est sont était étaient sera seront serait seraient soit fût eût doit devait peut pouvait"
)
_PLURALS = listed("les des ces mes tes ses nos vos leurs deux trois quatre cinq six quelques plusieurs")
_NO_ENT = listed(
    "souvent cent argent vent couvent présent absent content prudent ardent innocent évident violent lent"
)
_MENT = listed(
    "aiment forment dorment nomment ferment consument animent expriment estiment enferment affirment confirment allument"
)
_PRONOUNS = listed("je j' tu il elle on ils elles qui ce c' cela ça")
_OBJECTS = listed("ne n' me m' te t' se s' y")
_LOOSE_OBJECTS = listed("le la les l' lui leur en nous vous")
_NEVER_PRESENT = (
    _OBJECTS
    | _LOOSE_OBJECTS
    | listed("pas plus jamais point moins tous très mais dans sans mes tes ses des deux trois")
)


@lru_cache(maxsize=65_536)
def _by_form(word: str) -> bool:
    """Whether the form alone says so."""
    if word in _PAST:
        return True
    if word in _PRESENT:
        return word not in _AMBIGUOUS_PRESENT
    if len(word) < 4 or "-" in word:
        return False
    if word.endswith(("ait", "aient")):
        return word not in _NO_AIT
    if word.endswith(("èrent", "irent", "urent", "inrent")):
        return True
    if word.endswith(("erai", "irai", "erais", "irais", "erons", "erez", "rions", "riez")):
        return True
    if word.endswith(("eront", "iront", "dront", "vront", "rront")):
        return True
    if word.endswith(("drai", "drais", "drons", "drez", "vrez", "vrons", "rrai", "rrais", "rrez", "rrons")):
        return True
    if word.endswith(("âmes", "îmes", "ûmes", "înmes")) and len(word) > 5:
        return True
    if word.endswith("ez"):
        return word not in ("assez", "chez", "rez")
    if word.endswith("a"):
        return word not in _NO_A
    if word.endswith(("it", "ut")):
        return word not in _NO_IT_UT and not word.endswith(("oit", "ruit", "out"))
    if word.endswith(("ât", "ît", "ût", "înt")):
        return word not in _NO_CIRCUMFLEX
    return word.endswith(("assent", "ussent", "issent"))


def is_finite(word: str, before: str = "", earlier: str = "", *, name: bool = False) -> bool:
    """Whether ``word`` is a finite verb after ``before`` and ``earlier`` (the two words in front of it).

    ``name``: the word has a capital inside a sentence, so it is no verb.
    """
    if name:
        return False
    if before == "ce":
        return word in _BEHIND_CE
    if before in (
        "le",
        "la",
        "les",
        "l'",
        "un",
        "une",
        "du",
        "des",
        "au",
        "mon",
        "son",
        "de",
        "d'",
        "cette",
    ):
        # A noun behind an article, unless a subject before it makes the article a pronoun.
        if before not in ("le", "la", "les", "l'"):
            return False
        if earlier not in (_PRONOUNS | _OBJECTS | _LOOSE_OBJECTS):
            return word not in _PRESENT and _by_form(word)
        return _by_form(word) or _present(word)
    if _by_form(word):
        return True
    if before in _PRONOUNS or before in _OBJECTS:
        return word in _PRESENT or _present(word)
    if before in _LOOSE_OBJECTS:
        if before in ("nous", "vous") and word.endswith(("ons", "ez")) and not _INFINITIVE.search(word):
            return True
        return earlier in (_PRONOUNS | _OBJECTS | _LOOSE_OBJECTS - {"en"}) and (
            word in _PRESENT or _present(word)
        )
    return earlier in _PLURALS and before.endswith(("s", "x")) and _plural_present(word)


def _plural_present(word: str) -> bool:
    """Whether a word behind a noun in the plural is its verb: ``les mères craignent``."""
    return word.endswith("ent") and word not in _NO_ENT and (not word.endswith("ment") or word in _MENT)


def _present(word: str) -> bool:
    """Whether the word has the form of a present tense, where only a verb can stand."""
    if word in _RER:
        return True
    if (
        word in _NEVER_PRESENT
        or _INFINITIVE.search(word)
        or word.endswith(("ant", "é", "ée", "és", "ées"))
        or len(word) < 3
    ):
        return False
    return word.endswith(("e", "es", "ent", "s", "t", "d", "x", "ons", "ez", "ai"))


_STEMS = {"ayant": "av", "sachant": "sav", "étant": "ét"}


def imperfect(participle: str, person: str) -> str | None:
    """The imperfect that a present participle stands for: ``parlant`` and ``3s`` give ``parlait``.

    French forms both on one stem (Grevisse, *Le bon usage*); avoir and savoir alone do not. Persons are
    ``1s 3s 3p``; for others None.
    """
    ending = {"1s": "ais", "3s": "ait", "3p": "aient"}.get(person)
    if ending is None or not participle.endswith("ant"):
        return None
    return _STEMS.get(participle, participle[:-3]) + ending


def is_past(word: str) -> bool:
    """Whether a finite verb is in a tense of the past, as far as its form says."""
    return (
        word in _PAST
        or word.endswith(("ait", "aient", "èrent", "irent", "urent", "inrent", "ais"))
        or (word.endswith(("a", "ut", "int", "it")) and word not in _PRESENT)
    )
