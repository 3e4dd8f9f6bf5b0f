"""What a finished release tells of few persons, tried by the attacker on its figures alone.

`disclose` hides with the true counts at hand. This looks at a release from outside, as a reader
does, and so finds a fault of that step, or figures that were put in later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from kpi.definitions.shared_cases import ALL, Sum
from kpi.disclosure.attack import COUNTS, read_as_attacker
from kpi.disclosure.results import by_set
from kpi.periods import Cycle


def narrowed(
    released: pd.DataFrame,
    threshold: int,
    cycle: Cycle,
    sums: Sequence[Sum],
) -> list[str]:
    """Name the counts that are known to be few, and fewer than `threshold` values apart.

    They are hidden, or what is left of a metric's cases beside those that others count. Each as
    metric, period, group and count.
    """
    counted = released[released["period_kind"] != "week"]
    sets = by_set(counted, cycle, sums)
    return [found for _, rows in sets for found in _narrowed(rows, threshold, cycle, sums)]


def _narrowed(
    rows: pd.DataFrame, threshold: int, cycle: Cycle, sums: Sequence[Sum]
) -> Iterator[str]:
    hidden = rows[rows["suppressed"].fillna("") != ""]
    keys = set(zip(rows["period"], rows["group"], strict=True))
    rests = [(one.name_of_rest, *key, ALL) for one in sums if one.rest for key in sorted(keys)]
    asked = [
        (row["metric"], row["period"], row["group"], count)
        for row in hidden.to_dict("records")
        for count in COUNTS
    ]
    if not asked and not rests:
        return
    release = read_as_attacker(rows, cycle, sums)
    cells = [*asked, *(rest for rest in rests if rest in release.known)]
    for cell, low, high in release.narrow(cells, threshold):
        if low >= 1 and high < threshold:
            yield " ".join(filter(None, cell))
