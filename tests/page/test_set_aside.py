"""How many rows were set aside: no subtraction tells of few."""

from __future__ import annotations

import re
from typing import Any

import pytest

from kpi.page.methods import data_quality, set_aside

HEAD = "metric | period | n | met | missed | unknown\n"
DRAWN = HEAD + "payments_on_time | 2019Q4 | 1000 | 900 | 100 |"


def checked(**reasons: int) -> dict[str, Any]:
    """Return what the checks say of a table of 1,000 rows, of which some were set aside."""
    findings = [
        {"rule": rule, "severity": "set_aside", "words": f"Rule {rule}", "rows": rows}
        for rule, rows in reasons.items()
    ]
    out = sum(reasons.values())
    counts = {"rows_read": 1000, "rows_accepted": 1000 - out, "rows_set_aside": out}
    return {"tables": [{"table": "bills", **counts, "reasons": reasons, "findings": findings}]}


def cells(html: str) -> list[str]:
    """Return what stands in the cells of numbers."""
    return re.findall(r"<td>([^<]*)</td>", html)


@pytest.mark.parametrize(
    ("reasons", "total", "told"),
    [
        ({"a": 3}, ["1,000", "hidden", "fewer than 5"], ["fewer than 5"]),
        ({"a": 7, "b": 3}, ["1,000", "990", "10"], ["hidden", "fewer than 5"]),
        (
            {"a": 9, "b": 7, "c": 2, "d": 1},
            ["1,000", "981", "19"],
            ["9", "hidden", "fewer than 5", "fewer than 5"],
        ),
        (
            {"a": 9, "b": 4, "c": 2},
            ["1,000", "985", "15"],
            ["9", "fewer than 5", "fewer than 5"],
        ),
        ({"a": 9, "b": 7}, ["1,000", "984", "16"], ["9", "7"]),
    ],
)
def test_what_is_few_is_told_by_no_difference(
    report: Any, reasons: dict[str, int], total: list[str], told: list[str]
) -> None:
    """Neither read less accepted, nor all less the other reasons."""
    facts = report(DRAWN, quality=checked(**reasons))
    assert cells(data_quality(facts).html)[:3] == total
    assert cells(set_aside(facts).html) == told
    found = re.findall(r"<td>([^<]*) ?<", data_quality(facts).html)[3::2]
    assert [one.strip() for one in found] == told
