"""A quarter that is not over: what is judged, what rates are divided by, what is marked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cache
from typing import Any

import pandas as pd
import pytest
import yaml

from kpi.figures.cases import measure
from kpi.figures.counts import days_of
from kpi.figures.results import judged, valued
from kpi.params import Params
from kpi.params.quarter_file import QuarterFile
from kpi.params.targets_file import TargetsFile
from tests.drawn import connect

AT_LEAST = "targets: [{direction: at_least, value: %s}]"
AT_MOST = "targets: [{direction: at_most, value: %s}]"


def figures(
    metric: str, settings: str, tables: dict[str, str], *, as_of: str, counting: str = ""
) -> Any:
    """Return a metric's results by kind of period and period, judged by its settings."""
    params = parameters(metric, f"{counting}{settings}", tables, as_of)
    results = judged(values(metric, counting, tuple(tables.items()), as_of), params)
    return results[results["group"] == ""].set_index(["period_kind", "period"])


def parameters(metric: str, settings: str, tables: Iterable[str], as_of: str) -> Params:
    """Return the parameters of a report on 2019Q4, as of a day."""
    report = QuarterFile.model_validate(
        {
            "quarter": "2019Q4",
            "as_of": as_of,
            "history_from": "2019Q3",
            "organisation": {"name": "A town"},
            "calendar": {"country": "GL"},
            "sources": {name: {"file": "drawn"} for name in tables},
        }
    )
    targets = TargetsFile.model_validate({"metrics": {metric: yaml.safe_load(f"{{{settings}}}")}})
    return Params(report, targets.metrics)


@cache
def values(
    metric: str, counting: str, tables: tuple[tuple[str, str], ...], as_of: str
) -> pd.DataFrame:
    """Count a metric: the same figures are judged by many targets."""
    params = parameters(metric, counting, dict(tables), as_of)
    backend, _ = connect(dict(tables))
    return valued(backend, params, measure(backend, params))


def roster(first: str, last: str) -> str:
    """Draw one caseworker who does casework on every day from one to another."""
    days = pd.date_range(first, last, freq="B").strftime("%Y-%m-%d")
    return "\n".join(("caseworker | date | duty", *(f"abc | {day} | casework" for day in days)))


def conversations(*days: str) -> str:
    """Draw booked conversations held on days, ordered the day before."""
    held = (dt.date.fromisoformat(day) for day in days)
    lines = (f"c{n} | {day - dt.timedelta(days=1)} | {day}" for n, day in enumerate(held))
    return "\n".join(("conversation_id | ordered_at | held_at", *lines))


def test_a_rate_is_divided_by_the_days_seen() -> None:
    """Ten conversations in the two weeks up to 18 October are five a week, planned weeks or not."""
    days = pd.date_range("2019-10-07", "2019-10-18", freq="B").strftime("%Y-%m-%d")
    tables = {
        "conversations": conversations(*days),
        "duty_roster": roster("2019-10-07", "2019-12-31"),
    }
    metric = "booked_conversations_per_caseworker_week"
    seen = figures(metric, AT_LEAST % 18, tables, as_of="2019-10-18")
    row = seen.loc[("quarter", "2019Q4")]
    assert (row["n"], row["denominator"], row["value"]) == (10, 2.0, 5.0)
    assert (row["is_part"], row["status"]) == (True, "running")
    by_month = seen.loc[("month", "2019-10")]
    assert (by_month["denominator"], by_month["is_part"]) == (2.0, True)


def test_a_rate_per_working_week_is_divided_by_the_days_seen() -> None:
    """Without a roster the calendar's days count, up to the same day."""
    tables = {"conversations": conversations("2019-10-01", "2019-10-02", "2019-10-14")}
    metric = "conversations_per_working_week"
    seen = figures(metric, AT_LEAST % 1, tables, as_of="2019-10-14")
    row = seen.loc[("quarter", "2019Q4")]
    assert (row["n"], row["denominator"], row["value"]) == (3, 2.0, 1.5)


def test_a_week_that_reaches_beyond_the_quarter_is_a_part() -> None:
    """Of the week from 30 December only the days of the quarter are counted and divided by."""
    tables = {"conversations": conversations("2019-12-23", "2019-12-30", "2020-01-02")}
    seen = figures("conversations_per_working_week", "", tables, as_of="2020-01-15")
    weeks = seen.loc["week"]
    assert weeks.loc["2019-W52", ["n", "denominator", "is_part"]].tolist() == [1, 0.4, False]
    assert weeks.loc["2020-W01", ["n", "denominator", "is_part"]].tolist() == [1, 0.2, True]
    assert not seen.loc["quarter", "is_part"].any()
    assert not seen.loc["month", "is_part"].any()


def test_a_stock_has_no_weeks_and_is_counted_on_the_last_day_seen() -> None:
    """On 15 November those of that day count, not those of a day in the future."""
    tables = {
        "match_groups": """
            citizen | match_group | from_date  | to_date
            there   | 3           | 2019-01-01 | 2019-12-01
            to come | 3           | 2019-12-02 |
            """,
        "action_plans": """
            plan_id | citizen | made_at    | closed_at
            p1      | there   | 2019-02-01 |
            """,
    }
    seen = figures("action_plan_coverage", AT_LEAST % 1.0, tables, as_of="2019-11-15")
    row = seen.loc[("quarter", "2019Q4")]
    assert (row["n"], row["met"], row["status"]) == (1, 1, "running")
    assert "week" not in seen.index.get_level_values("period_kind")


ALL_ON_TIME = """
    bill_id | due_at     | paid_at
    one     | 2019-10-10 | 2019-10-09
    two     | 2019-10-11 | 2019-10-09
    """
ONE_LATE = ALL_ON_TIME + "three | 2019-10-12 | 2019-10-13\n"
BY_DUE = "counting: [{due: {column: due_at}, quarter_by: due}], "


@pytest.mark.parametrize(
    ("bills", "target", "status"),
    [
        (ALL_ON_TIME, AT_LEAST % 0.95, "running"),
        (ONE_LATE, AT_LEAST % 0.95, "running"),
        (ALL_ON_TIME, AT_LEAST % 1.0, "running"),
        (ONE_LATE, AT_LEAST % 1.0, "not_met"),
        (ONE_LATE, AT_MOST % 0.0, "not_met"),
        (ONE_LATE, "", "no_target"),
    ],
)
def test_nothing_is_judged_that_may_still_change(bills: str, target: str, status: str) -> None:
    """All of two on time is no target met; one of all that is late cannot be made up for."""
    of: Any = {"tables": {"bills": bills}, "counting": BY_DUE}
    seen = figures("payments_on_time", target, **of, as_of="2019-11-15")
    assert seen.loc[("quarter", "2019Q4"), "status"] == status
    assert seen.loc[("month", "2019-10"), "status"] not in {"running", "not_due"}
    over = figures("payments_on_time", target, **of, as_of="2019-12-31")
    assert over.loc[("quarter", "2019Q4"), "status"] != "running"


@pytest.mark.parametrize(
    ("target", "status"),
    [(AT_LEAST % 2, "met"), (AT_LEAST % 4, "running"), (AT_MOST % 4, "running"),
     (AT_MOST % 2, "not_met")],
)  # fmt: skip
def test_a_number_only_grows(target: str, status: str) -> None:
    """Three held: two are reached for good, four may still be, and two may not be exceeded."""
    tables = {"conversations": conversations("2019-10-01", "2019-10-02", "2019-10-14")}
    seen = figures("conversations_held", target, tables, as_of="2019-11-15")
    assert seen.loc[("quarter", "2019Q4"), "status"] == status


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2019Q4", dt.date(2019, 10, 1), dt.date(2019, 12, 31)),
        ("2020-02", dt.date(2020, 2, 1), dt.date(2020, 2, 29)),
        ("2020-W53", dt.date(2020, 12, 28), dt.date(2021, 1, 3)),
    ],
)
def test_the_days_of_a_period(period: str, first: Any, last: Any) -> None:
    """A week runs from Monday to Sunday, over the turn of the year as well."""
    assert days_of(period) == (first, last)
