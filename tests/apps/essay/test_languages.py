"""Evaluations are stored without a language and read in any: nothing of ours is left in English for a reader of Arabic."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.ai.conftest import KEY
from tests.apps.arabic import unexplained
from tests.apps.essay.conftest import FOLDER, TASKS

from headway import Headway, Settings
from headway.apps.essay import bank, lexicon, offline, patterns
from headway.apps.essay.export import to_markdown
from headway.apps.essay.job import register
from headway.apps.essay.reading import in_language
from headway.apps.essay.schema import EssayInput, Evaluation, KeptEvaluation
from headway.support.sentences import Said, say, told
from headway.testing.upstream import Question, Upstream

Read = Callable[[str], str]
LINKS = [link for links in lexicon.CONNECTIVES.values() for link in links]
WRONG = (
    "I am agree. Despite of this, more people is here and everybody have discuss about it. He don't can helps. "
    "In my point of view, many problem depends of informations and alot of peoples."
)


def essays() -> Iterator[EssayInput]:
    """Our own essays, good, bad, too short, in one block, and not English at all."""
    for path in sorted(FOLDER.glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        task = TASKS.get(path.stem, "task_2")
        for essay in (
            text,
            text[:200],
            text[:900].replace("\n", " ").replace(".", ""),
            f"{text[:600]}\n\n{text[:600]}",
        ):
            yield EssayInput(task_type=task, prompt="Should tourism be limited in old cities?", essay=essay)
    for sample in bank.SAMPLES:
        yield EssayInput(task_type=sample.task.task_type, prompt=sample.task.prompt, essay=sample.task.prompt)
        yield EssayInput(task_type="general_task_1", prompt=sample.task.prompt, essay=sample.essay)
    yield EssayInput(
        task_type="academic_task_1", prompt="Describe the chart of museums and schools.", essay=WRONG
    )
    yield EssayInput(
        task_type="task_2",
        prompt="Should museums be free?",
        essay="Les musées sont des lieux importants. " * 9,
    )


def texts(evaluation: Evaluation) -> list[str]:
    """Every text of an evaluation that somebody reads."""
    notes = [note for _, note in evaluation.notes]
    return [
        *notes,
        evaluation.overall_comment,
        *evaluation.improvement_plan,
        *(c.reason for c in evaluation.corrections),
    ]


def test_every_text_of_every_essay_is_arabic_for_a_reader_of_arabic() -> None:
    read = 0
    for order in essays():
        stored = offline.score(order, offline.measure(order)).model_dump_json()
        evaluation = Evaluation.model_validate_json(in_language(stored, "ar"))
        sources = [order.essay, order.prompt, *LINKS, *(c.suggestion for c in evaluation.corrections)]
        for text in texts(evaluation):
            assert unexplained(text, sources) == [], text
            assert "{" not in text
            read += 1
        assert evaluation.language == "ar"
    assert read > 300


def test_both_languages_have_the_same_bands_and_places(read: Read) -> None:
    order = EssayInput(task_type="task_2", prompt="Should cars be banned?", essay=read("band_45_cars"))
    stored = offline.score(order, offline.measure(order))
    arabic = stored.read_in("ar")
    assert stored.read_in("en") == offline.evaluate(order)
    assert arabic.criteria == stored.criteria
    assert [(c.start, c.original, c.suggestion) for c in arabic.corrections] == [
        (c.start, c.original, c.suggestion) for c in stored.corrections
    ]


def test_every_rule_of_ours_has_its_reason_in_arabic() -> None:
    for pattern in patterns.ALL_PATTERNS:
        assert unexplained(told("ar", say(pattern.reason)), []) == []


def test_what_a_library_says_in_english_is_told_by_its_kind_elsewhere() -> None:
    reason = Said(id="Spelling.", english="Did you mean the island?")
    assert told("en", reason) == "Did you mean the island?"
    assert told("ar", reason) == told("ar", say("Spelling."))


def test_counted_things_have_the_form_of_their_number(read: Read) -> None:
    def paragraphs(n: int) -> str:
        order = EssayInput(
            task_type="task_2", prompt="Should it be so?", essay="\n\n".join([read("band_45_cars")[:120]] * n)
        )
        return offline.evaluate(order, lang="ar").overall_comment

    assert "فقرة واحدة" in paragraphs(1)
    assert "فقرتان" in paragraphs(2)
    assert "3 فقرات" in paragraphs(3)
    assert "11 فقرة" in paragraphs(11)


def test_a_result_of_an_earlier_version_is_read_as_it_was_written(read: Read) -> None:
    order = EssayInput(task_type="task_2", prompt="Should cars be banned?", essay=read("band_45_cars"))
    earlier = offline.evaluate(order).model_dump(exclude={"language"})
    shown = Evaluation.model_validate_json(in_language(json.dumps(earlier), "ar"))
    assert shown.model_dump(exclude={"language"}) == earlier
    assert shown.language == "en"


def test_an_export_is_in_the_language_of_whoever_asks(read: Read) -> None:
    order = EssayInput(task_type="task_2", prompt="Should cars be banned?", essay=read("band_45_cars"))
    stored = offline.score(order, offline.measure(order)).model_dump(mode="json")
    arabic = to_markdown(order.model_dump(), stored, "ar").decode()
    before_the_essay = arabic[: arabic.index(order.prompt)]
    suggestions = [c["suggestion"] for c in stored["corrections"]]
    plain = before_the_essay.replace("offline (rules-1)", "").replace("\\", "")
    assert unexplained(plain, [order.essay, order.prompt, *LINKS, *suggestions]) == []
    assert "Overall band" in to_markdown(order.model_dump(), stored, "en").decode()


@pytest.mark.anyio
async def test_a_model_is_asked_to_write_in_the_submitters_language(tmp_path: Path, read: Read) -> None:
    asked: list[Question] = []
    answer = {
        "criteria": {"TR": 6, "CC": 6, "LR": 6, "GRA": 5},
        "notes": dict.fromkeys(("TR", "CC", "LR", "GRA"), 'يقول النص "the traffic is very big" ولا يزيد.'),
        "overall_comment": "تعليق.",
        "improvement_plan": ["أولًا.", "ثانيًا.", "ثالثًا."],
        "corrections": [{"quote": "goverment", "suggestion": "government", "reason": "إملاء."}],
    }

    def answered(question: Question) -> str:
        asked.append(question)
        return json.dumps(answer)

    async with Upstream(answer=answered) as upstream:
        settings = Settings(
            data_dir=tmp_path, ai="openai", ai_url=upstream.url_for("openai"), ai_key=KEY, ai_timeout=5.0
        )
        app = Headway(settings)
        register(app)
        order = {
            "task_type": "task_2",
            "prompt": "Should cars be banned?",
            "essay": read("band_45_cars")[:500],
            "language": "ar",
        }
        kept = KeptEvaluation.model_validate(await app.run("essay", order))
    assert "Modern Standard Arabic" in asked[0].system
    for lang in ("en", "ar"):
        shown = kept.read_in(lang)
        assert shown.language == "ar"
        assert shown.notes.CC == 'يقول النص \u2068"the traffic is very big"\u2069 ولا يزيد.'
        assert "حُدّت الدرجة" in shown.notes.TR
        assert [c.reason for c in shown.corrections] == ["إملاء."]
