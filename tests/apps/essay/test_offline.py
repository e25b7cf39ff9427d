"""The offline examiner as a whole: honest, deterministic, never at a loss, and low where it must be."""

import random
import re
import string
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.apps.essay import bands, bank, offline
from headway.apps.essay.measures import mtld
from headway.apps.essay.schema import EssayInput, Evaluation

Read = Callable[[str], str]
Examine = Callable[..., Evaluation]

SAMPLES = (
    "band_45_cars",
    "band_55_homework",
    "band_5_chart",
    "band_65_tourism",
    "band_6_letter",
    "band_75_remote",
)

any_text = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), min_size=20, max_size=300
)
PIECES = """I don't like teh goverment . 🙂 👩‍👩‍👧 é é “quoted” people is , ,and In the other hand
ي 好 a a the the Dear Sir, - — … i 50% e.g. www.example.org x@y.z because which In conclusion I agree"""
pieces = st.sampled_from([*PIECES.split(), "\n\n", "\t", "\r\n", "\u200b"])
patched_text = st.lists(pieces, min_size=20, max_size=80).map(" ".join).filter(lambda t: len(t.strip()) >= 20)
orders = st.builds(
    EssayInput,
    task_type=st.sampled_from(bands.TASK_TYPES),
    prompt=st.one_of(st.just("Should museums be free?"), any_text.filter(lambda t: len(t.strip()) >= 5)),
    essay=st.one_of(any_text.filter(lambda t: len(t.strip()) >= 20), patched_text),
)


@settings(max_examples=150, deadline=None)
@given(orders)
def test_any_accepted_text_gets_bands_in_halves_and_corrections_at_their_places(order: EssayInput) -> None:
    result = offline.evaluate(order)
    edge = 0
    for correction in result.corrections:
        assert edge <= correction.start < correction.end <= len(order.essay)
        assert order.essay[correction.start : correction.end] == correction.original != correction.suggestion
        edge = correction.end
    for band in (*result.criteria.values(), result.overall_band):
        assert 0 <= band <= 9
        assert band * 2 == int(band * 2)
    assert result.overall_band == bands.overall(result.criteria.values())
    assert len(result.improvement_plan) == 3
    assert all(step.strip() for step in result.improvement_plan)


@settings(max_examples=100, deadline=None)
@given(orders)
def test_every_note_quotes_the_essay(order: EssayInput) -> None:
    flat = " ".join(order.essay.split())
    for note in offline.evaluate(order).notes.model_dump().values():
        quotes = re.findall(r"“([^“”]*)”", note)
        quoted = [q.rstrip("…") for q in quotes if q.rstrip("…")]
        assert quoted or "“" in order.essay or "”" in order.essay
        if "“" not in order.essay and "”" not in order.essay:
            assert all(quote in flat for quote in quoted), note


@settings(max_examples=60, deadline=None)
@given(orders)
def test_the_same_input_gives_the_same_evaluation_byte_for_byte(order: EssayInput) -> None:
    assert offline.evaluate(order).model_dump_json() == offline.evaluate(order).model_dump_json()


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["🙂", "e\u0301", "👩‍👩‍👧", "\u200f", "好"]), st.integers(0, 40))
def test_signs_before_a_mistake_move_its_offsets_by_code_points(sign: str, count: int) -> None:
    prefix = sign * count + " "
    essay = prefix + "Many people believe that the goverment should help the poor and the old in every city."
    result = offline.evaluate(EssayInput(task_type="task_2", prompt="Should it help?", essay=essay))
    place = essay.index("goverment")
    assert (place, place + 9, "government") in [(c.start, c.end, c.suggestion) for c in result.corrections]


def test_it_says_that_it_is_offline_and_which_rules_it_used(examine_sample: Examine) -> None:
    result = examine_sample("band_75_remote")
    assert (result.provider, result.model) == ("offline", offline.MODEL)
    assert "without an examiner" in result.overall_comment


def test_the_two_steps_survive_json_and_make_the_same_result_as_one_call(read: Read) -> None:
    order = EssayInput(task_type="task_2", prompt="Should cars be banned?", essay=read("band_45_cars"))
    handed_over = offline.Measured.model_validate_json(offline.measure(order).model_dump_json())
    assert offline.score(order, handed_over).read_in("en") == offline.evaluate(order)


def test_progress_is_told_before_each_step_and_at_the_end(read: Read) -> None:
    told: list[tuple[int, int, str]] = []
    order = EssayInput(task_type="task_2", prompt="Should cars be banned?", essay=read("band_45_cars"))
    offline.evaluate(order, lambda done, total, following: told.append((done, total, following)))
    assert told == [(0, 3, offline.STEPS[0]), (1, 3, offline.STEPS[1]), (2, 3, offline.STEPS[2]), (3, 3, "")]


def test_better_essays_get_higher_bands(examine_sample: Examine) -> None:
    weak, middling, strong = (
        examine_sample(name).overall_band for name in ("band_45_cars", "band_55_homework", "band_75_remote")
    )
    assert weak < middling < strong
    assert weak <= 5.5
    assert strong >= 7.0


def test_the_two_samples_of_the_page_differ_by_a_band_or_more(examine: Examine) -> None:
    middling, strong = (examine(s.essay, s.task.prompt, s.task.task_type).overall_band for s in bank.SAMPLES)
    assert strong - middling >= 1.0


@pytest.mark.parametrize("name", SAMPLES)
def test_misspelling_every_tenth_word_lowers_vocabulary_and_the_sum_of_the_bands(
    name: str, read: Read, examine: Examine
) -> None:
    words = read(name).split(" ")
    spoilt = " ".join(
        w[:-2] + "xq" if i % 10 == 0 and len(w) > 4 and w.isalpha() else w for i, w in enumerate(words)
    )
    clean, worse = examine(read(name)), examine(spoilt)
    assert worse.criteria.LR < clean.criteria.LR
    assert sum(worse.criteria.values()) < sum(clean.criteria.values())


def test_an_essay_cut_short_is_capped_and_told_so(read: Read, examine: Examine) -> None:
    whole = read("band_75_remote")
    short = " ".join(whole.split()[:150])
    assert examine(short).criteria.TR <= 5.0 < examine(whole).criteria.TR
    assert "150 words of your own where the task asks for at least 250" in examine(short).notes.TR


def test_repeating_an_essay_to_gain_length_gains_nothing(read: Read, examine: Examine) -> None:
    half = "\n\n".join(read("band_75_remote").split("\n\n")[:2])
    once, often = examine(half), examine("\n\n".join([half] * 4))
    assert often.word_count == 4 * once.word_count
    assert often.measures.own_words <= once.measures.own_words + 1
    assert often.overall_band < once.overall_band
    assert often.overall_band <= 3.0
    assert "repeats" in often.overall_comment


def test_a_copied_prompt_is_not_an_answer(examine: Examine) -> None:
    prompt = (
        "Some people think that museums should be free for all visitors, while others believe that "
        "visitors should "
        "pay. Discuss both views and give your own opinion. Use examples from your own country or experience."
    )
    result = examine(prompt, prompt=prompt)
    assert result.overall_band <= 1.0
    assert result.measures.copied_share == 1.0


def test_words_copied_from_the_prompt_do_not_count_as_ones_own(read: Read, examine: Examine) -> None:
    prompt = (
        "Some people say that remote work isolates employees and that everybody should return to the office."
    )
    result = examine(f"{prompt}\n\n{read('band_75_remote')}", prompt=prompt)
    assert result.word_count - result.measures.own_words == len(prompt.split())


def test_twenty_words_or_fewer_are_band_1(examine: Examine) -> None:
    result = examine(
        "Museums should be free because many people like them and they help children to learn a lot."
    )
    assert result.word_count == 17
    assert result.criteria.values() == (1.0, 1.0, 1.0, 1.0)


def test_gibberish_other_languages_and_shuffled_words_get_the_bottom_of_the_scale(
    read: Read, examine: Examine
) -> None:
    chance = random.Random(7)
    gibberish = " ".join("".join(chance.choices(string.ascii_lowercase, k=6)) for _ in range(280))
    french = (
        "Les musées sont des lieux importants pour la culture, et beaucoup de gens pensent que "
        "leur entrée devrait être "
        "gratuite. Je crois que les enfants et les familles pauvres doivent pouvoir visiter les "
        "collections sans payer."
    )
    chinese = "有些人认为博物馆应该对所有游客免费，而另一些人则认为游客应该付费。"
    words = read("band_75_remote").split()
    chance.shuffle(words)
    assert examine(gibberish).overall_band <= 1.0
    assert examine(french).overall_band <= 1.0
    assert examine(chinese).overall_band <= 1.0
    assert examine(" ".join(words)).overall_band <= 3.0
    assert examine(gibberish).corrections == examine(french).corrections == []


def test_one_endless_sentence_is_low_in_grammar_and_coherence(read: Read, examine: Examine) -> None:
    endless = re.sub(r"[.!?;:]", "", read("band_55_homework")).replace("\n\n", " ").lower()
    result = examine(endless)
    assert result.criteria.GRA <= 4.5
    assert result.criteria.CC <= 4.5
    assert "one sentence" in result.overall_comment or "full stops are missing" in result.overall_comment


def test_a_block_without_paragraphs_is_capped_in_coherence(read: Read, examine: Examine) -> None:
    whole = read("band_75_remote")
    assert examine(whole.replace("\n\n", " ")).criteria.CC <= 6.0 < examine(whole).criteria.CC


def test_empty_paragraphs_change_nothing(read: Read, examine: Examine) -> None:
    whole = read("band_75_remote")
    spaced = examine(whole.replace("\n\n", "\n\n\n \n\n\n"))
    assert spaced.criteria == examine(whole).criteria


def test_the_notes_differ_from_essay_to_essay(examine_sample: Examine) -> None:
    notes = [note for name in SAMPLES for note in examine_sample(name).notes.model_dump().values()]
    assert len(set(notes)) == len(notes)


def test_the_plan_starts_with_what_costs_most(read: Read, examine: Examine) -> None:
    short = " ".join(read("band_75_remote").split()[:120])
    assert examine(short).improvement_plan[0].count("full stops") == 0
    assert any("120 words of your own" in step for step in examine(short).improvement_plan[:2])


def test_lexical_diversity_does_not_fall_when_a_text_grows() -> None:
    chance = random.Random(3)
    vocabulary = [f"w{i}" for i in range(150)]
    text = chance.choices(vocabulary, k=4_000)
    short, long = mtld(text[:400]), mtld(text)
    assert abs(short - long) / long < 0.25
    assert mtld(["same"] * 100) < 5 < mtld(text)


def test_threads_may_examine_at_once(read: Read) -> None:
    names = [*SAMPLES, *SAMPLES]
    inputs = [EssayInput(task_type="task_2", prompt="Write about this.", essay=read(name)) for name in names]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(offline.evaluate, inputs))
    assert together == [offline.evaluate(order) for order in inputs]
