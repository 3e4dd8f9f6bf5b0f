"""Of every few cases that are alike one is drawn, and stands for all of them.

Frames that explain a figure (stages, queues, paths, what it would take) are counted from drawn
cases. So all counts are multiples of so many, add up in every frame, and hang together across
frames as those of real cases do, because they are: no sum and no difference of theirs comes nearer
to a person than one frame alone does. Of five late cases one is looked at, and nobody can tell from
any figure what the other four are like.

This is small count rounding (Ø. Langsrud and J. Heldal, 2018, An algorithm for small count
rounding of tabular data, Privacy in Statistical Databases): inner cells are rounded once, and all
tables are made from them, "equal to changing the cases themselves". Here the inner cell is the
case. Which case of a group is drawn is left to chance, the likelier the nearer it brings the counts
to the true ones, as in balanced sampling (J.-C. Deville and Y. Tillé, 2004, Efficient balanced
sampling: the cube method, Biometrika 91, 893-912). Without chance, somebody who knows the program
could work backwards.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpi.definitions.kinds import with_derived

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

    from kpi.params import Params

OF_UNIT = "of_unit"
STANDS_FOR = "stands_for"
NEARNESS = 25.0
"""How much the drawing cares for counts that come near: a case is e times as likely to be drawn as
one that leaves the squares of all differences larger by this much."""


def with_unit(backend: Backend, params: Params, metric: str, cases: ir.Table) -> ir.Table:
    """Add to cases (row_no) of which unit they are: the value of disclosure.units_by as `of_unit`.

    It is empty where the parameters name none, or the metric's subject has no such group.
    """
    import ibis

    by = params.report.disclosure.units_by
    subject = getattr(params.definition(metric), "subject", None)
    if subject is None or by not in subject.groups:
        return cases.mutate(**{OF_UNIT: ibis.literal("")})
    rows = with_derived(subject, backend.table(f"accepted_{subject.name}"))
    unit = rows.select("row_no", **{OF_UNIT: rows[by].cast("string").fill_null("")})
    return cases.join(unit, "row_no")


def draw(
    cases: pd.DataFrame, classes: Sequence[str], alike: Sequence[str], of: int
) -> npt.NDArray[np.int64]:
    """Return how many cases each case stands for: `of` of a drawn one, 0 of all others.

    Cases that agree in the columns `classes` form a class, of which one in `of` is drawn, rounded
    down: 9 of 47. Groups are those that follow each other when sorted by the columns `alike`, which
    hold categories: within each class the counts of each come near the true ones. With `of` 1 every
    case stands for itself. The same cases of a class give the same drawing, in whatever order they
    come; `case_id` tells them apart.
    """
    weights = np.zeros(len(cases), dtype=np.int64)
    if of <= 1 or cases.empty:
        return weights + 1
    texts = cases[[*classes, *alike, "case_id"]].astype(object).fillna("").astype(str)
    ordered = texts.sort_values([*classes, *alike, "case_id"])
    categories = _numbered(ordered, classes, alike)
    too_many = np.zeros(int(categories.max()) + 1)
    places = texts.index.get_indexer(ordered.index)
    for rows in ordered.groupby(list(classes), sort=False).indices.values():
        chances = _chances(ordered.iloc[rows])
        for first in range(0, len(rows), of):
            group = rows[first : first + of]
            np.subtract.at(too_many, categories[group].ravel(), 1)
            if len(group) < of:
                continue
            drawn = group[_chosen(too_many[categories[group]].sum(axis=1) * 2 * of, chances)]
            too_many[categories[drawn]] += of
            weights[places[drawn]] = of
    return weights


def _numbered(
    cases: pd.DataFrame, classes: Sequence[str], alike: Sequence[str]
) -> npt.NDArray[np.intp]:
    """Number the categories of each case, those of each column and class by themselves."""
    of_class = cases.groupby(list(classes), sort=False).ngroup().to_numpy()
    numbers, next_free = [], 0
    for name in alike:
        category, names = pd.factorize(cases[name])
        numbers.append(next_free + of_class * len(names) + category)
        next_free = int(numbers[-1].max()) + 1
    return np.column_stack(numbers)


def _chances(cases: pd.DataFrame) -> np.random.Generator:
    """Return a source of chances that hangs on the cases alone: nobody has it who has not them.

    The cases are texts, in the order of their columns.
    """
    return np.random.default_rng(int(_checksum(cases)[:32], 16))


def _chosen(costs: npt.NDArray[np.float64], chances: np.random.Generator) -> int:
    likely = np.exp((costs.min() - costs) / NEARNESS).cumsum()
    return int(np.searchsorted(likely, chances.random() * likely[-1]))


def with_stands_for(rows: ir.Table, drawn: ir.Table, metric: str = "") -> ir.Table:
    """Add how many cases each row's case stands for; `metric` names it where no column does."""
    import ibis

    if metric:
        own = drawn.filter(drawn.metric == metric).select("row_no", STANDS_FOR)
        joined = rows.left_join(own, "row_no")
    else:
        joined = rows.left_join(drawn, ["metric", "row_no"])
    weight = joined[STANDS_FOR].fill_null(ibis.literal(0, "int64"))
    return joined.select(*rows.columns, **{STANDS_FOR: weight})


def cases_in(rows: ir.Table, where: ir.BooleanValue | None = None) -> ir.IntegerScalar:
    """Add up how many cases rows stand for, or those of them that a condition holds for."""
    counted = rows[STANDS_FOR].sum(where=where).fill_null(0)
    return counted.cast("int64")


def in_multiples(parts: Sequence[int], of: int, secret: str, cases: int | None = None) -> list[int]:
    """Round parts of a number of `cases` to multiples, up or down by chance, with their sum.

    They are rounded one on top of the other, from a start between the multiples that `secret`
    decides: larger parts are never told to be smaller. Together they are no more than the cases,
    where their number is known to readers, rounded down. With `of` 1 parts stay as they are.

    >>> in_multiples([7, 1, 4], 5, "a secret", 12)
    [10, 0, 0]
    """
    start = int(hashlib.sha256(secret.encode()).hexdigest(), 16) % of
    upto = [(start + sum(parts[: place + 1])) // of * of for place in range(len(parts))]
    if cases is not None:
        upto = [min(one, cases // of * of) for one in upto]
        if sum(parts) == cases and upto:
            upto[-1] = cases // of * of
    return [one - before for one, before in zip(upto, [0, *upto], strict=False)]


def secret_of(rows: pd.DataFrame) -> str:
    """Return a text that only somebody who has these rows can know; their order does not count."""
    return _checksum(rows.astype(str).sort_values(list(rows.columns)))


def _checksum(rows: pd.DataFrame) -> str:
    return hashlib.sha256(rows.to_csv(index=False).encode()).hexdigest()
