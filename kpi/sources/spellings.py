"""Names of groups that are spelled otherwise in a few rows: a slip of the pen, or another group.

Told are those in which one letter is lost or doubled, in few rows against many. Names with digits
(Team 1, A12) and short codes differ by a letter because they are different; a letter that is
another (Nord, Jord) tells nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

_FEW_AGAINST = 20
_SHORTEST = 4
_SHORTEST_CODE = 7


class Slip(NamedTuple):
    """A rare spelling, the frequent one that it may stand for, and in how many rows it stands."""

    rare: str
    frequent: str
    rows: int


def slips(counted: Mapping[str, int]) -> list[Slip]:
    """Return the rare spellings of frequent names, of all names with their numbers of rows.

    >>> slips({"Nuuk": 900, "Nuk": 2, "Sisimiut": 400, "Sisimmiut": 1, "Sisimut": 90})
    [Slip(rare='Nuk', frequent='Nuuk', rows=2), Slip(rare='Sisimmiut', frequent='Sisimiut', rows=1)]
    >>> slips({"Team 1": 900, "Team 11": 2, "A1": 900, "A": 1, "Nord": 900, "Jord": 1, "Syd": 900})
    []
    """
    found: dict[str, Slip] = {}
    for frequent, many in sorted(counted.items(), key=lambda one: (-one[1], one[0])):
        for rare in _written_wrong(frequent) if _is_a_name(frequent) else ():
            rows = counted.get(rare, 0)
            if 0 < rows * _FEW_AGAINST <= many:
                found.setdefault(rare, Slip(rare, frequent, rows))
    return [found[rare] for rare in sorted(found)]


def _is_a_name(text: str) -> bool:
    """Tell a name in letters; codes and what has digits are none."""
    least = _SHORTEST_CODE if text.isupper() else _SHORTEST
    return len(text) >= least and not any(sign.isdigit() for sign in text)


def _written_wrong(name: str) -> Iterator[str]:
    """Yield a name with one of its letters lost, or doubled."""
    for at, letter in enumerate(name):
        if letter.isalpha():
            yield name[:at] + name[at + 1 :]
            yield name[:at] + letter + name[at:]
