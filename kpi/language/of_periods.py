"""Messages about quarters, said of months or years where these are what reports are about.

Message ids speak of quarters. The catalogues hold what is said of months and years in the context
(msgctxt) "month" and "year"; in English the word is put in its place, except where that would not
be true (`OTHERWISE`).
"""

from __future__ import annotations

import re

from kpi.periods import Kind

_QUARTER = re.compile(r"(?<!\{)\b([Qq])uarter(s?)\b")
_SIGNS = (
    "Changes of shares are in percentage points. The dashed line is the target; the small signs "
    "are the statuses of the "
)
OTHERWISE: dict[tuple[str, str], str] = {
    ("month", "Quarter (2019Q4), month (2019-10) or ISO week (2019-W40)."): (
        "Month (2019-10) or ISO week (2019-W40)."
    ),
    ("year", "Quarter (2019Q4), month (2019-10) or ISO week (2019-W40)."): (
        "Year (2019, or 2018/19), month (2019-10) or ISO week (2019-W40)."
    ),
    ("month", "Quarter, month or week."): "Month or week.",
    ("month", "The months of a quarter add up to it."): "A month is counted once.",
    ("year", _SIGNS + "quarters before, by their numbers."): _SIGNS + "years before.",
    ("year", "above the same quarter last year"): "above the year before",
    ("year", "below the same quarter last year"): "below the year before",
}


def is_about_quarters(message: str) -> bool:
    """Tell whether a message speaks of quarters; {quarter} is a value that is filled in.

    >>> is_about_quarters("The quarter is not over."), is_about_quarters("Since {quarter}")
    (True, False)
    """
    return bool(_QUARTER.search(message))


def in_english(message: str, kind: Kind) -> str:
    """Say of months or years what a message says of quarters.

    >>> in_english("Not met since {quarter}: {n} quarters in a row.", "month")
    'Not met since {quarter}: {n} months in a row.'
    """
    said = OTHERWISE.get((kind, message))
    return said or _QUARTER.sub(lambda found: _as_capital(found[1], kind) + found[2], message)


def _as_capital(letter: str, word: str) -> str:
    return word.capitalize() if letter.isupper() else word
