"""The project: parameters, notebooks, extracts, key, engine."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kpi.doctor.check import Check, broken
from kpi.errors import KpiError
from kpi.periods import Quarter

if TYPE_CHECKING:
    from kpi.params import Params
    from kpi.run import Places


def quarters(folder: Path) -> list[Quarter]:
    """Return the quarters that have a parameter file, in their order."""
    found = []
    for path in folder.glob("????Q?.yaml"):
        try:
            found.append(Quarter.parse(path.stem))
        except KpiError:
            continue
    return sorted(found)


def parameters(places: Places) -> Iterator[Check]:
    """Read the parameters of every quarter, and see that what they name exists."""
    known = quarters(places.params)
    if not known:
        where = places.params.as_posix()
        yield Check("parameters", "broken", f"no quarter in {where}", "Name it with --params.")
        return
    for quarter in known:
        yield _one(f"parameters {quarter}", quarter, places)


def _one(subject: str, quarter: Quarter, places: Places) -> Check:
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
    files = sorted({source.file for source in params.report.sources.values() if source.file})
    missing = [file for file in files if not any(data.glob(file))]
    subject = f"extracts {params.quarter}"
    if missing:
        named = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if missing[3:] else "")
        remedy = "Draw them, or correct `file` of their sources."
        if params.report.synthetic:
            remedy = "kpi demo writes them."
        return Check(subject, "warning", f"not in the data folder: {named}", remedy)
    return Check(subject, "ok", f"{len(files)} files")


def key() -> Check:
    """See whether pseudonyms are the same from run to run."""
    from kpi.pseudonym_key import KEY_VARIABLE, is_in_environment

    if is_in_environment():
        return Check("pseudonym key", "ok", "set")
    return Check(
        "pseudonym key",
        "warning",
        f"{KEY_VARIABLE} is not set: each run draws a key and forgets it",
        "Figures are the same; set it where lists of two runs are to be compared.",
    )


def engine(places: Places) -> Check:
    """See that the engine answers."""
    from kpi.run import engine_in

    subject = "engine"
    try:
        with (
            tempfile.TemporaryDirectory() as folder,
            engine_in(Path(folder), places.engine) as backend,
        ):
            backend.raw_sql("SELECT 1")
            return Check(subject, "ok", str(backend.name))
    except KpiError as error:
        return broken(subject, error)
