"""Metrics that an administration declares hide for each other where one counts another's cases."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from kpi.definitions.catalogue import SHIPPED
from kpi.definitions.kinds import Count
from kpi.definitions.subjects.applications import APPLICATIONS
from kpi.disclosure import Care, protect, released
from kpi.figures.cases import measure
from kpi.figures.results import evaluate
from kpi.params import Params
from kpi.params.targets_file import MetricParams
from tests.disclosure.joint import Reading, read, told
from tests.disclosure.joint import town as towns
from tests.drawn import small_engine

PENSION = "kind = 'early_retirement_pension'"
DECLARED = {
    "received": ("", ""),
    "received_of_pensions": (PENSION, ""),
    "received_of_others": ("", PENSION),
    "decided_pensions": (f"{PENSION} AND decided_at IS NOT NULL", ""),
    "paid_out": (f"{PENSION} AND result IS NOT NULL AND decided_at IS NOT NULL", ""),
}
WHOLE_AND_PARTS = (
    ("received", ("received_of_pensions", "received_of_others"), False),
    ("received_of_pensions", ("decided_pensions",), True),
    ("decided_pensions", ("paid_out",), True),
)


def declared(town: towns.Town) -> Params:
    """Return the parameters of a report on metrics that are declared beside the program."""
    metrics = {
        name: Count(
            id=name, title=name, words=name, subject=APPLICATIONS, filter=condition,
            exclude=exclude, happened="received_at",
        )
        for name, (condition, exclude) in DECLARED.items()
    }  # fmt: skip
    catalogue = replace(SHIPPED, metrics={**SHIPPED.metrics, **metrics})
    rules = dict.fromkeys(metrics, MetricParams(groups=("office",)))
    of_town = towns.params_of(town, ["application_time"])
    return replace(of_town, metrics=rules, catalogue=catalogue)


def findings(made: pd.DataFrame, care: Care) -> list[str]:
    """Return what an attacker learns who knows how the metrics are defined."""
    shown = released(
        "results", protect("results", made, {}, care).assign(as_published_in=""), synthetic=True
    )
    reading = read(Reading(), {"results": shown})
    for period, group in {(row["period"], row["group"]) for row in shown.to_dict("records")}:
        for whole, parts, has_rest in WHOLE_AND_PARTS:
            cells = [("", "results", name, period, group, "n") for name in (whole, *parts)]
            if all(map(reading.known.is_known, cells)):
                rest = ("rest", whole, period, group)
                reading.known.adds_up(cells[0], [*cells[1:], *([rest] if has_rest else [])])
                if has_rest:
                    reading.stake(str(rest), {rest: 1})
    return [found.what for found in told(reading)]


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))]
)
def test_no_difference_of_declared_metrics_is_few_persons(seed: int) -> None:
    """Neither what one counts and another does not, nor what is hidden in one of them."""
    backend = small_engine()
    town = towns.draw(np.random.default_rng(seed), ["application_time"], 4)
    params = declared(town)
    towns.fill(backend, town)
    made = evaluate(backend, params, measure(backend, params))
    assert findings(made, replace(Care.of(params), sums=())) != []
    assert findings(made, Care.of(params)) == []
