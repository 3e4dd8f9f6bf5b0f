"""An analyst's own chart and table, in the look of the page."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Mapping
from decimal import Decimal
from numbers import Real
from typing import TYPE_CHECKING

import pandas as pd

from kpi.errors import DefinitionError
from kpi.language import Labels
from kpi.page.charts.svg import whole_svg
from kpi.page.facts import Facts
from kpi.page.fragments import Fragment, Listing, render
from kpi.page.wording import NO_FIGURE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHARES = {"ratio", "share"}
_DECIMALS = 1


def own_table(facts: Facts, data: pd.DataFrame | pd.Series, caption: str) -> Fragment:
    """Return pandas data as a table of the page, its first column naming the rows.

    A named index comes first as columns. Numbers are written as on the page, null as a dash. What
    `attrs` say of columns, as `Report.frame` gives them, is used: titles are headings, shares are
    written in per cent, and a column that tells the unit of others is not shown itself. Raises
    DefinitionError without a caption, or where such a column is not there.
    """
    _see(
        "A table has a caption, which says what it shows.", caption, "own_table(data, caption=...)"
    )
    rows = data.to_frame() if isinstance(data, pd.Series) else data
    if rows.index.names != [None] or not pd.api.types.is_integer_dtype(rows.index):
        rows = rows.reset_index()
    titles: Mapping[str, str] = data.attrs.get("titles", {})
    units: Mapping[str, str] = data.attrs.get("units", {})
    tell = {unit for name, unit in units.items() if name in rows.columns and unit in titles}
    shown = [name for name in rows.columns if name not in tell]
    columns = [
        [
            _cell(facts.labels, value, is_share=unit in _SHARES)
            for value, unit in zip(rows[name], _units(rows, str(name), units), strict=True)
        ]
        for name in shown
    ]
    headings = tuple(titles.get(str(name), _heading(name)) for name in shown)
    listing = Listing(caption, headings, tuple(zip(*columns, strict=True)))
    return render("own_table", facts, listing=listing)


def own_chart(facts: Facts, figure: Figure, alt: str, caption: str = "") -> Fragment:
    """Return a matplotlib figure as a picture of the page, with its words for who cannot see it.

    It is drawn on white, its text in the page's type. Raises DefinitionError without `alt`: what
    the picture tells, in a sentence.
    """
    _see(
        "A picture has words for whoever cannot see it.", alt, 'own_chart(figure, alt="Calls rose")'
    )
    svg = whole_svg(figure, alt)
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close(figure)  # else the notebook would show it once more
    return render("own_chart", facts, svg=svg, caption=caption)


def _see(rule: str, words: str, example: str) -> None:
    if not words.strip():
        raise DefinitionError(rule, "none", f"Write it: report.{example}")


def _heading(name: object) -> str:
    parts = name if isinstance(name, tuple) else (name,)
    return " ".join(str(part) for part in parts if str(part))


def _units(rows: pd.DataFrame, name: str, units: Mapping[str, str]) -> list[str]:
    """Return the unit of each row of a column: one for all, or what another column tells."""
    unit = units.get(name, "")
    if unit in rows.columns:
        return [str(one) for one in rows[unit]]
    if unit in rows.attrs.get("titles", {}):
        raise DefinitionError(
            "A figure is shown in its unit, which another column of the frame tells.",
            f"{name} without {unit}",
            f'Keep the column "{unit}"; it is used and not shown.',
        )
    return [unit] * len(rows)


def _cell(labels: Labels, value: object, *, is_share: bool) -> str:
    if not isinstance(value, str) and pd.isna(value):  # type: ignore[call-overload]
        return NO_FIGURE
    if pd.api.types.is_bool(value):
        return labels("yes") if value else labels("no")
    if isinstance(value, dt.date):
        return labels.date(value)
    if isinstance(value, (Real, Decimal)):
        return _number(labels, float(value), is_share=is_share)
    return str(value)


def _number(labels: Labels, number: float, *, is_share: bool) -> str:
    if is_share:
        return labels.share(number)
    return labels.number(number, 0 if number.is_integer() else _DECIMALS)
