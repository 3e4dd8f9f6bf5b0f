"""The milestones of a case, taken from the long extract of its steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from kpi.definitions.subject import IBIS_TYPES, PERSON_CHECK, Subject
from kpi.errors import ParameterError, did_you_mean
from kpi.params import Milestone, Params, Source, Steps

if TYPE_CHECKING:
    import ibis.expr.types as ir


_COMMON = 5


def with_milestones(
    subject: Subject, cases: ir.Table | None, steps: ir.Table, source: Source
) -> ir.Table:
    """Return the cases with the date of each declared milestone, from the steps.

    Without an extract of cases, there is one case for each number in the steps. A milestone whose
    step was taken without a time has no date; the case is done all the same.
    """
    key, milestones = subject.key[0], source.milestones
    groups = [name for name in subject.groups if name in steps.columns]
    ends = _ended(subject, steps, source)
    reached = (
        steps.filter(steps[key].notnull())
        .group_by(key)
        .agg(
            **{f"{name}_at": _date_of(steps, milestone) for name, milestone in milestones.items()},
            **ends,
            **{f"step_{name}": steps[name].min() for name in groups},
            step_file=steps.source_file.min(),
            step_row=steps.row_no.min(),
        )
    )
    if cases is None:
        return _cases_of(subject, reached, source)
    said = cases.mutate(**{f"said_{end}": cases[end] for end in ends})
    known = said.drop(*[f"{name}_at" for name in milestones], *ends)
    joined = known.left_join(reached, key)
    closed = subject.steps.closed if subject.steps else ""
    ended = {
        end: joined[end].fill_null(False) | joined[f"said_{end}"].fill_null(False)
        if end == closed
        else joined[end].fill_null(False)
        for end in ends
    }
    return joined.mutate(**ended).select(cases.columns)


def matches(step: ir.StringValue, meant: Steps) -> ir.BooleanValue:
    """Tell the steps that are meant by their names."""
    import ibis

    ends = [step.endswith(ending) for ending in meant.ends_with]
    return ibis.or_(step.isin(meant.steps), *ends)


def known_steps(params: Params) -> dict[str, Callable[[ir.StringValue], ir.BooleanValue]]:
    """Return, for each subject of steps, what tells the steps that the parameters declare."""
    found: dict[str, Callable[[ir.StringValue], ir.BooleanValue]] = {}
    for name, source in params.report.sources.items():
        subject = params.catalogue.subjects[name]
        if subject.steps and source.milestones:
            declared = [
                *source.milestones.values(), source.returns, source.other_steps, source.ends
            ]  # fmt: skip
            meant = Steps(
                steps=tuple(name for steps in declared if steps for name in steps.steps),
                ends_with=tuple(end for steps in declared if steps for end in steps.ends_with),
            )
            found[subject.steps.events] = partial(matches, meant=meant)
    return found


def check_milestones(table: str, names: Mapping[str, int], source: Source) -> None:
    """See that each milestone of a table has a step of the extract; else raise ParameterError.

    A name that is written wrong would leave every case without that date. `names` are those of the
    extract with their rows; rare ones are not suggested, for they may be notes about a person.
    """
    common = [name for name, rows in names.items() if rows >= _COMMON]
    declared: dict[str, Steps] = {**source.milestones}
    for milestone, meant in (declared | ({"ends": source.ends} if source.ends else {})).items():
        endings = tuple(meant.ends_with)
        if any(name in meant.steps or (endings and name.endswith(endings)) for name in names):
            continue
        wanted = [*meant.steps, *meant.ends_with][0]
        raise ParameterError(
            f"{table}.milestones names steps that the extract of steps has.",
            f'no step "{wanted}" for {milestone}',
            did_you_mean(wanted, common) if common else "Correct it, or leave the milestone out.",
        )


def _date_of(steps: ir.Table, milestone: Milestone) -> ir.TimestampValue:
    where = matches(steps.step, milestone)
    if milestone.take == "first":
        return steps.happened_at.min(where=where)
    return steps.happened_at.max(where=where)


def _ended(subject: Subject, steps: ir.Table, source: Source) -> dict[str, ir.BooleanValue]:
    """Return the columns that tell how a case ended, if the subject has them.

    By its last milestone it is done; by a step of `ends` that no other follows it is closed.
    """
    import ibis

    declared = subject.steps
    if declared is None or not declared.done:
        return {}
    taken = ibis.literal(False)
    if declared.ends in source.milestones:
        taken = matches(steps.step, source.milestones[declared.ends]).any().fill_null(False)
    if source.ends is None:
        return {declared.done: taken}
    if not declared.closed:
        raise ParameterError(
            f"{subject.name}.ends closes cases whose subject says which column tells so.",
            "its steps have no `closed`",
            "Declare the column in kpi/definitions/subjects, or leave `ends` out.",
        )
    last = steps.happened_at.max()
    ending = steps.happened_at.max(where=matches(steps.step, source.ends))
    return {declared.done: taken, declared.closed: (ending == last).fill_null(False) & ~taken}


def _cases_of(subject: Subject, reached: ir.Table, source: Source) -> ir.Table:
    import ibis

    columns: dict[str, ir.Value] = {}
    for column in subject.columns:
        kind = IBIS_TYPES[column.type]
        if column.name in reached.columns:
            columns[column.name] = reached[column.name]
        elif column.name in source.constants:
            columns[column.name] = ibis.literal(source.constants[column.name]).cast(kind)
        elif f"step_{column.name}" in reached.columns:
            columns[column.name] = reached[f"step_{column.name}"]
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
