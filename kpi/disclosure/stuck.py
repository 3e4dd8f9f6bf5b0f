"""Where cases get stuck, as far as it may be shown."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from kpi.disclosure.circumstances import disclose_circumstances
from kpi.disclosure.counterfactual import disclose_counterfactual
from kpi.disclosure.lateness import disclose_lateness
from kpi.disclosure.payment_runs import disclose_payment_runs
from kpi.disclosure.reached import disclose_reached
from kpi.disclosure.stage_queues import disclose_stage_queues
from kpi.disclosure.stages import disclose_stage_months, disclose_stages
from kpi.disclosure.step_paths import disclose_step_paths


def disclose_stuck(
    frames: Mapping[str, pd.DataFrame], results: pd.DataFrame, threshold: int
) -> dict[str, pd.DataFrame]:
    """Return the frames of kpi.evaluate.stuck that may be shown, each with `suppressed`.

    `results` are the disclosed ones: what is hidden there is hidden here.
    """
    within = {
        "stages": disclose_stages,
        "stage_months": disclose_stage_months,
        "lateness": disclose_lateness,
        "counterfactual": disclose_counterfactual,
        "circumstances": disclose_circumstances,
        "step_paths": disclose_step_paths,
    }
    shown = {name: hide(frames[name], results, threshold) for name, hide in within.items()}
    shown["payment_runs"] = disclose_payment_runs(frames["payment_runs"], threshold)
    queues = disclose_stage_queues(frames["stage_queues"], threshold)
    shown["stage_queues"] = queues
    shown["reached"] = disclose_reached(frames["reached"], queues, results, threshold)
    return shown
