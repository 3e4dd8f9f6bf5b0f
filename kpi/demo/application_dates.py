"""When applications are received and decided."""

from __future__ import annotations

import datetime as dt
from statistics import NormalDist

import numpy as np
import pandas as pd

from kpi.demo.calibration import (
    BULK_DAY,
    BULK_IN_TIME,
    BULK_LATE,
    HOUSING_BENEFIT,
    HOUSING_BENEFIT_SINCE,
    OPEN_PENSIONS,
    OTHER_APPLICATIONS,
    OTHER_APPLICATIONS_SINCE,
    PENSIONS,
    ROLLOVERS_A_DAY,
    STILL_OPEN_AND_LATE,
    Limited,
    Pensions,
)
from kpi.demo.days import AS_OF, NEVER, QUARTERS, Days, after, before, later, working_days
from kpi.demo.extracts import spare_rows_by_quarter
from kpi.periods import Quarter

HOUSING, PENSION, OTHER = "Boligsikring", "Førtidspension", "Anden ydelse"
HOUSING_LIMIT, OTHER_LIMIT = 5, 10  # calendar days, working days
SPREAD_OF_PENSIONS = 0.35  # standard deviation of the logarithm of the days
MEDIAN_OF_REASSESSMENTS = 80


def application_dates(rng: np.random.Generator) -> pd.DataFrame:
    """Return one row an application with its dates and kind, in no order, and the spare rows."""
    spares = spare_rows_by_quarter("applications")
    parts = [_open_pensions(), _other_since(rng), _housing_since(rng)]
    for quarter in QUARTERS:
        name = str(quarter)
        parts += [
            _housing(rng, quarter, HOUSING_BENEFIT[name]),
            _other(rng, quarter, OTHER_APPLICATIONS[name], spares[name]),
            _pensions(rng, quarter, PENSIONS[name]),
        ]
    parts += [_rollovers(year) for year in (2018, 2019)]
    rows = pd.concat(parts, ignore_index=True)
    unknown = rows["decided_at"] > np.datetime64(AS_OF)
    rows.loc[unknown, "decided_at"] = pd.NaT
    return rows


def _rows(kind: str, received: Days, decided: Days) -> pd.DataFrame:
    flags = ("is_late", "is_withdrawn", "is_rollover", "is_reassessment")
    columns = {"kind": kind, "received_at": received, "decided_at": decided}
    return pd.DataFrame(columns | dict.fromkeys(flags, False) | {"defect": ""})


def _housing(rng: np.random.Generator, quarter: Quarter, counts: Limited) -> pd.DataFrame:
    """Make applications for housing benefit whose limit ends in a quarter."""
    limit = dt.timedelta(days=HOUSING_LIMIT)
    days = working_days(quarter.first_day - limit, quarter.last_day - limit)
    return _housing_of(rng, days, counts)


def _housing_since(rng: np.random.Generator) -> pd.DataFrame:
    limit = dt.timedelta(days=HOUSING_LIMIT)
    first = QUARTERS[-1].last_day - limit + dt.timedelta(days=1)
    return _housing_of(rng, working_days(first, AS_OF), HOUSING_BENEFIT_SINCE)


def _housing_of(rng: np.random.Generator, days: Days, counts: Limited) -> pd.DataFrame:
    """Make applications received on some days, decided in time, late or withdrawn."""
    received = rng.choice(days, counts.due + counts.withdrawn)
    at_latest = before(received + HOUSING_LIMIT)
    decided = np.minimum(after(received, rng.integers(0, 4, len(received))), at_latest)
    late = slice(0, counts.late)
    decided[late] = after(later(received[late], rng.integers(6, 24, counts.late)))
    rows = _rows(HOUSING, received, decided)
    rows.loc[: counts.late - 1, "is_late"] = True
    rows.loc[counts.due :, "is_withdrawn"] = True
    return rows


def _rollovers(year: int) -> pd.DataFrame:
    """Make the automatic renewals of December, decided on the day."""
    days = working_days(dt.date(year, 12, 1), dt.date(year, 12, 20)).repeat(ROLLOVERS_A_DAY)
    return _rows(HOUSING, days, days).assign(is_rollover=True)


def _other(
    rng: np.random.Generator, quarter: Quarter, counts: Limited, defects: list[str]
) -> pd.DataFrame:
    """Make the other applications whose limit ends in a quarter, and spare rows among them."""
    days = working_days(quarter.first_day, quarter.last_day)
    due = rng.choice(days, counts.due + counts.withdrawn + len(defects))
    is_last = quarter == QUARTERS[-1]
    if is_last:
        due[:BULK_LATE] = rng.choice(days[days < np.datetime64(BULK_DAY)], BULK_LATE)
    received = before(due, OTHER_LIMIT)
    decided = _off_bulk_day(received, after(received, rng.integers(0, OTHER_LIMIT + 1, len(due))))
    late = slice(0, counts.late)
    decided[late] = _after_bulk_day(after(received[late], rng.integers(11, 40, counts.late)))
    if is_last:
        decided[:BULK_LATE] = np.datetime64(BULK_DAY)
        decided[BULK_LATE : BULK_LATE + STILL_OPEN_AND_LATE] = NEVER
    rows = _rows(OTHER, received, decided)
    rows.loc[: counts.late - 1, "is_late"] = True
    rows.loc[counts.due : counts.due + counts.withdrawn - 1, "is_withdrawn"] = True
    rows.loc[counts.due + counts.withdrawn :, "defect"] = defects
    backwards = rows["defect"] == "decided_before_received"
    rows.loc[backwards, "decided_at"] = before(received[backwards], 2)
    return rows


def _other_since(rng: np.random.Generator) -> pd.DataFrame:
    """Make those whose limit ends after 2019: some closed on the bulk day, some late, most open."""
    first, last = dt.date(2020, 1, 2), dt.date(2020, 1, 29)
    counts = OTHER_APPLICATIONS_SINCE
    due = rng.choice(working_days(first, last), BULK_IN_TIME + counts.due)
    due[: BULK_IN_TIME + counts.late] = rng.choice(
        working_days(first, dt.date(2020, 1, 10)), BULK_IN_TIME + counts.late
    )
    received = before(due, OTHER_LIMIT)
    decided = _off_bulk_day(received, after(received, rng.integers(0, OTHER_LIMIT + 1, len(due))))
    decided[:BULK_IN_TIME] = np.datetime64(BULK_DAY)
    decided[BULK_IN_TIME : BULK_IN_TIME + counts.late] = NEVER
    return _rows(OTHER, received, decided)


def _off_bulk_day(received: Days, decided: Days) -> Days:
    """Move decisions off the day of the bulk closing, none of them beyond its limit."""
    day = np.datetime64(BULK_DAY)
    moved = np.where(received < day, before(decided, 1), after(decided, 1))
    return np.where(decided == day, moved, decided)


def _after_bulk_day(decided: Days) -> Days:
    return np.where(decided == np.datetime64(BULK_DAY), after(decided, 1), decided)


def _pensions(rng: np.random.Generator, quarter: Quarter, counts: Pensions) -> pd.DataFrame:
    """Make the pension applications decided in a quarter, with the quarter's median."""
    parts = []
    for median, count, again in (
        (counts.median_days, counts.decided, False),
        (MEDIAN_OF_REASSESSMENTS, counts.reassessments, True),
    ):
        days = rng.permutation(_lognormal_days(median, count))
        decided = rng.choice(working_days(quarter.first_day, quarter.last_day), count)
        parts.append(_rows(PENSION, decided - days, decided).assign(is_reassessment=again))
    return pd.concat(parts)


def _lognormal_days(median: int, count: int) -> np.typing.NDArray[np.int64]:
    """Return evenly spaced quantiles of a log-normal distribution, in days."""
    quantiles = (np.arange(count) + 0.5) / count
    steps = np.array([NormalDist().inv_cdf(quantile) for quantile in quantiles])
    return np.rint(median * np.exp(SPREAD_OF_PENSIONS * steps)).astype(int)


def _open_pensions() -> pd.DataFrame:
    """Make the open pension applications, as old as a steady inflow leaves them."""
    ages = np.arange(1, 400)
    median = PENSIONS[str(QUARTERS[-1])].median_days
    still_open = [1 - NormalDist().cdf(np.log(a / median) / SPREAD_OF_PENSIONS) for a in ages]
    reached = np.cumsum(still_open) / np.sum(still_open)
    wanted = (np.arange(OPEN_PENSIONS) + 0.5) / OPEN_PENSIONS
    received = np.datetime64(AS_OF) - ages[np.searchsorted(reached, wanted)]
    return _rows(PENSION, received, np.full(OPEN_PENSIONS, NEVER))
