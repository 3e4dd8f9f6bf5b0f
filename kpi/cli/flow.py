"""The command about any event log: flow."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kpi.cli.options import FOLDER, cli, say

if TYPE_CHECKING:
    from kpi.sources.event_log import LogRead


_DAY = click.DateTime(["%Y-%m-%d"])
_FILE = click.Path(dir_okay=False, path_type=Path)


@cli.command()
@click.argument("log", type=_FILE)
@click.option("--case", required=True, help="Column of the case.")
@click.option("--activity", required=True, help="Column of the activity.")
@click.option("--timestamp", required=True, help="Column of the timestamp.")
@click.option("--sequence", default="", help="Column that orders events at the same instant.")
@click.option("--end", "ends", multiple=True, help="An activity that ends a case; may be repeated.")
@click.option("--step", "known", multiple=True, help="A step there should be; may be repeated.")
@click.option("--timezone", default="UTC", show_default=True, help="Zone of the office hours.")
@click.option("--country", default="", help="Country whose public holidays are closed: NL.")
@click.option("--closed", multiple=True, type=_DAY, help="A closing day; may be repeated.")
@click.option(
    "--hours",
    default="00:00-24:00",
    show_default=True,
    help='Office hours, Monday to Friday, or by weekday: "mon-thu 09:00-15:00, fri 09:00-12:00".',
)
@click.option("--separator", default="", help="Between the columns of a csv; else detected.")
@click.option("--encoding", default="", help="Of a csv; else detected.")
@click.option(
    "--quote",
    type=click.Choice(['"', "'", "none"]),
    default='"',
    show_default=True,
    help="Around texts of a csv; none: a quotation mark is a letter like others.",
)
@click.option(
    "--date",
    "date",
    multiple=True,
    help='How timestamps are written, as "%m/%d/%Y %H:%M"; may be repeated. Else detected.',
)
@click.option(
    "--lang",
    "--language",
    "language",
    type=click.Choice(["da", "en"]),
    default="en",
    help="Of the page.",
)
@click.option("--out", type=FOLDER, required=True, help="Folder of the tables and flow.html.")
def flow(  # noqa: PLR0913, PLR0917 - what is asked for on the command line
    log: Path,
    out: Path,
    ends: tuple[str, ...],
    known: tuple[str, ...],
    closed: tuple[dt.datetime, ...],
    date: tuple[str, ...],
    language: str,
    **given: str,
) -> None:
    """Measure how cases flow through the steps of an event log (csv, parquet, workbook).

    Writes transitions, stages, cases, rework, variants, wip and notes (what is odd in the log) as
    csv, and a page, flow.html. Business time is counted in the office hours of working days.
    """
    from kpi.params import Source
    from kpi.run.flow_log import Office, measure_log
    from kpi.sources.event_log import LogColumns

    columns, office, written = (
        {name: given[name] for name in names}
        for names in (
            ("case", "activity", "timestamp", "sequence"),
            ("timezone", "country", "hours"),
            ("separator", "encoding", "quote"),
        )
    )
    read = measure_log(
        log,
        LogColumns(**columns),
        Office(**office, closed=tuple(day.date() for day in closed)),
        out,
        ends=ends,
        known=known,
        written=Source.model_validate({"file": log.name, "format": {**written, "date": date}}),
        language=language,
    )
    _say_dialect(read)
    say((out / "flow.html").as_posix())


def _say_dialect(read: LogRead) -> None:
    """Say how the log was read, where that was detected."""
    from kpi.definitions.reading import READINGS
    from kpi.language import Labels
    from kpi.page.methods import written_words

    if read.detected:
        say(f"Read as {written_words(Labels('en'), read)}.")
    for doubt in read.doubts:
        reading = READINGS[doubt.reading]
        listed = f" ({', '.join(doubt.columns)}: {doubt.rows})" if doubt.columns else ""
        say(f"Not kept: {reading.words}{listed}. {reading.remedy}", fg="yellow")
