"""A limit that changes, also inside a quarter: each case counts once, by its own rule."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.figures.cases import measure
from kpi.figures.counting_changes import overlap
from kpi.figures.durations import open_cases
from kpi.figures.results import evaluate
from kpi.figures.steps import make_stages
from kpi.params import Params
from kpi.params.quarter_file import QuarterFile
from kpi.params.targets_file import TargetsFile
from tests.drawn import connect
from tests.tried import tried

METRIC = "application_time"
TEN, FIVE = {"days": 10, "unit": "working_days"}, {"days": 5, "unit": "working_days"}
CHANGE = dt.date(2020, 2, 15)


def rules(*dues: dict[str, Any], change: dt.date = CHANGE, **more: Any) -> list[dict[str, Any]]:
    """Return counting rules of which each takes the place of the one before, a month later."""
    days = [change + dt.timedelta(days=30 * place) for place in range(len(dues) - 1)]
    ends = [day - dt.timedelta(days=1) for day in days]
    return [
        {"version": f"v{place}", "due": due, "quarter_by": "due", "valid_from": first} | more
        | ({"valid_to": last} if last else {})
        for place, (due, first, last) in enumerate(
            zip(dues, [None, *days], [*ends, None], strict=True), start=1
        )
    ]  # fmt: skip


def parameters(counting: list[dict[str, Any]], **how: Any) -> Params:
    """Return parameters of 2020Q3 with a history of two years."""
    report = QuarterFile.model_validate(
        {
            "quarter": "2020Q3",
            "as_of": how.pop("as_of", "2020-10-15"),
            "history_from": "2018Q4",
            "organisation": {"name": "A town"},
            "calendar": {"country": "GL"},
            "disclosure": {"hide_persons_below": how.pop("hide_persons_below", 5)},
            "sources": {name: {"file": "drawn"} for name in ("applications", "application_waits")},
        }
    )
    metric = {"counting": counting, "targets": [{"direction": "at_least", "value": 1.0}], **how}
    return Params(report, TargetsFile.model_validate({"metrics": {METRIC: metric}}).metrics)


def drawn_applications(cases: Sequence[tuple[dt.date, dt.date | None]]) -> str:
    """Draw applications by the days of receipt and decision."""
    lines = [
        f"{number} | {received} | {decided or ''} | {'granted' if decided else ''}"
        for number, (received, decided) in enumerate(cases)
    ]
    return "\n".join(("application_id | received_at | decided_at | result", *lines))


def evaluated(params: Params, applications: str) -> tuple[Any, pd.DataFrame, pd.DataFrame]:
    """Return the engine, the cases by number, and all results."""
    waits = "application_id | from_date | to_date"
    backend, _ = connect({"applications": applications, "application_waits": waits})
    results = evaluate(backend, params, measure(backend, params))
    cases = backend.execute(backend.table(f"cases_{METRIC}")).set_index("case_id").sort_index()
    return backend, cases, results


def counted(params: Params, applications: str) -> tuple[Any, pd.DataFrame, pd.DataFrame]:
    """Return the engine, the cases by number, and the results by quarter."""
    backend, cases, results = evaluated(params, applications)
    return backend, cases, results[results["period_kind"] == "quarter"].set_index("period")


@pytest.mark.parametrize(
    ("dues", "quarter", "due"),
    [((TEN, FIVE), "2020Q1", "2020-01-06"), ((FIVE, TEN), "2019Q4", "2019-12-23")],
)
def test_a_case_begun_before_the_change_keeps_its_limit(
    dues: tuple[dict[str, Any], ...], quarter: str, due: str
) -> None:
    """Received on 16 December 2019, the limit changed on 15 February 2020: one quarter, once."""
    received = dt.date(2019, 12, 16)
    _, cases, results = counted(
        parameters(rules(*dues)), drawn_applications([(received, dt.date(2019, 12, 20))])
    )
    (case,) = cases.to_dict("records")
    assert (case["version"], case["quarter"]) == ("v1", quarter)
    assert case["due_at"].date().isoformat() == due
    assert results["n"].sum() == results.loc[quarter, "n"] == 1


SIX = [
    (dt.date(2020, 2, day), dt.date(2020, 2, day) + dt.timedelta(days=9)) for day in range(12, 18)
]


def test_a_quarter_with_two_limits_has_one_row_and_names_both() -> None:
    """Nine days are within ten working days, and beyond five; a week that spans both counts all."""
    params = parameters(rules(TEN, FIVE))
    _, cases, every = evaluated(params, drawn_applications(SIX))
    assert cases["version"].tolist() == ["v1"] * 3 + ["v2"] * 3
    assert cases["outcome"].tolist() == ["met"] * 3 + ["missed"] * 3
    row = every[every["period_kind"] == "quarter"].set_index("period").loc["2020Q1"]
    assert (row["n"], row["met"], row["version"]) == (6, 3, "v1 + v2")
    assert not every.duplicated(["metric", "period_kind", "period", "group"]).any()
    weeks = every[every["period_kind"] == "week"]
    assert weeks["n"].sum() == 6
    assert "v1 + v2" in set(weeks["version"]) | set(every["version"])


def test_the_parameters_may_say_otherwise() -> None:
    """By the rule in force when a case ended; one that is open ends by the latest."""
    applications = drawn_applications(
        [
            (dt.date(2020, 2, 3), dt.date(2020, 2, 14)),
            (dt.date(2020, 2, 3), dt.date(2020, 2, 17)),
            (dt.date(2020, 2, 3), None),
        ]
    )
    _, cases, _ = counted(parameters(rules(TEN, FIVE), rule_by="stop"), applications)
    assert cases["version"].tolist() == ["v1", "v2", "v2"]
    assert cases["outcome"].tolist() == ["met", "missed", "missed"]


def test_times_are_in_the_unit_of_the_quarter() -> None:
    """A case of the old limit in working days, in a quarter that counts in calendar days."""
    calendar_days = {"days": 14, "unit": "calendar_days"}
    params = parameters(rules(TEN, calendar_days, change=dt.date(2020, 3, 16)))
    received, decided = dt.date(2020, 3, 12), dt.date(2020, 3, 19)
    _, cases, results = counted(params, drawn_applications([(received, decided)]))
    assert (cases["version"].tolist(), cases["days"].tolist()) == (["v1"], [7])
    assert results.loc["2020Q1", "median_days"] == 7


def test_what_is_asked_besides_heeds_the_rule_of_each_case() -> None:
    """Effect, open cases, stages and both ways of counting agree with the results."""
    params = parameters(
        rules(TEN, FIVE, change=dt.date(2020, 9, 1)),
        as_of="2020-10-15",
        groups=["office"],
        hide_persons_below=1,  # else what another version counts is told in fives
    )
    days = [dt.date(2020, 8, 24), dt.date(2020, 8, 31), dt.date(2020, 9, 1), dt.date(2020, 9, 7)]
    ended = [(day, day + dt.timedelta(days=9)) for day in days]
    backend, _, results = counted(params, drawn_applications([*ended, (days[0], None)]))
    row = results[results["group"] == ""].loc["2020Q3"]
    assert (row["n"], row["met"], row["missed"]) == (5, 2, 3)
    both = overlap(backend, params, [METRIC]).set_index(["version", "period"])
    assert both.loc[("v1", "2020Q3"), "met"] == 4
    assert both.loc[("v2", "2020Q3"), "met"] == 0
    assert not both.loc[("v1", "2020Q3"), "is_judged"]
    bands = open_cases(backend, params, [METRIC]).set_index("band")["n"]
    assert bands.sum() == row["open"] == 1
    make_stages(backend, params, [METRIC])
    staged = backend.execute(backend.table(f"stages_{METRIC}"))
    assert staged.groupby("outcome")["row_no"].nunique().to_dict() == {"met": 2, "missed": 3}


UNITS = st.sampled_from(["calendar_days", "working_days"])
DUES = st.builds(lambda days, unit: {"days": days, "unit": unit}, st.integers(0, 40), UNITS)
VERSIONS = st.lists(
    st.tuples(DUES, st.sampled_from(["due", "stop", "start"]), st.sampled_from(["gross", "net"])),
    min_size=1,
    max_size=3,
)
FIRST, LAST = dt.date(2019, 1, 1), dt.date(2020, 7, 31)
DAYS = st.dates(FIRST, LAST)
CASES = st.lists(st.tuples(DAYS, st.none() | st.integers(0, 90)), min_size=1, max_size=40)


@settings(max_examples=tried(10, at_least=2))
@given(VERSIONS, DAYS, CASES, st.sampled_from(["start", "stop"]))
def test_every_case_lies_in_exactly_one_quarter(
    versions: list[Any], change: dt.date, drawn: list[Any], rule_by: str
) -> None:
    """Over any change of limit, unit, clock and quarter: no case is lost, none counts twice."""
    counting = [
        rule | {"quarter_by": by, "clock": clock}
        for rule, (_, by, clock) in zip(
            rules(*(due for due, _, _ in versions), change=change), versions, strict=True
        )
    ]
    cases = [
        (start, None if length is None else start + dt.timedelta(days=length))
        for start, length in drawn
    ]
    params = parameters(counting, rule_by=rule_by, as_of="2020-12-31")
    _, found, results = counted(params, drawn_applications(cases))
    assert sorted(found.index) == sorted(str(number) for number in range(len(cases)))
    assert found["quarter"].notna().all()
    for number, (start, stop) in enumerate(cases):
        day = start if rule_by == "start" else stop or dt.date(2020, 12, 31)
        own = [r for r in counting if r["valid_from"] is None or r["valid_from"] <= day][-1]
        assert found.loc[str(number), "version"] == own["version"]
    shown = found[found["quarter"] <= "2020Q3"]
    assert results["n"].sum() + results["not_yet_due"].sum() == len(shown)
    assert results["n"].to_dict() == {
        quarter: int((shown.loc[shown["quarter"] == quarter, "outcome"] != "not_yet_due").sum())
        for quarter in results.index
    }
