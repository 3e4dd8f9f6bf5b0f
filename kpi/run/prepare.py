"""Before anything is read: parameters against contracts and folders, and earlier reports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from kpi.definitions.expressions import columns_of
from kpi.definitions.kinds import FromRows, check, columns_with_derived
from kpi.definitions.subject import Subject
from kpi.errors import ParameterError, ReviewError, did_you_mean
from kpi.params import Params, Source, load_params
from kpi.periods import Period
from kpi.publication.archive import Published, published_reports
from kpi.publication.log import Log
from kpi.record import payload, read_frame, read_run
from kpi.run.notebook_place import find_notebooks
from kpi.run.places import Places

if TYPE_CHECKING:
    from kpi.disclosure.published import Release


Value = TypeVar("Value")


def read_params(quarter: Period, places: Places, languages: tuple[str, ...] = ()) -> Params:
    """Read a quarter's parameters; `languages` of the page stand in place of theirs."""
    params = load_params(places.params, quarter, places.unit)
    return params.in_languages(languages)


def prepare(quarter: Period, places: Places, languages: tuple[str, ...] = ()) -> Params:
    """Read the parameters and see that everything they name exists, before anything is read."""
    params = read_params(quarter, places, languages)
    check_params(params, places)
    return params


def check_places(params: Params, places: Places) -> None:
    """See that the notebooks that the parameters name, and the folder of extracts, are there."""
    find_notebooks(places.notebooks, params.report.notebooks)
    if not places.data.is_dir():
        raise ParameterError(
            "The data folder exists.", places.data.as_posix(), "Name another with --data."
        )


def check_params(params: Params, places: Places) -> None:
    """See that everything the parameters name exists."""
    from kpi.figures.steps import check_norms

    check_places(params, places)
    declared_tables(params)
    for name in params.metrics:
        check(params.definition(name))
        check_norms(params, name)


def declared_tables(params: Params) -> dict[str, Subject]:
    """Return the contracts of the sources, with the severities that the parameters give.

    Raises ParameterError where the parameters name a table, column or rule that no contract has.
    """
    from kpi.sources.asked_for import see_asked_for
    from kpi.sources.query import see_query

    tables = {}
    for name, source in params.report.sources.items():
        table = _known("sources", name, params.catalogue.subjects)
        named = (*source.columns, *source.constants, *source.values, *source.widths)
        for column in (*named, *source.derive):
            _known(f"sources.{name}", column, table.by_name)
        _see_all_mapped(name, source, table)
        if source.query:
            see_query(name, source)
        see_asked_for(table, source)
        absent = frozenset(c.name for c in table.columns if not (c.expr or source.gives(c.name)))
        table = replace(table, absent=absent, unread=unread_columns(params, table))
        tables[name] = table.with_severities(params.report.rules.get(name, {}))
    for name in params.report.rules:
        _known("rules", name, tables)
    return tables


_CONVERTED = ("date", "moment", "amount", "number", "yes_no")


def unread_columns(params: Params, table: Subject) -> frozenset[str]:
    """Return the columns of a table, of those that may be unreadable, that no figure reads."""
    read = {table.dated_by, *table.key, *table.groups}
    for name, settings in params.metrics.items():
        metric = params.definition(name)
        read |= {
            column
            for field, subject, text, _ in metric.expressions()
            if text and subject == table
            for column in _read_by(table, text, f"{name}.{field}")
        }
        if isinstance(metric, FromRows) and metric.subject == table:
            read |= {counting.due.column for counting in settings.counting if counting.due}
            read |= {*settings.groups, *(f"{step}_at" for step in getattr(metric, "steps", ()))}
    for other in params.catalogue.subjects.values():
        if other.events == table.name:
            read |= {column.name for column in table.columns}
        if other.waits and other.waits.subject == table.name:
            read |= {other.waits.since, other.waits.until}
    read |= {column.known_by for column in table.columns if column.name in read}
    return frozenset(
        one.name for one in table.columns if one.type in _CONVERTED and one.name not in read
    )


def _read_by(table: Subject, text: str, where: str) -> Iterator[str]:
    """Yield the columns that an expression reads, and those that the derived ones are made of."""
    derived = {column.name: column for column in table.derived}
    for column in columns_of(text, columns_with_derived(table), where):
        yield column
        if column in derived:
            yield from _read_by(table, derived[column].expr, where)


def rows_before(params: Params, places: Places) -> dict[str, int]:
    """Return the rows of each table's extracts in the last report that was published by then."""
    cycle = params.quarter.cycle
    published = {cycle.parse(one.about.quarter): one for one in earlier(params, places)}
    before = [quarter for quarter in published if quarter <= params.quarter]
    if not before:
        return {}
    rows: dict[str, int] = {}
    for extract in read_run(published[max(before)].folder).inputs:
        rows[extract.table] = rows.get(extract.table, 0) + extract.asked_for
    return rows


def _see_all_mapped(name: str, source: Source, table: Subject) -> None:
    """See that every column the contract requires comes from somewhere."""
    for column in table.columns:
        made_of_steps = not source.is_read and column.name == table.key[0]
        if not (column.optional or made_of_steps or column.expr or source.gives(column.name)):
            raise ParameterError(
                f"sources.{name} maps every column that its contract requires.",
                f"no column for {column.name} ({column.label or column.means})",
                f"Add it to sources.{name}.columns, or to constants if it is always the same.",
            )


def _known(where: str, name: str, known: Mapping[str, Value]) -> Value:
    if name not in known:
        raise ParameterError(
            f"{where} names what the contracts declare.", f'"{name}"', did_you_mean(name, known)
        )
    return known[name]


def earlier(params: Params, places: Places) -> list[Published]:
    """Return what was published of the same unit, in the order of publication.

    The archive is the one that the parameters name, or else those that the log has a publication
    to. An archive that somebody changed is a ReviewError.
    """
    unit = params.report.unit
    found = [
        one for archive in archives(params, places) for one in published_reports(archive, unit)
    ]
    for one in found:
        _see_of_one_kind(one, params.quarter)
    by_content = {one.about.content: one for one in sorted(found, key=lambda one: one.about.number)}
    return list(by_content.values())


def _see_of_one_kind(one: Published, quarter: Period) -> None:
    """Refuse an archive of another kind of period: what both show could be subtracted."""
    try:
        quarter.cycle.parse(one.about.quarter)
    except ParameterError as error:
        raise ReviewError(
            "An archive holds reports about one kind of period.",
            f"{one.folder.name} beside {quarter}: {error.rule}",
            "Name an archive of its own for these; figures of both may be subtracted, so let no "
            "metric about persons be in both.",
        ) from None


def archives(params: Params, places: Places) -> list[Path]:
    """Return the folders of published reports that there are."""
    if places.archive:
        return [places.archive]
    if params.report.archive:
        return [places.data / params.report.archive]
    told = [
        entry.details["to"] for entry in Log(places.reports).entries() if entry.act == "publish"
    ]
    return [Path(folder) for folder in dict.fromkeys(told)]


def releases(params: Params, places: Places) -> list[Release]:
    """Return the disclosed figures of what was published."""
    from kpi.disclosure.published import Release

    return [
        Release(
            one.about.quarter,
            read_frame(payload(one.folder), "results"),
            partial(read_frame, payload(one.folder)),
        )
        for one in earlier(params, places)
    ]
