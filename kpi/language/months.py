"""The names of months, as systems write them in dates."""

from __future__ import annotations

from functools import cache

from babel.dates import get_month_names

from kpi.language import LANGUAGES


@cache
def month_numbers() -> dict[str, int]:
    """Return the number of each month by its name, whole or short, in small letters, no point.

    >>> month_numbers()["oktober"], month_numbers()["okt"], month_numbers()["oct"]
    (10, 10, 10)
    """
    found: dict[str, int] = {}
    for locale in LANGUAGES.values():
        for width in ("wide", "abbreviated"):
            for number, name in get_month_names(width, locale=locale).items():
                plain = str(name).casefold().rstrip(".")
                found |= {plain: number, plain[:3]: number}
    return found
