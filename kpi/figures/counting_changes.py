"""What changed in how a metric is counted and what it must reach, and both ways side by side.

A figure counted in a new way does not continue the old series. So the report shows both over an
overlap: each way of counting applied to the same quarters, with the difference between them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

import pandas as pd

from kpi.definitions.frames import OVERLAP
from kpi.definitions.kinds import Timed
from kpi.engine import CALENDAR
from kpi.figures.cases import accepted_tables, cases_of
from kpi.figures.counts import IN_DENOMINATOR, OUTCOMES, counts_of, percentiles_of
from kpi.figures.drawn_cases import OF_UNIT, in_multiples, secret_of, with_unit
from kpi.figures.results import with_values
from kpi.params import Counting, MetricParams, Params
from kpi.params.targets_file import Retirement, Validity, in_force
from kpi.periods import Period

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend


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


OVERLAP_QUARTERS = 4
_TIMES = ("median_days", "p90_days", "max_days", "median_net_days", "persons_timed")
_COUNTS = ("n", *OUTCOMES, "persons", *(f"persons_{outcome}" for outcome in OUTCOMES))


def overlap(
    backend: Backend, params: Params, measured: list[str], quarters: int = OVERLAP_QUARTERS
) -> pd.DataFrame:
    """Count each metric whose rules changed within the overlap in the old and in the new way.

    The overlap is the reported quarter and so many `quarters` before it, as far as the history
    goes. The versions that began in it, and the one before them, each count all of its quarters.
    Only metrics with a clock have rules in the parameters to count by.

    Returns:
        One row per metric, version and quarter, older versions first: the frame OVERLAP, which has
        the columns of the results and `is_judged` (whether all cases of the quarter were counted
        by this version; the counts of others are those of the results, and what `moved` tells).
        Not judged: `target` is null,
        `status` empty. No rows where nothing changed. Not disclosed yet.
    """
    window = params.quarters[-quarters - 1 :]
    frames = [OVERLAP.empty]
    for name in measured:
        definition = params.definition(name)
        versions = _versions_within(params.metrics[name], window)
        if versions and isinstance(definition, Timed):
            frames.append(_side_by_side(backend, params, definition, versions, window))
    return pd.concat(frames[1:] or frames, ignore_index=True)


def _versions_within(settings: MetricParams, window: list[Period]) -> list[Counting]:
    """Return the versions that began within the window, after the one before them; else none."""
    ordered = sorted(settings.counting, key=lambda version: version.valid_from or dt.date.min)
    first, last = window[0].first_day, window[-1].last_day
    began = [
        place
        for place, (_, new) in enumerate(pairwise(ordered))
        if new.valid_from and first <= new.valid_from <= last
    ]
    return ordered[began[0] : began[-1] + 2] if began else []


def _side_by_side(
    backend: Backend,
    params: Params,
    definition: Timed,
    versions: list[Counting],
    window: list[Period],
) -> pd.DataFrame:
    """Return the rows of a metric: each version's count of each quarter."""
    of = max(params.report.disclosure.hide_persons_below, 1)
    as_counted = backend.table(f"cases_{definition.id}")
    as_counted = with_unit(backend, params, definition.id, as_counted)
    judged = _counted(backend, as_counted, window)
    goes_on = [quarter.last_day > params.report.as_of for quarter in window]
    judged["is_part"] = pd.Series(goes_on, dtype="boolean")
    frames = []
    for version in versions:
        own = _cases_by(backend, params, definition, version)
        own = with_unit(backend, params, definition.id, own)
        rows = judged.assign(metric=definition.id, version=version.version)
        more = moved(backend, as_counted, own, of, params.quarter.kind)
        for name in more.columns:
            rows[name] += rows["period"].map(more[name]).fillna(0).astype("int64")
        counted = _counted(backend, own, window, percentiles_of([definition]))
        times = [name for name in map(str, counted) if name in _TIMES or name.endswith("_days")]
        rows[times] = counted[times]
        rows = with_values(backend, params, rows, definition)
        is_judged = ~rows["period"].isin(
            _judged_otherwise(backend, own, as_counted, params.quarter.kind)
        )
        frames.append(rows.assign(is_judged=is_judged))
    return OVERLAP.checked(pd.concat(frames).reindex(columns=list(OVERLAP.made)))


def _cases_by(backend: Backend, params: Params, definition: Timed, version: Counting) -> ir.Table:
    """Return a metric's cases in all quarters, judged by one version."""
    tables = accepted_tables(backend, params)
    cases = cases_of(definition, version, (), tables, params.report.as_of)
    calendar = tables[CALENDAR].select("date", params.quarter.kind)
    return cases.join(calendar, cases.period_on == calendar.date)


def _counted(
    backend: Backend, cases: ir.Table, window: list[Period], percentiles: Sequence[int] = ()
) -> pd.DataFrame:
    """Count each period of the window; zero where it has no cases."""
    kind = window[0].kind
    counted = counts_of(backend, cases, [kind], (), percentiles).set_index("period")
    periods = pd.Index([str(period) for period in window], name="period")
    rows = counted.reindex(periods).reset_index()
    rows[list(_COUNTS)] = rows[list(_COUNTS)].astype("Float64").fillna(0).astype("Int64")
    return rows.assign(period_kind=kind, group="", direction="", status="")


def moved(
    backend: Backend, one: ir.Table, other: ir.Table, of: int, kind: str = "quarter"
) -> pd.DataFrame:
    """Tell by how many cases each outcome of a period grows (or shrinks) in another way.

    `one` and `other` are the same cases (the period, called `kind`, case_id, of_unit, outcome)
    judged in two ways; `one` also has start_at and stop_at. The cases of a unit that go from one
    outcome to another are
    counted in multiples of `of`, up or down by a chance that hangs on the cases alone, and never
    more of an outcome than it has: whoever subtracts two answers gets such a multiple, too. A way
    that moves more cases is never told to move fewer.

    Returns:
        One row per period: n, and the outcomes.
    """
    cases = _judged_twice(one, other, kind)
    counted = cases.group_by("period", OF_UNIT, "was", "now").agg(cases=cases.count())
    secrets = _days_of(backend, one)
    changes = []
    for (period, unit), rows in backend.execute(counted).groupby(["period", OF_UNIT]):
        flows = {(was or "", now or ""): n for was, now, n in _flows(rows)}
        secret = f"{period} {secrets.get(unit, '')}"
        changes.append({"period": str(period), **_in_multiples(flows, of, secret)})
    columns = ["period", "n", *OUTCOMES]
    found = pd.DataFrame(changes, columns=columns).groupby("period").sum()
    return found.fillna(0).astype("int64")


def _flows(rows: pd.DataFrame) -> Iterator[tuple[str | None, str | None, int]]:
    plain = rows.astype({"was": object, "now": object}).where(rows.notna(), None)
    yield from plain[["was", "now", "cases"]].itertuples(index=False, name=None)


def _in_multiples(flows: dict[tuple[str, str], int], of: int, secret: str) -> dict[str, int]:
    """Return by how much n and each outcome grows, all flows in multiples of `of`."""
    grows = dict.fromkeys(OUTCOMES, 0)
    for was in {was for was, _ in flows}:
        others = [now for now in (*OUTCOMES, "") if now != was]
        going = [flows.get((was, now), 0) for now in others]
        cases = sum(going) + flows.get((was, was), 0) if was else None
        for now, n in zip(others, in_multiples(going, of, f"{was} {secret}", cases), strict=True):
            for outcome, sign in ((now, 1), (was, -1)):
                if outcome in grows:
                    grows[outcome] += sign * n
    return {"n": sum(grows[name] for name in grows if name in IN_DENOMINATOR), **grows}


def _days_of(backend: Backend, cases: ir.Table) -> dict[str, str]:
    """Return for each unit a text that only somebody who has its cases can know: of their days."""
    days = cases.group_by(OF_UNIT, start=cases.start_at.date(), stop=cases.stop_at.date())
    found = backend.execute(days.agg(cases=cases.count()))
    return {
        str(unit): secret_of(rows[["start", "stop", "cases"]])
        for unit, rows in found.groupby(OF_UNIT)
    }


def _judged_otherwise(backend: Backend, one: ir.Table, other: ir.Table, kind: str) -> set[str]:
    """Return the periods with a case that is judged otherwise, or not there, in the other way."""
    cases = _judged_twice(one, other, kind)
    differs = cases.filter((cases.was != cases.now).fill_null(True))
    return set(map(str, backend.execute(differs.select("period").distinct())["period"]))


def _judged_twice(one: ir.Table, other: ir.Table, kind: str) -> ir.Table:
    """Return each case of a period with both outcomes; null where it is not in that period."""
    import ibis

    nothing = ibis.null("string")
    same = ("period", "case_id", OF_UNIT)
    before = one.select("case_id", OF_UNIT, period=one[kind], was=one.outcome, now=nothing)
    after = other.select("case_id", OF_UNIT, period=other[kind], was=nothing, now=other.outcome)
    both = ibis.union(before, after)
    return both.group_by(*same).agg(was=both.was.max(), now=both.now.max())
