"""The names of an extract's columns against those that the parameters name.

A file without a header has a person's row where the names should be. So nothing that could be a
value is ever repeated in an error.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from kpi.errors import ContractError

_VALUE = re.compile(r"^[\d\s.,:;/+-]*\d[\d\s.,:;/+-]*$|\d{4}")
_MOST_NAMED = 12


def check_header(file: str, names: Sequence[str], wanted: Sequence[str]) -> None:
    """See that each wanted column is there once; ContractError with suggestions where not."""
    missing = [name for name in wanted if name not in names]
    if missing:
        raise _missing(file, names, wanted, missing)
    twice = sorted({name for name in wanted if list(names).count(name) > 1})
    if twice:
        raise ContractError(
            f"{file} has each column once.",
            f'"{twice[0]}" stands twice',
            "Ask the system's owner which of them is meant, and draw it with different names.",
        )


def is_header(names: Sequence[str]) -> bool:
    """Tell whether a row may be one of names: none of its cells could be a value."""
    filled = [name for name in names if name.strip()]
    return bool(filled) and not any(_VALUE.search(name) for name in filled)


def _missing(
    file: str, names: Sequence[str], wanted: Sequence[str], missing: Sequence[str]
) -> ContractError:
    rule = f"{file} has every column that the parameters name."
    if len(missing) == len(wanted) and not is_header(names):
        return ContractError(
            rule,
            f"none of the {len(wanted)}; the first row has values where names should be",
            "Draw it with a header, or name the file or sheet that has one.",
        )
    free = sorted({name.strip() for name in names if name not in wanted and is_header([name])})
    unnamed = sum(not name.strip() for name in names)
    found = ", ".join(_named(name, free) for name in missing[:_MOST_NAMED])
    more = f", and {len(missing) - _MOST_NAMED} more" if len(missing) > _MOST_NAMED else ""
    without = f"; {unnamed} of its columns have no name" if unnamed else ""
    return ContractError(
        rule,
        f"{found}{more}{without}",
        f"Correct `columns` of that source. Columns not used yet: {_listed(free)}.",
    )


def _named(name: str, free: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, free, n=1, cutoff=0.6)
    folded = {other.casefold(): other for other in free}
    suggestion = folded.get(name.strip().casefold()) or (near[0] if near else "")
    return f'no column "{name}"' + (f' (Did you mean "{suggestion}"?)' if suggestion else "")


def _listed(free: Sequence[str]) -> str:
    shown = [f'"{name[:60]}"' for name in free[:_MOST_NAMED]]
    more = f" and {len(free) - _MOST_NAMED} more" if len(free) > _MOST_NAMED else ""
    return (", ".join(shown) + more) if shown else "none"
