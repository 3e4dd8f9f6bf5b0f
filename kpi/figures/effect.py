"""How much the figures hang on the rows that were set aside, and on those that are in doubt."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from kpi.definitions.frames import EFFECT
from kpi.definitions.kinds import FromRows, Reported, is_rate
from kpi.definitions.rules import Rule
from kpi.figures.cases import accepted_tables
from kpi.figures.results import Goal, judge, with_values
from kpi.figures.scenarios import (
    AS_COUNTED,
    LEAST,
    MOST,
    OTHER_WAYS,
    TIMES,
    Asked,
    Scenarios,
    scenarios_of,
)
from kpi.params import Params

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
from kpi.figures.doubtful_rows import Row, doubts_of


def effect(
    backend: Backend,
    params: Params,
    measured: Sequence[str],
    results: pd.DataFrame,
    rules: Mapping[str, Sequence[Rule]],
) -> pd.DataFrame:
    """Count each metric of the reported quarter as it was counted, and in two other ways.

    `results` are those of `evaluate`, `rules` the rules that were checked, by table. Returns what
    `judged_effect` does.
    """
    ways = counted_in_ways(backend, params, measured, results, rules)
    return judged_effect(ways, results, params)


def counted_in_ways(
    backend: Backend,
    params: Params,
    measured: Sequence[str],
    results: pd.DataFrame,
    rules: Mapping[str, Sequence[Rule]],
) -> pd.DataFrame:
    """Count each metric of the reported quarter as it was counted, and in two other ways.

    The rows set aside are counted as well; what accepted rows in doubt say is not known, so that
    they widen the range. `results` have their values, `rules` are those that were checked, by
    table.

    Returns:
        One row per metric and scenario (kpi.figures.scenarios), a rule each or all together:
        metric, period, unit, scenario, n, value, lower, upper. Differences from the figure are
        rounded down to multiples. Nothing that decides a status is read.
    """
    read = {table for name in measured for table in params.definition(name).tables}
    doubts = {
        table: doubts_of(backend, params.catalogue.subjects[table], rules[table])
        for table in rules
        if table in read
    }
    tables = accepted_tables(backend, params)
    known: dict[object, Scenarios] = {}
    now = results[(results["period"] == str(params.quarter)) & (results["group"] == "")]
    found = []
    for row in _rows(now):
        name = str(row["metric"])
        definition = params.definition(name)
        settings = params.metrics[name]
        is_counted = settings.counting_on(params.quarter.last_day) is not None
        is_told = isinstance(definition, Reported)
        if name in measured and is_counted and isinstance(definition, FromRows) and not is_told:
            asked = Asked(backend, params, definition, settings, tables)
            alike = (definition.cases_alone(), settings.counting, settings.rule_by)
            if alike not in known:
                known[alike] = scenarios_of(asked, row, doubts)
            of_metric = {column: row[column] for column in _OF_METRIC}
            found.append(_figures(asked, row, known[alike])[list(_FIGURE)].assign(**of_metric))
    columns = [*_OF_METRIC, *_FIGURE]
    return pd.concat(found, ignore_index=True)[columns] if found else pd.DataFrame(columns=columns)


_OF_METRIC = ("metric", "period", "unit")
_FIGURE = ("scenario", "n", "value", "lower", "upper")


def judged_effect(ways: pd.DataFrame, results: pd.DataFrame, params: Params) -> pd.DataFrame:
    """Judge the figures that were counted in several ways by the target in force.

    `ways` are those of `counted_in_ways`, `results` have their targets.

    Returns:
        One row per metric: the frame EFFECT (kpi.definitions.frames). `with_set_aside_...` and
        `doubtful_unknown_...` have the figure in that way, its verdict, and the id of the rule that
        moves it most (empty where none does, or where it is not known). A verdict is met, not_met
        or not_documented, empty without a target and while the quarter runs. Not disclosed yet.
    """
    now = results[(results["period"] == str(params.quarter)) & (results["group"] == "")]
    by_metric = {str(name): rows for name, rows in ways.groupby("metric", sort=False)}
    rows = [
        _effect(params, row, _by_scenario(by_metric[str(row["metric"])]))
        for row in _rows(now)
        if row["metric"] in by_metric
    ]
    return EFFECT.checked(pd.DataFrame(rows) if rows else EFFECT.empty)


def _rows(frame: pd.DataFrame) -> list[Row]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _by_scenario(rows: pd.DataFrame) -> dict[str, Row]:
    by_scenario = rows.set_index("scenario")
    return {str(name): dict(by_scenario.loc[name]) for name in by_scenario.index}


def _effect(params: Params, row: Row, figures: Mapping[str, Row]) -> Row:
    target = params.metrics[str(row["metric"])].target_on(params.quarter.last_day)
    goal, is_over = None, params.report.as_of >= params.quarter.last_day
    if is_over and target and not pd.isna(row["target"]):
        goal = Goal.of_row(row, strictly=target.baseline is not None)
    effect = {column: row[column] for column in _OF_METRIC}
    for way in (AS_COUNTED, *OTHER_WAYS):
        start = "" if way == AS_COUNTED else f"{way}_"
        effect |= {start + what: figures[way][what] for what in ("n", "value", "lower", "upper")}
        effect[f"{start}verdict"] = _verdict(goal, figures[way])
    for way in OTHER_WAYS:
        effect[f"{way}_rule"] = _moves_most(figures, way)
    return effect


def _figures(asked: Asked, row: Row, found: Scenarios) -> pd.DataFrame:
    """Return the figures of each scenario, with their bounds."""
    counts = found.counts.assign(version=row["version"])
    if row["unit"] == "count" or is_rate(row["unit"]):
        return _counted(counts, row["denominator"] if is_rate(row["unit"]) else 1)
    return _timed(asked, counts) if row["unit"] == "days" else _valued(asked, counts)


def _valued(asked: Asked, counts: pd.DataFrame) -> pd.DataFrame:
    return with_values(asked.backend, asked.params, counts, asked.definition)


def _counted(counts: pd.DataFrame, weeks: float) -> pd.DataFrame:
    """Bound a number of cases, or a rate, by those that may be no cases and those that may be."""
    usual = counts["n"] - counts["more"]
    return counts.assign(
        value=usual / weeks, lower=(usual - counts["fewer"]) / weeks, upper=counts["n"] / weeks
    )


def _timed(asked: Asked, counts: pd.DataFrame) -> pd.DataFrame:
    """Bound a median by what it would be were the cases in doubt the quickest, or the slowest."""
    bounds = {}
    for bound, start in (("lower", LEAST), ("upper", MOST)):
        medians = {f"median_{time}": counts[f"{start}median_{time}"] for time in TIMES}
        bounds[bound] = _valued(asked, counts.assign(**medians))["value"]
    return _valued(asked, counts).assign(**bounds)


def _verdict(goal: Goal | None, figures: Row) -> str:
    if goal is None or pd.isna(figures["lower"]):
        return ""
    upper = math.inf if pd.isna(figures["upper"]) else figures["upper"]
    return judge(goal, 0, figures["lower"], upper)


def _moves_most(figures: Mapping[str, Row], part: str) -> str:
    """Return the rule whose rows alone move either bound most; empty where none moves them."""
    usual = figures[AS_COUNTED]
    moves = {
        name.partition(":")[2]: max(abs(other[b] - usual[b]) for b in ("lower", "upper"))
        for name, other in figures.items()
        if name.startswith(f"{part}:") and not pd.isna(other["lower"])
    }
    largest = max(moves, key=lambda rule: moves[rule], default="")
    return largest if largest and moves[largest] > 0 else ""
