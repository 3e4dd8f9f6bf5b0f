"""What changed within a year in how a metric is counted and what it must reach."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeVar

from kpi.params import MetricParams, Params
from kpi.params.targets_file import Retirement, Validity, in_force

Kind = Literal["counting", "target", "introduced", "retired"]
Record = dict[str, Any] | None
Version = TypeVar("Version", bound=Validity)

_ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Change:
    """What changed in how a metric is counted or what it must reach, from which day, and why.

    `what` is told in the words of the parameters; `old` and `new` are what was and what is in
    force, null for nothing. All values can be written as JSON.
    """

    metric: str
    kind: Kind
    what: str
    valid_from: str
    reason: str
    decided_by: str
    source: str
    old: Record
    new: Record
    since_last_report: bool


class _Step(NamedTuple):
    """A change as the parameters hold it: `about` says why and who decided."""

    kind: Kind
    day: dt.date
    about: Validity | Retirement
    old: Record
    new: Record


def changes(params: Params) -> list[Change]:
    """List what changed in the year up to the end of the reported quarter, oldest first.

    `since_last_report` marks what changed within the reported quarter itself. A target that takes
    the place of another is told once, with the one that it replaces.
    """
    first, last = params.quarter.year_ago.last_day + _ONE_DAY, params.quarter.last_day
    found = [
        _told(metric, params, step)
        for metric in params.metrics
        for step in _steps(metric, params)
        if first <= step.day <= last
    ]
    return sorted(found, key=lambda change: change.valid_from)


def _told(metric: str, params: Params, step: _Step) -> Change:
    settings, about = params.metrics[metric], step.about
    own_words = getattr(about, "what", "") or getattr(about, "wording", "")
    return Change(
        metric=metric,
        kind=step.kind,
        what=own_words if step.kind in ("counting", "target") else settings.aim,
        valid_from=step.day.isoformat(),
        reason=about.reason,
        decided_by=about.decided_by,
        source=about.source or settings.source,
        old=step.old,
        new=step.new,
        since_last_report=step.day >= params.quarter.first_day,
    )


def _steps(metric: str, params: Params) -> Iterator[_Step]:
    settings = params.metrics[metric]
    retired, introduced = settings.retired, settings.introduced
    if retired:
        old, new = _aimed_at(metric, params), _aimed_at(retired.replaced_by, params)
        yield _Step("retired", retired.valid_from, retired, old, new)
    if introduced and not _replaces_another(metric, params):
        about = settings.target_on(introduced) or Validity()
        yield _Step("introduced", introduced, about, None, _aimed_at(metric, params))
    yield from _changed(settings, "target", settings.targets)
    yield from _changed(settings, "counting", settings.counting)


def _aimed_at(metric: str, params: Params) -> Record:
    if metric not in params.metrics:
        return None
    settings = params.metrics[metric]
    target = _record(settings.targets[-1]) if settings.targets else None
    return {"metric": metric, "aim": settings.aim, "target": target}


def _replaces_another(metric: str, params: Params) -> bool:
    retired = (settings.retired for settings in params.metrics.values() if settings.retired)
    day = params.metrics[metric].introduced
    return any(one.replaced_by == metric and one.valid_from == day for one in retired)


def _changed(settings: MetricParams, kind: Kind, versions: Sequence[Version]) -> Iterator[_Step]:
    """Yield each day on which another version comes into force that says something else.

    What begins or ends with the metric itself is told by its being introduced or dropped.
    """
    days = {version.valid_from for version in versions if version.valid_from}
    days |= {version.valid_to + _ONE_DAY for version in versions if version.valid_to}
    for day in sorted(days):
        before, after = in_force(versions, day - _ONE_DAY), in_force(versions, day)
        about, old, new = after or before, _record(before), _record(after)
        is_told = day == settings.introduced or settings.is_retired_on(day)
        if about and not is_told and _without_wording(old) != _without_wording(new):
            yield _Step(kind, day, about, old, new)


def _without_wording(record: Record) -> Record:
    return record and {name: value for name, value in record.items() if name != "wording"}


def _record(version: Validity | None) -> Record:
    """Return what a version says, without its validity and reasons."""
    if version is None:
        return None
    return version.model_dump(mode="json", exclude=set(Validity.model_fields))
