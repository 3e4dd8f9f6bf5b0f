"""The past that a simulation is calibrated by, without persons, and how far it can be believed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from kpi.definitions.kinds import FromRows
from kpi.definitions.words import Text
from kpi.errors import DefinitionError, ParameterError
from kpi.files import rows_folder
from kpi.params import Due, Params
from kpi.periods import Period
from kpi.run import Event, Places, Progress, accept, engine_for
from kpi.simulate.days import Workdays
from kpi.simulate.replicate import Spread
from kpi.simulate.what_if import parameters_of, results_as_released

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend


FEWEST_CASES = 30
PAST_QUARTERS, FEWEST_BEFORE = 4, 3


@dataclass(frozen=True)
class Past:
    """What is known before anything is simulated.

    `actual` has the disclosed figures of the quarters, by their names: n, lower and upper bound of
    the share, null where hidden or not known.
    """

    metric: str
    quarter: Period
    params: Params
    days: Workdays
    actual: pd.DataFrame

    @property
    def cases(self) -> Text:
        """What many of the metric's cases are called."""
        definition = self.params.definition(self.metric)
        return definition.subject.words.cases[1] if isinstance(definition, FromRows) else "cases"

    @property
    def limit(self) -> Due:
        """The limit in the quarter asked for; a DefinitionError where there is none in days."""
        counting = self.params.metrics[self.metric].counting_on(self.quarter.last_day)
        if counting is None or counting.due is None or counting.due.days is None:
            raise DefinitionError(
                "A wait is simulated against a limit in days.", f"{self.metric} has none"
            )
        return counting.due

    @property
    def goal(self) -> float | None:
        """The share that the quarter asked for must reach; None where there is no target."""
        target = self.params.metrics[self.metric].target_on(self.quarter.last_day)
        return target.value if target and not target.between else None

    def step(self, quarter: Period) -> float:
        """The share of a quarter's cases by which simulated shares are told: that of five, say."""
        of = self.params.report.disclosure.hide_persons_below
        cases = float(self.actual["n"].get(str(quarter), float("nan")))
        return of / cases if of > 1 and cases > 0 else 0.0

    def shown(self, quarters: list[Period]) -> list[Period]:
        """Return the quarters that are whole, have cases enough and whose figure is not hidden."""
        return [quarter for quarter in quarters if self._is_shown(quarter)]

    def before(self, quarter: Period) -> list[Period]:
        """Return the quarters shown among the four before one; a DefinitionError if under three."""
        found = self.shown(quarter.previous.since(quarter.shift(-PAST_QUARTERS)))
        if len(found) < FEWEST_BEFORE:
            raise too_few(f"{len(found)} of the four before {quarter}")
        return found

    def up_to(self, quarter: Period) -> list[Period]:
        """Return the quarters shown among one and the three before it; one of them at least."""
        found = self.shown(quarter.since(quarter.shift(1 - PAST_QUARTERS)))
        if not found:
            raise too_few(f"none of {quarter} and the three before it")
        return found

    def bounds(self, quarter: Period) -> tuple[float, float]:
        """Return the bounds of the share as counted, of a quarter that is shown."""
        lower, upper = self.actual.loc[str(quarter), ["lower", "upper"]].to_numpy(dtype="float64")
        return float(lower), float(upper)

    def _is_shown(self, quarter: Period) -> bool:
        if str(quarter) not in self.actual.index or quarter.last_day > self.params.report.as_of:
            return False
        actual = self.actual.loc[str(quarter)]
        return bool(actual.notna().all() and actual["n"] >= FEWEST_CASES)


def too_few(found: str) -> DefinitionError:
    """Say that there is not enough to calibrate a simulation by."""
    return DefinitionError(
        f"A simulation is calibrated by whole periods of {FEWEST_CASES} cases or more whose "
        "figure is not hidden.",
        found,
        "Ask for a period with more cases, or begin the history earlier (history_from).",
    )


@contextmanager
def measured(
    metric: str, quarter: Period, places: Places, progress: Progress
) -> Iterator[tuple[Backend, Past]]:
    """Measure a metric up to a quarter; its tables stay in the engine while the context is open."""
    params = parameters_of(metric, [quarter], places)
    if params.report.as_of < quarter.last_day:
        raise ParameterError(
            "A quarter is simulated once the extracts hold all of it.",
            f"{quarter}, extracts of {params.report.as_of}",
            f"Ask for {quarter.previous}.",
        )
    with rows_folder() as folder, engine_for(params, places, folder) as backend:
        accept(backend, params, places, None, progress)
        progress(Event("measure"))
        shown = results_as_released(backend, params, places)
        days = Workdays.of(params.report.calendar.work_calendar())
        actual = _by_period(shown, metric, quarter.kind)
        yield backend, Past(metric, quarter, params, days, actual)


def _by_period(shown: pd.DataFrame, metric: str, kind: str) -> pd.DataFrame:
    is_whole = (shown["period_kind"] == kind) & (shown["group"] == "")
    rows = shown[is_whole & (shown["metric"] == metric)]
    return rows.set_index("period")[["n", "lower", "upper"]].astype("float64")


VALIDATION_COLUMNS = (
    "period", "predicted", "lower", "upper", "actual_lower", "actual_upper", "error", "is_inside"
)  # fmt: skip


def validate(
    past: Past, quarters: list[Period], predict: Callable[[Period], Spread]
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
