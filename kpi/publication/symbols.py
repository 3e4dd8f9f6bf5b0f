"""The disclosed tables as they are published: hidden, no data and no such figure are three signs.

A zero is written as zero. What a metric never has in a column, or a row by its contract, is no such
figure; what is null in one row only is hidden where the row says so, or where the contract tells
that it may be hidden alone, and else no data.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpi.definitions import statuses
from kpi.definitions.frames import (
    FRAMES,
    YEAR_TO_DATE,
    Column,
    Figure,
    Frame,
    Kind,
    table_of,
)
from kpi.language import Labels
from kpi.page.facts import Facts
from kpi.page.year_to_date import year_to_date_table
from kpi.record import payload, read_frame

HIDDEN, NO_DATA, NO_FIGURE = "[c]", "[x]", "[z]"
SYMBOL_WORDS = {
    "0": "Counted, and there were none.",
    HIDDEN: "Hidden: few persons lie behind the figure, or it would give such a figure away.",
    NO_DATA: "No data: there was nothing to count, or no extract.",
    NO_FIGURE: "There is no such figure.",
}
_NUMERIC: set[Kind] = {"count", "number", "share", "days", "amount"}
Rows = npt.NDArray[np.bool_]
Signs = npt.NDArray[np.object_]


def published_tables(folder: Path) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the disclosed tables of a report's folder that have rows, with their names."""
    for name in FRAMES:
        if (payload(folder) / f"{name}.parquet").is_file():
            frame = read_frame(payload(folder), name)
            if len(frame):
                yield name, _without_reasons(frame)


def tables_of(facts: Facts) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the disclosed tables of a report that have rows, and what is made of them."""
    yield from published_tables(facts.folder.parent)
    so_far = year_to_date_table(facts)
    if len(so_far):
        yield YEAR_TO_DATE.name, so_far


def _without_reasons(frame: pd.DataFrame) -> pd.DataFrame:
    """Say that a figure is hidden, never for which reason: that would narrow a hidden count."""
    says = [column for column in frame.columns if str(column).endswith("suppressed")]
    return frame.assign(**{name: frame[name].where(frame[name] == "", "hidden") for name in says})


def with_symbols(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose numbers are numbers, and whose nulls are signs; texts stay texts."""
    contract = table_of(name)
    nulls = _Nulls(contract, frame)
    shown = {
        str(column): _signed(nulls, str(column))
        if contract[str(column)].kind in _NUMERIC
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


def _signed(nulls: _Nulls, column: str) -> list[Any]:
    """Return a column's numbers, and the sign of each that is not there."""
    values = nulls.frame[column]
    is_there = values.notna().to_numpy()
    signs = nulls.signs(column, is_there)
    written = zip(_numbers(values, nulls.contract[column].kind), is_there, signs, strict=True)
    return [number if there else sign for number, there, sign in written]


class _Nulls:
    """What the nulls of one table mean; what holds for several columns is found out once."""

    def __init__(self, contract: Frame, frame: pd.DataFrame) -> None:
        self.contract, self.frame = contract, frame
        self._metrics, _ = pd.factorize(frame["metric"])
        self._all = np.ones(len(frame), dtype=bool)
        self._hidden: dict[str, Rows] = {}

    def signs(self, column: str, is_there: Rows) -> Signs:
        """Return the sign of each row for a null in a column that is there in some rows."""
        declared = self.contract[column]
        has_one = self._all.copy()
        for name, value in declared.only:
            has_one &= _true(self.frame[name] == value)
        with_row = self._with_row(declared)
        exists = self._ever(is_there) | ~self._ever(~with_row & has_one) | self._lacks_data(column)
        hidden = with_row | self._alone(declared)
        signs = np.full(len(self.frame), NO_DATA, dtype=object)
        signs[hidden] = HIDDEN
        signs[~exists | ~has_one | (~hidden & declared.not_in_all)] = NO_FIGURE
        return signs

    def _ever(self, is_there: Rows) -> Rows:
        """Tell for each row whether something holds for any row of its metric."""
        return np.isin(self._metrics, self._metrics[is_there])

    def _with_row(self, column: Column) -> Rows:
        """Tell the rows that are hidden, and with them the column."""
        says = column.said_in
        if says not in self.frame.columns:
            return ~self._all
        if says not in self._hidden:
            self._hidden[says] = _true(self.frame[says] != "")
        return self._hidden[says]

    def _alone(self, column: Column) -> Rows:
        """Tell the rows in which a column that may be hidden alone is: they rest on cases.

        Where that is rounded, nobody and few persons are not told apart.
        """
        if column.name not in self.contract.hidden_alone:
            return ~self._all
        if isinstance(column, Figure) and not column.of:
            return self._all
        base = self.frame[column.of[0] if isinstance(column, Figure) else self.contract.base]
        return _true(pd.to_numeric(base) > 0) | _true(base.isna())

    def _lacks_data(self, column: str) -> Rows:
        """Tell the rows that would have the figure, had there been anything to count."""
        if "status" in self.frame.columns and column in {"value", "lower", "upper"}:
            return _true(self.frame["status"] == statuses.NO_DATA.id)
        return ~self._all


def _true(answers: pd.Series[Any]) -> Rows:
    """Return the rows of which something is known to hold."""
    return answers.to_numpy(dtype=bool, na_value=False)


def _numbers(values: pd.Series[Any], kind: str) -> list[Any]:
    """Return numbers as Python's own: whole ones where the column counts."""
    known = pd.to_numeric(values).astype(float).tolist()
    return [int(one) if kind == "count" and not math.isnan(one) else one for one in known]
