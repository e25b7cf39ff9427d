"""Sentences about one measure, each with its figure and a quotation from the essay.

Called by ``notes`` only. Invariant: whatever stands between “ and ” is the essay's own text (runs of blanks
made one, cut with an ellipsis), so that a reader can find it.
"""

from collections import Counter
from collections.abc import Sequence
from functools import cached_property

from . import bands, lexicon
from .bands import TaskType
from .faults import Fault
from .limits import Limit
from .measures import Measures
from .task import TaskEvidence
from .text import Span, Text


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

    def strength(self, row: str) -> str:
        """What a row of the table shows in the essay's favour."""
        m = self._m
        match row:
            case "length":
                return f"{m.own_words} words of your own, from “{self.opening()}” on"
            case "linking":
                return f"links that serve {m.connective_functions} of 7 functions, such as {self._links()}"
            case "paragraphs":
                return (
                    f"{m.paragraphs} paragraphs of similar weight, the last opening "
                    f"“{self._last_paragraph()}”"
                )
            case "sentences":
                return (
                    f"sentences of {m.sentence_length:.0f} words on average, {m.complex_share:.0%} of "
                    "them with a "
                    f"dependent clause, as in “{self._complex()}”"
                )
            case "diversity":
                return f"little repetition (diversity {m.diversity:.0f}), as in “{self._richest()}”"
            case "word_length" | "rarity":
                return (
                    f"precise words such as {self._rare_words()} ({m.rare_share:.0%} of your words are "
                    "less common)"
                )
            case "spelling":
                return (
                    f"{m.spelling_density:.1f} misspelt words per 100, with {self._rare_words()} "
                    "written correctly"
                )
            case _:
                return (
                    f"{m.clean_share:.0%} of the sentences have no mistake that was found, such as "
                    f"“{self._clean()}”"
                )

    def weakness(self, row: str) -> str:
        """What a row of the table shows against the essay."""
        m = self._m
        match row:
            case "length":
                return f"only {m.own_words} words of your own; “{self._thinnest()}” could say more"
            case "linking":
                return (
                    f"links serve {m.connective_functions} of 7 functions ({self._links()}); "
                    f"{self._unlinked()}"
                )
            case "paragraphs":
                return self._paragraph_weakness()
            case "sentences":
                return (
                    f"{m.long_share:.0%} of the text stands in sentences of more than 45 words, such as "
                    f"“{self._longest()}”"
                )
            case "diversity":
                return f"words come back often (diversity {m.diversity:.0f}); {self._repeated_words()}"
            case "word_length" | "rarity":
                return (
                    f"mostly very common words ({m.rare_share:.0%} less common ones), as in "
                    f"“{self._plainest()}”"
                )
            case "spelling":
                return f"{m.spelling_density:.1f} misspelt words per 100: {self._examples('spelling')}"
            case _:
                return (
                    f"{m.grammar_density:.1f} grammar mistakes and {m.mechanics_density:.1f} of "
                    "punctuation or capitals "
                    f"per 100 words were found: {self._examples('grammar', 'mechanics')}"
                )

    def step(self, row: str) -> str:
        """One step of a plan for a row, with the figure to move and where to start."""
        m = self._m
        match row:
            case "length" if m.own_words >= 1.1 * self._least:
                return (
                    f"The length is right ({m.own_words} words): deepen “{self._thinnest()}” with an "
                    "exact example."
                )
            case "length":
                return (
                    f"Develop your ideas: {m.own_words} words of your own now, aim for "
                    f"{int(self._least * 1.15)}. "
                    f"Start with “{self._thinnest()}” and add a reason and an example."
                )
            case "linking":
                unused = next((f for f in lexicon.CONNECTIVES if f not in self._functions), "contrasting")
                return (
                    f"Show how sentences relate: links serve {len(self._functions)} of 7 functions; try "
                    f"{unused} "
                    f"(for example with {lexicon.CONNECTIVES[unused][0]}). Look at “{self._thinnest()}”."
                )
            case "paragraphs":
                return f"Give each main idea a paragraph of similar weight: now {self._paragraph_weakness()}."
            case "sentences" if m.long_share > 0:
                return (
                    f"End sentences sooner: {m.long_share:.0%} of the text stands in sentences of more "
                    "than 45 words. "
                    f"Cut “{self._longest()}” in two."
                )
            case "sentences":
                return (
                    f"Vary how sentences are built: {m.complex_share:.0%} have a dependent clause, "
                    "their mean length is "
                    f"{m.sentence_length:.0f} words. Look at “{self._longest()}”."
                )
            case "diversity":
                return (
                    f"Vary your words: diversity is {m.diversity:.0f}, strong essays reach 80 or more; "
                    f"{self._repeated_words()}."
                )
            case "word_length" | "rarity":
                return (
                    f"Choose more exact words: {m.rare_share:.0%} of yours are less common, strong "
                    "essays have 30% or "
                    f"more. Rewrite “{self._plainest()}”."
                )
            case "spelling":
                return (
                    f"Check spelling: {m.spelling_density:.1f} slips per 100 words, "
                    f"{self._examples('spelling')}."
                )
            case _:
                density = m.grammar_density + m.mechanics_density
                return (
                    f"Read once more for grammar and punctuation: {density:.1f} mistakes per 100 words "
                    "found, "
                    f"{self._examples('grammar', 'mechanics')}."
                )

    def task(self, evidence: TaskEvidence, task_type: TaskType) -> list[str]:
        """What was found of the task, each thing with its sentence."""
        found: list[str] = []
        if evidence.coverage is not None:
            missing = f"; not taken up: {', '.join(evidence.missing[:4])}" if evidence.missing else ""
            found.append(
                f"{evidence.covered} of {evidence.keywords} topic words of the prompt appear{missing}."
            )
        if task_type == "general_task_1":
            found += self._quoted("You say why you write", evidence.purpose)
        elif task_type == "academic_task_1":
            found += self._quoted("Your overview", evidence.overview)
            found.append(f"{evidence.figures} figures and {evidence.comparisons} comparing words are used.")
        else:
            side = {"for": "in favour", "against": "against"}.get(evidence.stance)
            found += self._quoted(f"Your position{f' ({side})' if side else ''}", evidence.position)
            found += self._quoted("Your first example", evidence.example)
        return found

    def remedy(self, limit: Limit, evidence: TaskEvidence, task_type: TaskType) -> str:
        """What lifts a limit, with the place to begin."""
        match limit.about:
            case "length":
                return f"Develop “{self._thinnest()}” with a reason and an example."
            case "copying":
                return f"Say it once and in your own words; the text begins “{self.opening()}”."
            case "sentences":
                return f"End a sentence after each complete idea; begin with “{self._longest()}”."
            case "paragraphs":
                return f"Start a new paragraph for each main idea, the first after “{self.opening()}”."
            case "topic" if evidence.missing:
                return (
                    f"Deal with {', '.join(evidence.missing[:3])} as the prompt asks; you begin "
                    f"“{self.opening()}”."
                )
            case "answer" if task_type == "general_task_1":
                return (
                    f"A letter greets, says why it is written, and closes; yours begins “{self.opening()}”."
                )
            case "answer" if task_type == "academic_task_1":
                return (
                    "Sum up the main trend in a sentence and support it by figures; you begin "
                    f"“{self.opening()}”."
                )
            case "answer":
                return (
                    f"Say it in one clear sentence near “{self.opening()}” and support it in each paragraph."
                )
            case _:
                return f"Answer the prompt in complete English sentences; yours begins “{self.opening()}”."

    # The places to quote.

    @cached_property
    def _functions(self) -> set[str]:
        return {function for _, _, function in lexicon.connectives_in(self._text.raw)}

    def _quoted(self, label: str, place: tuple[int, int] | None) -> list[str]:
        return [] if place is None else [f"{label}: “{self._text.quote(Span(*place))}”."]

    def _links(self) -> str:
        seen = dict.fromkeys(
            self._text.quote(Span(a, b)) for a, b, _ in lexicon.connectives_in(self._text.raw)
        )
        return ", ".join(f"“{link}”" for link in list(seen)[:3]) or "none found"

    def _unlinked(self) -> str:
        linked = [a for a, _, _ in lexicon.connectives_in(self._text.raw)]
        for span in self._text.sentences[1:]:
            if not any(span.start <= a < span.end for a in linked):
                return f"“{self._text.quote(span, 60)}” stands without one"
        return f"it opens “{self.opening()}”"

    def _paragraph_weakness(self) -> str:
        m = self._m
        if m.paragraphs < 2:
            return f"the text is one block from “{self.opening()}” on"
        return f"{m.paragraphs} paragraphs of very different length, the shortest is “{self._thinnest()}”"

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

    def _rare_words(self) -> str:
        rare = {}
        for word in self._text.words:
            zipf = lexicon.zipf(word.lower)
            lower_case = self._text.raw[word.start].islower()
            if zipf is not None and len(word.lower) > 4 and lower_case and "'" not in word.lower:
                rare[self._text.raw[word.start : word.end]] = zipf
        chosen = sorted(rare, key=lambda w: (rare[w], w))[:3]
        return ", ".join(f"“{w}”" for w in chosen) or f"those of “{self.opening()}”"

    def _repeated_words(self) -> str:
        counts = Counter(
            w.lower for w in self._text.words if w.lower not in lexicon.FUNCTION_WORDS and len(w.lower) > 2
        )
        common = [(w, n) for w, n in sorted(counts.items(), key=lambda item: (-item[1], item[0])) if n > 1][
            :3
        ]
        if not common:
            return f"as in “{self.opening()}”"
        return ", ".join(f"“{self._as_written(w)}” {n} times" for w, n in common)

    def _as_written(self, lower: str) -> str:
        word = next(w for w in self._text.words if w.lower == lower)
        return self._text.raw[word.start : word.end]

    def _examples(self, *kinds: str) -> str:
        chosen: dict[str, str | None] = {}
        for fault in self._faults:
            if fault.kind in kinds:
                chosen.setdefault(self._text.quote(Span(fault.start, fault.end), 40), fault.suggestion)
        shown = [f"“{o}” → {s.strip()}" if s and s.strip() else f"“{o}”" for o, s in list(chosen.items())[:3]]
        return "; ".join(shown) or f"read “{self._longest()}” again"
