"""Word lists of the analyser, English, in lower case. Read by `signals`, `sentiment` and `aspects`.

Which groups tell deceptive from truthful reviews is what the literature found again and again (see the
README): no list was made from labelled reviews.
"""

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SELF: Final = _words("i me my mine myself i'm i've i'd i'll im ive")
"""First person singular: the writer puts himself into the scene."""

PRONOUNS: Final = _words(
    "i you he she it we they me him her us them my your his its our their mine yours hers ours theirs "
    "myself yourself himself herself itself ourselves themselves who whom whose what which this that these "
    "those"
)
"""Imaginative writing has more pronouns, informative writing more nouns and prepositions."""

SUPERLATIVES: Final = _words(
    "best worst most least ever never always absolutely totally completely truly extremely incredibly "
    "amazing amazingly perfect perfectly wonderful fantastic awesome incredible outstanding excellent "
    "exceptional superb fabulous terrible horrible awful disgusting horrific luxurious luxury beautiful "
    "gorgeous stunning magnificent unbelievable unforgettable every everything everyone anyone nothing "
    "nobody entire entirely definitely certainly simply highly really so very"
)
"""Superlatives, absolutes and intensifiers: exaggeration."""

OCCASIONS: Final = _words(
    "husband wife boyfriend girlfriend fiance fiancee family son daughter kids children mother father mom "
    "dad parents friend friends sister brother anniversary birthday honeymoon vacation holiday getaway trip "
    "weekend business conference wedding"
)
"""Companions and occasions: a story around the thing instead of the thing."""

VAGUE: Final = _words(
    "experience experiences experienced feel feels felt feeling stay stayed staying stays thing things "
    "everything something anything nothing everyone time times way place product service life world"
)
"""Words for anything and everything."""

PLACES: Final = _words(
    "on in at above below behind beside between near nearby next across around corner floor floors ceiling "
    "wall walls block blocks street avenue north south east west upstairs downstairs front back side left "
    "right outside inside under over top bottom door window windows edge middle center location located "
    "view small large tiny big narrow wide tall short"
)
"""Where things are and how big: who was there, or held it, knows."""

FUNCTION_WORDS: Final = _words(
    "the a an and or but of to in on at for with from by as is are was were be been it this that i you we "
    "they he she my your our their not no so if when than then there have has had do does did will would can "
    "could very just all more out up about what which who how"
)
"""What a third of any English text is made of: by their share a text is known to be English."""

STOP_WORDS: Final = (
    FUNCTION_WORDS
    | PRONOUNS
    | SELF
    | _words(
        "also am any because before after again both each even ever few get gets got getting give given go "
        "goes going gone good great here into its let lot made make makes making many may me might much must "
        "new now off old one ones two three only other others over own per put really same see seen should "
        "since some still such take taken them these those through too under until us use used using want "
        "wanted was way well were where while why without won't don't didn't doesn't isn't wasn't can't "
        "couldn't wouldn't i'd i'll i'm i've it's we're we've you're that's there's thing things time times "
        "day days week weeks month months year years bit little lot lots back first last next came come "
        "think thought know say said says look looks looking like liked love loved feel felt seem seems "
        "seemed need needed needs tell told ask asked item product review reviews star stars buy bought "
        "purchase purchased order ordered everything something anything nothing everyone people person "
        "someone anyone never always almost maybe though although however around enough far long being "
        "night nights overall quite right ago away definitely highly recommend once already yet rather"
    )
)
"""What is never an aspect."""

POSITIVE: Final = _words(
    "accurate adorable affordable amazed amazing appreciated attentive attractive awesome beautiful best "
    "better bright brilliant calm charming cheap clean clear comfortable comfy compact convenient cool cozy "
    "crisp cute delicious delight delighted delightful durable easily easy effective efficient elegant "
    "enjoy enjoyable enjoyed enjoying excellent exceptional exceeded fabulous fantastic fast fine flawless "
    "flawlessly fresh friendly fun generous gentle glad good gorgeous great handy happier happy helped "
    "helpful helps ideal impressed impressive incredible inexpensive intuitive kind lightweight like liked "
    "likes lovely love loved loves luxurious magnificent modern neat nice nicely outstanding perfect "
    "perfectly pleasant pleased pleasure polite precise pretty pristine professional prompt quick quickly "
    "quiet recommend recommended reliable responsive rich robust roomy safe satisfied secure sharp sleek "
    "smooth smoothly soft solid spacious sparkling spotless stable stunning sturdy stylish superb superior "
    "supportive tasty thank thankful thanks thoughtful tidy useful value versatile vibrant warm welcoming "
    "well wonderful wonderfully works worth worthwhile"
)
NEGATIVE: Final = _words(
    "annoyed annoying appalling arrogant awful bad badly bland blurry breaks bother bothered broke broken "
    "bulky buggy cancelled careless cheaply complain complained complaint complaints cold cracked cramped "
    "crappy crashed crashes damaged dangerous dead defective difficult dim dirty disappoint disappointed "
    "disappointing disappointment disaster disgusting dislike disliked dreadful dull dusty dump error errors "
    "expensive fail failed fails failure fake faulty filthy flawed flimsy fragile frustrated frustrating "
    "garbage gross hard hate hated hates heavy horrible horrid ignored impossible inaccurate inconvenient "
    "inferior issue issues itchy junk lacking lacks late leak leaked leaking leaks loose lousy loud mediocre "
    "mess messy misleading missing mistake mold moldy musty nasty negative noise noisy odor old outdated "
    "overcharged overpriced pain painful pathetic peeling poor poorly pricey problem problems refused refund "
    "regret return returned returning ripped rough rude rust rusted rusty scam scratched scratches shabby "
    "slow slowly smelled smells smelly sorry stain stained stains sticky stiff stopped stuck stupid terrible "
    "terribly thin tight tired torn trouble ugly unacceptable uncomfortable unfortunately unfriendly "
    "unhappy unhelpful unpleasant unprofessional unreliable unresponsive unusable upset useless "
    "warped waste wasted weak weird worn worse worst worthless wrong"
)
NEGATIONS: Final = _words(
    "not no never none nothing without hardly barely cannot can't won't don't didn't doesn't isn't wasn't "
    "aren't weren't couldn't wouldn't shouldn't haven't hasn't hadn't nor neither"
)
BOOSTERS: Final = _words("very really extremely so absolutely totally incredibly super too highly completely")
