"""Where cases get stuck: all frames that answer it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from kpi.figures.circumstances import circumstances
from kpi.figures.paths import payment_runs, reached, step_paths
from kpi.figures.stages import lateness, stage_months, stage_queues, stage_times
from kpi.figures.steps import make_stages
from kpi.figures.what_it_would_take import counterfactual
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
