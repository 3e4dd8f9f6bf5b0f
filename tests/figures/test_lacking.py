"""A metric whose column no extract gives is not measurable: it is neither zero nor missed."""

from __future__ import annotations

from functools import cache

import pandas as pd

from kpi.figures.cases import lacks_of, measure
from kpi.figures.results import evaluate
from kpi.params import Params
from kpi.params.quarter_file import QuarterFile
from kpi.params.targets_file import TargetsFile
from tests.drawn import connect

BILLS = """
    bill_id | kind | citizen | received_at | approved_at | due_at     | paid_at
    1       | bill | ane     | 2019-10-01  | 2019-10-02  | 2019-11-01 | 2019-10-30
    """
GIVEN = ("bill_id", "kind", "citizen", "received_at", "due_at", "paid_at")
METRICS = {
    "payments_on_time": {
        "counting": [{"due": {"column": "due_at"}, "quarter_by": "due"}],
        "targets": [{"direction": "at_least", "value": 0.95}],
    },
    "acute_duty": {"targets": [{"direction": "at_least", "value": 1.0}]},
}


@cache
def results_with(*columns: str) -> dict[str, tuple[str, float]]:
    """Return status and number of cases of each metric where an extract gives these columns."""
    report = QuarterFile.model_validate(
        {
            "quarter": "2019Q4",
            "as_of": "2020-01-15",
            "history_from": "2019Q4",
            "organisation": {"name": "A town"},
            "calendar": {"country": "GL"},
            "sources": {"bills": {"file": "drawn", "columns": {name: name for name in columns}}},
        }
    )
    targets = TargetsFile.model_validate({"metrics": METRICS})
    params = Params(report, targets.metrics)
    backend, _ = connect({"bills": BILLS})
    measured = measure(backend, params)
    assert measured == [name for name in METRICS if not lacks_of(params, name)]
    found = evaluate(backend, params, measured)
    quarter = found[(found["period"] == "2019Q4") & (found["group"] == "")].set_index("metric")
    return {str(name): (row["status"], row["n"]) for name, row in quarter.iterrows()}


def test_a_column_that_an_extract_lacks_gives_no_zero():
    assert results_with(*GIVEN, "approved_at")["payments_on_time"] == ("met", 1)
    lacking = results_with(*GIVEN)
    assert lacking["payments_on_time"][0] == "not_assessable"
    assert pd.isna(lacking["payments_on_time"][1])


def test_an_extract_that_is_not_there_makes_a_metric_not_measurable():
    assert results_with(*GIVEN, "approved_at")["acute_duty"][0] == "not_assessable"
