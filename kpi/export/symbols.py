"""The disclosed tables as they are published: hidden, no data and no such figure are three signs.

A zero is written as zero. What a metric never has in a column is no such figure; what is null there
in one row only is hidden where the row says so, and else no data.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from kpi.export.columns import ABOUT_WORDS, kind_of
from kpi.labels import Labels
from kpi.store import payload, read_frame

HIDDEN, NO_DATA, NO_FIGURE = "[c]", "[x]", "[z]"
SYMBOL_WORDS = {
    "0": "Counted, and there were none.",
    HIDDEN: "Hidden: few persons lie behind the figure, or it would give such a figure away.",
    NO_DATA: "No data: there was nothing to count, or no extract.",
    NO_FIGURE: "There is no such figure.",
}
_NUMERIC = {"count", "number", "share", "days", "amount"}
_HIDDEN_APART = {
    "median_days", "p90_days", "max_days", "median_net_days", "open", "overdue",
    "median_age_days", "oldest_age_days", "median_age", "p90_age", "oldest_age",
}  # fmt: skip
"""Columns that disclosure also hides in rows whose other figures are shown."""
_BASES = ("n", "queue", "cases", "late", "payments")
_ONLY_SOMETIMES = {"target"}


def published_tables(folder: Path) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the disclosed tables of a report's folder that have rows, with their names."""
    for name in ABOUT_WORDS:
        if (payload(folder) / f"{name}.parquet").is_file():
            frame = read_frame(payload(folder), name)
            if len(frame):
                yield name, _without_reasons(frame)


def _without_reasons(frame: pd.DataFrame) -> pd.DataFrame:
    """Say that a figure is hidden, never for which reason: that would narrow a hidden count."""
    says = [column for column in frame.columns if str(column).endswith("suppressed")]
    return frame.assign(**{name: frame[name].where(frame[name] == "", "hidden") for name in says})


def with_symbols(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose numbers are numbers, and whose nulls are signs; texts stay texts."""
    shown = {
        str(column): _signed(name, frame, str(column))
        if kind_of(name, str(column)) in _NUMERIC
        else _texts(frame[column])
        for column in frame.columns
    }
    return pd.DataFrame(shown, index=frame.index)


def _texts(values: pd.Series[Any]) -> pd.Series[Any]:
    """Return texts and truths as they are, dates as text, null as an empty text."""
    known = values.astype(object).map(lambda one: one if isinstance(one, bool) else str(one))
    return known.where(values.notna(), "")


def symbol_meanings(labels: Labels) -> dict[str, str]:
    """Return what each sign means, in words."""
    return {sign: labels(words) for sign, words in SYMBOL_WORDS.items()}


def _signed(name: str, frame: pd.DataFrame, column: str) -> pd.Series[Any]:
    values = frame[column]
    of_row = _is_hidden(frame, column)
    exists = _ever(frame, values.notna()) | ~_ever(frame, ~of_row) | _lacks_data(frame, column)
    hidden = of_row | (column in _HIDDEN_APART) & _has_cases(frame)
    signs = pd.Series(NO_DATA, index=frame.index, dtype=object)
    signs[hidden] = HIDDEN
    signs[~exists | (~hidden & (column in _ONLY_SOMETIMES))] = NO_FIGURE
    return _numbers(values, kind_of(name, column)).where(values.notna(), signs)


def _ever(frame: pd.DataFrame, is_there: pd.Series[bool]) -> pd.Series[bool]:
    """Tell for each row whether something holds for any row of its metric."""
    return is_there.groupby(frame["metric"]).transform("any")


def _is_hidden(frame: pd.DataFrame, column: str) -> pd.Series[bool]:
    """Tell the rows that are hidden: each part of a row by its own column, else the whole row."""
    for part in ("with_set_aside", "without_doubtful"):
        if column.startswith(part):
            return frame[f"{part}_suppressed"] != ""
    if "suppressed" in frame.columns:
        return frame["suppressed"] != ""
    return pd.Series(data=False, index=frame.index)


def _lacks_data(frame: pd.DataFrame, column: str) -> pd.Series[bool]:
    """Tell the rows that would have the figure, had there been anything to count."""
    if "status" in frame.columns and column in {"value", "lower", "upper"}:
        return frame["status"] == "no_data"
    return pd.Series(data=False, index=frame.index)


def _has_cases(frame: pd.DataFrame) -> pd.Series[bool]:
    base = next((name for name in _BASES if name in frame.columns), None)
    return pd.to_numeric(frame[base]) > 0 if base else pd.Series(data=False, index=frame.index)


def _numbers(values: pd.Series[Any], kind: str) -> pd.Series[Any]:
    """Return numbers as Python's own: whole ones where the column counts."""
    whole = kind == "count"
    known = pd.to_numeric(values).astype(float)
    numbers = [int(one) if whole and not math.isnan(one) else one for one in known.tolist()]
    return pd.Series(numbers, index=values.index, dtype=object)
