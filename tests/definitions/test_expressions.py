"""Expressions over columns: what they give, the same on every engine, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ibis
import pandas as pd
import pytest

from kpi.definitions.columns import Column
from kpi.definitions.expressions import columns_of, compiled, holds
from kpi.engine import open_engine
from kpi.errors import DefinitionError

COLUMNS = {
    "kind": Column("kind", "text", "Kind", allowed=("bill", "note")),
    "n": Column("n", "number", "A number"),
    "at": Column("at", "moment", "A moment"),
}
ROWS = pd.DataFrame(
    {
        "row": [1, 2, 3],
        "kind": ["bill", "note", None],
        "n": [1.0, 0.0, 3.0],
        "at": pd.to_datetime(pd.Series([None, "2019-01-02 10:30", "2019-01-03"]), format="ISO8601"),
    }
)
NULL = None
GIVEN: dict[str, list[Any]] = {
    "kind = 'bill'": [True, False, NULL],
    "kind <> 'bill'": [False, True, NULL],
    "kind NOT IN ('bill')": [False, True, NULL],
    "NOT (kind = 'bill')": [False, True, NULL],
    "kind IS NULL OR n = 0": [False, True, True],
    "kind LIKE 'b%'": [True, False, NULL],
    "at >= '2019-01-03'": [NULL, False, True],
    "at BETWEEN '2019-01-02' AND '2019-01-02 11:00'": [NULL, True, False],
    "CAST(at AS DATE) = DATE '2019-01-02'": [NULL, True, False],
    "EXTRACT(hour FROM at) = 10": [NULL, True, False],
    "(at = '2019-01-03') IS TRUE": [False, False, True],
    "COALESCE(at, '2020-01-01') > '2019-06-01'": [True, False, False],
    "at + INTERVAL '1' DAY >= '2019-01-04'": [NULL, False, True],
    "CAST('2019-01-01' AS DATE) + INTERVAL (n + 0.5) HOUR > '2019-01-01 01:29:00'": [
        True,
        False,
        True,
    ],
    "NULLIF(n, 0) IS NULL": [False, True, False],
    "1 / n": [1.0, NULL, 1 / 3],
    "n * 2 - 1": [1.0, -1.0, 5.0],
    "-n + 0.5": [-0.5, 0.5, -2.5],
    "CASE WHEN kind = 'bill' THEN 1 WHEN n = 0 THEN 2 ELSE 3 END": [1, 2, 3],
    "CASE kind WHEN 'bill' THEN 1 END": [1, NULL, NULL],
    "IF(n > 1, 'many', 'few')": ["few", "few", "many"],
    "LEFT(kind, 2) || '-' || SUBSTRING(kind, 3, 2)": ["bi-ll", "no-te", NULL],
    "LENGTH(kind) = 4 AND ABS(-n) < 2": [True, True, False],
}
REFUSED = {
    "": "one expression",
    "n = ": "one expression",
    "n = 1; DROP TABLE bills": "one expression",
    "SELECT 1": "one expression",
    "n = 1 FROM bills": "one expression",
    "DISTINCT n = 1": "one expression",
    "n, n": "one expression",
    "n AS m": "nothing more",
    "*": "nothing more",
    "n IN (SELECT 1)": "nothing more",
    "EXISTS(SELECT 1)": "nothing more",
    "n = (SELECT max(n) FROM bills)": "nothing more",
    "read_csv('/etc/passwd')": "nothing more",
    "read_text('/etc/passwd') = ''": "nothing more",
    "COUNT(*) > 1": "nothing more",
    "ROW_NUMBER() OVER () = 1": "nothing more",
    "RANDOM() > 0.5": "nothing more",
    "at > CURRENT_DATE": "nothing more",
    "LOWER(kind) = 'bill'": "nothing more",
    "colesce(n, 1)": 'Did you mean "coalesce"',
    "CAST(n AS INTEGER)": "nothing more",
    "colour = 'red'": '"colour"',
    "kin = 'bill'": 'Did you mean "kind"',
    "bills.kind = 'bill'": 'Write "kind"',
    "kind = 'bil'": 'Did you mean "bill"',
    "kind IN ('bill', 'nota')": 'Did you mean "note"',
    "kind > 'bill'": "by size",
    "kind = 1": "fits together",
    "at > 3": "fits together",
    "at > 'yesterday'": "2019-12-31",
    "n AND kind = 'bill'": "fits together",
    "kind LIKE '\\%'": "backslash",
    "EXTRACT(week FROM at) = 1": "all engines",
    "at + INTERVAL '1' MONTH > '2019-01-01'": "days, hours",
}


def given(engine: str, folder: Path) -> dict[str, list[Any]]:
    """Return what each expression gives on an engine."""
    with open_engine(folder / "tables.duckdb", engine) as backend:
        rows = backend.create_table("drawn", ibis.memtable(ROWS))
        made = {
            f"e{place}": compiled(text, rows, COLUMNS, "drawn") for place, text in enumerate(GIVEN)
        }
        found = backend.execute(rows.select("row", **made).order_by("row"))
    columns = (found[name] for name in made)
    return {
        text: [NULL if pd.isna(value) else value for value in column]
        for text, column in zip(GIVEN, columns, strict=True)
    }


def test_what_expressions_give(tmp_path: Path) -> None:
    """Null is neither true nor false; a division by nothing is null."""
    found = given("duckdb", tmp_path)
    assert {text: pytest.approx(values) for text, values in GIVEN.items()} == found


def test_they_give_the_same_on_postgresql(postgres_server: str, tmp_path: Path) -> None:
    """Each of them."""
    assert {text: pytest.approx(values) for text, values in GIVEN.items()} == given(
        postgres_server, tmp_path
    )


@pytest.mark.slow
def test_they_give_the_same_on_spark(spark_master: str, tmp_path: Path) -> None:
    """Each of them."""
    assert {text: pytest.approx(values) for text, values in GIVEN.items()} == given(
        spark_master, tmp_path
    )


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_expression_over_the_columns_is_refused(text: str) -> None:
    """With the rule, what was found, and what may have been meant."""
    with pytest.raises(DefinitionError, match=REFUSED[text].replace("(", r"\(")) as refused:
        compiled(text, ibis.memtable(ROWS), COLUMNS, "bills.filter")
    assert "bills.filter" in str(refused.value)


def test_a_condition_is_never_null() -> None:
    """What is not known is not true; what is no condition is refused."""
    rows = ibis.memtable(ROWS)
    found = ibis.duckdb.connect().execute(rows.filter(holds("kind = 'bill'", rows, COLUMNS, "x")))
    assert list(found["row"]) == [1]
    with pytest.raises(DefinitionError, match="true or false"):
        holds("n + 1", rows, COLUMNS, "bills.filter")


def test_the_columns_that_an_expression_reads() -> None:
    """In the order in which it names them, once."""
    assert columns_of("n > 1 OR (kind = 'bill' AND n < 0)", COLUMNS, "x") == ("n", "kind")
