"""What a quarter's report still waits for, and whose it is: extracts, comments, attestations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kpi.definitions.kinds import Attested
from kpi.errors import KpiError
from kpi.params import Params
from kpi.params.carried_over import by_record
from kpi.record import read_run, sha256_of, without_comment
from kpi.run import Places, report_of
from kpi.sources.files import fitting


@dataclass(frozen=True)
class Reminder:
    """One thing that is missing, and who owns it; empty where the parameters name nobody."""

    what: str
    owner: str = ""


def reminders(params: Params, places: Places) -> list[Reminder]:
    """Return what is missing of a quarter: extracts first, then texts."""
    return [*_of_extracts(params, places), *_of_attestations(params), *_of_comments(params, places)]


def by_owner(found: list[Reminder]) -> dict[str, list[Reminder]]:
    """Return reminders by who owns them, in the order of the first of each."""
    owners: dict[str, list[Reminder]] = {}
    for one in found:
        owners.setdefault(one.owner, []).append(one)
    return owners


def _of_extracts(params: Params, places: Places) -> Iterator[Reminder]:
    """Tell the extracts that are not there, or are those of an earlier day or quarter."""
    before = _used_before(params, places)
    for name, source in params.report.sources.items():
        for pattern in source.patterns:
            paths = fitting(places.data, pattern, params.report.extract_folders)
            there = [path for path in paths if path.is_file()]
            for path in there:
                for why in _stale(path, params.report.as_of, before):
                    yield Reminder(f"the extract {name} {why}: {path.name}", source.owner)
            if not there:
                yield Reminder(f"the extract {name} is not there: {pattern}", source.owner)


def _stale(path: Path, as_of: dt.date, before: Mapping[str, str]) -> Iterator[str]:
    """Say why a file cannot be the extract of a quarter that is known up to the day `as_of`."""
    drawn = dt.datetime.fromtimestamp(path.stat().st_mtime).astimezone().date()
    used = before.get(sha256_of(path))
    if used:
        yield f"is that of {used}"
    elif drawn < as_of:
        yield f"is of {drawn}, and should know what happened until {as_of}"


def _used_before(params: Params, places: Places) -> dict[str, str]:
    """Return the checksums of the extracts of the quarter before, and that quarter."""
    quarter = params.quarter.previous
    try:
        run = read_run(report_of(quarter, places))
    except KpiError:
        return {}
    return {one.sha256: str(quarter) for one in run.inputs if one.sha256}


def _of_attestations(params: Params) -> Iterator[Reminder]:
    for name, settings in params.metrics.items():
        definition = params.definition(name)
        is_over = settings.is_retired_on(params.quarter.last_day)
        is_stated = name in params.report.attestations
        if isinstance(definition, Attested) and not (is_over or is_stated):
            yield Reminder(f"nobody has stated whether {name} was kept", settings.owner)


def _of_comments(params: Params, places: Places) -> Iterator[Reminder]:
    """Tell texts that read as another quarter's, and missed targets that nobody has explained."""
    for record, texts in by_record(params.carried_over).items():
        what = f"{record} is to be changed, or confirmed: {texts[0]}"
        yield Reminder(what, _owner(params, record))
    try:
        run = read_run(report_of(params.quarter, places))
    except KpiError:
        return
    said = params.report.comments
    for name in without_comment(run):
        if name not in said or not said[name].cause.strip():
            owner = params.metrics[name].owner if name in params.metrics else ""
            yield Reminder(f"{name} missed its target, and nobody has said why", owner)


def _owner(params: Params, record: str) -> str:
    """Return who answers for a text: its own owner, its metric's, or the agenda item's."""
    part, _, name = record.partition(".")
    if part == "agenda":
        return params.report.agenda.responsible
    said = params.report.comments.get(name) if part == "comments" else None
    owner = said.owner if said else ""
    return owner or (params.metrics[name].owner if name in params.metrics else "")
