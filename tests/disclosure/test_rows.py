"""How many rows were read and set aside is told in multiples, and of few nothing more."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kpi.disclosure.rows import with_rows_told
from kpi.record import Doubt, Engine, Input, MadeFrom, Quality

RULES = ("a", "b", "c")


def made_from(accepted: int, aside: list[int], quarter: int | None = None) -> MadeFrom:
    """Return what is recorded of a table: its rows, and those that each rule sets aside."""
    out = sum(aside)
    findings = [
        {
            "rule": rule,
            "severity": "set_aside",
            "words": rule,
            "rows": rows,
            "among": accepted + out,
        }
        for rule, rows in zip(RULES, aside, strict=False)
    ]
    table = {
        "table": "bills", "rows_read": accepted + out, "rows_accepted": accepted,
        "rows_set_aside": out, "rows_in_quarter": quarter, "findings": findings,
        "reasons": {one["rule"]: one["rows"] for one in findings if one["rows"]},
    }  # fmt: skip
    extract = Input(
        table="bills", file="bills.csv", sha256="0", rows=accepted + out + 7, not_asked_for=7,
        doubts=(Doubt(reading="odd", rows=3),), first_row=accepted + 2,
    )  # fmt: skip
    quality = Quality.model_validate({"tables": [table]})
    return MadeFrom(extracts=(extract,), quality=quality, engine=Engine(name="x", version="1"))


some = st.integers(0, 40)


@given(some, st.lists(some, max_size=3), st.none() | some, st.integers(2, 10))
def test_each_number_keeps_as_many_values(
    accepted: int, aside: list[int], quarter: int | None, of: int
) -> None:
    """Null is few, zero is none, and rows read are those accepted and those set aside."""
    exact = made_from(accepted, aside, quarter)
    told = with_rows_told(exact, of)
    table, true = told.quality.tables[0], exact.quality.tables[0]
    assert table.rows_read == table.rows_accepted + (table.rows_set_aside or 0)
    pairs = [
        (table.rows_set_aside, true.rows_set_aside),
        *((table.reasons[rule], rows) for rule, rows in true.reasons.items()),
        *zip((f.rows for f in table.findings), (f.rows for f in true.findings), strict=True),
    ]
    for shown, rows in pairs:
        assert rows is not None
        assert shown == (None if 0 < rows < of else rows // of * of)
    assert (table.rows_in_quarter is None) == (quarter is None)
    for shown, rows in ((table.rows_read, accepted + sum(aside)), (table.rows_in_quarter, quarter)):
        assert shown is None or rows is None or shown == rows // of * of


@given(some, st.lists(some, max_size=3))
def test_where_nothing_is_hidden_rows_are_told_as_they_are(accepted: int, aside: list[int]) -> None:
    exact = made_from(accepted, aside)
    assert with_rows_told(exact, 0) == with_rows_told(exact, 1) == exact


def test_extracts_are_told_alike() -> None:
    """Rows of the file are those asked for and those left out, a later file begins about there."""
    told = with_rows_told(made_from(38, [3]), 5)
    (extract,) = told.extracts
    assert (extract.rows, extract.not_asked_for, extract.asked_for) == (45, 5, 40)
    assert extract.doubts == (Doubt(reading="odd", rows=None),)
    assert extract.first_row == 41
