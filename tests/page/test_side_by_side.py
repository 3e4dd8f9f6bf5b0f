"""Units on the page: a table in the order of their names, and a funnel."""

from __future__ import annotations

import pytest

from kpi.page.sections import breakdowns
from kpi.page.side_by_side import side_by_side
from kpi.params import MetricParams

METRIC = "application_time"
HEAD = "metric | period | group | n | met | missed | unknown\n"
WHOLE = f"{METRIC} | 2019Q4 | | 1220 | 1098 | 122 | 0\n"
UNITS = {"South": (10, 7), "North": (1000, 860), "East": (200, 180), "West": (10, 9)}
ROWS = HEAD + WHOLE + "\n".join(
    f"{METRIC} | 2019Q4 | office={name} | {n} | {met} | {n - met} | 0"
    for name, (n, met) in UNITS.items()
)  # fmt: skip
TARGETS = {METRIC: {"groups": ["office"], "side_by_side": ["office"]}}


def test_a_small_unit_is_not_blamed_for_chance(report):
    """7 of 10 and 860 of 1,000: the first may be chance, the second is none."""
    facts = report(ROWS, targets=TARGETS, disclosure={"hide_persons_below": 0})
    found = side_by_side(facts, METRIC, "office")
    assert found
    told = {row.name: row.beside for row in found.rows}
    assert told["South"] == "within the limits"
    assert told["North"] == "below the 99.8% limit"
    assert found.said.startswith("1 of 4 units lie outside the 95% limits.")
    assert found.chart.count("<svg") == 2


def test_units_stand_as_they_come_and_nobody_is_ranked(report):
    facts = report(ROWS, targets=TARGETS, disclosure={"hide_persons_below": 0})
    said = breakdowns(facts).html
    assert [said.index(f">{name}</th>") for name in UNITS] == sorted(
        said.index(f">{name}</th>") for name in UNITS
    )
    assert "no ranking" in said


def test_it_is_said_in_danish(report):
    facts = report(ROWS, targets=TARGETS, language="da", disclosure={"hide_persons_below": 0})
    found = side_by_side(facts, METRIC, "office")
    assert found
    assert found.said.startswith("1 af 4 enheder ligger uden for grænserne på 95")


def test_a_hidden_unit_is_in_no_drawing(report):
    """Its name stands in the table, without a figure and without a verdict; so another's does."""
    units = dict.fromkeys("ABCDEF", (100, 80)) | {"Tiny": (3, 1)}
    rows = [f"{METRIC} | 2019Q4 | | 603 | 481 | 122 | 0"]
    rows += [
        f"{METRIC} | 2019Q4 | office={name} | {n} | {met} | {n - met} | 0"
        for name, (n, met) in units.items()
    ]
    found = side_by_side(report(HEAD + "\n".join(rows), targets=TARGETS), METRIC, "office")
    assert found
    hidden = [row for row in found.rows if not row.beside]
    assert "Tiny" in {row.name for row in hidden}
    assert {row.basis for row in hidden} == {""}
    assert f"of {len(units) - len(hidden)} units" in found.said


def test_where_it_is_not_asked_for_a_table_stands_as_before(report):
    facts = report(
        ROWS, targets={METRIC: {"groups": ["office"]}}, disclosure={"hide_persons_below": 0}
    )
    said = breakdowns(facts).html
    assert "<svg" not in said
    assert "North" in said


def test_a_breakdown_that_is_mostly_hidden_is_named_and_left_out(report):
    facts = report(ROWS, targets={METRIC: {"groups": ["office"]}})
    said = breakdowns(facts).html
    assert "Left out, because most of the figures are hidden: Applications decided" in said
    assert "North" not in said


def test_only_groups_of_the_metric_stand_side_by_side():
    with pytest.raises(ValueError, match="office"):
        MetricParams(side_by_side=("office",))
