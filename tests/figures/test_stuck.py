"""Where payments get stuck: stages, lateness and what it would take, on drawn bills."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.errors import DefinitionError
from kpi.figures.bottlenecks import where_stuck
from kpi.figures.cases import measure
from kpi.figures.paths import runs_of
from kpi.figures.stages import lateness, stage_queues
from kpi.figures.steps import check_norms, make_stages, stage_names
from kpi.figures.what_it_would_take import counterfactual
from kpi.params import Params, load_params
from kpi.params.quarter_file import QuarterFile
from kpi.params.targets_file import TargetsFile
from kpi.periods import Period
from tests.drawn import connect
from tests.tried import tried

ROOT = Path(__file__).parents[2]
METRIC = "payments_on_time"
STEPS = ("received_at", "approved_at", "sent_at", "posted_at", "paid_at", "due_at")
MAPPED = {name: name for name in ("bill_id", "kind", *STEPS)}
Frames = dict[str, pd.DataFrame]


def town(stages: dict[str, float] | None = None, history_from: str = "2019Q4") -> Params:
    """Return the parameters of a town whose bills have all steps."""
    report = QuarterFile.model_validate(
        {
            "quarter": "2019Q4",
            "as_of": "2020-01-15",
            "history_from": history_from,
            "organisation": {"name": "A town"},
            "calendar": {"country": "GL"},
            "disclosure": {"hide_persons_below": 0},
            "sources": {"bills": {"file": "drawn", "columns": MAPPED}},
        }
    )
    settings = {"counting": [{"due": {"column": "due_at"}, "quarter_by": "due"}]}
    file = TargetsFile.model_validate({"metrics": {METRIC: settings | {"stages": stages or {}}}})
    return Params(report, file.metrics)


def of_quarter(frame: pd.DataFrame, quarter: str) -> pd.DataFrame:
    """Return the rows of the payments of a quarter."""
    return frame[(frame["metric"] == METRIC) & (frame["period"] == quarter)]


@cache
def why_late(
    bills: str, *norms: tuple[str, float], history_from: str = "2019Q4"
) -> tuple[Frames, Any]:
    """Return the frames of drawn bills that tell why they were late, and the engine."""
    backend, _ = connect({"bills": bills})
    params = town(dict(norms), history_from)
    staged = make_stages(backend, params, measure(backend, params))
    every = all_drawn(METRIC, range(1, len(bills.strip().splitlines())))
    runs = runs_of(backend, params, staged)
    frames = {
        "lateness": lateness(backend, params, staged, every),
        "counterfactual": counterfactual(backend, params, staged, runs, every),
    }
    return frames, backend


def all_drawn(metric: str, rows: Iterable[int]) -> ir.Table:
    """Return every case as drawn, standing for itself alone."""
    table = pd.DataFrame({"row_no": list(rows)}).assign(metric=metric, stands_for=1)
    return ibis.memtable(
        table, schema={"row_no": "int64", "metric": "string", "stands_for": "int64"}
    )


HEAD = "bill_id | received_at | approved_at | sent_at | posted_at | paid_at | due_at\n"
NORMS: dict[str, float] = {
    "received-approved": 2,
    "approved-sent": 1,
    "sent-posted": 1,
    "posted-paid": 2,
}
SLOW_LEDGER = (
    HEAD.strip()
    + """
    late    | 2019-11-04 | 2019-11-05 | 2019-11-08 | 2019-11-20 | 2019-11-21 | 2019-11-15
    on time | 2019-11-04 | 2019-11-05 | 2019-11-06 | 2019-11-07 | 2019-11-08 | 2019-11-15
    """
)


def drawn(frame: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    """Return rows of a frame as tuples."""
    return list(frame[list(columns)].itertuples(index=False, name=None))


def test_the_stage_with_the_largest_excess_is_responsible() -> None:
    """3 days to the ledger (norm 1) and 8 in it (norm 1): the ledger, and 7 of 9 days late."""
    frames, _ = why_late(SLOW_LEDGER, *NORMS.items())
    rows = frames["lateness"].set_index("stage")
    assert rows["total_days"].unique() == [4]
    assert dict(rows["late"][rows["late"] > 0]) == {"sent-posted": 1}
    shared = dict(rows["shared_days"][rows["shared_days"] > 0])
    assert shared == pytest.approx({"approved-sent": 4 * 2 / 9, "sent-posted": 4 * 7 / 9})


def test_what_it_would_take() -> None:
    """Seven days saved in the ledger pay the bill in time, two on the way to it do not."""
    frames, _ = why_late(SLOW_LEDGER, *NORMS.items())
    free = frames["counterfactual"].query("runs == 'free'").set_index("stages")
    assert dict(free.loc[["", "approved-sent", "sent-posted"], "on_time"]) == {
        "": 0,
        "approved-sent": 0,
        "sent-posted": 1,
    }
    assert free.loc["approved-sent+sent-posted", "lower"] == 1


def test_equal_excess_is_the_earlier_stage() -> None:
    """Two days too many in each of two stages."""
    frames, _ = why_late(
        HEAD + "late | 2019-11-04 | 2019-11-06 | 2019-11-11 | 2019-11-14 | 2019-11-15 | 2019-11-12",
        *NORMS.items(),
    )
    rows = frames["lateness"].set_index("stage")
    assert rows.loc["approved-sent", "late"] == 1
    assert rows.loc[["approved-sent", "sent-posted"], "shared_days"].tolist() == [1.5, 1.5]


def test_late_though_no_stage_was_slow_and_late_without_dates() -> None:
    """Handed in a day before it was due; and one that nobody knows when the ledger posted."""
    frames, _ = why_late(
        HEAD.strip()
        + """
        too late | 2019-11-04 | 2019-11-05 | 2019-11-06 | 2019-11-07 | 2019-11-08 | 2019-11-05
        undated  | 2019-11-04 | 2019-11-05 | 2019-11-06 |            | 2019-11-25 | 2019-11-15
        """,
        *NORMS.items(),
    )
    rows = frames["lateness"].set_index("stage")
    assert (rows.loc["received_too_late", "late"], rows.loc["unknown", "late"]) == (1, 1)
    free = frames["counterfactual"].query("runs == 'free'").set_index("stages")
    assert drawn(free.loc[["sent-posted"]], "on_time", "perhaps", "upper") == [(0, 1, 0.5)]
    assert drawn(free.loc[["approved-sent"]], "on_time", "perhaps", "upper") == [(0, 0, 0)]


def test_an_open_bill_waits_in_its_stage_until_the_extract() -> None:
    """Sent and never posted: the ledger is responsible, and nobody knows what came after."""
    frames, backend = why_late(
        HEAD + "open | 2019-11-04 | 2019-11-05 | 2019-11-06 | | | 2019-11-15", *NORMS.items()
    )
    stages = backend.execute(backend.table(f"stages_{METRIC}")).sort_values("place")
    assert list(stages["state"]) == ["passed", "passed", "running", "ahead"]
    assert frames["lateness"].set_index("stage").loc["sent-posted", "late"] == 1
    free = frames["counterfactual"].query("runs == 'free'").set_index("stages")
    assert drawn(free.loc[["sent-posted"]], "on_time", "perhaps") == [(0, 1)]
    waiting = stage_queues(backend, town(NORMS), [METRIC], all_drawn(METRIC, [1]))
    queues = waiting.set_index(["on_date", "stage"])["queue"]
    assert queues[queues > 0].index.get_level_values("stage").unique() == ["sent-posted"]


def test_without_a_case_that_counts_there_is_nothing_to_take() -> None:
    """A bill that is due after the quarter: no frame has a row about it, and none fails."""
    early = HEAD + "early | 2019-12-20 | 2019-12-21 | | | | 2020-06-30"
    backend, _ = connect({"bills": early})
    params = town(NORMS)
    frames = where_stuck(backend, params, measure(backend, params))
    assert frames["counterfactual"].empty
    assert frames["lateness"]["late"].sum() == 0


def test_norms_name_stages() -> None:
    """A stage that does not exist brings a suggestion."""
    params = town({"aproved-sent": 2})
    with pytest.raises(DefinitionError, match='Did you mean "approved-sent"'):
        check_norms(params, METRIC)
    check_norms(town(NORMS), METRIC)


DAY = st.none() | st.integers(1, 60)
CASE = st.tuples(st.integers(1, 30), DAY, DAY, DAY, DAY, st.integers(1, 60))


@settings(max_examples=tried(5, at_least=2))
@given(st.lists(st.lists(CASE, min_size=1, max_size=12), min_size=1, max_size=8))
def test_no_case_is_lost(quarters: list[list[tuple[Any, ...]]]) -> None:
    """Whatever the dates: every case is once in each stage, and all days late are shared out."""
    last = Period(2019, 4)
    names = [last.shift(-back) for back in range(len(quarters))]
    lines = [
        bill_of(f"{quarter} {place}", quarter, case)
        for quarter, cases in zip(names, quarters, strict=True)
        for place, case in enumerate(cases)
    ]
    frames, backend = why_late(HEAD + "\n".join(lines), history_from=str(names[-1]))
    all_cases = backend.execute(backend.table(f"cases_{METRIC}"))
    all_stages = backend.execute(backend.table(f"stages_{METRIC}"))
    for quarter, cases in zip(map(str, names), quarters, strict=True):
        counted = all_cases[all_cases["quarter"] == quarter]
        assert len(counted) == len(cases)
        stages = all_stages[all_stages["period"] == quarter]
        for _, rows in stages.groupby("stage"):
            assert sorted(rows["case_id"]) == sorted(counted["case_id"])
        late = of_quarter(frames["lateness"], quarter)
        assert late["late"].sum() == (counted["outcome"] == "missed").sum()
        days_late = stages[stages["place"] == 0]["days_late"].sum()
        assert late["shared_days"].sum() == pytest.approx(days_late)
        what_if = of_quarter(frames["counterfactual"], quarter)
        as_it_was = what_if.query("stages == ''").iloc[0]
        assert (what_if[["on_time", "perhaps"]].sum(axis=1) <= late["late"].sum()).all()
        assert (what_if["lower"] >= as_it_was["lower"]).all()
        free, kept = (
            what_if.query(f"runs == '{runs}'").set_index("stages")["lower"]
            for runs in ("free", "kept")
        )
        assert (free >= kept).all()


def bill_of(name: str, quarter: Period, case: tuple[Any, ...]) -> str:
    """Draw a bill whose days are counted from the first of a quarter, in which it is due."""

    def day(number: int | None) -> str:
        return "" if number is None else str(quarter.first_day + dt.timedelta(days=number))

    received, approved, *rest = case
    return " | ".join([name, day(received), day(approved or 3), *map(day, rest)])


def test_steps_that_nobody_mapped_are_skipped() -> None:
    """Stages join what is known."""
    params = load_params(ROOT / "params/examples/payment_requests", Period.parse("2018Q3"))
    assert stage_names(params, METRIC) == ("received-approved", "approved-sent", "sent-paid")
