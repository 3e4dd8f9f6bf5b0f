"""A personal number is found however it is written; numbers of cases and amounts pass."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import sys
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.publication import gate_persons
from kpi.publication.gate import hits
from kpi.publication.gate_persons import free_text, personal_numbers, plain
from kpi.publication.gate_reading import Text, with_readings
from kpi.sources.pseudonyms import read_cpr

LONG_AGO, TODAY = dt.date(1900, 1, 1), dt.date(2036, 12, 31)
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d\u2043\u207b\u0387\uff70"
BLANKS = " \u00a0\u2007\u2009\u202f\u3000"
UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff"


@st.composite
def numbers(draw: st.DrawFn) -> str:
    """Ten digits of a person: a date of this or the last century, and a check digit that fits."""
    born = draw(st.dates(LONG_AGO, TODAY))
    first = draw(st.sampled_from("0123" if born.year < 2000 else "49"))
    stem = f"{born:%d%m%y}{first}{draw(st.integers(0, 99)):02d}"
    fitting = [f"{stem}{last}" for last in range(10) if read_cpr(f"{stem}{last}")[1] == ""]
    return fitting[0] if fitting else draw(numbers())


@st.composite
def spelled(draw: st.DrawFn) -> str:
    """A personal number as somebody may write it."""
    ten = draw(numbers())
    day, month, year, serial = ten[:2], ten[2:4], ten[4:6], ten[6:]
    within = draw(st.sampled_from(["", "", *".-/_ ", *DASHES, *BLANKS]))
    last = draw(st.sampled_from(["", *".-/_ ", " - ", "\n", *DASHES, *BLANKS]))
    written = f"{day}{within}{month}{within}{year}{last}{serial}"
    if draw(st.booleans()):
        place = draw(st.integers(1, len(written) - 1))
        written = f"{written[:place]}{draw(st.sampled_from(UNSEEN))}{written[place:]}"
    if draw(st.booleans()):
        start = ord(draw(st.sampled_from("\u0660\u06f0\uff10")))
        written = written.translate({ord("0") + digit: chr(start + digit) for digit in range(10)})
    return written


BEFORE = st.sampled_from(["", " ", "nr", "nr.", "CPR:", "_", "(", "=", "x-", "\u00e6", "\n", '"'])
AFTER = st.sampled_from(["", " ", ".", ", ", "_", ")", "a", ".0", "\n", '"', "-x", ";"])


@given(BEFORE, spelled(), AFTER)
def test_every_spelling_is_found(before, number, after):
    assert personal_numbers(plain(f"{before}{number}{after}"))


@given(numbers(), st.integers(1, 9), st.sampled_from(["b", "span", "w:t", "td", "p"]))
def test_marks_inside_a_word_hide_nothing_and_others_part_numbers(ten, place, mark):
    written = f"<{mark}>{ten[:place]}</{mark}><{mark}>{ten[place:]}</{mark}>"
    found = any(hits(with_readings(Text("a", written, "html")), {}))
    assert found == (mark not in {"td", "p"})


def test_an_escaped_number_is_read_as_a_browser_reads_it():
    for written in ("010190%2D1234", "010190&#8211;1234", "010190&shy;1234", "010190&nbsp;1234"):
        assert any(hits(with_readings(Text("a", f'<a href="{written}">', "html")), {}))


@pytest.mark.parametrize(
    "written",
    [
        "010190 1234",
        "nr0101901234",
        "010190\u20131234",
        "01.01.90-1234",
        "150385-1234",
        "15/03/85/1234",
        "1503851234",
        "610190-1234",
        "15 03 85 1233",
        "01-01-1990-1234",
        "010119901234",
        "0 1 0 1 9 0 1 2 3 4",
        "0101901234.0",
    ],
)
def test_these_are_found(written):
    assert personal_numbers(plain(written))


@pytest.mark.parametrize(
    "written",
    [
        "EMN-2020-00627",
        "2019-123456",
        "991385-1234",  # no day
        "310285-1234",  # no such date
        "0.0101901234",  # a fraction
        "0101901234.5",  # an amount
        "1.012.345.678",
        "31.12.2019 1055",  # a date and a count
        "15 03 85 1234",  # four counts: the check digit does not fit
        "2011-12-31 10:30",
        "20111231103000",
        "2026-10-16T10:12:45+00:00",
        "10101901234",  # eleven digits
        "+45 12 34 56 78",
        "\u0661\u0662",
        hashlib.sha256(b"4").hexdigest(),
        "a" * 20 + "0101901234" + "b" * 34,  # of a checksum
        "6ba010190-1234-11d1-80b4-00c04fd430c8",  # of a UUID
    ],
)
def test_these_pass(written):
    assert personal_numbers(plain(written)) == []


def test_among_numbers_that_are_no_dates_the_check_digit_decides():
    cases = [f"{number:010d}" for number in range(4_700_000_000, 4_700_000_020)]
    assert read_cpr("1503851234")[1] == "modulus_11"
    assert personal_numbers(", ".join([*cases, "1503851234"])) == []
    assert personal_numbers(", ".join([*cases, "1503851233"])) == [20 * 12]
    assert personal_numbers("1503851234, 1503851235") == [0, 12]


@given(st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2036, 1, 1)), st.sampled_from("T _"))
def test_moments_pass(moment, between):
    for zone in (None, dt.UTC, dt.timezone(dt.timedelta(hours=-3))):
        assert personal_numbers(moment.replace(tzinfo=zone).isoformat(between)) == []


@given(st.text(st.characters(codec="utf-8")))
def test_a_plain_text_keeps_its_lines_and_is_that_of_its_signs(text):
    assert plain(text) == "".join(map(plain, text))
    assert plain(text).count("\n") == text.count("\n")


def test_a_plain_sign_stays_as_it_is():
    signs = (chr(number) for number in range(sys.maxunicode))
    changed = {plain(one) for one in signs if plain(one) != one}
    assert {plain(one) for one in changed} == changed


PARTS = st.sampled_from([*"0123456789" * 2, *"-./_ \\\t\n", "0101701234", "01 01", "19", "a", ","])


@given(st.lists(st.one_of(PARTS, spelled()), max_size=40).map("".join).map(plain))
def test_numbers_are_found_where_digits_and_marks_are_as_in_the_whole_text(text):
    with mock.patch.object(gate_persons, "_DIGITS_AND_MARKS", re.compile(r"(?s).+")):
        whole = personal_numbers(text)
    assert personal_numbers(text) == whole


OFFICES = ["Nuuk", "Tasiilaq", "Paamiut", "Ittoqqortoormiit"]


@pytest.mark.parametrize(
    "value",
    [
        "Jens Hansen 4711",
        "Hansen, tlf. 12 34 56",
        "ring 123456",
        "a@b.example",
        "Nuuk\tJens",
        "Who knows?",
        "x" * 81,
        "one two three four five six seven eight nine ten eleven twelve thirteen",
    ],
)
def test_words_about_a_case_are_no_name_of_a_group(value):
    assert free_text([*OFFICES, value]) == [4]


@pytest.mark.parametrize(
    "values",
    [
        OFFICES,
        ["organizational unit 65457", "organizational unit 65458", "unknown", "other"],
        ["Nuuk 3900", "Sisimiut 3911", "Aasiaat 3950"],
        ["0-17", "18-24 years", "over 65"],
        ["311 Supervisor Queue", "311 Inbound", "Sewer", "Noise", "Streets", "Muni"],
        ["BPS_", "PWDx", "2019-W42", "4711"],
        ["Fenway / Kenmore / Audubon Circle / Longwood", "Office 2", "St. Nuuk"],
        [],
    ],
)
def test_names_of_groups_pass(values):
    assert free_text(values) == []
