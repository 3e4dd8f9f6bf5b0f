"""Where cases get stuck: all frames that answer it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from kpi.evaluate.circumstances import circumstances
from kpi.evaluate.counterfactual import counterfactual
from kpi.evaluate.lateness import lateness
from kpi.evaluate.payment_runs import payment_runs
from kpi.evaluate.reached import reached
from kpi.evaluate.stage_queues import stage_queues
from kpi.evaluate.stages import stage_months, stage_times
from kpi.evaluate.step_paths import step_paths
from kpi.measure.stages import make_stages
from kpi.params import Params

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend


def where_stuck(backend: Backend, params: Params, measured: list[str]) -> dict[str, pd.DataFrame]:
    """Measure the stages of the measured metrics, and return the frames by name. Not disclosed."""
    staged = make_stages(backend, params, measured)
    runs = payment_runs(backend, params, staged)
    return {
        "stages": stage_times(backend, staged),
        "stage_months": stage_months(backend, staged),
        "stage_queues": stage_queues(backend, params, staged),
        "lateness": lateness(backend, params, staged),
        "counterfactual": counterfactual(backend, params, staged, runs),
        "circumstances": circumstances(backend, params, staged),
        "payment_runs": runs,
        "step_paths": step_paths(backend, params, staged),
        "reached": reached(backend, params, staged),
    }
