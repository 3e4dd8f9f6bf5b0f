"""Real input nobody here made: public data sets give the reference figures."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from kpi.cli import cli
from kpi.errors import ParameterError
from kpi.figures.cases import measure
from kpi.figures.results import evaluate
from kpi.params import cycle_of, load_params
from kpi.run import Places, accept, engine_for

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parents[1] / "params" / "examples"


def results(example: str | Path, period: str, shared: Path, folder: Path) -> pd.DataFrame:
    """Return the reported periods of an example, by their names."""
    params = load_params(EXAMPLES / example, cycle_of(EXAMPLES / example).parse(period))
    places = Places(params=EXAMPLES / example, data=shared / "data")
    with engine_for(params, places, folder) as backend:
        accept(backend, params, places, None, lambda _: None)
        found = evaluate(backend, params, measure(backend, params))
    kind = params.quarter.kind
    return found[(found["period_kind"] == kind) & (found["group"] == "")].set_index("period")


@pytest.mark.parametrize(
    ("quarter", "n", "met", "missed"),
    [("2011Q3", 19_664, 15_340, 4_324), ("2011Q4", 20_021, 14_588, 5_433)],
)
def test_boston(quarter: str, n: int, met: int, missed: int, shared: Path, tmp_path: Path) -> None:
    """Service requests by due date, as of 1 December 2019, to the second."""
    row = results("boston311", "2011Q4", shared, tmp_path).loc[quarter]
    assert [row["n"], row["met"], row["missed"], row["unknown"]] == [n, met, missed, 0]


def test_payment_requests(shared: Path, tmp_path: Path) -> None:
    """Requests due ten working days after they were submitted, made of their steps."""
    row = results("payment_requests", "2018Q3", shared, tmp_path).loc["2018Q3"]
    assert [row["n"], row["met"], row["missed"], row["unknown"]] == [1134, 800, 334, 0]
    assert row["status"] == "not_met"


def reference(shared: Path, name: str) -> dict[str, Any]:
    """Return the reference figures of a data set, by period."""
    text = (shared / "expected" / "reach.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)[name]
    return found


def test_limits_by_category_to_the_second(shared: Path, tmp_path: Path) -> None:
    """San Francisco's service requests, by the quarter in which the limit ended."""
    rows = results("sf311", "2017Q2", shared, tmp_path)
    for period, counted in reference(shared, "sf311").items():
        assert list(rows.loc[period, ["n", "met"]]) == counted, period
    assert (rows["unknown"] == 0).all()


def test_a_limit_for_a_category_that_never_occurs_is_told(shared: Path, tmp_path: Path) -> None:
    copy = tmp_path / "params"
    shutil.copytree(EXAMPLES / "sf311", copy)
    targets = copy / "targets.yaml"
    written = targets.read_text("utf-8")
    targets.write_text(written.replace("Sewer Issues", "Sewer Issue"), "utf-8")
    with pytest.raises(ParameterError, match="Sewer Issues"):
        results(copy, "2017Q2", shared, tmp_path)


def test_limits_in_minutes(shared: Path, tmp_path: Path) -> None:
    """San Francisco's fire dispatches: those within 10 minutes, and how long nine in ten took."""
    rows = results("sf_fire", "2011Q2", shared, tmp_path)
    metrics = ("on_scene_in_time", "time_to_the_scene")
    shares, times = (rows[rows["metric"] == one] for one in metrics)
    for period, wanted in reference(shared, "sf_fire_10_minutes").items():
        assert list(shares.loc[period, ["n", "met"]]) == [wanted["n"], wanted["met"]]
        time = times.loc[period]
        assert time["n"] == wanted["arrived"]
        assert time["median_days"] == pytest.approx(wanted["median_minutes"], abs=0.005)
        assert time["value"] == time["p90_days"] == pytest.approx(wanted["p90_minutes"], abs=0.005)
    assert list(times.loc[["2011Q1", "2011Q2"], "status"]) == ["not_met", "met"]


def test_trains_counted_by_month_and_route(shared: Path, tmp_path: Path) -> None:
    """French high-speed trains: those that ran, and those at most 15 minutes late."""
    rows = results("tgv", "2019Q4", shared, tmp_path)
    shares, sums = (rows[rows["metric"] == one] for one in ("trains_on_time", "trains_run"))
    for period, counted in reference(shared, "tgv_15_minutes").items():
        assert list(shares.loc[period, ["n", "met"]]) == counted, period
        assert sums.loc[period, "value"] == counted[0]


def test_attendances_of_a_year_that_starts_in_april(shared: Path, tmp_path: Path) -> None:
    """English emergency departments: the published 88.0 % of 2018/19, as one yearly report."""
    rows = results("emergency", "2018/19", shared, tmp_path)
    shares = rows[rows["metric"] == "within_4_hours"]
    for period, counted in reference(shared, "ae_4_hours_by_fiscal_year").items():
        assert list(shares.loc[period, ["n", "met"]]) == counted, period
    assert shares["value"]["2018/19"] == pytest.approx(0.880, abs=0.0005)
    assert (shares["status"] == "not_met").all()


@pytest.mark.parametrize(
    ("kind", "period", "history_from"),
    [("quarter", "2018/19Q4", "2016/17Q1"), ("month", "2019-03", "2016-04")],
)
def test_the_same_attendances_by_quarter_and_by_month(
    kind: str, period: str, history_from: str, shared: Path, tmp_path: Path
) -> None:
    """The reference counts fiscal quarters; twelve months add up to the year."""
    rows = results(example_of(kind, period, history_from, tmp_path), period, shared, tmp_path)
    shares = rows[rows["metric"] == "within_4_hours"]
    if kind == "quarter":
        for name, counted in reference(shared, "ae_4_hours_by_fiscal_quarter").items():
            assert list(shares.loc[name.replace(" ", ""), ["n", "met"]]) == counted, name
    else:
        year = shares.loc["2018-04":"2019-03", ["n", "met"]]
        wanted = reference(shared, "ae_4_hours_by_fiscal_year")["2018/19"]
        assert (len(year), list(year.sum())) == (12, wanted)
    assert shares.index.is_unique


def example_of(kind: str, period: str, history_from: str, folder: Path) -> Path:
    """Write the example of the emergency departments anew, about another kind of period."""
    copy = folder / "params"
    shutil.copytree(EXAMPLES / "emergency", copy)
    targets, year = copy / "targets.yaml", copy / "2018-19.yaml"
    targets.write_text(targets.read_text("utf-8").replace("period: year", f"period: {kind}"))
    text = year.read_text("utf-8").replace("year: 2018/19", f"period: {period}")
    text = text.replace("history_from: 2016/17", f"history_from: {history_from}")
    (copy / f"{period.replace('/', '-')}.yaml").write_text(text, "utf-8")
    return copy


def test_a_yearly_report_is_approved_published_and_verified(shared: Path, tmp_path: Path) -> None:
    """Under its own name: 2018/19 in words, 2018-19 where files and folders are named."""
    shutil.copytree(EXAMPLES / "emergency", tmp_path / "params")
    quarter = tmp_path / "params" / "2018-19.yaml"
    text = re.sub(
        "^notebooks: .*$", "notebooks: [committee]", quarter.read_text("utf-8"), flags=re.MULTILINE
    )
    text += "\ncomments: {within_4_hours: {cause: more came, action: beds, owner: NHS}}\n"
    quarter.write_text(text, "utf-8")
    places = [f"--params={tmp_path / 'params'}", f"--data={shared / 'data'}"]
    places += [f"--reports={tmp_path / 'reports'}"]
    for words in (
        ["run", "2018/19", f"--notebooks={EXAMPLES.parents[1] / 'notebooks'}"],
        ["approve", "2018-19", "--as", "ab, head"],
        ["publish", "2018/19", "--to", str(tmp_path / "archive")],
        ["verify", "2018/19"],
        ["verify", str(tmp_path / "archive" / "emergency" / "2018-19")],
    ):
        done = CliRunner().invoke(cli, [*words, *places], catch_exceptions=False)
        assert done.exit_code == 0, done.output
    page = tmp_path / "archive" / "emergency" / "2018-19" / "committee.en.html"
    text = page.read_text("utf-8")
    assert "88.0%" in text
    assert "NHS England · 2018/19 · as of 30 April 2019" in text
    assert "uarter" not in re.sub(r"<style.*?</style>|<[^>]*>", "", text, flags=re.DOTALL)
