"""The disclosed tables as they are published: hidden, no data and no such figure are three signs.

A zero is written as zero. What a metric never has in a column is no such figure; what is null there
in one row only is hidden where the row says so, and else no data.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpi.definitions import statuses
from kpi.language import Labels
from kpi.page.wording import HIDDEN_APART
from kpi.publication.columns import ABOUT_WORDS, kind_of
from kpi.record import payload, read_frame

HIDDEN, NO_DATA, NO_FIGURE = "[c]", "[x]", "[z]"
SYMBOL_WORDS = {
    "0": "Counted, and there were none.",
    HIDDEN: "Hidden: few persons lie behind the figure, or it would give such a figure away.",
    NO_DATA: "No data: there was nothing to count, or no extract.",
    NO_FIGURE: "There is no such figure.",
}
_NUMERIC = {"count", "number", "share", "days", "amount"}
_BASES = ("n", "queue", "cases", "late", "payments")
_ONLY_SOMETIMES = {"target"}
_PARTS = ("with_set_aside", "doubtful_unknown")
Rows = npt.NDArray[np.bool_]
Signs = npt.NDArray[np.object_]


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
    nulls = _Nulls(frame)
    shown = {
        str(column): _signed(name, nulls, str(column))
        if kind_of(name, str(column)) in _NUMERIC
        else _texts(frame[column])
        for column in frame.columns
    }
    return pd.DataFrame(shown, index=frame.index, dtype=object)


def _texts(values: pd.Series[Any]) -> list[Any]:
    """Return texts and truths as they are, dates as text, null as an empty text."""
    known = zip(values.astype(object), values.notna(), strict=True)
    return [(one if isinstance(one, bool) else str(one)) if there else "" for one, there in known]


def symbol_meanings(labels: Labels) -> dict[str, str]:
    """Return what each sign means, in words."""
    return {sign: labels(words) for sign, words in SYMBOL_WORDS.items()}


def _signed(name: str, nulls: _Nulls, column: str) -> list[Any]:
    """Return a column's numbers, and the sign of each that is not there."""
    values = nulls.frame[column]
    is_there = values.notna().to_numpy()
    signs = nulls.signs(column, is_there)
    written = zip(_numbers(values, kind_of(name, column)), is_there, signs, strict=True)
    return [number if there else sign for number, there, sign in written]


class _Nulls:
    """What the nulls of one table mean; what holds for several columns is found out once."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame
        self._metrics, _ = pd.factorize(frame["metric"])
        self._hidden: dict[str, Rows] = {}
        self._none = np.zeros(len(frame), dtype=bool)

    def signs(self, column: str, is_there: Rows) -> Signs:
        """Return the sign of each row for a null in a column that is there in some rows."""
        of_row = self._is_hidden(column)
        exists = self._ever(is_there) | ~self._ever(~of_row) | self._lacks_data(column)
        hidden = of_row | self._has_cases if column in HIDDEN_APART else of_row
        signs = np.full(len(self.frame), NO_DATA, dtype=object)
        signs[hidden] = HIDDEN
        signs[~exists | (~hidden & (column in _ONLY_SOMETIMES))] = NO_FIGURE
        return signs

    def _ever(self, is_there: Rows) -> Rows:
        """Tell for each row whether something holds for any row of its metric."""
        return np.isin(self._metrics, self._metrics[is_there])

    def _is_hidden(self, column: str) -> Rows:
        """Tell the rows that are hidden: each part of a row by its own column, else the whole."""
        parts = (part for part in _PARTS if column.startswith(part))
        says = "_".join((*parts, "suppressed"))
        if says not in self.frame.columns:
            return self._none
        if says not in self._hidden:
            self._hidden[says] = _true(self.frame[says] != "")
        return self._hidden[says]

    def _lacks_data(self, column: str) -> Rows:
        """Tell the rows that would have the figure, had there been anything to count."""
        if "status" in self.frame.columns and column in {"value", "lower", "upper"}:
            return _true(self.frame["status"] == statuses.NO_DATA.id)
        return self._none

    @cached_property
    def _has_cases(self) -> Rows:
        base = next((name for name in _BASES if name in self.frame.columns), None)
        return _true(pd.to_numeric(self.frame[base]) > 0) if base else self._none


def _true(answers: pd.Series[Any]) -> Rows:
    """Return the rows of which something is known to hold."""
    return answers.to_numpy(dtype=bool, na_value=False)


def _numbers(values: pd.Series[Any], kind: str) -> list[Any]:
    """Return numbers as Python's own: whole ones where the column counts."""
    known = pd.to_numeric(values).astype(float).tolist()
    return [int(one) if kind == "count" and not math.isnan(one) else one for one in known]
