"""Sentences about one measure, each with its figure and a quotation from the essay, to be read in any language.

Called by ``notes`` only. Invariant: whatever stands between “ and ” is the essay's own text (runs of blanks
made one, cut with an ellipsis), so that a reader can find it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property

from headway.support.i18n import N_
from headway.support.sentences import Item, Said, Value, say, say_n

from . import bands, lexicon
from .bands import TaskType
from .faults import Fault
from .limits import Limit
from .measures import Measures
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
        self._faults = faults
        self._least = bands.MINIMUM_WORDS[task_type]

    def opening(self) -> str:
        """The essay's first words."""
        spans = self._text.sentences or [Span(0, len(self._text.raw))]
        return self._text.quote(spans[0], 60)

    def strength(self, row: str) -> Said:
        """What a row of the table shows in the essay's favour."""
        m = self._m
        match row:
            case "length":
                return say_n(
                    "{n} word of your own, from “{opening}” on",
                    "{n} words of your own, from “{opening}” on",
                    m.own_words,
                    opening=self.opening(),
                )
            case "linking":
                return say(
                    "links that serve {served} of 7 functions, such as {links}",
                    served=m.connective_functions,
                    links=self._links(),
                )
            case "paragraphs":
                return say_n(
                    "{n} paragraph, opening “{opening}”",
                    "{n} paragraphs of similar weight, the last opening “{opening}”",
                    m.paragraphs,
                    opening=self._last_paragraph(),
                )
            case "sentences":
                return say(
                    "sentences of {length:.0f} words on average, {share:.0%} of them with a dependent clause, as in “{example}”",
                    length=m.sentence_length,
                    share=m.complex_share,
                    example=self._complex(),
                )
            case "diversity":
                return say(
                    "little repetition (diversity {diversity:.0f}), as in “{example}”",
                    diversity=m.diversity,
                    example=self._richest(),
                )
            case "word_length" | "rarity":
                return say(
                    "precise words such as {words} ({share:.0%} of your words are less common)",
                    words=self._rare_words(),
                    share=m.rare_share,
                )
            case "spelling":
                return say(
                    "{density:.1f} misspelt words per 100, with {words} written correctly",
                    density=m.spelling_density,
                    words=self._rare_words(),
                )
            case _:
                return say(
                    "{share:.0%} of the sentences have no mistake that was found, such as “{example}”",
                    share=m.clean_share,
                    example=self._clean(),
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
                    thinnest=self._thinnest(),
                )
            case "linking":
                return say(
                    "links serve {served} of 7 functions ({links}); {unlinked}",
                    served=m.connective_functions,
                    links=self._links(),
                    unlinked=self._unlinked(),
                )
            case "paragraphs":
                return self._paragraph_weakness()
            case "sentences":
                return say(
                    "{share:.0%} of the text stands in sentences of more than 45 words, such as “{longest}”",
                    share=m.long_share,
                    longest=self._longest(),
                )
            case "diversity":
                return say(
                    "words come back often (diversity {diversity:.0f}); {repeated}",
                    diversity=m.diversity,
                    repeated=self._repeated_words(),
                )
            case "word_length" | "rarity":
                return say(
                    "mostly very common words ({share:.0%} less common ones), as in “{plainest}”",
                    share=m.rare_share,
                    plainest=self._plainest(),
                )
            case "spelling":
                return say(
                    "{density:.1f} misspelt words per 100: {examples}",
                    density=m.spelling_density,
                    examples=self._examples("spelling"),
                )
            case _:
                return say(
                    "{grammar:.1f} grammar mistakes and {mechanics:.1f} of punctuation or capitals per 100 words were "
                    "found: {examples}",
                    grammar=m.grammar_density,
                    mechanics=m.mechanics_density,
                    examples=self._examples("grammar", "mechanics"),
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
                    thinnest=self._thinnest(),
                )
            case "length":
                return say_n(
                    "Develop your ideas: {n} word of your own now, aim for {aim}. Start with “{thinnest}” and add a reason "
                    "and an example.",
                    "Develop your ideas: {n} words of your own now, aim for {aim}. Start with “{thinnest}” and add a reason "
                    "and an example.",
                    m.own_words,
                    aim=int(self._least * 1.15),
                    thinnest=self._thinnest(),
                )
            case "linking":
                unused = next((f for f in lexicon.CONNECTIVES if f not in self._functions), "contrasting")
                return say(
                    "Show how sentences relate: links serve {served} of 7 functions; try {unused} (for example with "
                    "{example}). Look at “{thinnest}”.",
                    served=len(self._functions),
                    unused=say(unused),
                    example=lexicon.CONNECTIVES[unused][0],
                    thinnest=self._thinnest(),
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
                    longest=self._longest(),
                )
            case "sentences":
                return say(
                    "Vary how sentences are built: {share:.0%} have a dependent clause, their mean length is {length:.0f} "
                    "words. Look at “{longest}”.",
                    share=m.complex_share,
                    length=m.sentence_length,
                    longest=self._longest(),
                )
            case "diversity":
                return say(
                    "Vary your words: diversity is {diversity:.0f}, strong essays reach 80 or more; {repeated}.",
                    diversity=m.diversity,
                    repeated=self._repeated_words(),
                )
            case "word_length" | "rarity":
                return say(
                    "Choose more exact words: {share:.0%} of yours are less common, strong essays have 30% or more. "
                    "Rewrite “{plainest}”.",
                    share=m.rare_share,
                    plainest=self._plainest(),
                )
            case "spelling":
                return say(
                    "Check spelling: {density:.1f} slips per 100 words, {examples}.",
                    density=m.spelling_density,
                    examples=self._examples("spelling"),
                )
            case _:
                return say(
                    "Read once more for grammar and punctuation: {density:.1f} mistakes per 100 words found, {examples}.",
                    density=m.grammar_density + m.mechanics_density,
                    examples=self._examples("grammar", "mechanics"),
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
        opening = self.opening()
        match limit.about:
            case "length":
                return say("Develop “{thinnest}” with a reason and an example.", thinnest=self._thinnest())
            case "copying":
                return say("Say it once and in your own words; the text begins “{opening}”.", opening=opening)
            case "sentences":
                return say(
                    "End a sentence after each complete idea; begin with “{longest}”.",
                    longest=self._longest(),
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

    # The places to quote.

    @cached_property
    def _functions(self) -> set[str]:
        return {function for _, _, function in lexicon.connectives_in(self._text.raw)}

    def _quoted(self, msgid: str, place: tuple[int, int] | None) -> list[Said]:
        return [] if place is None else [say(msgid, quote=self._text.quote(Span(*place)))]

    def _links(self) -> list[Item]:
        seen = dict.fromkeys(
            self._text.quote(Span(a, b)) for a, b, _ in lexicon.connectives_in(self._text.raw)
        )
        return [quoted(link) for link in list(seen)[:3]] or [say("none found")]

    def _unlinked(self) -> Said:
        linked = [a for a, _, _ in lexicon.connectives_in(self._text.raw)]
        for span in self._text.sentences[1:]:
            if not any(span.start <= a < span.end for a in linked):
                return say("“{sentence}” stands without one", sentence=self._text.quote(span, 60))
        return say("it opens “{opening}”", opening=self.opening())

    def _paragraph_weakness(self) -> Said:
        m = self._m
        if m.paragraphs < 2:
            return say("the text is one block from “{opening}” on", opening=self.opening())
        return say_n(
            "{n} paragraph, “{thinnest}”",
            "{n} paragraphs of very different length, the shortest is “{thinnest}”",
            m.paragraphs,
            thinnest=self._thinnest(),
        )

    def _thinnest(self) -> str:
        paragraphs = self._text.paragraphs or [Span(0, len(self._text.raw))]
        body = paragraphs[1:-1] or paragraphs
        return self._text.quote(min(body, key=lambda p: len(self._text.words_in(p))), 60)

    def _last_paragraph(self) -> str:
        paragraphs = self._text.paragraphs
        return self._text.quote(paragraphs[-1], 50) if paragraphs else self.opening()

    def _longest(self) -> str:
        sentences = self._text.sentences or [Span(0, len(self._text.raw))]
        return self._text.quote(max(sentences, key=lambda s: len(self._text.words_in(s))), 110)

    def _complex(self) -> str:
        for span, words in zip(self._text.sentences, self._text.sentence_words, strict=True):
            if any(w.lower in lexicon.SUBORDINATORS for w in words):
                return self._text.quote(span)
        return self.opening()

    def _clean(self) -> str:
        for span in self._text.sentences[1:]:
            if not any(span.start <= f.start < span.end for f in self._faults):
                return self._text.quote(span, 70)
        return self.opening()

    def _richest(self) -> str:
        return self._by_rarity(most=True)

    def _plainest(self) -> str:
        return self._by_rarity(most=False)

    def _by_rarity(self, most: bool) -> str:
        scored = []
        for index, words in enumerate(self._text.sentence_words):
            zipfs = [
                z for w in words if w.lower not in lexicon.FUNCTION_WORDS and (z := lexicon.zipf(w.lower))
            ]
            if len(zipfs) >= 4:
                scored.append((sum(zipfs) / len(zipfs), index))
        if not scored:
            return self.opening()
        return self._text.quote(self._text.sentences[(min if most else max)(scored)[1]], 80)

    def _rare_words(self) -> list[Item]:
        rare = {}
        for word in self._text.words:
            zipf = lexicon.zipf(word.lower)
            lower_case = self._text.raw[word.start].islower()
            if zipf is not None and len(word.lower) > 4 and lower_case and "'" not in word.lower:
                rare[self._text.raw[word.start : word.end]] = zipf
        chosen = sorted(rare, key=lambda w: (rare[w], w))[:3]
        return [quoted(w) for w in chosen] or [say("those of “{opening}”", opening=self.opening())]

    def _repeated_words(self) -> Value:
        counts = Counter(
            w.lower for w in self._text.words if w.lower not in lexicon.FUNCTION_WORDS and len(w.lower) > 2
        )
        common = [(w, n) for w, n in sorted(counts.items(), key=lambda item: (-item[1], item[0])) if n > 1][
            :3
        ]
        if not common:
            return say("as in “{opening}”", opening=self.opening())
        return [
            say_n("“{word}” {n} time", "“{word}” {n} times", n, word=self._as_written(w)) for w, n in common
        ]

    def _as_written(self, lower: str) -> str:
        word = next(w for w in self._text.words if w.lower == lower)
        return self._text.raw[word.start : word.end]

    def _examples(self, *kinds: str) -> list[Item]:
        chosen: dict[str, str | None] = {}
        for fault in self._faults:
            if fault.kind in kinds:
                chosen.setdefault(self._text.quote(Span(fault.start, fault.end), 40), fault.suggestion)
        shown: list[Item] = [
            say("“{original}” → {suggestion}", original=original, suggestion=repair.strip())
            if repair and repair.strip()
            else quoted(original)
            for original, repair in list(chosen.items())[:3]
        ]
        return shown or [say("read “{longest}” again", longest=self._longest())]


def quoted(words: str) -> Said:
    """Words of the essay between quotation marks."""
    return say("“{words}”", words=words)


def _topics(evidence: TaskEvidence) -> Said:
    taken = say(
        "{covered} of {keywords} topic words of the prompt appear",
        covered=evidence.covered,
        keywords=evidence.keywords,
    )
    if not evidence.missing:
        return say("{sentence}.", sentence=taken)
    return say("{sentence}; not taken up: {missing}.", sentence=taken, missing=list(evidence.missing[:4]))
