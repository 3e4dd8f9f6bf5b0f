"""How much the figures hang on the rows that were set aside, and on those that are in doubt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from kpi.definitions.kinds import FromRows, is_rate
from kpi.definitions.rules import Rule
from kpi.figures.cases import accepted_tables
from kpi.figures.results import Goal, judge, with_values
from kpi.figures.scenarios import AS_COUNTED, OTHER_WAYS, Asked, Scenarios, scenarios_of
from kpi.params import Params

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend
from kpi.figures.doubtful_rows import Row, doubts_of

OF_A_PART = ("n", "value", "lower", "upper", "verdict", "rule")
PERSONS = tuple(f"{part}_persons" for part in OTHER_WAYS)
EFFECT_COLUMNS = (
    "metric", "period", "unit", "n", "value", "lower", "upper", "verdict",
    *(f"{part}_{what}" for part in OTHER_WAYS for what in OF_A_PART),
)  # fmt: skip


def effect(
    backend: Backend,
    params: Params,
    measured: Sequence[str],
    results: pd.DataFrame,
    rules: Mapping[str, Sequence[Rule]],
) -> pd.DataFrame:
    """Count each metric of the reported quarter as it was counted, and in two other ways.

    `results` are those of `evaluate`, `rules` the rules that were checked, by table.

    Returns:
        One row per metric: EFFECT_COLUMNS and PERSONS. `with_set_aside_...` and
        `without_doubtful_...` have the figure in that way, its verdict, and the id of the rule that
        moves it most (empty where none does, or where it is not known). A verdict is met, not_met
        or not_documented, empty without a target. The persons are the fewest of whom the difference
        would tell, null where it tells of nobody. Not disclosed yet.
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
    rows = []
    for record in now.to_dict("records"):
        row = {str(column): value for column, value in record.items()}
        name = str(row["metric"])
        definition = params.definition(name)
        counting = params.metrics[name].counting_on(params.quarter.last_day)
        if name in measured and counting and isinstance(definition, FromRows):
            asked = Asked(backend, params, definition, counting, tables)
            alike = (definition.cases_alone(), counting)
            if alike not in known:
                known[alike] = scenarios_of(asked, row, doubts)
            rows.append(_effect(asked, row, known[alike]))
    return pd.DataFrame(rows, columns=[*EFFECT_COLUMNS, *PERSONS])


def _effect(asked: Asked, row: Row, found: Scenarios) -> Row:
    params, name = asked.params, asked.definition.id
    target = params.metrics[name].target_on(params.quarter.last_day)
    goal = None
    if target and not pd.isna(row["target"]):
        goal = Goal(row["target"], target.direction, strictly=target.baseline is not None)
    figures = _figures(asked, row, found)
    effect = {column: row[column] for column in ("metric", "period", "unit")}
    for way in (AS_COUNTED, *OTHER_WAYS):
        start = "" if way == AS_COUNTED else f"{way}_"
        effect |= {start + what: figures[way][what] for what in ("n", "value", "lower", "upper")}
        effect[f"{start}verdict"] = _verdict(goal, figures[way])
    for way in OTHER_WAYS:
        effect[f"{way}_rule"] = _moves_most(figures, way)
        effect[f"{way}_persons"] = found.persons.get(way)
    return effect


def _figures(asked: Asked, row: Row, found: Scenarios) -> dict[str, Row]:
    """Return the figures of each scenario; a rate is divided by the weeks of the quarter."""
    counts = found.counts
    if is_rate(row["unit"]):
        value = counts["n"] / row["denominator"]
        valued = counts.assign(value=value, lower=value, upper=value)
    else:
        counts = counts.assign(version=row["version"])
        settings = asked.params.metrics[asked.definition.id]
        valued = with_values(asked.backend, counts, asked.definition, settings)
    by_scenario = valued.set_index("scenario")
    return {str(name): dict(by_scenario.loc[name]) for name in by_scenario.index}


def _verdict(goal: Goal | None, figures: Row) -> str:
    if goal is None or pd.isna(figures["lower"]):
        return ""
    return judge(goal, 0, figures["lower"], figures["upper"])


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
