"""How an extract is written is detected, and what is doubtful is said."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Literal

import duckdb
import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from kpi.definitions.subjects import SUBJECTS
from kpi.errors import SourceError
from kpi.params import Source
from kpi.sources.detection import detect_dates, detect_numbers
from kpi.sources.encodings import detect_encoding
from kpi.sources.typed import typed_select

DOUBT = {"doubtful_dates"}


@pytest.mark.parametrize(
    ("texts", "forms", "doubts"),
    [
        (["31-12-2019", "01-02-2019"], ["%d-%m-%Y"], set()),
        (["31.12.2019"], ["%d.%m.%Y"], set()),
        (["01.02.2019"], ["%d.%m.%Y"], set()),
        (["2019-12-31", "2019-12-30 08:30:00"], ["%Y-%m-%d", "%Y-%m-%d %H:%M:%S"], set()),
        (["2019-12-31T08:30:00.250+01:00"], ["%Y-%m-%dT%H:%M:%S.%f%z"], set()),
        (["12/31/2019"], ["%m/%d/%Y"], set()),
        (["31-12-2019 08.30"], ["%d-%m-%Y %H.%M"], set()),
        (["20191231"], ["%Y%m%d"], set()),
        (["31122019"], ["%d%m%Y"], set()),
        (["01-02-2019", "03-04-2019"], ["%d-%m-%Y"], DOUBT),
        (["31-12-2019", "12-31-2019"], ["%d-%m-%Y"], DOUBT),
        (["43830", "43830.5"], ["excel"], {"dates_as_numbers"}),
        (["31-12-19", "i går", ""], [], set()),
    ],
)
def test_dates(texts, forms, doubts):
    assert detect_dates(texts) == (tuple(forms), doubts)


@pytest.mark.parametrize(
    ("texts", "decimal", "doubts"),
    [
        (["1.234,50", "12"], ",", set()),
        (["1,234.50"], ".", set()),
        (["12,5"], ",", set()),
        (["12.5", "1.234"], ".", set()),
        (["1.234.567"], ",", set()),
        (["0.125"], ".", set()),
        (["1\u00a0234,5-"], ",", set()),
        (["1.234", "2.500"], ",", {"doubtful_numbers"}),
        (["1,234"], ".", {"doubtful_numbers"}),
        (["12,5", "12,7", "12.5"], ",", {"doubtful_numbers"}),
        (["12", "x"], "?", set()),
    ],
)
def test_decimal_signs(texts, decimal, doubts):
    assert detect_numbers(texts, "?") == (decimal, doubts)


@pytest.mark.parametrize(
    ("encoding", "found", "is_guess"),
    [
        ("utf-8", "utf-8", False),
        ("utf-8-sig", "utf-8-sig", False),
        ("utf-16", "utf-16", False),
        ("utf-16-be", "utf-16-be", True),
        ("cp1252", "cp1252", True),
        ("cp850", "cp850", True),
        ("mac_roman", "mac_roman", True),
    ],
)
def test_encodings(encoding, found, is_guess):
    """A letter far from the beginning counts as much as one at it."""
    text = "Nr;Kontor\n" + "1;Nuuk\n" * 5000 + "2;Tasiilaq på øen æ Ærø Østre Å\n"
    data = text.encode(encoding)
    detected = detect_encoding("x.csv", (data[i : i + 4096] for i in range(0, len(data), 4096)))
    assert (detected.name, detected.is_guess) == (found, is_guess)


@pytest.mark.parametrize("damaged", [1, 5])
def test_a_few_damaged_letters_make_no_second_encoding(damaged):
    data = ("Tasiilaq på øen\n" * 50).encode("cp1252") + "Østre\n".encode() * damaged
    assert detect_encoding("x.csv", [data]).name == "cp1252"


def test_many_letters_of_each_are_two_encodings():
    data = ("Tasiilaq på øen\n" * 50).encode("cp1252") + "Østre\n".encode() * 50
    with pytest.raises(SourceError, match="put together"):
        detect_encoding("x.csv", [data])


def read(column: str, texts: list[str], **fmt: object) -> list[object]:
    """Read texts as a column of bills, by the SQL that reads extracts."""
    source = Source.model_validate({"file": "x", "columns": {column: "x"}, "format": fmt})
    names = [one.name for one in SUBJECTS["bills"].columns]
    nulls = ", ".join(f"NULL::VARCHAR AS {name}" for name in names if name != column)
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE texts AS SELECT unnest(?) AS text", [texts])
        relation = (
            f"(SELECT text AS {column}, {nulls}, '' AS citizen_check, 1 AS row_no, "
            "'x' AS source_file FROM texts)"
        )
        query = typed_select(SUBJECTS["bills"], source, relation, "America/Nuuk")
        found = connection.execute(f"SELECT {column} FROM ({query})").fetchall()
    return [row[0] for row in found]


@settings(max_examples=40)
@given(
    st.lists(st.decimals(-(10**9), 10**9, places=2), min_size=1, max_size=20),
    st.sampled_from([",", "."]),
    st.sampled_from(["", "sign", " ", "\u00a0", "\u202f"]),
    st.sampled_from(["front", "behind"]),
)
def test_a_number_reads_as_it_was_meant(
    numbers: list[Decimal], decimal: Literal[",", "."], group: str, minus: str
):
    thousands = {",": ".", ".": ","}[decimal] if group == "sign" else group
    texts = []
    for number in numbers:
        digits = f"{abs(number):,.2f}".translate({ord(","): thousands, ord("."): decimal})
        texts.append(
            f"-{digits}" if number < 0 and minus == "front" else digits + "-" * (number < 0)
        )
    fmt = {"decimal": decimal, "thousands": thousands if group == "sign" else ""}
    assert read("amount_dkk", texts, **fmt) == numbers


@pytest.mark.parametrize(
    "text", ["12.50", "1.23,5", "1.2345,00", "12,50 kr.", "1e5", "--5", "5,", "1,5,5", "kr. 5", "∞"]
)
def test_what_is_no_number_as_declared_is_not_read(text):
    assert read("amount_dkk", [text], decimal=",", thousands=".") == [None]


@settings(max_examples=30)
@given(st.datetimes(dt.datetime(1955, 1, 1), dt.datetime(2100, 1, 1)))
def test_a_day_number_is_the_moment_a_spreadsheet_means(moment):
    whole = moment.replace(microsecond=0)
    number = (whole - dt.datetime(1899, 12, 30)) / dt.timedelta(days=1)
    assert read("received_at", [f"{number:.10f}"], date="excel") == [whole]
