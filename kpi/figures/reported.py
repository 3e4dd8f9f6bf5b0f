"""Values that are reported, not computed: one for each period and part, published as they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from kpi.definitions.kinds import Reported
from kpi.definitions.population import day_of, population, truth_of, value_of
from kpi.engine import CALENDAR
from kpi.errors import QualityError
from kpi.figures.cases import accepted_tables, identified, kinds_of
from kpi.params import Params

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

_COLUMNS = ["metric", "version", "period", "period_kind", "group", "n", "reported"]


def reported_values(backend: Backend, params: Params, names: list[str]) -> pd.DataFrame:
    """Return the value that stands of each period and part of reported metrics.

    Columns: metric, version, period, period_kind (the reported one, month), group ("" for the
    whole, else name=value; of months there are no parts), n (1, the row that it stands in),
    reported. Raises QualityError where a period and part has several values and none is the latest.
    """
    rows = [row for name in names for row in _of_metric(backend, params, name)]
    return pd.DataFrame(rows, columns=_COLUMNS).astype({"n": "float64", "reported": "float64"})


def _of_metric(backend: Backend, params: Params, name: str) -> Iterator[dict[str, Any]]:
    definition, settings = params.definition(name), params.metrics[name]
    if not isinstance(definition, Reported):
        raise TypeError(definition.kind)
    groups = tuple(dict.fromkeys((*settings.groups, *definition.subject.groups)))
    frame = backend.execute(_rows(backend, params, definition, groups))
    whole = params.quarter.kind
    frame = frame[frame[whole].isin([str(period) for period in params.quarters])]
    for kind in _kinds(params):
        part = _part(frame, groups, settings.groups)
        told = frame if kind == whole else frame[part == ""]
        for (period, group), values in told.groupby([kind, part]):
            yield {
                "metric": name,
                "version": settings.counting[0].version,
                "period": period,
                "period_kind": kind,
                "group": group,
                "n": 1,
                "reported": _standing(definition, f"{period} {group}".strip(), values),
            }


def _rows(
    backend: Backend, params: Params, definition: Reported, groups: tuple[str, ...]
) -> ir.Table:
    """Return the reported values known by `as_of`: value, latest, is_whole, and its periods."""
    import ibis

    tables = accepted_tables(backend, params)
    rows = identified(definition, groups, population(definition, tables))
    subject, where = definition.subject, definition.id
    is_whole = ibis.null("boolean")
    if definition.whole:
        is_whole = truth_of(subject, definition.whole, rows, f"{where}.whole")
    latest = ibis.null("timestamp")
    if definition.latest:
        latest = value_of(subject, definition.latest, rows, f"{where}.latest")
    told = rows.select(
        reported_on=day_of(value_of(subject, definition.on, rows, f"{where}.on")),
        reported=value_of(subject, definition.value, rows, f"{where}.value").cast("float64"),
        latest=latest,
        is_whole=is_whole,
        **{f"group_{name}": rows[f"group_{name}"] for name in groups},
    )
    told = told.filter(told.reported.notnull() & (told.reported_on <= params.report.as_of))
    if definition.latest:
        told = told.filter(told.latest.notnull())
    calendar = tables[CALENDAR].select("date", *_kinds(params))
    return told.join(calendar, told.reported_on == calendar.date)


def _kinds(params: Params) -> list[str]:
    """Return the kinds of periods: no value is reported of a week."""
    return [kind for kind in kinds_of(params) if kind != "week"]


def _part(frame: pd.DataFrame, groups: tuple[str, ...], wanted: tuple[str, ...]) -> pd.Series[str]:
    """Name the part that each row is about: "" for the whole, null for one that is not wanted."""
    columns = [f"group_{name}" for name in groups]
    named = (frame[columns] != "").sum(axis="columns") if columns else 0
    part = pd.Series("", frame.index, dtype=object)
    for name, column in zip(groups, columns, strict=True):
        named_part = f"{name}=" + frame[column] if name in wanted else None
        part = part.mask(frame[column] != "", named_part)
    part = part.mask(pd.Series(named, frame.index) > 1, None)
    if frame["is_whole"].notna().any():
        is_whole = frame["is_whole"].astype(bool)
        return part.where(~is_whole, "").mask(~is_whole & (part == ""), None)
    return part


def _standing(definition: Reported, where: str, values: pd.DataFrame) -> float:
    """Return the one value of a period and part, or the latest of several."""
    if definition.latest:
        values = values[values["latest"] == values["latest"].max()]
    if len(values) > 1:
        raise QualityError(
            f"{definition.id} has one value of each period and part, or one that is the latest.",
            f"{len(values)} of {where}",
            "Name in `latest` the column that tells which of them stands, such as the month or the "
            "day of the report; or leave the others out: `filter`.",
        )
    return float(values["reported"].iloc[0])
