"""Texts in another language than their page: plain as text, marked as HTML."""

from __future__ import annotations

import copy
import datetime as dt

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from kpi.language import NBSP, Labels, language_name
from kpi.language.words import Words, changed, filled, foreign, isolated, joined, recased
from kpi.periods import Period

GREENLANDIC = Labels("kl")
TEXTS = st.text(max_size=20)


def html(text):
    return escape(text)


def test_a_message_without_translation_is_said_in_danish_and_marked():
    text = GREENLANDIC("No limit ended in the quarter.")
    assert text == "Ingen frist udløb i kvartalet."
    assert html(text) == '<span lang="da">Ingen frist udløb i kvartalet.</span>'


def test_a_message_with_a_translation_is_not_marked():
    assert html(GREENLANDIC("Contents")) == "Imai"


def test_a_sentence_is_in_one_language():
    """Its dates, lists and names fall back with it."""
    quarter = GREENLANDIC.quarter(Period(2019, 4))
    assert quarter == "ukiup sisamararterutaa 4 2019"
    said = GREENLANDIC("Since {quarter}", quarter=quarter)
    assert html(said) == '<span lang="da">Siden 4. kvartal 2019</span>'
    months = GREENLANDIC.and_list([GREENLANDIC.month(f"2019-{m}", "LLLL") for m in ("10", "12")])
    assert months == "oktobari aamma decembari"
    counted = GREENLANDIC("Counted anew from {months}.", months=months)
    assert "oktober og december" in counted
    assert "aamma" not in counted


def test_a_list_of_what_falls_back_falls_back():
    parts = [GREENLANDIC("Dropped"), "Nuuk"]
    assert html(GREENLANDIC.and_list(parts)) == '<span lang="da">Udgået og Nuuk</span>'


def test_the_language_behind_may_be_another():
    assert html(Labels("kl", main="en")("Dropped")) == '<span lang="en">Dropped</span>'


def test_plurals_fall_back_in_their_own_form():
    assert [str(GREENLANDIC.plural("{n} day", "{n} days", n)) for n in (1, 2)] == [
        "1 dag",
        "2 dage",
    ]


def test_complete_languages_have_plain_texts():
    for language in ("da", "en"):
        assert not isinstance(Labels(language)("Dropped"), Words)


def test_greenlandic_numbers_dates_and_weeks():
    """Rounded half up, a no-break space before %, months that stand alone, weeks by ISO 8601."""
    assert GREENLANDIC.share(0.9495) == f"95,0{NBSP}%"
    assert GREENLANDIC.share(0.945, 0) == f"95{NBSP}%"
    assert GREENLANDIC.number(1234.5, 1) == "1.234,5"
    assert GREENLANDIC.date(dt.date(2019, 12, 31)) == "31 decembarip 2019"
    assert GREENLANDIC.month("2019-12", "LLLL y") == "decembari 2019"
    assert [GREENLANDIC.week(dt.date(2019, 12, day)) for day in (29, 30)] == [
        "2019-W52", "2020-W01",
    ]  # fmt: skip


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_the_greenlandic_quarter_is_the_library_s(number):
    quarter = Period(2019, number)
    assert GREENLANDIC.quarter(quarter) == format_date(quarter.first_day, "QQQQ y", locale="kl_GL")


def test_languages_have_their_own_names():
    assert [language_name(one) for one in ("da", "en", "kl")] == ["Dansk", "English", "Kalaallisut"]


@given(TEXTS, TEXTS)
def test_what_is_put_together_reads_the_same_and_stays_marked(first, second):
    words = joined([first, foreign(second, "da")], " & ")
    if not second:
        assert words == first
        return
    between = " & " if first else ""
    assert words == f"{first}{between}{second}"
    assert f">{escape(second)}</" in html(words)
    assert html(words).startswith(escape(f"{first}{between}"))


@given(TEXTS)
def test_a_value_is_escaped_once(text):
    assert html(filled("a {b} <c>", {"b": foreign(text, "da")})).unescape() == (
        Markup("a {} <c>").format(foreign(text, "da")).unescape()
    )


def test_changes_pass_over_tags():
    words = foreign("span 95 %", "da")
    assert html(recased(words, str.upper)) == '<span lang="da">Span 95 %</span>'
    wide = changed(words, lambda text: text.replace(" %", f"{NBSP}%"))
    assert html(wide) == f'<span lang="da">span 95{NBSP}%</span>'
    assert recased("", str.upper) == ""


def test_right_to_left_text_is_isolated():
    """Also an override that is never ended."""
    assert html(isolated("מחיר: 5")) == "<bdi>מחיר: 5</bdi>"
    assert html(foreign("\u202eabc", "da")) == '<bdi lang="da">\u202eabc</bdi>'
    assert isolated("Afdeling") == "Afdeling"
    assert not isinstance(isolated("Afdeling"), Words)


def test_words_are_copied_whole():
    """matplotlib copies what it writes."""
    words = foreign("samtale", "da")
    copied = copy.deepcopy(words)
    assert (copied, html(copied), copied.main) == (words, html(words), "samtale")


def test_a_message_of_an_earlier_program_is_said_in_english_and_marked():
    """A report keeps the words of its definitions; the catalogue knows those of the program now."""
    labels = Labels("da")
    assert labels("Nobody says {what} any longer.", what="this") == "Nobody says this any longer."
    assert 'lang="en"' in labels("Nobody says so.").__html__()
    assert labels.plural("{n} old thing", "{n} old things", 2) == "2 old things"
    assert labels("") == ""
