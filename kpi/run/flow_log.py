"""`kpi flow`: any event log in, six tables, what is odd in it, and a page out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kpi.errors import RunError
from kpi.files import rows_folder
from kpi.language import Labels
from kpi.params import Source
from kpi.record import replacing, write_csv
from kpi.sources.event_log import LOG, LogColumns, LogRead, load_log

if TYPE_CHECKING:
    import pandas as pd

    from kpi.figures.flow import Clock, Flow


ALL_DAY = "00:00-24:00"
TABLES = ("transitions", "stages", "cases", "rework", "variants", "wip", "notes")


@dataclass(frozen=True)
class Office:
    """When the office works: its zone, its country's holidays, its hours and closing days."""

    timezone: str = "UTC"
    country: str = ""
    hours: str = ALL_DAY
    closed: tuple[dt.date, ...] = ()

    def clock(self) -> Clock:
        """Return the clock; ParameterError for a zone, country or hours that do not exist."""
        from kpi.figures.flow import Clock
        from kpi.office_hours import OfficeHours
        from kpi.periods import WorkCalendar

        closed = tuple((day, "closed") for day in self.closed)
        has_calendar = bool(self.country or closed)
        calendar = WorkCalendar(self.country, closed_once=closed) if has_calendar else None
        if calendar:
            _ = calendar.table
        hours = OfficeHours.parse(self.hours)
        return Clock(self.timezone, hours, calendar)


def measure_log(  # noqa: PLR0913 - what is read, how, and where it goes
    path: Path,
    columns: LogColumns,
    office: Office,
    target: Path,
    *,
    ends: Collection[str] = (),
    known: Collection[str] = (),
    written: Source | None = None,
    language: str = "en",
) -> LogRead:
    """Measure a log's flow; the folder `target` then has the tables as csv, and flow.html.

    How the log was read is returned. One of the tables has a row for each case: the owner alone can
    read the folder.

    `ends` are the activities that end a case; without them each case ends with its last event.
    `known` are the steps that there should be: others are noted.
    What was in the folder is replaced after success only.

    Raises:
        SourceError, ContractError: the log cannot be read, or a column is missing.
        ParameterError: office hours, zone, country or an ending activity that do not exist.
        RunError: the folder holds something else than an earlier result.
    """
    from kpi.engine import open_engine
    from kpi.figures.flow import Terms, flow
    from kpi.publication.flow_page import write_flow_page

    clock = office.clock()
    _see_replaceable(target)
    with (
        rows_folder() as folder,
        open_engine(folder / "log.duckdb") as backend,
        replacing(target, private=True) as work,
    ):
        read = load_log(backend, path, columns, written or Source(file=path.name))
        terms = Terms(ends=set(ends) or None, known=set(known) or None)
        found = flow(backend, backend.table(LOG), _for(clock, read), terms)
        for name, frame in frames_of(found, read).items():
            write_csv(frame, work / f"{name}.csv")
        write_flow_page(work / "flow.html", path.name, found, read, office, Labels(language))
    return read


def frames_of(found: Flow, read: LogRead | None = None) -> dict[str, pd.DataFrame]:
    """Return the tables of a flow by name: TABLES; what was odd in reading is among its notes."""
    frames = {name: getattr(found, name) for name in TABLES if name != "cases"}
    wip = found.wip.assign(date=found.wip["date"].dt.date)
    notes = frames["notes"]
    if read:
        import pandas as pd

        odd = [(one.reading, ", ".join(one.columns), one.rows) for one in read.doubts]
        odd += [("activity_written_alike", name, n) for name, n in read.spellings.items()]
        more = pd.DataFrame(odd, columns=list(notes.columns)).astype(notes.dtypes)
        notes = pd.concat([notes, more], ignore_index=True) if odd else notes
    return frames | {"cases": found.case_frame(), "wip": wip, "notes": notes}


def _for(clock: Clock, read: LogRead) -> Clock:
    from dataclasses import replace

    return replace(clock, local_timestamps=not read.has_offsets)


def _see_replaceable(target: Path) -> None:
    strange = target.is_file() or (
        target.is_dir() and any(target.iterdir()) and not (target / "flow.html").is_file()
    )
    if strange:
        raise RunError(
            "The folder of a log's flow is new, empty, or holds an earlier result.",
            f"something else in {target.name}",
            "Name another with --out.",
        )
