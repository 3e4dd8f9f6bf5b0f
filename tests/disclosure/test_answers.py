"""Answers of what-if, asked several times in a row and read beside the report."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
import pytest

from kpi.figures.cases import measure
from kpi.params import Params
from kpi.simulate import what_if
from kpi.simulate.what_if import Trial
from tests.disclosure.joint import Reading, read, told
from tests.disclosure.joint import town as towns

METRIC = "application_time"


def answer(
    backend: ibis.BaseBackend, params: Params, then: pd.DataFrame, days: int
) -> pd.DataFrame:
    """Return what `kpi what-if --days` says of a metric's quarters."""
    parts = vars(what_if)
    measure(backend, params)
    tried = parts["_with_trial"](params, METRIC, Trial(days=days))
    judged = parts["_judged_anew"](backend, params, tried, METRIC, then)
    return parts["_side_by_side"](then, judged)


@pytest.mark.parametrize("seed", [0, 1])
def test_answers_do_not_subtract_to_few_persons(seed: int) -> None:
    """A limit of 7, 8, 9, 11, 12 and 13 days instead of 10, each asked of six towns."""
    backend = ibis.duckdb.connect()
    town = towns.draw(np.random.default_rng(seed), [METRIC], 6)
    made = towns.figures(backend, town, [METRIC])
    shown = towns.shown(made)
    results = shown["results"]
    then = results[(results["period_kind"] == "quarter") & (results["group"] == "")]
    reading, told_of = read(Reading(), {"results": results}), 0
    for days in (7, 8, 9, 11, 12, 13):
        said = answer(backend, towns.params_of(town, [METRIC]), then, days)
        reading.answer(said, f"{days} days")
        told_of += int(said["lower_what_if"].notna().sum())
    assert told_of > 10
    assert told(reading) == []
