"""Words, sentences and paragraphs, each at its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.apps.essay.text import Text

texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=400)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I don't know.", 3),
        ("A well-being survey", 3),
        ("On 14/5/2024 it cost 1,200 euros, up 55%.", 8),
        ("Wait - what ? !", 2),
        ("one—two – three", 3),
        ("  ", 0),
        ("naïve café", 2),
        ("🙂 👍🏽 good", 1),
    ],
)
def test_words_are_counted_as_ielts_counts_them(text: str, words: int) -> None:
    assert Text(text).word_count == words


def test_sentences_end_at_full_stops_but_not_after_abbreviations() -> None:
    raw = "Mr. Smith left at 5 p.m. yesterday. He was tired! Was he? Yes."
    assert [raw[s.start : s.end] for s in Text(raw).sentences] == [
        "Mr. Smith left at 5 p.m. yesterday.",
        "He was tired!",
        "Was he?",
        "Yes.",
    ]


def test_a_full_stop_glued_to_the_next_sentence_still_ends_one() -> None:
    raw = "We went home.Then it rained.I slept."
    assert [raw[s.start : s.end] for s in Text(raw).sentences] == [
        "We went home.",
        "Then it rained.",
        "I slept.",
    ]


def test_blank_lines_separate_paragraphs_and_empty_ones_do_not_count() -> None:
    raw = "First one.\n\n \n\n\nSecond one,\nstill second.\n\n***\n\nThird."
    spans = Text(raw).paragraphs
    assert [raw[p.start : p.end] for p in spans] == ["First one.", "Second one,\nstill second.", "Third."]


def test_lines_wrapped_by_an_editor_are_one_paragraph() -> None:
    raw = "This paragraph was wrapped\nby an editor at some width.\nThis is the next one."
    assert len(Text(raw).paragraphs) == 2


@given(texts)
def test_every_part_of_any_text_is_inside_it_in_order_and_without_overlap(raw: str) -> None:
    text = Text(raw)
    for spans in (text.counted_words, text.words, text.sentences, text.paragraphs):
        edge = 0
        for span in spans:
            assert edge <= span.start < span.end <= len(raw)
            edge = span.end
    assert sum(len(words) for words in text.sentence_words) <= len(text.words)


@given(texts, texts)
def test_joining_two_texts_by_a_blank_line_adds_their_words(first: str, second: str) -> None:
    assert Text(f"{first}\n\n{second}").word_count == Text(first).word_count + Text(second).word_count
