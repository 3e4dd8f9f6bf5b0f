"""Nested parameters as lines of name and value, so that two of them can be compared."""

from __future__ import annotations

from typing import Any


def flat(value: Any, name: str = "") -> dict[str, str]:
    """Return each leaf of nested data by its path, as text; what is empty has no line.

    >>> flat({"due": {"days": 10}, "groups": ["office"], "note": ""})
    {'due.days': '10', 'groups.1': 'office'}
    """
    if isinstance(value, dict):
        parts = ((str(key), part) for key, part in value.items())
    elif isinstance(value, list | tuple):
        parts = ((str(place), part) for place, part in enumerate(value, start=1))
    else:
        return {} if value in (None, "") else {name: str(value)}
    found: dict[str, str] = {}
    for key, part in parts:
        found |= flat(part, f"{name}.{key}" if name else key)
    return found
