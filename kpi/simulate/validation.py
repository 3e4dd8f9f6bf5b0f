"""How far a simulation can be believed: quarters held back, predicted from those before them."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from kpi.errors import DefinitionError
from kpi.periods import Quarter
from kpi.simulate.past import Past
from kpi.simulate.replicate import Spread

VALIDATION_COLUMNS = (
    "period", "predicted", "lower", "upper", "actual_lower", "actual_upper", "error", "is_inside"
)  # fmt: skip


def validate(
    past: Past, quarters: list[Quarter], predict: Callable[[Quarter], Spread]
) -> pd.DataFrame:
    """Predict quarters as if they had not been, and hold the prediction against what came.

    Quarters that cannot be predicted (fewer than three before them) are left out, save the last,
    whose DefinitionError is raised.

    Returns:
        One row per quarter: VALIDATION_COLUMNS: the median of the runs and the interval of 90 per
        cent; the bounds of the share as counted; the error, predicted less counted, both with
        unknown cases as not in time; whether the counted share lies in the interval. All ratios.
    """
    rows = []
    for quarter in quarters:
        try:
            predicted = predict(quarter)
        except DefinitionError:
            if quarter == quarters[-1]:
                raise
            continue
        lower, upper = past.bounds(quarter)
        is_inside = predicted.lower <= lower <= predicted.upper
        error = predicted.middle - lower
        rows.append((str(quarter), *predicted, lower, upper, error, is_inside))
    return pd.DataFrame(rows, columns=list(VALIDATION_COLUMNS))
