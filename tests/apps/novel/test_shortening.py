"""Long French sentences to short ones, by rules."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.apps.novel import lexicon
from headway.apps.novel.sentences import split
from headway.apps.novel.shortening import Piece, Style, shorten
from headway.apps.novel.words import count_words, words

EIGHT = Style()


def short(text: str, style: Style = EIGHT, *, quoted: bool = False) -> list[str]:
    return [piece.text for piece in shorten(text, style, quoted=quoted)]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        (
            "Le vent soufflait sur la grève déserte, et la pluie tombait sans arrêt.",
            ["Le vent soufflait sur la grève déserte.", "Et la pluie tombait sans arrêt."],
        ),
        (
            "Le vieux gardien monta l'escalier ; sa fille regardait la mer.",
            ["Le vieux gardien monta l'escalier.", "Sa fille regardait la mer."],
        ),
        (
            "Elle descendit l'escalier, ouvrit la porte et courut vers la grève.",
            ["Elle descendit l'escalier, ouvrit la porte.", "Et elle courut vers la grève."],
        ),
        (
            "Le gardien, ayant posé la lampe, s'approcha de la vitre.",
            ["Le gardien avait posé la lampe.", "Il s'approcha de la vitre."],
        ),
        (
            "Maëlle, fatiguée par la nage, regardait longtemps les vagues de la baie.",
            ["Maëlle était fatiguée par la nage.", "Maëlle regardait longtemps les vagues de la baie."],
        ),
        (
            "Il posa la lampe dans la chambre où dormait la petite.",
            ["Il posa la lampe dans la chambre.", "C'était la chambre où dormait la petite."],
        ),
        (
            "Le mousse tenait un petit chat qui miaulait de colère contre lui.",
            ["Le mousse tenait un petit chat.", "Ce petit chat miaulait de colère contre lui."],
        ),
        (
            "Le village se taisait parce que la mer montait encore.",
            ["Le village se taisait.", "C'était parce que la mer montait encore."],
        ),
        (
            "La fille du gardien, qui rêvait de partir, regardait la mer.",
            ["La fille du gardien rêvait de partir.", "Elle regardait la mer."],
        ),
        (
            "Le gardien relisait souvent la lettre que sa sœur avait écrite de Brest.",
            ["Le gardien relisait souvent la lettre.", "Sa sœur l'avait écrite de Brest."],
        ),
        (
            "Maëlle aimait les vieilles barques qu'elle ne pouvait réparer sans son père.",
            ["Maëlle aimait les vieilles barques.", "Elle ne pouvait les réparer sans son père."],
        ),
        (
            "Elle attendait depuis des mois le voyage dont elle rêvait chaque nuit.",
            ["Elle attendait depuis des mois le voyage.", "Elle en rêvait chaque nuit."],
        ),
        (
            "Ils descendirent vers la grève où les pêcheurs tiraient leurs lourdes barques noires.",
            ["Ils descendirent vers la grève.", "Là, les pêcheurs tiraient leurs lourdes barques noires."],
        ),
        (
            "Le curé montra la porte par laquelle les matelots étaient sortis.",
            ["Le curé montra la porte.", "Par celle-ci les matelots étaient sortis."],
        ),
        (
            "Il regardait la surface grise des flots qui semblaient dormir sous la lune.",
            ["Il regardait la surface grise des flots.", "Ces flots semblaient dormir sous la lune."],
        ),
        (
            "Il acheta une lampe, deux cordes neuves, du pain, trois sabots.",
            ["Il acheta une lampe, deux cordes neuves.", "Il acheta du pain, trois sabots."],
        ),
        (
            "Elle dormait près du feu, les mains croisées sur ses genoux.",
            ["Elle dormait près du feu.", "Elle avait les mains croisées sur ses genoux."],
        ),
        (
            "Il poussa la porte, la clef rouillée refusant de tourner.",
            ["Il poussa la porte.", "La clef rouillée refusait de tourner."],
        ),
        (
            "Maëlle salua de la main un homme qui marchait seul sur la grève.",
            ["Maëlle salua de la main un homme.", "Cet homme marchait seul sur la grève."],
        ),
        (
            "Les hommes marchaient depuis le matin dans la neige profonde.",
            ["Les hommes marchaient depuis le matin.", "C'était dans la neige profonde."],
        ),
    ],
)
def test_a_long_sentence_becomes_sentences_that_stand_alone(text: str, pieces: list[str]) -> None:
    assert short(text) == pieces


def test_a_sentence_within_the_limit_is_given_back() -> None:
    for text in ("Le vent soufflait.", "« Viens ! » dit-il.", "— Tu ne dors pas ?", "Rien…"):
        assert short(text) == [text]


def test_a_sentence_that_grammar_does_not_let_break_is_flagged_long() -> None:
    text = "Le vieux gardien du phare de la pointe avait perdu ses deux grandes longues-vues."
    assert shorten(text, EIGHT) == [Piece(text, ("long",))]


def test_quotation_marks_stay_around_every_piece_of_what_is_quoted() -> None:
    text = "« Les barques sont rentrées au port, dit-il, et les hommes boivent dans la grande salle. »"
    assert short(text) == [
        "« Les barques sont rentrées au port, dit-il. »",
        "« Et les hommes boivent dans la grande salle. »",
    ]


def test_an_open_quotation_is_closed_in_each_sentence() -> None:
    found = list(split("Il dit : « Viens ici. Assieds-toi près du feu. » Elle obéit."))
    assert [short(s.text, quoted=s.quoted) for s in found] == [
        ["Il dit : « Viens ici. »"],
        ["« Assieds-toi près du feu. »"],
        ["Elle obéit."],
    ]


def test_the_dash_of_dialogue_stays_before_every_piece() -> None:
    text = "— Les barques sont rentrées, et les hommes boivent dans la salle du port."
    assert short(text) == [
        "— Les barques sont rentrées, et les hommes boivent.",
        "— C'est dans la salle du port.",
    ]


def test_without_formatting_marks_go_and_incises_become_sentences() -> None:
    style = Style(preserve_formatting=False)
    assert short("« Les barques sont rentrées au port cette nuit, dit-il. »", style) == [
        "Les barques sont rentrées au port cette nuit.",
        "Il dit.",
    ]
    assert short("— Tu ne dors pas ?", style) == ["Tu ne dors pas ?"]


def test_dialogue_is_left_alone_when_asked() -> None:
    text = "— Les barques sont rentrées, et les hommes boivent dans la salle du port."
    assert shorten(text, Style(ignore_dialogue=True)) == [Piece(text, ("long",))]


def test_a_question_keeps_its_mark_where_it_asks() -> None:
    text = "Pourquoi les barques restent-elles au port, si la mer est calme depuis le matin ?"
    found = short(text)
    assert found[0] == "Pourquoi les barques restent-elles au port ?"
    assert found[-1].endswith("?")


def test_a_denied_sentence_is_not_continued_by_what_it_denies() -> None:
    text = "Le gardien ne descendait jamais seul le soir vers la grève des Trois-Sœurs."
    assert not any("C'était" in piece for piece in short(text))


def test_what_has_no_verb_is_flagged_a_fragment() -> None:
    text = "Il n'acheta jamais de lampe neuve, ni pour lui, ni pour sa fille aînée."
    assert [piece.flags for piece in shorten(text, EIGHT)] == [(), ("fragment",)]


def test_a_clause_that_leans_on_its_conjunction_is_flagged_a_fragment() -> None:
    text = "Quoique la mer fût calme ce matin, les barques restaient toutes au port."
    assert shorten(text, EIGHT) == [
        Piece("Quoique la mer fût calme ce matin.", ("fragment",)),
        Piece("Les barques restaient toutes au port."),
    ]


def test_the_story_keeps_its_words_and_the_limit(story: list[str]) -> None:
    total = covered = over = pieces = 0
    for paragraph in story:
        for sentence in split(paragraph):
            found = shorten(sentence.text, EIGHT, quoted=sentence.quoted)
            true = Counter(words(sentence.text))
            total += true.total()
            covered += (true & Counter(word for piece in found for word in words(piece.text))).total()
            pieces += len(found)
            over += sum("long" in piece.flags for piece in found)
    assert covered / total >= 0.98
    assert over / pieces <= 0.12


PIECES = """
il elle le la les un une l'homme d'eau jeanne Jeanne M. maison grève qui que dont où dans sur avec
pour à de du et mais ou car parce que quand lorsque si comme marchait entra vit sont est n'avait ne
pas ayant marchant s'étant sortie chargé heureux dit-il répondit-elle s'écria Maëlle « » — ( ) très
plus peut-être 1887 III ! ? … , , , ; : . lesquels auquel ce qui tout fatiguée plein c'était jusqu'à
« Viens ! » « Non » etc. - [ ]
"""
VOCABULARY = PIECES.split()
STYLES = st.builds(
    Style,
    limit=st.integers(3, 50),
    least=st.integers(1, 3),
    ignore_dialogue=st.booleans(),
    preserve_formatting=st.booleans(),
)
SENTENCES = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=40).map(" ".join)


@given(SENTENCES | st.text(max_size=80), STYLES, st.booleans())
def test_every_piece_is_a_sentence_and_over_the_limit_only_when_it_says_so(
    text: str, style: Style, quoted: bool
) -> None:
    found = shorten(text, style, quoted=quoted)
    assert found
    for piece in found:
        size = count_words(piece.text)
        assert ("long" in piece.flags) == (size > style.limit)
        assert ("short" in piece.flags) == (size < style.least)
        first = next((char for char in piece.text if char.isalnum()), "")
        assert first == first.upper() or len(first.upper()) != 1
        if first:
            assert any(mark in piece.text for mark in ".!?…")


@given(SENTENCES, STYLES, st.booleans())
def test_no_word_of_the_source_is_lost_but_those_that_change_their_form(
    text: str, style: Style, quoted: bool
) -> None:
    found = [word for piece in shorten(text, style, quoted=quoted) for word in words(piece.text)]
    gone = Counter(words(text)) - Counter(found)
    assert all(word in lexicon.RELATIVES or word.endswith("ant") for word in gone), gone


@given(SENTENCES, STYLES)
def test_the_words_stay_in_their_order(text: str, style: Style) -> None:
    style = Style(style.limit, style.least, style.ignore_dialogue)
    found = iter([word for piece in shorten(text, style) for word in words(piece.text)])
    kept = [word for word in words(text) if word not in lexicon.RELATIVES and not word.endswith("ant")]
    assert all(word in found for word in kept)
