"""How many rows were set aside: no subtraction tells of few."""

from __future__ import annotations

import re
from typing import Any

import pytest

from kpi.disclosure.rows import with_rows_told
from kpi.page.methods import data_quality, set_aside
from kpi.record import Engine, MadeFrom, Quality

HEAD = "metric | period | n | met | missed | unknown\n"
DRAWN = HEAD + "payments_on_time | 2019Q4 | 1000 | 900 | 100 |"


def checked(**reasons: int) -> Quality:
    """Return what run.json says of a table of 1,003 rows, of which some were set aside."""
    findings = [
        {"rule": rule, "severity": "set_aside", "words": f"Rule {rule}", "rows": rows}
        for rule, rows in reasons.items()
    ]
    out = sum(reasons.values())
    counts = {"rows_read": 1003, "rows_accepted": 1003 - out, "rows_set_aside": out}
    table = {"table": "bills", **counts, "reasons": reasons, "findings": findings}
    quality = Quality.model_validate({"tables": [table]})
    made_from = MadeFrom(extracts=(), quality=quality, engine=Engine(name="duckdb", version="2"))
    return with_rows_told(made_from, 5).quality


def cells(html: str) -> list[str]:
    """Return what stands in the cells of numbers."""
    return re.findall(r"<td>([^<]*)</td>", html)


@pytest.mark.parametrize(
    ("reasons", "total", "told"),
    [
        ({"a": 3}, ["1,000", "1,000", "fewer than 5"], ["fewer than 5"]),
        ({"a": 7, "b": 3}, ["1,000", "990", "10"], ["5", "fewer than 5"]),
        (
            {"a": 12, "b": 7, "c": 2, "d": 1},
            ["1,000", "980", "20"],
            ["10", "5", "fewer than 5", "fewer than 5"],
        ),
        ({"a": 9, "b": 0}, ["1,000", "995", "5"], ["5", "0"]),
    ],
)
def test_what_is_few_is_told_by_no_difference(
    report: Any, reasons: dict[str, int], total: list[str], told: list[str]
) -> None:
    """Rows are told in fives, rounded down; few are told to be few, and none to be none."""
    facts = report(DRAWN, quality=checked(**reasons).model_dump(mode="json"))
    assert cells(data_quality(facts).html)[:3] == total
    assert cells(set_aside(facts).html) == told
    found = re.findall(r"<td>([^<]*) ?<", data_quality(facts).html)[3::2]
    assert [one.strip() for one in found] == told
