"""Numbers and dates as each language writes them."""

from __future__ import annotations

import datetime as dt
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.language import NBSP, Labels
from kpi.periods import Period

DANISH, ENGLISH = Labels("da"), Labels("en")


@pytest.mark.parametrize(
    ("ratio", "danish", "english"),
    [
        (0.75, f"75,0{NBSP}%", "75.0%"),
        (0.9495, f"95,0{NBSP}%", "95.0%"),
        (0.94949, f"94,9{NBSP}%", "94.9%"),
        (0.1225, f"12,3{NBSP}%", "12.3%"),
        (1.0, f"100,0{NBSP}%", "100.0%"),
    ],
)
def test_shares_round_half_up(ratio: float, danish: str, english: str) -> None:
    """Babel alone would round half to even."""
    assert [DANISH.share(ratio), ENGLISH.share(ratio)] == [danish, english]


def test_ranges() -> None:
    """One per cent sign; one figure where both ends are written alike."""
    assert DANISH.share_range(0.9014, 0.9507) == f"90,1\u201395,1{NBSP}%"
    assert ENGLISH.share_range(0.9014, 0.9507) == "90.1\u201395.1%"
    assert DANISH.share_range(0.75, 0.75004) == f"75,0{NBSP}%"


def test_counts_and_differences() -> None:
    """Points between thousands, a true minus sign, no sign at nothing."""
    assert DANISH.count(1055) == "1.055"
    assert DANISH.number(-1234.56, 1) == "\u22121.234,6"
    for value in (-0.04, 0.04, 0, -0.0):
        assert DANISH.number(value, 1) == "0,0"
    assert [DANISH.signed(value) for value in (1.25, -0.5, 0.04, -0.04)] == [
        "+1,3",
        "\u22120,5",
        "0,0",
        "0,0",
    ]


def test_what_is_said_of_months_and_years() -> None:
    """Messages about quarters speak of what reports are about, Danish in its genders."""
    said = {language: Labels(language, kind="month") for language in ("da", "en", "kl")}
    assert said["en"]("Texts of another quarter") == "Texts of another month"
    assert said["da"]("Texts of another quarter") == "Tekster fra en anden måned"
    assert said["kl"]("Texts of another quarter") == "Tekster fra en anden måned"
    year = Labels("da", kind="year")
    assert year("The quarter is not over.") == "Året er ikke slut."
    assert [year.plural("{n} quarter", "{n} quarters", n) for n in (1, 3)] == ["1 år", "3 år"]
    assert pickle.loads(pickle.dumps(year))("Quarters") == "År"  # noqa: S301 - our own


def test_dates() -> None:
    """dd-mm-yyyy as the municipality writes them; months in words."""
    day = dt.date(2020, 1, 15)
    assert [DANISH.date(day), ENGLISH.date(day)] == ["15-01-2020", "15 January 2020"]
    assert DANISH.month("2019-10", "MMMM y") == "oktober 2019"
    assert DANISH.quarter(Period(2019, 4)) == "4. kvartal 2019"
    assert ENGLISH.quarter(Period(2018, 4, year_starts=4)) == "Q4 2018/19"
    assert DANISH.quarter(Period(2018, 4, year_starts=4)) == "4. kvartal 2018/19"
    assert DANISH.quarter(Period(2019, 3, "month")) == "marts 2019"
    assert DANISH.quarter(Period(2018, 1, "year", 4)) == "2018/19"
    assert DANISH.and_list(["a", "b", "c"]) == "a, b og c"


@given(st.decimals(-(10**6), 10**6, places=4))
def test_a_written_number_is_the_nearest(value: object) -> None:
    """Read back, it is at most half a last digit away."""
    written = DANISH.number(value, 2)  # type: ignore[arg-type]
    read = float(written.replace(".", "").replace(",", ".").replace("\u2212", "-"))
    assert abs(read - float(value)) <= 0.005 + 1e-9  # type: ignore[arg-type]
