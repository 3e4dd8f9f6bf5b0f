"""Pictures of the flow: queues and times by month, the cumulative flow, the map of main paths.

Each comes with its alternative text and the table of its numbers; what is hidden is in none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from markupsafe import Markup

from kpi.language import Labels
from kpi.language.words import joined
from kpi.page.charts.flow import cumulative_flow
from kpi.page.charts.paths import main_paths, process_map
from kpi.page.charts.stages import Floats, StageMonths, stage_months
from kpi.page.facts import Facts, Row, records
from kpi.page.fragments import Fragment, Listing, render, written
from kpi.page.stages import stage_name
from kpi.page.wording import NO_FIGURE, capital, rounding

_MOST_MONTHS = 36


@dataclass(frozen=True)
class Picture:
    """A picture with its title, how to read it, and its numbers."""

    title: str
    reading: str
    svg: Markup
    listing: Listing


def pictures(facts: Facts, metric: str = "") -> Fragment:
    """All pictures of a metric's flow that can be drawn; else nothing."""
    return _shown(facts, metric, _queues, _times, _cumulative, _paths)


def queue_over_time(facts: Facts, metric: str = "") -> Fragment:
    """The queue in each stage at the end of each month."""
    return _shown(facts, metric, _queues)


def times_by_month(facts: Facts, metric: str = "") -> Fragment:
    """The median days in each stage, month by month."""
    return _shown(facts, metric, _times)


def flow_by_week(facts: Facts, metric: str = "") -> Fragment:
    """How many cases had come to each step by the end of each week of the quarter."""
    return _shown(facts, metric, _cumulative)


def paths(facts: Facts, metric: str = "") -> Fragment:
    """The map of the ways that the quarter's cases took through the system's own steps."""
    return _shown(facts, metric, _paths)


def _shown(
    facts: Facts,
    metric: str,
    *drawings: Callable[[Facts, str], Picture | None],
) -> Fragment:
    chosen = metric or facts.most_staged
    found = [picture for draw in drawings if (picture := draw(facts, chosen))]
    return render("pictures", facts, pictures=found)


def _queues(facts: Facts, metric: str) -> Picture | None:
    rows = _of(facts, "stage_queues", metric)
    ends = pd.to_datetime(rows["on_date"])
    rows = rows.assign(month=ends.dt.strftime("%Y-%m"))
    return _by_month(
        facts,
        rows[ends.dt.date <= facts.quarter.last_day],
        "queue",
        *QUEUE_WORDS,
    )


def _times(facts: Facts, metric: str) -> Picture | None:
    rows = _of(facts, "stage_months", metric).rename(columns={"period": "month"})
    return _by_month(
        facts,
        rows[rows["month"].astype(str) <= str(facts.quarter.months[-1])],
        "median_days",
        *MEDIAN_WORDS,
    )


def _by_month(
    facts: Facts, rows: pd.DataFrame, figure: str, title: str, words: str
) -> Picture | None:
    """Draw a figure of each stage (columns month, stage and the figure's) month by month."""
    labels, title = facts.labels, facts.labels(title)
    table = _wide(rows, "month", "stage", figure).iloc[-_MOST_MONTHS:]
    if not table.notna().to_numpy().any():
        return None
    months = list(table.index)
    metric = str(rows["metric"].iloc[0])
    names = [stage_name(facts, metric, stage) for stage in table.columns]
    drawn = [
        StageMonths(f"{number} {name}", _numbers(table[stage]))
        for number, (name, stage) in enumerate(zip(names, table.columns, strict=True), start=1)
    ]
    said = " ".join(_stage_in_words(labels, row, months, words) for row in drawn)
    return Picture(
        title,
        joined(
            (
                labels("All stages have the same scale; the last month is dark."),
                _gaps(labels, table),
                rounding(facts) if "rounded_to" in rows else "",
            )
        ),
        stage_months(labels, months, drawn, (title, said), f"{metric}-{figure}"),
        Listing(
            title,
            (labels("Month"), *names),
            tuple(
                (labels.month(month), *(written(labels, value, 1, hidden=True) for value in row))
                for month, row in zip(months, table.itertuples(index=False), strict=True)
            ),
            in_time=True,
        ),
    )


def _stage_in_words(labels: Labels, row: StageMonths, months: list[str], words: str) -> str:
    if np.isnan(row.figures).all():
        return labels("{stage}: hidden.", stage=row.name)
    top = int(np.nanargmax(row.figures))
    return labels(
        words,
        stage=row.name,
        last=written(labels, float(row.figures[-1]), 1, hidden=True),
        month=labels.month(months[-1]),
        most=written(labels, float(row.figures[top]), 1, hidden=True),
        top_month=labels.month(months[top]),
    )


def _cumulative(facts: Facts, metric: str) -> Picture | None:
    labels, rows = facts.labels, _of(facts, "reached", metric)
    rows = rows[rows["period"] == str(facts.quarter)]
    rows = rows.assign(on_date=pd.to_datetime(rows["on_date"]).dt.date)
    table = _wide(rows, "on_date", "step", "cases")
    if len(table) < 2 or not table.notna().to_numpy().any():
        return None
    days: list[dt.date] = list(table.index)
    names = [facts.step(metric, step) for step in table.columns]
    lines = [(name, _numbers(table[step])) for name, step in zip(names, table.columns, strict=True)]
    title = labels("How far cases had come by the end of each week")
    said = labels(
        "By {day}: {steps}.",
        day=labels.date(days[-1]),
        steps=labels.and_list(
            [f"{name} {written(labels, float(line[-1]), hidden=True)}" for name, line in lines]
        ),
    )
    reading = labels(
        "Those under way when the quarter began are counted. The height between two lines is the "
        "work that waits between them; where it grows, work piles up."
    )
    return Picture(
        title,
        joined((reading, _gaps(labels, table), rounding(facts))),
        cumulative_flow(labels, days, lines, (title, said), f"{metric}-weeks"),
        Listing(
            title,
            (labels("Week's end"), *(capital(name) for name in names)),
            tuple(
                (labels.date(day), *(written(labels, value, hidden=True) for value in row))
                for day, row in zip(days, table.itertuples(index=False), strict=True)
            ),
            in_time=True,
        ),
    )


def _paths(facts: Facts, metric: str) -> Picture | None:
    labels, rows = facts.labels, _of(facts, "step_paths", metric)
    rows = rows[rows["period"] == str(facts.quarter)]
    known = rows[rows["suppressed"] == ""].rename(
        columns={"from_step": "from_activity", "to_step": "to_activity"}
    )
    begun = known.loc[known["from_activity"] == "", "n"].sum()
    inside = known[(known["from_activity"] != "") & (known["to_activity"] != "")]
    main = main_paths(inside.astype({"n": int}), int(begun))
    if main.empty:
        return None
    title = labels("Map of the main paths")
    said = "; ".join(
        labels(
            "{start} to {end}: {n} times, median {median}",
            start=row["from_activity"],
            end=row["to_activity"],
            n=labels.count(row["n"]),
            median=_days(labels, row["median_days"]),
        )
        for row in records(main)
    )
    reading = [
        labels(
            "A line is as wide as the cases that went that way; beside the widest their number and "
            "the median time. What goes back is red and dashed."
        )
    ]
    reading.append(rounding(facts))
    return Picture(
        title,
        joined(reading),
        process_map(
            main,
            (title, f"{said}."),
            lambda row: f"{labels.count(row['n'])} · {_days(labels, row['median_days'])}",
            f"{metric}-map",
        ),
        Listing(
            labels("All passages from one step to the next"),
            (labels("Path"), labels("Times"), labels("Median")),
            tuple(_path_row(labels, row) for row in records(rows)),
        ),
    )


def _path_row(labels: Labels, row: Row) -> tuple[str, ...]:
    start, end = (labels(OTHER) if row[to] == OTHER else row[to] for to in ("from_step", "to_step"))
    if not start:
        name = labels("begins with {step}", step=end)
    elif not end:
        name = labels("ends with {step}", step=start)
    else:
        name = labels("{start} to {end}", start=start, end=end)
    hidden = bool(row["suppressed"])
    time = labels("hidden") if hidden else _days(labels, row["median_days"])
    return capital(name), written(labels, row["n"], hidden=hidden), time


def _days(labels: Labels, days: float) -> str:
    if pd.isna(days):
        return NO_FIGURE
    return labels("{number} days", number=labels.number(days, 1))


def _of(facts: Facts, name: str, metric: str) -> pd.DataFrame:
    rows = facts.frame(name)
    return rows[rows["metric"] == metric]


def _wide(rows: pd.DataFrame, index: str, columns: str, values: str) -> pd.DataFrame:
    """Return a row a day or month, a column a stage or step, in their order; null where hidden."""
    order = list(rows[columns].drop_duplicates())
    table = rows.set_index([index, columns])[values].astype("Float64")
    days = sorted(rows[index].unique())
    return pd.DataFrame({name: table.xs(name, level=columns).reindex(days) for name in order})


def _numbers(column: pd.Series[float]) -> Floats:
    return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)


def _gaps(labels: Labels, table: pd.DataFrame) -> str:
    hidden = table.isna().to_numpy().any()
    return labels("A gap is hidden: few persons lie behind it.") if hidden else ""


OTHER = "other steps"
QUEUE_WORDS = (
    "Cases waiting in each stage at the end of each month",
    "{stage}: {last} at the end of {month}; most {most}, {top_month}.",
)
MEDIAN_WORDS = (
    "Median days in each stage, month by month",
    "{stage}: {last} in {month}; longest {most}, {top_month}.",
)
