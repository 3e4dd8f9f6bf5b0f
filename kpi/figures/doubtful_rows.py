"""The rows of a table that were set aside or are in doubt, marked with the rules they break.

How much the figures hang on the rows that were set aside, and on those that are in doubt.

Each figure of the quarter is counted twice more: with the rows set aside, counted as far as they
can be, and without the accepted rows on which a broken rule casts doubt. Rows that would never have
counted (duplicates, another municipality's) stay out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

from kpi.definitions.subject import ROW_NO, Rule, Subject
from kpi.quality.flags import FLAG, is_set_aside

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend


@dataclass(frozen=True)
class Doubts:
    """What may be counted otherwise in one table.

    `may_count` has the rows read, save duplicates and rows of others, which never would have
    counted; `marked_rows` only those that were set aside or are in doubt. `marks` has the latter:
    marked_row (the row's number as text), aside, and `broken`, a whole number in which the bit at a
    rule's place is 1 if the row breaks it. The places stand in `aside_by` (rules that set aside)
    and `doubted_by` (notes).
    """

    may_count: ir.Table
    marked_rows: ir.Table
    marks: ir.Table
    aside_by: Mapping[str, int]
    doubted_by: Mapping[str, int]

    def without_doubt(self, accepted: ir.Table) -> ir.Table:
        """Return the accepted rows that no note casts doubt on."""
        return accepted.filter(accepted[ROW_NO].cast("string").notin(self.marks.marked_row))


def doubts_of(backend: Backend, subject: Subject, rules: Sequence[Rule]) -> Doubts:
    """Mark the rows of a checked table, in the tables `marks_<name>` and `marked_<name>`."""
    import ibis

    name = subject.name
    flags, known = backend.table(f"flags_{name}"), backend.table(f"checked_{name}")
    strict = [rule for rule in rules if rule.severity != "note"]
    aside_by = [rule.id for rule in strict if not rule.is_no_case]
    doubted_by = [rule.id for rule in rules if rule.severity == "note" and rule.casts_doubt]
    places = {rule: place for place, rule in enumerate((*aside_by, *doubted_by))}
    bits = [ibis.ifelse(flags[FLAG + rule], 2**place, 0) for rule, place in places.items()]
    is_no_case = (flags[FLAG + rule.id] for rule in strict if rule.is_no_case)
    marked = flags.select(
        ROW_NO,
        marked_row=flags[ROW_NO].cast("string"),
        aside=is_set_aside(flags, rules),
        broken=reduce(add, bits, ibis.literal(0, "int64")).cast("int64"),
        is_no_case=ibis.or_(ibis.literal(False), *is_no_case),
    )
    marks = marked.filter(marked.aside | (marked.broken > 0))
    backend.create_table(f"marks_{name}", marks, overwrite=True)
    marks = backend.table(f"marks_{name}")
    columns = [ROW_NO, *(column.name for column in subject.columns)]
    never = marks.filter(marks.is_no_case).select(ROW_NO)
    may_count = known.select(*columns).anti_join(never, ROW_NO)
    backend.create_table(
        f"marked_{name}", may_count.semi_join(marks.select(ROW_NO), ROW_NO), overwrite=True
    )
    return Doubts(
        may_count,
        backend.table(f"marked_{name}"),
        marks.select("marked_row", "aside", "broken"),
        {rule: places[rule] for rule in aside_by},
        {rule: places[rule] for rule in doubted_by},
    )


Row = dict[str, Any]
