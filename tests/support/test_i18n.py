"""Translations: choosing a language, rendering a text, keeping the catalogues complete."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.apps.arabic import untranslated

from headway.support import catalogues, i18n
from headway.support.i18n import LANGUAGES, N_, direction, gettext, negotiate, ngettext


@pytest.mark.parametrize(
    ("query", "cookie", "accept", "chosen"),
    [
        (None, None, None, "en"),
        ("ar", "en", "en", "ar"),
        ("xx", "ar", "en", "ar"),
        (None, "xx", "ar", "ar"),
        (None, None, "ar-EG,ar;q=0.9,en;q=0.8", "ar"),
        (None, None, "fr, ar;q=0.4, en;q=0.7", "en"),
        (None, None, "fr;q=1, *;q=0.5, ar;q=0.4", "en"),
        (None, None, "ar;q=0, en;q=0.1", "en"),
        (None, None, "en;q=oops, ar;q=0.1", "ar"),
        ("AR-sa", None, None, "ar"),
    ],
)
def test_the_language_is_asked_for_then_remembered_then_accepted(
    query: str | None, cookie: str | None, accept: str | None, chosen: str
) -> None:
    assert negotiate(query, cookie, accept) == chosen


@given(st.text(), st.text(), st.text())
def test_whatever_is_asked_for_a_known_language_is_chosen(query: str, cookie: str, accept: str) -> None:
    assert negotiate(query, cookie, accept) in LANGUAGES


def test_arabic_is_written_from_right_to_left() -> None:
    assert (direction("ar"), direction("en"), direction("xx")) == ("rtl", "ltr", "ltr")


def test_a_text_is_rendered_in_the_language_asked_for() -> None:
    assert gettext("ar", "Sign in") == "تسجيل الدخول"
    assert gettext("en", "Sign in") == "Sign in"
    assert gettext("de", "Sign in") == "Sign in"


def test_an_unknown_text_stands_as_it_was_written() -> None:
    assert gettext("ar", "No catalogue has {this}", this="that") == "No catalogue has that"


@pytest.mark.parametrize("args", [{}, {"wrong": 1}, {"n": object()}])
def test_arguments_that_do_not_fit_raise_nothing(args: dict[str, object]) -> None:
    assert gettext("ar", "Attempt {n}", **args)
    assert gettext("en", "{n:d} of {0}", **args)


@given(st.text(), st.dictionaries(st.sampled_from(["n", "name"]), st.text() | st.integers()))
def test_no_text_and_no_arguments_make_it_raise(msgid: str, args: dict[str, object]) -> None:
    for lang in LANGUAGES:
        gettext(lang, msgid, **args)


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (0, "لا كلمات"),
        (1, "كلمة واحدة"),
        (2, "كلمتان"),
        (3, "3 كلمات"),
        (11, "11 كلمة"),
        (99, "99 كلمة"),
        (100, "100 كلمة"),
        (103, "103 كلمات"),
    ],
)
def test_arabic_has_six_forms_of_a_plural(n: int, text: str) -> None:
    assert ngettext("ar", "{n} word", "{n} words", n) == text


def test_english_has_two() -> None:
    assert [ngettext("en", "{n} word", "{n} words", n) for n in (0, 1, 2)] == ["0 words", "1 word", "2 words"]


def test_a_plural_that_no_catalogue_has_follows_english() -> None:
    assert ngettext("ar", "{n} gnu", "{n} gnus", 3) == "3 gnus"


def test_marking_changes_nothing() -> None:
    assert N_("Sign in") == "Sign in"


def test_scripts_are_given_their_texts_and_no_others() -> None:
    texts = i18n.texts_of("ar", ".js")
    assert texts["Copied"] == "نُسخ"
    assert len(texts["{n} word"]) == 6
    assert "Skip to the content" not in texts


def test_no_text_is_left_out_untranslated_or_fuzzy() -> None:
    """To mend it: `python -m headway.support.catalogues update`, then translate what the check names."""
    assert catalogues.check() == []


def test_the_check_notices_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "new.py").write_text('from headway.support.i18n import N_\nN_("A text nobody translated")\n')
    (tmp_path / "page.html").write_text('{{ _("Another in a page") }}')
    (tmp_path / "page.js").write_text('ngettext("{n} gnu", "{n} gnus", n);')
    faults = "\n".join(catalogues.check(tmp_path))
    for text in ("A text nobody translated", "Another in a page", "{n} gnu"):
        assert f"ar: missing: '{text}'" in faults
        assert f"headway.pot: not extracted: '{text}'" in faults
    assert "headway.pot: unused: 'Sign in'" in faults


def test_no_arabic_text_was_left_in_english() -> None:
    """Latin letters are names, placeholders, and examples that the English text quotes too."""
    assert untranslated() == []
