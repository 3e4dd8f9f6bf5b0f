"""What a row names is among the rows of another extract, or it is not."""

from __future__ import annotations

from pathlib import Path

import ibis
import pandas as pd

from kpi.definitions.rules import is_in_none
from kpi.engine import open_engine

STEPS = {"bill_id": ["B1", "B9", None]}
BILLS = {"bill_id": ["B1", None, "B2"]}
TEXT = {"bill_id": "string"}


def test_what_is_named_nowhere_is_told(tmp_path: Path) -> None:
    """A step without a number of its bill names none; bills without a number are none."""
    steps, bills = (ibis.memtable(rows, schema=TEXT) for rows in (STEPS, BILLS))
    with open_engine(tmp_path / "engine", few_rows=True) as backend:
        found = backend.execute(steps.mutate(absent=is_in_none(steps.bill_id, bills.bill_id)))
    assert dict(zip(found["bill_id"].fillna(""), found["absent"], strict=True)) == {
        "B1": False,
        "B9": True,
        "": False,
    }


def test_spark_does_not_compare_each_row_with_each(spark_master: str, tmp_path: Path) -> None:
    """Nor does it find anything else than the others."""
    with open_engine(tmp_path / "engine", spark_master) as backend:
        for name, rows in (("steps", STEPS), ("bills", BILLS)):
            backend.create_table(name, pd.DataFrame(rows), schema=ibis.schema(TEXT))
        steps, bills = backend.table("steps"), backend.table("bills")
        asked = steps.mutate(absent=is_in_none(steps.bill_id, bills.bill_id))
        plan = backend.raw_sql(f"EXPLAIN {backend.compile(asked)}").collect()[0][0]
        found = backend.execute(asked)
    assert "Join" in plan
    assert "NestedLoop" not in plan
    assert set(found.loc[found["absent"], "bill_id"]) == {"B9"}
