"""One unit's file: what is otherwise there than in the quarter's file, and where its extracts lie.

A unit is an office, a district or another administration that is reported in the same way. Its
file names it (`unit`), may name the folder of its extracts inside the data folder (`extracts`), and
otherwise holds keys of the quarter's file; records are joined, all else is replaced.
"""

from __future__ import annotations

from typing import Any

from kpi.errors import ParameterError
from kpi.language import LANGUAGES

PERIOD_KEYS = {"period", "quarter", "month", "year"}
"""What the reported period may be called in its file."""


def with_unit(quarter: dict[str, Any], unit: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the content of a quarter's file with that of a unit's file over it."""
    own = dict(unit)
    stem = name.rpartition(".")[0]
    if own.get("unit") != stem:
        raise ParameterError(
            f"{name} is about the unit it is named after.",
            f"unit: {own.get('unit', '')}",
            f"Write unit: {stem}, or rename the file.",
        )
    for key in PERIOD_KEYS & own.keys():
        raise ParameterError(
            f"{name} is about a unit in every {key}.", f"the key {key}", "Take it out."
        )
    folder = own.pop("extracts", "")
    return _in_folder(joined(quarter, own), folder)


def with_extracts(quarter: dict[str, Any]) -> dict[str, Any]:
    """Return a quarter's content with its files in the one folder of extracts that it names.

    `extracts` is a folder inside the data folder, in which the files of all sources lie; that of a
    unit lies inside it.
    """
    named = dict(quarter)
    return _in_folder(named, named.pop("extracts", ""))


def _in_folder(content: dict[str, Any], folder: Any) -> dict[str, Any]:
    sources = content.get("sources")
    if not folder or not isinstance(sources, dict):
        return content
    placed = {
        table: source | {"file": f"{folder}/{source['file']}"}
        if isinstance(source, dict) and source.get("file")
        else source
        for table, source in sources.items()
    }
    return content | {"sources": placed}


def joined(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Return two records as one; where both have a key, the upper one's is taken.

    >>> joined({"a": {"b": 1, "c": 2}, "d": [1]}, {"a": {"b": 3}, "d": [2]})
    {'a': {'b': 3, 'c': 2}, 'd': [2]}

    A text in several languages is taken whole:

    >>> joined({"title": {"da": "Mål", "en": "Targets"}}, {"title": {"da": "Vore mål"}})
    {'title': {'da': 'Vore mål'}}
    """
    both = dict(below)
    for key, value in above.items():
        under = both.get(key)
        is_text = isinstance(value, dict) and value.keys() <= LANGUAGES.keys()
        if isinstance(under, dict) and isinstance(value, dict) and not is_text:
            both[key] = joined(under, value)
        else:
            both[key] = value
    return both
