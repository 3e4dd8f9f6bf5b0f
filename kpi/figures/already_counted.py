"""Cases of rows that are already counts: a row stands for as many cases as it counts."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from kpi.definitions.kinds import FromRows, OfCounts, RatioOfSums, Sum
from kpi.definitions.population import day_of, population, value_of
from kpi.errors import QualityError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

    from kpi.definitions.kinds import Tables


def cases_in_counts(definition: OfCounts, rows: ir.Table, as_of: dt.date) -> ir.Table:
    """Return the cases that rows stand for, by their outcome: `weight` says how many.

    Of a ratio each row gives those that were so (met) and the others (missed), or unknown ones
    where it does not say how many were so.
    """
    import ibis

    rows = rows.mutate(counted_on=day_of(_value(definition, definition.on, rows)))
    rows = rows.filter(rows.counted_on <= as_of)
    if isinstance(definition, Sum):
        value = _whole(_value(definition, definition.value, rows))
        return without_clock(rows.mutate(weight=value), rows.counted_on, ibis.literal("counted"))
    if not isinstance(definition, RatioOfSums):
        raise TypeError(definition.kind)
    met, all_of = (
        _whole(_value(definition, part, rows))
        for part in (definition.numerator, definition.denominator)
    )
    weights = {
        "met": met,
        "missed": all_of - met,
        "unknown": ibis.ifelse(met.isnull(), all_of, ibis.null("int64")),
    }
    parts = [
        without_clock(rows.mutate(weight=weight), rows.counted_on, ibis.literal(outcome))
        for outcome, weight in weights.items()
    ]
    united = ibis.union(*parts)
    return united.filter(united.weight > 0)


def without_clock(rows: ir.Table, day: ir.DateValue, outcome: ir.StringValue) -> ir.Table:
    """Add what all cases have to rows that have no clock: the day that decides, and the outcome."""
    import ibis

    return rows.mutate(
        period_on=day,
        outcome=outcome,
        days=ibis.null("int64"),
        net_days=ibis.null("int64"),
        start_at=ibis.null("timestamp"),
        stop_at=ibis.null("timestamp"),
        due_at=ibis.null("timestamp"),
    )


def see_counts(backend: Backend, definition: FromRows, tables: Tables) -> None:
    """See that rows are counts: whole, not negative, no part above its whole; else QualityError."""
    import ibis

    if not isinstance(definition, OfCounts):
        return
    rows = population(definition, tables)
    names = ("value",) if isinstance(definition, Sum) else ("numerator", "denominator")
    counts = {name: _value(definition, getattr(definition, name), rows) for name in names}
    broken: dict[str, ir.BooleanValue] = {}
    for name, count in counts.items():
        number = count.cast("float64")
        broken[f"{name} is a whole number, zero or more"] = (number < 0) | (
            number != number.round()
        )
    whole = "denominator" if "denominator" in counts else "value"
    broken[f"{whole} is filled in"] = counts[whole].isnull()
    if isinstance(definition, RatioOfSums):
        above = counts["numerator"].cast("float64") > counts["denominator"].cast("float64")
        broken["numerator is at most denominator"] = above
    found = backend.execute(
        rows.aggregate(
            **{
                f"rule_{place}": ibis.ifelse(rule.fill_null(False), 1, 0).sum()
                for place, rule in enumerate(broken.values())
            }
        )
    )
    for place, words in enumerate(broken):
        n = found[f"rule_{place}"].fillna(0).iloc[0]
        if n:
            raise QualityError(
                f"Of {definition.id}, {words}.",
                f"{int(n)} rows of {definition.subject.name} where it is not",
                "Mend the extract, or leave these rows out: `filter`, or a rule that sets aside.",
            )


def _value(definition: OfCounts, expression: str, rows: ir.Table) -> ir.Value:
    return value_of(definition.subject, expression, rows, definition.id)


def _whole(value: ir.Value) -> ir.IntegerValue:
    whole: ir.IntegerValue = value.cast("int64")
    return whole
