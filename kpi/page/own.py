"""An analyst's own chart and table, in the look of the page."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Mapping
from decimal import Decimal
from numbers import Real
from typing import TYPE_CHECKING

import pandas as pd

from kpi.errors import DefinitionError, ParameterError
from kpi.language import Labels
from kpi.language.words import foreign
from kpi.page.charts.svg import whole_svg
from kpi.page.facts import Facts
from kpi.page.fragments import Fragment, Listing, render
from kpi.page.wording import NO_FIGURE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHARES = {"ratio", "share"}
_DECIMALS = 1
_PERIOD = "period"


Said = str | Mapping[str, str]
"""Words of an analyst: in one language, or in each of the page's: {"da": ..., "en": ...}."""


def own_table(facts: Facts, data: pd.DataFrame | pd.Series, caption: Said) -> Fragment:
    """Return pandas data as a table of the page, its first column naming the rows.

    A named index comes first as columns. Numbers are written as on the page, null as a dash. What
    `attrs` say of columns, as `Report.frame` gives them, is used: titles are headings, shares are
    written in per cent, and a column that tells the unit of others is not shown itself. Raises
    DefinitionError without a caption, or where such a column is not there.
    """
    rule = "A table has a caption, which says what it shows."
    said = _said(facts, caption, rule, "own_table(data, caption=...)")
    rows = data.to_frame() if isinstance(data, pd.Series) else data
    if rows.index.names != [None] or not pd.api.types.is_integer_dtype(rows.index):
        rows = rows.reset_index()
    titles: Mapping[str, str] = data.attrs.get("titles", {})
    units: Mapping[str, str] = data.attrs.get("units", {})
    tell = {unit for name, unit in units.items() if name in rows.columns and unit in titles}
    shown = [name for name in rows.columns if name not in tell]
    columns = [
        [
            _cell(
                facts, value, is_share=unit in _SHARES, is_period=name in titles and name == _PERIOD
            )
            for value, unit in zip(rows[name], _units(rows, str(name), units), strict=True)
        ]
        for name in shown
    ]
    headings = tuple(titles.get(str(name), _heading(name)) for name in shown)
    listing = Listing(said, headings, tuple(zip(*columns, strict=True)))
    return render("own_table", facts, listing=listing)


def own_chart(facts: Facts, figure: Figure, alt: Said, caption: Said = "") -> Fragment:
    """Return a matplotlib figure as a picture of the page, with its words for who cannot see it.

    It is drawn on white, its text in the page's type. Raises DefinitionError without `alt`: what
    the picture tells, in a sentence.
    """
    rule = "A picture has words for whoever cannot see it."
    svg = whole_svg(figure, str(_said(facts, alt, rule, 'own_chart(figure, alt="Calls rose")')))
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close(figure)  # else the notebook would show it once more
    return render("own_chart", facts, svg=svg, caption=_in_language(facts, caption))


def _said(facts: Facts, words: Said, rule: str, example: str) -> str:
    said = _in_language(facts, words)
    if not said.strip():
        raise DefinitionError(rule, "none", f"Write it: report.{example}")
    return said


def _in_language(facts: Facts, words: Said) -> str:
    """Return the words in the language of the page; in the report's own where they lack it."""
    if isinstance(words, str):
        return words
    main = facts.parameters.language
    return words.get(facts.labels.language) or foreign(words.get(main, ""), main)


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


def _cell(facts: Facts, value: object, *, is_share: bool, is_period: bool) -> str:
    labels = facts.labels
    if not isinstance(value, str) and pd.isna(value):  # type: ignore[call-overload]
        return NO_FIGURE
    if pd.api.types.is_bool(value):
        return labels("yes") if value else labels("no")
    if isinstance(value, dt.date):
        return labels.date(value)
    if isinstance(value, (Real, Decimal)):
        return _number(labels, float(value), is_share=is_share)
    return _period(facts, str(value)) if is_period else str(value)


def _period(facts: Facts, name: str) -> str:
    """Write a quarter as the page does, or whatever the reports are about; others by their name."""
    try:
        return facts.labels.quarter(facts.quarter.cycle.parse(name))
    except ParameterError:
        return name


def _number(labels: Labels, number: float, *, is_share: bool) -> str:
    if is_share:
        return labels.share(number)
    return labels.number(number, 0 if number.is_integer() else _DECIMALS)
