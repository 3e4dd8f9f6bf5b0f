"""What the spreadsheet's sheets hold: the disclosed tables with words in place of codes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from kpi.export.columns import ABOUT_WORDS, TITLE_WORDS, kind_of, title_of
from kpi.export.symbols import NO_FIGURE, published_tables, with_symbols
from kpi.metrics.definition import RATES
from kpi.present.circumstances import CIRCUMSTANCE_WORDS, VALUE_WORDS
from kpi.present.comments import comment
from kpi.present.facts import Facts
from kpi.present.late import NO_STAGE_WORDS
from kpi.present.methods import definition
from kpi.present.stages import MILESTONE_WORDS, WHOLE_STAGE_WORDS, stage_name
from kpi.present.times import BAND_WORDS
from kpi.present.wording import STATUS_WORDS, goal, status_word

PERIOD_WORDS = {
    "quarter": "Quarters", "month": "Months", "week": "Weeks", "group": "Parts",
}  # fmt: skip
CODE_WORDS = {
    "share": "share", "count": "number", "per_week": "a week",
    "per_caseworker_week": "a week for each caseworker", "days": "days", "none": "no unit",
    "at_least": "at least", "at_most": "at most", "quarter": "quarter", "month": "month",
    "week": "week", "working_days": "working days", "calendar_days": "calendar days",
    "all": "all", "met": "met", "missed": "missed", "kept": "still wait for payment runs",
    "free": "do not wait for payment runs", "on_time_median": "median of cases on time",
    "parameters": "the parameters", "other steps": "other steps",
}  # fmt: skip
TARGET_WORDS = (
    "Service target", "Target", "Lower bound", "Upper bound", "Cases", "Status", "Cause", "Action",
    "Responsible", "No later than",
)  # fmt: skip
DEFINITION_WORDS = ("Metric", "Definition", "Limit", "Target", "Version", "Owner")
YES_NO_WORDS = ("yes", "no")
_FORMATS = {"count": "#,##0", "share": "0.0%", "amount": "#,##0", "days": "0.0"}
_WIDE = "wide"


@dataclass(frozen=True)
class Sheet:
    """A sheet: its name, what it is about, its headings, and its rows with a format for each cell.

    A format is one of Excel's, "" for texts, or "wide" for texts that are broken into lines.
    """

    name: str
    about: str
    headings: list[str]
    rows: list[list[Any]]
    formats: list[list[str]]


def sheets_of(facts: Facts) -> Iterator[Sheet]:
    """Yield the sheets of a report's figures: the quarter's targets first."""
    yield _targets(facts)
    for name, frame in published_tables(facts.folder.parent):
        for title, part in _parts(facts, name, frame):
            yield _table(facts, name, title, part)


def definitions_of(facts: Facts) -> Sheet:
    """Return the metrics' definitions as a sheet."""
    found = [definition(facts, metric) for metric in facts.metrics]
    rows = [
        [
            facts.title(one.metric), one.words, one.limit, one.target, one.version,
            one.described["owner"],
        ]
        for one in found
    ]  # fmt: skip
    return _texts(facts, "Definitions", "What is counted, in words.", DEFINITION_WORDS, rows)


def _targets(facts: Facts) -> Sheet:
    labels = facts.labels
    rows, formats = [], []
    shown = with_symbols("results", facts.results)
    for metric in facts.targets:
        chosen = (
            (facts.results["metric"] == metric)
            & (facts.results["period"] == str(facts.quarter))
            & (facts.results["group"] == "")
        )
        row, said = shown[chosen].iloc[0], comment(facts, metric)
        rows.append(
            [
                facts.title(metric), goal(facts, metric), row["lower"], row["upper"], row["n"],
                status_word(labels, row["status"]),
                *(said.said.get(part) or NO_FIGURE for part in ("cause", "action", "owner")),
                said.due or NO_FIGURE,
            ]
        )  # fmt: skip
        figure = _format_of("number", str(row["unit"]))
        formats.append([_WIDE, "", figure, figure, "#,##0", "", _WIDE, _WIDE, "", ""])
    quarter = labels.quarter(facts.quarter)
    about = labels("The service targets in {quarter}, with what is done.", quarter=quarter)
    return Sheet(
        labels("Service targets"), about, [labels(word) for word in TARGET_WORDS], rows, formats
    )


def _texts(
    facts: Facts, name: str, about: str, headings: tuple[str, ...], rows: list[list[Any]]
) -> Sheet:
    labels = facts.labels
    rows = [[cell or NO_FIGURE for cell in row] for row in rows]
    formats = [[_WIDE] * len(headings) for _ in rows]
    return Sheet(labels(name), labels(about), [labels(word) for word in headings], rows, formats)


def _parts(facts: Facts, name: str, frame: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Split the results by kind of period; other tables are one sheet."""
    labels = facts.labels
    if name != "results":
        yield labels(TITLE_WORDS[name]), frame
        return
    whole = frame["group"] == ""
    for kind, words in PERIOD_WORDS.items():
        chosen = ~whole if kind == "group" else whole & (frame["period_kind"] == kind)
        if chosen.any():
            yield labels(words), frame[chosen]


def _table(facts: Facts, name: str, title: str, frame: pd.DataFrame) -> Sheet:
    labels = facts.labels
    shown = with_symbols(name, frame)
    columns = [column for column in shown.columns if _says_something(name, column, shown[column])]
    units = shown["unit"].tolist() if "unit" in shown.columns else [""] * len(shown)
    worded = {column: _worded(facts, name, column, shown[column]) for column in columns}
    return Sheet(
        title,
        labels(ABOUT_WORDS[name]),
        [title_of(labels, name, column) for column in columns],
        [list(row) for row in zip(*worded.values(), strict=True)],
        [
            [_format_of(kind_of(name, column), unit) for column in columns]
            for unit in units
        ],
    )  # fmt: skip


def _says_something(name: str, column: str, values: pd.Series[Any]) -> bool:
    """Tell a column apart that has no figure at all in this table."""
    return kind_of(name, column) in {"text", "boolean"} or bool((values != NO_FIGURE).any())


def _format_of(kind: str, unit: str) -> str:
    if kind == "number":
        return {"share": "0.0%", "count": "#,##0", "days": "0.0"}.get(
            unit, "0.0" if unit in RATES else "General"
        )
    return _FORMATS.get(kind, "")


def _worded(facts: Facts, name: str, column: str, values: pd.Series[Any]) -> list[Any]:
    """Write a column's codes in words; an empty text is no figure, all of a group is all."""
    labels = facts.labels
    if kind_of(name, column) == "boolean":
        return [labels(YES_NO_WORDS[0 if value else 1]) for value in values]
    if kind_of(name, column) != "text":
        return values.tolist()
    if column == "metric":
        return [facts.title(value) for value in values]
    known = {value: _word(facts, name, column, value) for value in values.unique()}
    return [known[value] for value in values]


def _word(facts: Facts, name: str, column: str, value: str) -> str:
    labels = facts.labels
    if column.endswith("suppressed"):
        return labels(YES_NO_WORDS[0 if value else 1])
    if not value:
        return labels("all") if column == "group" else NO_FIGURE
    if column in {"group", "period"}:
        return value.partition("=")[2] or value
    if column == "stage" or (column == "stages" and name == "counterfactual"):
        return ", ".join(_stage(facts, part) for part in value.split(","))
    words = {**CODE_WORDS, **_WORDS_OF.get(column, {})}
    return labels(words[value]) if value in words else value


def _stage(facts: Facts, stage: str) -> str:
    if stage in NO_STAGE_WORDS:
        return facts.labels(NO_STAGE_WORDS[stage])
    start, _, end = stage.strip().partition("-")
    is_known = stage in WHOLE_STAGE_WORDS or {start, end} <= MILESTONE_WORDS.keys()
    return stage_name(facts.labels, stage.strip()) if is_known else stage


_WORDS_OF: dict[str, dict[str, str]] = {
    "status": STATUS_WORDS,
    "verdict": STATUS_WORDS,
    "with_set_aside_verdict": STATUS_WORDS,
    "without_doubtful_verdict": STATUS_WORDS,
    "circumstance": CIRCUMSTANCE_WORDS,
    "value": VALUE_WORDS,
    "band": BAND_WORDS,
    "step": MILESTONE_WORDS,
}
