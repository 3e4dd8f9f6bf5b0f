"""How an extract is written is seen on all of its values, and what is doubtful is said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

import duckdb
import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from kpi.definitions.subjects import SUBJECTS
from kpi.errors import SourceError
from kpi.params import Source
from kpi.sources.detection import Written, look_at
from kpi.sources.encodings import detect_encoding
from kpi.sources.typed import typed_select
from tests.foreign import Administration
from tests.tried import tried

BILLS = SUBJECTS["bills"]


@contextmanager
def texts(columns: Mapping[str, Sequence[str | None]]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a connection with a relation `texts`, as it is when nothing has been read yet."""
    names = [one.name for one in BILLS.columns if one.name not in columns]
    nulls = ", ".join(f"NULL::VARCHAR AS {name}" for name in names)
    with duckdb.connect() as connection:
        given = ", ".join(f"unnest(?::VARCHAR[]) AS {name}" for name in columns)
        connection.execute(
            f"CREATE TABLE texts AS SELECT {nulls}, *, '' AS citizen_check, 1 AS row_no, "
            f"'x' AS source_file, 0::BIGINT AS state FROM (SELECT {given})",
            [list(values) for values in columns.values()],
        )
        yield connection


def described(
    columns: Mapping[str, Sequence[str | None]], fmt: dict[str, Any], **more: Any
) -> Source:
    named = {name: name for name in columns}
    return Source.model_validate({"file": "x", "columns": named, "format": fmt, **more})


def seen(columns: Mapping[str, Sequence[str | None]], separator: str = "", **fmt: Any) -> Written:
    with texts(columns) as connection:
        source = described(columns, fmt)
        return look_at(connection, "texts", BILLS, source, separator, "x.csv")


def read(
    column: str, values: Sequence[str | None], zone: str = "", doubt: str = "", **fmt: Any
) -> list[object]:
    """Read texts as a column of bills, by the SQL that reads extracts; no doubt but the one."""
    columns = {column: values}
    source = described(columns, fmt, timezone=zone)
    with texts(columns) as connection:
        written = look_at(connection, "texts", BILLS, source, "", "x.csv")
        assert {one.reading for one in written.doubts} - {"zone_assumed"} == {doubt} - {""}
        query = typed_select(BILLS, source, "texts", "America/Nuuk", written)
        return [
            value for (value,) in connection.execute(f"SELECT {column} FROM ({query})").fetchall()
        ]


def day(*parts: int) -> dt.datetime:
    return dt.datetime(*parts)  # type: ignore[arg-type]


NUMBERS = {"doubtful_numbers"}
EITHER, TURNED = {"doubtful_dates"}, {"two_orders_of_days"}


@pytest.mark.parametrize(
    ("values", "forms", "doubts"),
    [
        (["31-12-2019", "01-02-2019"], ["%d-%m-%Y"], set()),
        (["31.12.2019"], ["%d.%m.%Y"], set()),
        (["01.02.2019"], ["%d.%m.%Y"], set()),
        (["2019-12-31", "2019-12-30 08:30:00"], ["%Y-%m-%d", "%Y-%m-%d %H:%M:%S"], set()),
        (["2019-12-31T08:30:00.250+01:00"], ["%Y-%m-%dT%H:%M:%S.%f%z"], set()),
        (["2019-12-31 08:30:00.1234567"], ["%Y-%m-%d %H:%M:%S.%n"], set()),
        (["2019-12-31T08:30Z"], ["%Y-%m-%dT%H:%MZ"], set()),
        (["2019-12-31 08:30:00 UTC"], ["%Y-%m-%d %H:%M:%S UTC"], set()),
        (["12/31/2019"], ["%m/%d/%Y"], set()),
        (["12/31/2019 9:05:00 PM"], ["%m/%d/%Y %I:%M:%S %p"], set()),
        (["31-12-2019 08.30"], ["%d-%m-%Y %H.%M"], set()),
        (["20191231"], ["%Y%m%d"], set()),
        (["31122019"], ["%d%m%Y"], set()),
        (["01-02-2019", "03-04-2019"], ["%d-%m-%Y"], EITHER),
        (["05-05-2019"], ["%d-%m-%Y"], set()),
        (["31-12-2019", "12-31-2019", "01-02-2019"], ["%d-%m-%Y"], EITHER),
        (["31-12-2019"] * 9 + ["12-31-2019", "12-30-2019"], ["%d-%m-%Y"], TURNED),
        (["31-12-2019"] * 3 + ["2019-01-02"] * 9, ["%Y-%m-%d", "%d-%m-%Y"], TURNED),
        (["31-12-2019", "2019-01-02"], ["%d-%m-%Y", "%Y-%m-%d"], set()),
        (["31-12-2019"] * 3 + ["2019-01-22"] * 9, ["%Y-%m-%d", "%d-%m-%Y"], set()),
        (["43830", "43830.5"], ["excel"], {"dates_as_numbers"}),
        (["31-12-19", "i går", None], [], set()),
    ],
)  # fmt: skip
def test_dates(values, forms, doubts):
    found = seen({"paid_at": values})
    assert found.forms == forms
    assert {one.reading for one in found.doubts} - {"zone_assumed"} == doubts


def test_a_column_that_does_not_tell_is_read_as_the_others():
    """Only where none of them tells is it a doubt."""
    vague, sure = ["01/02/2019", "03/04/2019"], ["12/31/2019", "01/02/2019"]
    found = seen({"received_at": vague, "paid_at": sure})
    assert (found.forms, found.doubts) == (["%m/%d/%Y"], [])


def test_all_values_are_looked_at():
    """The first ten thousand do not tell; the last one does."""
    found = seen({"paid_at": ["01/02/2019"] * 10_000 + ["12/31/2019"]})
    assert (found.forms, found.doubts) == (["%m/%d/%Y"], [])


def test_a_declared_order_that_values_deny_stops():
    values = ["31-12-2019", "05-11-2019", "11-20-2019", "11-21-2019"]
    found = seen({"paid_at": values}, date="%d-%m-%Y")
    assert [(one.reading, one.rows) for one in found.doubts] == [("two_orders_of_days", 2)]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2019-07-01", day(2019, 7, 1)),
        ("01-07-2019", day(2019, 7, 1)),
        ("2019-07-01 07:00:00", day(2019, 7, 1, 3)),
        ("01-07-2019 07:00", day(2019, 7, 1, 3)),
        ("2019-07-01T07:00:00+02:00", day(2019, 7, 1, 3)),
        ("2019-07-01T07:00:00-0200", day(2019, 7, 1, 7)),
        ("2019-07-01 07:00:00.5 UTC", day(2019, 7, 1, 5, 0, 0, 500000)),
        ("2019-07-01 07:00 CEST", day(2019, 7, 1, 3)),
        ("2019-07-01T07:00Z", day(2019, 7, 1, 5)),
    ],
)
def test_a_zone_belongs_to_moments_alone(text, moment):
    """A source in Copenhagen, read in Nuuk, in which another value is no midnight."""
    other = "31-12-2019 12:30:00"
    assert read("paid_at", [text, other], zone="Europe/Copenhagen")[0] == moment


@pytest.mark.parametrize(
    "text",
    [
        "2019-10-16T00:00:00+02:00",
        "2019-10-16 00:00:00",
        "16-10-2019 00:00",
        "2019-10-16T00:00:00Z",
    ],
)
def test_midnights_alone_are_days(text):
    """No zone moves them to the day before, and it is said."""
    found = read("due_at", [text] * 3, zone="Europe/Copenhagen", doubt="days_as_moments")
    assert found == [day(2019, 10, 16)] * 3


@pytest.mark.parametrize(
    "text",
    ["2. oktober 2019", "2-okt-2019", "02 Oct 2019", "onsdag den 2. oktober 2019",
     "October 2, 2019", "2. okt. 2019", "2 oktobarip 2019", "02-OKT-2019"],
)  # fmt: skip
def test_months_by_name(text):
    assert read("paid_at", [text]) == [day(2019, 10, 2)]


@pytest.mark.parametrize(
    "text",
    ["01-01-1900", "1900-01-01 00:00:00", "0001-01-01", "31-12-9999", "9999-12-31 23:59:59.9999999",
     "00-00-0000", "0000-00-00 00:00:00", "1753-01-01"],
)  # fmt: skip
def test_days_that_stand_for_none(text):
    """Nothing is there: it is neither a day nor unreadable."""
    columns = {"paid_at": [text, "31-12-2019"]}
    source = described(columns, {})
    with texts(columns) as connection:
        written = look_at(connection, "texts", BILLS, source, "", "x.csv")
        query = typed_select(BILLS, source, "texts", "America/Nuuk", written)
        found = connection.execute(f"SELECT paid_at, unreadable FROM ({query})").fetchall()
    assert found == [(None, ""), (day(2019, 12, 31), "")]
    assert [one.reading for one in written.doubts if one.rows] == ["words_for_nothing"]


def test_days_that_are_declared_to_stand_for_none():
    assert read("paid_at", ["01-01-1970", "31-12-2019"], missing="1970-01-01") == [
        None,
        day(2019, 12, 31),
    ]


def test_a_word_again_and_again_in_place_of_a_date_is_asked_about():
    """Cases would be set aside because they are open."""
    with pytest.raises(SourceError, match="3 values that are one and the same word"):
        seen({"paid_at": ["afventer"] * 3 + ["31-12-2019"] * 9})


@pytest.mark.parametrize(
    ("values", "decimal", "doubts"),
    [
        (["1.234,50", "12"], ",", set()),
        (["1,234.50"], ".", set()),
        (["12,5"], ",", set()),
        (["12.5", "1.234"], ".", set()),
        (["1.234.567"], ",", set()),
        (["0.125"], ".", set()),
        (["1\u00a0234,5-"], ",", set()),
        (["1.234", "2.500"], ",", NUMBERS),
        (["1,234"], ".", NUMBERS),
        (["12,5", "12,7", "12.5"], ",", NUMBERS),
        (["12", "x"], ";", set()),
    ],
)
def test_decimal_signs(values, decimal, doubts):
    found = seen({"amount_dkk": values}, ";" if decimal == ";" else "")
    assert found.decimals["amount_dkk"] == ("," if decimal == ";" else decimal)
    assert {one.reading for one in found.doubts} == doubts


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


@settings(max_examples=tried(40))
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


@settings(max_examples=tried(30))
@given(st.datetimes(dt.datetime(1955, 1, 1), dt.datetime(2100, 1, 1)))
def test_a_day_number_is_the_moment_a_spreadsheet_means(moment):
    whole = moment.replace(microsecond=0)
    number = (whole - dt.datetime(1899, 12, 30)) / dt.timedelta(days=1)
    assert read("received_at", [f"{number:.10f}"], date="excel") == [whole]


@settings(max_examples=tried(30))
@given(st.datetimes(dt.datetime(1985, 1, 1), dt.datetime(2022, 1, 1)))
def test_unix_time_is_the_moment_on_the_clock_of_the_office(moment):
    whole = moment.replace(microsecond=0)
    seconds = round(whole.replace(tzinfo=dt.UTC).timestamp())
    local = whole.replace(tzinfo=dt.UTC).astimezone(ZoneInfo("America/Nuuk")).replace(tzinfo=None)
    assert read("received_at", [str(seconds)], date="unix_seconds") == [local]
    assert read("received_at", [f"{seconds}000"], date="unix_milliseconds") == [local]


def test_unix_time_stands_beside_dates_and_what_is_neither_is_not_read():
    texts = ["1546300800", "2019-01-01 12:00:00", "1546300800x", None]
    noon = dt.datetime(2019, 1, 1, 12)
    first, *others = read("received_at", texts, date="unix_seconds")
    assert first.date() in {dt.date(2018, 12, 31), dt.date(2019, 1, 1)}
    assert others == [noon, None, None]


@pytest.mark.parametrize(("number", "told"), [("12", ""), ("12,5", ","), ("12.5", ".")])
def test_whole_numbers_tell_no_decimal_sign(tmp_path, number, told):
    """What an extract has not in it, the page does not say of it."""
    rooms = Administration(
        tmp_path,
        {"rooms": {"dated_by": "day", "may_be_quiet": True,
                   "columns": {"day": {"type": "date", "required": True}, "size": "number"}}},
        {"size": {"kind": "count", "title": "Rooms", "subject": "rooms", "happened": "day"}},
        {"size": {}},
        {"rooms": {"file": "rooms.csv", "columns": {"day": "Day", "size": "Size"}}},
        {"rooms.csv": f"Day;Size\n2019-02-01;3\n2019-02-02;{number}\n"},
        report={"disclosure": {"hide_persons_below": 0}},
    )  # fmt: skip
    (extract,) = rooms.measured()[0].extracts
    assert extract.written.get("decimal", "") == told


def counted_from_1970(folder, **source):
    """Twelve requests of which one is opened each day of January 2019, at one in the morning."""
    rows = "".join(f"{1546300800 + 86400 * at};{at}\n" for at in range(12))
    return Administration(
        folder,
        {"requests": {"dated_by": "opened_at", "key": "request", "may_be_quiet": True,
                      "columns": {"opened_at": {"type": "moment", "required": True},
                                  "request": {"type": "text", "required": True}}}},
        {"opened": {"kind": "count", "title": "Opened", "subject": "requests",
                    "happened": "opened_at"}},
        {"opened": {}},
        {"requests": {"file": "requests.csv", **source,
                      "columns": {"opened_at": "Opened", "request": "No"}}},
        {"requests.csv": f"Opened;No\n{rows}"},
        report={"disclosure": {"hide_persons_below": 0}},
    )  # fmt: skip


def test_unix_time_that_is_not_declared_is_named_in_the_stop(tmp_path):
    with pytest.raises(SourceError, match=r"seconds since 1970, .*date: unix_seconds") as raised:
        counted_from_1970(tmp_path).read("requests")
    assert "15463" not in str(raised.value)


def test_unix_time_that_is_declared_is_read(tmp_path):
    declared = counted_from_1970(tmp_path, format={"date": "unix_seconds"})
    _, rows = declared.read("requests")
    assert rows["opened_at"].iloc[0] == dt.datetime(2019, 1, 1, 1)
    assert rows["opened_at"].dt.day.tolist() == list(range(1, 13))
