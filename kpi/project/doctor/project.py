"""The project: parameters, notebooks, extracts, key, engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kpi.errors import KpiError
from kpi.files import rows_folder
from kpi.periods import Period
from kpi.project.doctor.machine import Check, broken

if TYPE_CHECKING:
    from kpi.params import Params
    from kpi.run import Places


def quarters(folder: Path) -> list[Period]:
    """Return the periods that have a parameter file, in their order."""
    from kpi.params import quarters_in

    return quarters_in(folder)


def parameters(places: Places) -> Iterator[Check]:
    """Read the parameters of every quarter, and see that what they name exists."""
    known = quarters(places.params)
    if not known:
        where = places.params.as_posix()
        yield Check("parameters", "broken", f"no quarter in {where}", "Name it with --params.")
        return
    for quarter in known:
        yield _one(f"parameters {quarter}", quarter, places)


def _one(subject: str, quarter: Period, places: Places) -> Check:
    from kpi.run import prepare

    try:
        params = prepare(quarter, places)
    except KpiError as error:
        return broken(subject, error)
    return Check(
        subject, "ok", f"{len(params.metrics)} metrics, {len(params.report.sources)} sources"
    )


def latest(places: Places) -> Params | None:
    """Return the parameters of the latest quarter, if they can be read."""
    from kpi.params import load_params

    for quarter in reversed(quarters(places.params)):
        try:
            return load_params(places.params, quarter)
        except KpiError:
            return None
    return None


def extracts(params: Params, data: Path) -> Check:
    """See that the extracts of a quarter are in place."""
    files = sorted(
        {pattern for source in params.report.sources.values() for pattern in source.patterns}
    )
    missing = [file for file in files if not any(data.glob(file))]
    subject = f"extracts {params.quarter}"
    if missing:
        named = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if missing[3:] else "")
        remedy = "Draw them, or correct `file` of their sources."
        if params.report.synthetic:
            remedy = "kpi demo writes them."
        return Check(subject, "warning", f"not in the data folder: {named}", remedy)
    return Check(subject, "ok", f"{len(files)} files")


def key(params: Params | None, data: Path) -> Check:
    """See that the key of pseudonyms can be read where one is named; it is never shown."""
    from kpi.params.quarter_file import Persons
    from kpi.sources.pseudonyms import KEY_VARIABLE, find_key, key_named_in

    subject = "pseudonym key"
    persons = params.report.persons if params else Persons()
    try:
        if find_key(persons, data):
            return Check(subject, "ok", f"set, in {key_named_in(persons)}")
    except KpiError as error:
        return broken(subject, error)
    return Check(
        subject,
        "warning",
        f"{KEY_VARIABLE} is not set: each run draws a key and forgets it",
        "Figures are the same; set it where lists of two runs are to be compared.",
    )


def engine(places: Places) -> Check:
    """See that the engine answers."""
    from kpi.engine import left_behind, open_engine

    try:
        with (
            rows_folder() as folder,
            open_engine(folder / "tables.duckdb", places.engine) as backend,
        ):
            backend.raw_sql("SELECT 1")
            return _left_behind(str(backend.name), left_behind(backend))
    except KpiError as error:
        return broken("engine", error)


def _left_behind(name: str, schemas: list[str]) -> Check:
    """Tell of an engine that answers what killed runs left in it: the next run drops its user's."""
    if not schemas:
        return Check("engine", "ok", name)
    statements = " ".join(f"DROP SCHEMA {schema} CASCADE;" for schema in schemas)
    return Check(
        "engine",
        "warning",
        f"{name}; killed runs of other users left {', '.join(schemas)}",
        f"Their next runs drop what is theirs, or an administrator says: {statements}",
    )
