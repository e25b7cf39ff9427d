"""Where a French sentence ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.apps.novel.sentences import split


@pytest.mark.parametrize(
    "text",
    [
        "M. Dupont et Mme Durand virent le Dr Martin.",
        "J. R. R. Tolkien écrivit ce livre.",
        "Il vécut en 52 av. J.-C. avec les siens.",
        "Voyez p. 12, chap. III, art. 5.",
        "Le P. Daubenton arriva à St. Malo.",
        "Il mesure 3.5 m environ.",
        "« Viens ! » dit-il.",
        "« Où vas-tu ? » demanda la vieille en riant.",
        "— Non ! s'écria-t-elle, jamais !",
        "Il rit… puis il partit.",
        "Il hésita ; elle partit : tout était dit.",
        "Il cria (« Au feu ! ») et courut.",
        "1. Le roi meurt.",
        "Jeanne répondit : « Entre, papa. »",
        "Quoi ?! fit-il.",
        "Il acheta du pain, du vin, etc. et repartit.",
    ],
)
def test_this_is_one_sentence(text: str) -> None:
    assert [sentence.text for sentence in split(text)] == [text]


@pytest.mark.parametrize(
    "parts",
    [
        ["Il vint.", "Elle partit."],
        ["Ah !", "Monsieur !", "Et toi ?…", "Rien."],
        ["« Entre.", "Assieds-toi. »", "Et il but."],
        ["Louis X mourut.", "Philippe V régna."],
        ["Il aimait Philippe V.", "Cette passion dura."],
        ["Il y avait du pain, du vin, etc.", "Puis il repartit."],
        ["Où ?", "— Là.", "— Vraiment ?"],
        ["Il dit « non ».", "Elle dit « oui »."],
        ["C'était en 1887.", "Onze hommes vécurent."],
        ["Il partit...", "Elle pleura."],
        ["Il le savait.", "« Viens ! » dit-elle.", "Il vint."],
        ["(Il mentait.", "Elle le savait.)"],
        ["Il compta : un, deux.", "12 hommes vinrent."],
        ["Le plan B.", "Il le suivit."],
    ],
)
def test_these_are_several(parts: list[str]) -> None:
    assert [sentence.text for sentence in split(" ".join(parts))] == parts


def test_a_sentence_knows_whether_it_starts_inside_a_quotation() -> None:
    assert [s.quoted for s in split("Il dit : « Viens. Assieds-toi. Bois. » Elle but.")] == [
        False,
        True,
        True,
        False,
    ]


def test_the_story_has_its_sentences(story: list[str]) -> None:
    found = [sentence.text for paragraph in story for sentence in split(paragraph)]
    assert len(found) == 31
    assert "« Un trois-mâts ! s'écria-t-il." in found
    assert "Elle nagea encore." in found


PIECES = [
    "Il",
    "elle",
    "M.",
    "…",
    "!",
    "?",
    ".",
    "«",
    "»",
    "—",
    "(",
    ")",
    "J.",
    "12",
    "etc.",
    "dit-il",
    ";",
    ":",
    " ",
    "\n",
]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map(" ".join) | st.text(max_size=80))
def test_nothing_is_lost_or_repeated(text: str) -> None:
    found = split(text)
    assert "".join("".join(s.text for s in found).split()) == "".join(text.split())
    position = 0
    for sentence in found:
        assert text[sentence.start : sentence.end] == sentence.text
        assert not text[position : sentence.start].strip()
        assert sentence.text == sentence.text.strip() != ""
        position = sentence.end
