"""Closed classes of French words that the shortener's rules lean on. Lower case, apostrophes plain.

Read by ``verbs``, ``clauses`` and ``repairs``; an elided word is listed with its apostrophe (``qu'``).
"""

import re

from headway.apps.novel.words import listed

MASCULINE = listed("le un ce cet du au")
FEMININE = listed("la une cette ma ta sa")
EITHER_ONE = listed("l' mon ton son notre votre leur chaque quelque tout toute")
PLURAL = listed(
    "les des ces mes tes ses nos vos leurs aux quelques plusieurs deux trois quatre cinq six sept huit dix"
)
DETERMINERS = MASCULINE | FEMININE | EITHER_ONE | PLURAL
UNCONTRACTED = {"du": "le", "au": "le", "aux": "les"}

SUBJECTS = listed("je j' tu il elle on ils elles ce c' cela ça ceci")
CLITICS = listed("ne n' me m' te t' se s' le la les l' lui leur y en nous vous")
COORDINATORS = listed("et mais ou car donc or ni puis")
ADVERSATIVE_STARTS = listed("mais or donc puis ensuite alors enfin pourtant cependant toutefois aussi ainsi")

SUBORDINATORS = (
    "parce que", "pendant que", "avant que", "après que", "depuis que", "dès que", "pour que", "afin que",
    "sans que", "jusqu'à ce que", "tandis que", "alors que", "à mesure que", "tant que", "aussitôt que",
    "sitôt que", "comme si", "si bien que", "de sorte que", "en sorte que", "de manière que", "de façon que",
    "bien que", "quoique", "encore que", "puisque", "lorsque", "quand", "comme", "si", "à moins que",
    "pourvu que", "de peur que", "de crainte que", "au point que", "ainsi que", "outre que", "non que",
    "jusque", "malgré que", "selon que", "attendu que", "vu que", "chaque fois que", "toutes les fois que",
)  # fmt: skip
INTRODUCED = listed(
    """
    parce pendant avant après depuis dès pour afin au sans jusqu' à aussitôt sitôt lorsque lorsqu' quand
    comme tant de ainsi chaque toutes alors tandis
    """
)

"""First words of subordinate clauses that ``c'était`` may introduce; the others stand by themselves or
badly.
"""

RELATIVES = listed(
    """
    qui que qu' dont où lequel laquelle lesquels lesquelles auquel auxquels auxquelles duquel desquels
    desquelles
    """
)
NO_ANTECEDENT = listed(
    """
    ce celui celle ceux celles tout tous toutes rien personne quelqu'un quelque quelqu' chose autre autres
    même c' cela tel telle tels telles voilà voici moi toi lui elle eux nous vous
    """
)

PREPOSITIONS = listed(
    """
    dans sur avec pour sans par vers chez depuis pendant après avant entre contre sous jusque jusqu' parmi
    malgré devant derrière selon durant dès outre hors envers comme à au aux en afin jusques
    """
)
WEAK_PREPOSITIONS = listed("à au aux en")
"""They often belong to the verb before them: breaking there costs more."""

NEVER_LAST = (
    DETERMINERS
    | CLITICS
    | PREPOSITIONS
    | (COORDINATORS - {"donc", "or"})
    | (RELATIVES - {"lequel", "laquelle"})
    | listed(
        """
        je j' il on ils tu d' de des qu' c' ce cet si très plus moins trop aussi fort tant assez peu trop bien
        a ai as avait avaient avais est était étaient étais sont fut furent eut eurent ont aura auront sera
        serait seraient seront aurait auraient ayant étant être avoir peut pouvait pouvaient put doit devait
        dut va allait allaient alla fait faisait fit laisser laissa laissait veut voulait voulut vouloir faire
        quand lorsque lorsqu' puisque puisqu' quoique quoiqu' comme parce afin tandis quel quelle quels
        quelles ni tout toute tous toutes chaque quelque même grand grande petit petite beau belle vieux
        vieille bon bonne jeune premier première autre seul seule m mm mme mlle dr st ste mgr p
        """
    )
) - {"vous", "nous", "lui", "leur", "y", "après", "avant", "devant", "derrière", "en", "contre"}
"""Words behind which no sentence ends well."""

NEVER_BEFORE_COMMA = (
    COORDINATORS
    | RELATIVES
    | (DETERMINERS - listed("deux trois quatre cinq six sept huit dix tout toute leur"))
    | listed(
        "de d' à dans sur par pour sans vers chez sous parmi que qu' ne n' se s' je j' si comme quand lorsque"
    )
)
"""Words behind which no sentence ends, not even where the author put a comma."""

INTERROGATIVES = listed("pourquoi comment combien quel quelle quels quelles qui que qu' où quand est-ce")

SAYING = listed(
    """
    dit dis disait disais répondit répond répondait demanda demande demandait cria crie criait s'écria s'écrie
    reprit reprend reprenait ajouta ajoute ajoutait murmura murmure murmurait fit fait pensa pense pensait
    soupira balbutia bégaya répéta répète continua poursuivit répliqua observa déclara affirma expliqua
    interrompit interrogea hurla gémit souffla chuchota songea objecta riposta reparut conclut acheva
    commença prononça grommela grogna insista protesta avoua annonça appela exclama s'exclama écria supplia
    ordonna remarqua rétorqua lança articula bredouilla susurra maugréa gronda sanglota ricana
    """
)

APPOSED_ADJECTIVES = listed(
    """
    plein pleine pleins pleines ivre ivres heureux heureuse heureuses content contente contents contentes fier
    fière fiers fières prêt prête prêts prêtes seul seule seuls seules immobile immobiles pâle pâles lourd
    lourde lourds lourdes capable capables incapable incapables semblable semblables pareil pareille pareils
    pareilles muet muette muets muettes inquiet inquiète inquiets inquiètes libre libres rouge rouges blanc
    blanche blancs blanches noir noire noirs noires maigre maigres triste tristes certain certaine certains
    certaines honteux honteuse jaloux jalouse soucieux soucieuse désireux désireuse curieux curieuse furieux
    furieuse sûr sûre
    """
)
EPICENE = listed("ivre immobile pâle capable incapable semblable libre rouge maigre triste")
"""Those of them that look the same for him and for her."""
COMPLETIVE = re.compile(
    r"(?:re)?(?:di[ts]|dire|disai|avert|annon[cç]|assur|persuad|inform|préven|prévin|répond|répét|écri[vt]|écrire|jur[aeè]|"
    r"promet|promi[ts]|déclar|montr|prouv|croi|croy|crut|crur|sai[ts]|sav|sut|surent|pens|jug|trouv|voi[rst]|voy|vit$|"
    r"vou[ld]|veu[tlx]|crai|espér|demand|obt[ie]n|ordonn|permet|permi[ts]|défend|sent[aeiî]|compr[ei]|appr[ei]|oubli|souhait|"
    r"attend|convain|convin|convien|sembl|fall|faut$|idée|fait$|espoir|nouvelle|preuve|crainte|cri[ae]|s'écri|ajout|"
    r"imagin|suppos|remarqu|aperç|sûr|certain|content|heureu)"
)
"""What a ``que`` says or wants comes after one of these."""
NO_PARTICIPLES = listed(
    """
    fils ami amis amie amies mari maris pays avis roi rois parti partis côté côtés été beauté bonté santé
    malgré liberté pitié amitié moitié clarté vérité fois bras pas plus puis moins mais jamais depuis parmi ici
    ainsi aussi merci midi minuit nuit nuits bruit bruits fruit fruits lit lits esprit esprits petit petite
    petits petites habit habits récit récits débit profit appétit crédit délit conflit droit droits endroit
    endroits toit toits soit doit marquis marquise souris brebis tapis permis mois fait faits effet tout
    toute tous toutes vertu vertus tribu qualité quantité autorité cité société majesté fierté charité
    vanité volonté curiosité difficulté éternité envie envies vie vies pluie pluies partie parties série
    folie maladie compagnie comédie jalousie rue rues vue vues statue venue avenue tenue absolu inconnu
    inconnue dieu lieu milieu feu jeu peu bleu adieu cheveu neveu salut but début voici aussitôt bientôt
    tantôt plutôt nuit huit suite suites fuite visite visites conduite élite limite mérite réussite lumière
    minute minutes dispute chute chutes lutte lutes faute fautes si ni oui quoi voilà soi lui celui qui chez
    """
)
NO_PRESENT_PARTICIPLES = listed(
    """
    enfant avant devant pendant durant tant autant pourtant cependant maintenant instant suivant géant
    auparavant dorénavant diamant amant savant marchand élégant galant restant montant couchant levant
    vivant méchant charmant brillant quant néant constant distant puissant important commandant commerçant
    habitant étudiant lieutenant nonobstant moyennant concernant sang gant chant champ talent passant
    penchant tranchant mendiant intendant
    """
)
