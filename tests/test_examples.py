"""Real input nobody here made: the two public data sets give the reference figures."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from kpi.figures.cases import measure
from kpi.figures.results import evaluate
from kpi.params import load_params
from kpi.periods import Quarter
from kpi.run import Places, accept, engine_for

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parents[1] / "params" / "examples"


def results(example: str, quarter: str, shared: Path, folder: Path) -> pd.DataFrame:
    """Return the quarters of an example, by period."""
    params = load_params(EXAMPLES / example, Quarter.parse(quarter))
    places = Places(params=EXAMPLES / example, data=shared / "data")
    with engine_for(params, places, folder) as backend:
        accept(backend, params, places, None, lambda _: None)
        found = evaluate(backend, params, measure(backend, params))
    return found[(found["period_kind"] == "quarter") & (found["group"] == "")].set_index("period")


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
