"""Sentences about one measure, each with its figure and a quotation from the essay, to be read in any language.

Called by ``notes`` only. Invariant: whatever stands between “ and ” is the essay's own text (runs of blanks
made one, cut with an ellipsis), so that a reader can find it.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property

from headway.support.i18n import N_
from headway.support.sentences import Said, say, say_n

from . import bands, lexicon
from .bands import TaskType
from .faults import Fault
from .limits import Limit
from .measures import Measures
from .quotations import Quotations
from .task import TaskEvidence
from .text import Span, Text

_POSITION = N_("Your position: “{quote}”.")
_POSITIONS: Mapping[str, str] = {
    "for": N_("Your position (in favour): “{quote}”."),
    "against": N_("Your position (against): “{quote}”."),
}


class Teller:
    """Puts the measures of one essay into words."""

    def __init__(self, text: Text, measures: Measures, faults: Sequence[Fault], task_type: TaskType) -> None:
        self._text = text
        self._m = measures
        self.quotes = Quotations(text, faults)
        self._least = bands.MINIMUM_WORDS[task_type]

    def strength(self, row: str) -> Said:
        """What a row of the table shows in the essay's favour."""
        m = self._m
        match row:
            case "length":
                return say_n(
                    "{n} word of your own, from “{opening}” on",
                    "{n} words of your own, from “{opening}” on",
                    m.own_words,
                    opening=self.quotes.opening(),
                )
            case "linking":
                return say(
                    "links that serve {served} of 7 functions, such as {links}",
                    served=m.connective_functions,
                    links=self.quotes.links(),
                )
            case "paragraphs":
                return say_n(
                    "{n} paragraph, opening “{opening}”",
                    "{n} paragraphs of similar weight, the last opening “{opening}”",
                    m.paragraphs,
                    opening=self.quotes.last_paragraph(),
                )
            case "sentences":
                return say(
                    "sentences of {length:.0f} words on average, {share:.0%} of them with a dependent clause, as in “{example}”",
                    length=m.sentence_length,
                    share=m.complex_share,
                    example=self.quotes.complex(),
                )
            case "diversity":
                return say(
                    "little repetition (diversity {diversity:.0f}), as in “{example}”",
                    diversity=m.diversity,
                    example=self.quotes.richest(),
                )
            case "word_length" | "rarity":
                return say(
                    "precise words such as {words} ({share:.0%} of your words are less common)",
                    words=self.quotes.rare_words(),
                    share=m.rare_share,
                )
            case "spelling":
                return say(
                    "{density:.1f} misspelt words per 100, with {words} written correctly",
                    density=m.spelling_density,
                    words=self.quotes.rare_words(),
                )
            case _:
                return say(
                    "{share:.0%} of the sentences have no mistake that was found, such as “{example}”",
                    share=m.clean_share,
                    example=self.quotes.clean(),
                )

    def weakness(self, row: str) -> Said:
        """What a row of the table shows against the essay."""
        m = self._m
        match row:
            case "length":
                return say_n(
                    "only {n} word of your own; “{thinnest}” could say more",
                    "only {n} words of your own; “{thinnest}” could say more",
                    m.own_words,
                    thinnest=self.quotes.thinnest(),
                )
            case "linking":
                return say(
                    "links serve {served} of 7 functions ({links}); {unlinked}",
                    served=m.connective_functions,
                    links=self.quotes.links(),
                    unlinked=self.quotes.unlinked(),
                )
            case "paragraphs":
                return self._paragraph_weakness()
            case "sentences":
                return say(
                    "{share:.0%} of the text stands in sentences of more than 45 words, such as “{longest}”",
                    share=m.long_share,
                    longest=self.quotes.longest(),
                )
            case "diversity":
                return say(
                    "words come back often (diversity {diversity:.0f}); {repeated}",
                    diversity=m.diversity,
                    repeated=self.quotes.repeated_words(),
                )
            case "word_length" | "rarity":
                return say(
                    "mostly very common words ({share:.0%} less common ones), as in “{plainest}”",
                    share=m.rare_share,
                    plainest=self.quotes.plainest(),
                )
            case "spelling":
                return say(
                    "{density:.1f} misspelt words per 100: {examples}",
                    density=m.spelling_density,
                    examples=self.quotes.examples("spelling"),
                )
            case _:
                return say(
                    "{grammar:.1f} grammar mistakes and {mechanics:.1f} of punctuation or capitals per 100 words were "
                    "found: {examples}",
                    grammar=m.grammar_density,
                    mechanics=m.mechanics_density,
                    examples=self.quotes.examples("grammar", "mechanics"),
                )

    def step(self, row: str) -> Said:
        """One step of a plan for a row, with the figure to move and where to start."""
        m = self._m
        match row:
            case "length" if m.own_words >= 1.1 * self._least:
                return say_n(
                    "The length is right ({n} word): deepen “{thinnest}” with an exact example.",
                    "The length is right ({n} words): deepen “{thinnest}” with an exact example.",
                    m.own_words,
                    thinnest=self.quotes.thinnest(),
                )
            case "length":
                return say_n(
                    "Develop your ideas: {n} word of your own now, aim for {aim}. Start with “{thinnest}” and add a reason "
                    "and an example.",
                    "Develop your ideas: {n} words of your own now, aim for {aim}. Start with “{thinnest}” and add a reason "
                    "and an example.",
                    m.own_words,
                    aim=int(self._least * 1.15),
                    thinnest=self.quotes.thinnest(),
                )
            case "linking":
                unused = next((f for f in lexicon.CONNECTIVES if f not in self._functions), "contrasting")
                return say(
                    "Show how sentences relate: links serve {served} of 7 functions; try {unused} (for example with "
                    "{example}). Look at “{thinnest}”.",
                    served=len(self._functions),
                    unused=say(unused),
                    example=lexicon.CONNECTIVES[unused][0],
                    thinnest=self.quotes.thinnest(),
                )
            case "paragraphs":
                return say(
                    "Give each main idea a paragraph of similar weight: now {weakness}.",
                    weakness=self._paragraph_weakness(),
                )
            case "sentences" if m.long_share > 0:
                return say(
                    "End sentences sooner: {share:.0%} of the text stands in sentences of more than 45 words. Cut "
                    "“{longest}” in two.",
                    share=m.long_share,
                    longest=self.quotes.longest(),
                )
            case "sentences":
                return say(
                    "Vary how sentences are built: {share:.0%} have a dependent clause, their mean length is {length:.0f} "
                    "words. Look at “{longest}”.",
                    share=m.complex_share,
                    length=m.sentence_length,
                    longest=self.quotes.longest(),
                )
            case "diversity":
                return say(
                    "Vary your words: diversity is {diversity:.0f}, strong essays reach 80 or more; {repeated}.",
                    diversity=m.diversity,
                    repeated=self.quotes.repeated_words(),
                )
            case "word_length" | "rarity":
                return say(
                    "Choose more exact words: {share:.0%} of yours are less common, strong essays have 30% or more. "
                    "Rewrite “{plainest}”.",
                    share=m.rare_share,
                    plainest=self.quotes.plainest(),
                )
            case "spelling":
                return say(
                    "Check spelling: {density:.1f} slips per 100 words, {examples}.",
                    density=m.spelling_density,
                    examples=self.quotes.examples("spelling"),
                )
            case _:
                return say(
                    "Read once more for grammar and punctuation: {density:.1f} mistakes per 100 words found, {examples}.",
                    density=m.grammar_density + m.mechanics_density,
                    examples=self.quotes.examples("grammar", "mechanics"),
                )

    def task(self, evidence: TaskEvidence, task_type: TaskType) -> list[Said]:
        """What was found of the task, each thing with its sentence."""
        found: list[Said] = []
        if evidence.coverage is not None:
            found.append(_topics(evidence))
        if task_type == "general_task_1":
            found += self._quoted(N_("You say why you write: “{quote}”."), evidence.purpose)
        elif task_type == "academic_task_1":
            found += self._quoted(N_("Your overview: “{quote}”."), evidence.overview)
            found.append(
                say(
                    "{figures} figures and {comparisons} comparing words are used.",
                    figures=evidence.figures,
                    comparisons=evidence.comparisons,
                )
            )
        else:
            found += self._quoted(_POSITIONS.get(evidence.stance, _POSITION), evidence.position)
            found += self._quoted(N_("Your first example: “{quote}”."), evidence.example)
        return found

    def remedy(self, limit: Limit, evidence: TaskEvidence, task_type: TaskType) -> Said:
        """What lifts a limit, with the place to begin."""
        opening = self.quotes.opening()
        match limit.about:
            case "length":
                return say(
                    "Develop “{thinnest}” with a reason and an example.", thinnest=self.quotes.thinnest()
                )
            case "copying":
                return say("Say it once and in your own words; the text begins “{opening}”.", opening=opening)
            case "sentences":
                return say(
                    "End a sentence after each complete idea; begin with “{longest}”.",
                    longest=self.quotes.longest(),
                )
            case "paragraphs":
                return say(
                    "Start a new paragraph for each main idea, the first after “{opening}”.", opening=opening
                )
            case "topic" if evidence.missing:
                return say(
                    "Deal with {missing} as the prompt asks; you begin “{opening}”.",
                    missing=list(evidence.missing[:3]),
                    opening=opening,
                )
            case "answer" if task_type == "general_task_1":
                return say(
                    "A letter greets, says why it is written, and closes; yours begins “{opening}”.",
                    opening=opening,
                )
            case "answer" if task_type == "academic_task_1":
                return say(
                    "Sum up the main trend in a sentence and support it by figures; you begin “{opening}”.",
                    opening=opening,
                )
            case "answer":
                return say(
                    "Say it in one clear sentence near “{opening}” and support it in each paragraph.",
                    opening=opening,
                )
            case _:
                return say(
                    "Answer the prompt in complete English sentences; yours begins “{opening}”.",
                    opening=opening,
                )

    @cached_property
    def _functions(self) -> set[str]:
        return {function for _, _, function in lexicon.connectives_in(self._text.raw)}

    def _quoted(self, msgid: str, place: tuple[int, int] | None) -> list[Said]:
        return [] if place is None else [say(msgid, quote=self._text.quote(Span(*place)))]

    def _paragraph_weakness(self) -> Said:
        m = self._m
        if m.paragraphs < 2:
            return say("the text is one block from “{opening}” on", opening=self.quotes.opening())
        return say_n(
            "{n} paragraph, “{thinnest}”",
            "{n} paragraphs of very different length, the shortest is “{thinnest}”",
            m.paragraphs,
            thinnest=self.quotes.thinnest(),
        )


def _topics(evidence: TaskEvidence) -> Said:
    taken = say(
        "{covered} of {keywords} topic words of the prompt appear",
        covered=evidence.covered,
        keywords=evidence.keywords,
    )
    if not evidence.missing:
        return say("{sentence}.", sentence=taken)
    return say("{sentence}; not taken up: {missing}.", sentence=taken, missing=list(evidence.missing[:4]))
