"""The stages that a metric's cases pass: between the steps that an administration's extracts tell.

A stage is named after its ends, "approved-sent". Steps that the parameters do not map are skipped,
so that stages join what is known. Where the waits for the citizen are known, a case's way is parted
into the time at work and the time in which it waited for the citizen.
"""

from __future__ import annotations

from itertools import pairwise

from kpi.errors import DefinitionError, did_you_mean
from kpi.metrics import CATALOGUE
from kpi.metrics.definition import Timed
from kpi.params import Params

AT_WORK, WAITING = "at_work", "waiting_for_citizen"


def staged(params: Params, measured: list[str]) -> list[str]:
    """Return the measured metrics whose cases pass two stages or more, so that one can be named."""
    return [name for name in measured if len(stage_names(params, name)) > 1]


def is_parted_by_waits(params: Params, metric: str) -> bool:
    """Tell whether the stages of a metric are the time at work and the time of waiting."""
    definition = CATALOGUE[metric]
    return isinstance(definition, Timed) and definition.waits in params.report.sources


def steps_of(params: Params, metric: str) -> tuple[str, ...]:
    """Return the steps that are known of a metric's cases, in their order: "received", ..."""
    definition = CATALOGUE[metric]
    if not isinstance(definition, Timed) or not definition.steps:
        return ()
    source = params.report.sources[definition.table]
    first, *between, last = (column.removesuffix("_at") for column in definition.steps)
    mapped = {*source.milestones, *(c.removesuffix("_at") for c in source.columns)}
    return (first, *(step for step in between if step in mapped), last)


def stage_names(params: Params, metric: str) -> tuple[str, ...]:
    """Return the stages of a metric, in their order; none where its steps are not known."""
    if is_parted_by_waits(params, metric):
        return AT_WORK, WAITING
    return tuple(f"{start}-{end}" for start, end in pairwise(steps_of(params, metric)))


def check_norms(params: Params, metric: str) -> None:
    """See that the norms of a metric are about its stages; else raise DefinitionError."""
    known = stage_names(params, metric) if params.metrics[metric].stages else ()
    for version in params.metrics[metric].stages:
        for stage in version.norms:
            if stage not in known:
                raise DefinitionError(
                    f"{metric}.stages gives norms for the stages that its cases pass.",
                    f'"{stage}"',
                    did_you_mean(stage, known),
                )
