"""The milestones of a bill, taken from the long extract of its steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from kpi.definitions.subject import IBIS_TYPES, PERSON_CHECK
from kpi.definitions.subjects.bills import BILLS
from kpi.errors import ParameterError, did_you_mean
from kpi.params import Milestone, Params, Source, Steps

if TYPE_CHECKING:
    import ibis.expr.types as ir


_COMMON = 5


def with_milestones(
    bills: ir.Table | None, steps: ir.Table, milestones: dict[str, Milestone], source: Source
) -> ir.Table:
    """Return the bills with the date of each declared milestone, from the steps.

    Without an extract of bills, there is one bill for each number in the steps. A milestone whose
    step was taken without a time has no date; `is_paid` is true all the same.
    """
    reached = (
        steps.filter(steps.bill_id.notnull())
        .group_by("bill_id")
        .agg(
            **{f"{name}_at": _date_of(steps, milestone) for name, milestone in milestones.items()},
            is_paid=_was_taken(steps, milestones),
            step_office=steps.office.min(),
            step_file=steps.source_file.min(),
            step_row=steps.row_no.min(),
        )
    )
    if bills is None:
        return _bills_of(reached, source)
    known = bills.drop(*[f"{name}_at" for name in milestones], "is_paid")
    joined = known.left_join(reached, "bill_id").drop(
        "bill_id_right", "step_office", "step_file", "step_row"
    )
    return joined.mutate(is_paid=joined.is_paid.fill_null(False)).select(bills.columns)


def matches(step: ir.StringValue, meant: Steps) -> ir.BooleanValue:
    """Tell the steps that are meant by their names."""
    import ibis

    ends = [step.endswith(ending) for ending in meant.ends_with]
    return ibis.or_(step.isin(meant.steps), *ends)


def known_steps(params: Params) -> Callable[[ir.StringValue], ir.BooleanValue] | None:
    """Return what tells the steps that the parameters declare; None where they declare none."""
    source = params.report.sources.get(BILLS.name)
    if source is None or not source.milestones:
        return None
    declared = [*source.milestones.values(), source.returns, source.other_steps]
    meant = Steps(
        steps=tuple(name for steps in declared if steps for name in steps.steps),
        ends_with=tuple(ending for steps in declared if steps for ending in steps.ends_with),
    )
    return partial(matches, meant=meant)


def check_milestones(names: Mapping[str, int], milestones: dict[str, Milestone]) -> None:
    """See that each milestone has a step of the extract; else raise ParameterError.

    A name that is written wrong would leave every bill without that date. `names` are those of the
    extract with their rows; rare ones are not suggested, for they may be notes about a person.
    """
    common = [name for name, rows in names.items() if rows >= _COMMON]
    for milestone, meant in milestones.items():
        endings = tuple(meant.ends_with)
        if any(name in meant.steps or (endings and name.endswith(endings)) for name in names):
            continue
        wanted = [*meant.steps, *meant.ends_with][0]
        raise ParameterError(
            "bills.milestones names steps that the extract of steps has.",
            f'no step "{wanted}" for {milestone}',
            did_you_mean(wanted, common) if common else "Correct it, or leave the milestone out.",
        )


def _date_of(steps: ir.Table, milestone: Milestone) -> ir.TimestampValue:
    where = matches(steps.step, milestone)
    if milestone.take == "first":
        return steps.happened_at.min(where=where)
    return steps.happened_at.max(where=where)


def _was_taken(steps: ir.Table, milestones: dict[str, Milestone]) -> ir.BooleanValue:
    import ibis

    if "paid" not in milestones:
        return ibis.literal(False)
    return matches(steps.step, milestones["paid"]).any().fill_null(False)


def _bills_of(reached: ir.Table, source: Source) -> ir.Table:
    import ibis

    columns: dict[str, ir.Value] = {}
    for column in BILLS.columns:
        kind = IBIS_TYPES[column.type]
        if column.name in reached.columns:
            columns[column.name] = reached[column.name]
        elif column.name in source.constants:
            columns[column.name] = ibis.literal(source.constants[column.name]).cast(kind)
        elif column.name == "office":
            columns[column.name] = reached.step_office
        else:
            columns[column.name] = ibis.null(kind)
        if column.type == "person":
            columns[column.name + PERSON_CHECK] = ibis.literal("")
    return reached.select(
        **columns,
        unreadable=ibis.literal(""),
        row_no=reached.step_row,
        source_file=reached.step_file,
    )
