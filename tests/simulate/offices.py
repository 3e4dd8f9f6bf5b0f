"""Two small offices whose work is regular, so that what a change does can be told beforehand."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kpi.periods import WorkCalendar
from kpi.run import Places
from kpi.simulate.days import Workdays

DAYS = Workdays.of(WorkCalendar("GL"))
PARAMETERS = """
quarter: 2019Q4
as_of: 2020-01-31
history_from: 2018Q4
language: en
organisation: {{name: An office, person_numbers: any}}
calendar: {{country: GL, timezone: America/Nuuk}}
disclosure: {{hide_persons_below: {threshold}}}
sources:
  {table}:
    file: extract.csv
    format: {{date: "%Y-%m-%d"}}
    columns: {{{columns}}}
    constants: {{{constants}}}
notebooks: []
"""
BILLS = "bill_id citizen received_at due_at approved_at paid_at"
CONVERSATIONS = "conversation_id citizen contact_at ordered_at offered_at held_at"
ON_TIME = """
metrics:
  payments_on_time:
    counting: [{due: {column: due_at}, quarter_by: due}]
    targets: [{direction: at_least, value: 0.95}]
"""
IN_TEN_DAYS = """
metrics:
  conversations_within_10_days:
    counting: [{due: {days: 10, unit: calendar_days}, quarter_by: stop}]
    targets: [{direction: at_least, value: 0.9}]
"""


def payment_office(folder: Path, *, weekly_from: str = "2019-10-01", threshold: int = 0) -> Places:
    """One bill a working day, approved the day after, due five days after receipt.

    Paid the working day after approval; from a day on, on the next Thursday only, so that those
    received from Wednesday to Friday are late.
    """
    rows: list[tuple[object, ...]] = []
    for place in _places("2018-10-01", "2019-12-31"):
        received = DAYS.dates[place]
        ready = place + 2
        if DAYS.dates[ready] >= np.datetime64(weekly_from):
            ready += (3 - DAYS.weekdays[ready]) % 5
        due = received + np.timedelta64(5, "D")
        rows.append(
            (place, 70_000 + place, received, due, DAYS.dates[place + 1], DAYS.dates[ready])
        )
    return _written(folder, ("bills", BILLS, "kind: bill", ON_TIME), rows, threshold)


def front_desk(folder: Path) -> Places:
    """Four contacts a working day, each held on the next."""
    rows: list[tuple[object, ...]] = []
    for place in _places("2018-10-01", "2020-01-10"):
        contact, held = DAYS.dates[place], DAYS.dates[place + 1]
        numbers = range(4 * place, 4 * place + 4)
        rows += [(number, number, contact, contact, held, held) for number in numbers]
    constants = "kind: booked, status: held"
    return _written(folder, ("conversations", CONVERSATIONS, constants, IN_TEN_DAYS), rows, 0)


def _places(first: str, last: str) -> range:
    ends = DAYS.at_or_after(np.array([first, last], dtype="datetime64[D]"))
    return range(int(ends[0]), int(ends[1]))


def _written(
    folder: Path, office: tuple[str, str, str, str], rows: list[tuple[object, ...]], threshold: int
) -> Places:
    table, names, constants, targets = office
    places = Places(params=folder / "params", data=folder / "data")
    places.params.mkdir()
    places.data.mkdir()
    columns = ", ".join(f"{name}: {name}" for name in names.split())
    text = PARAMETERS.format(table=table, columns=columns, constants=constants, threshold=threshold)
    (places.params / "2019Q4.yaml").write_text(text, encoding="utf-8")
    (places.params / "targets.yaml").write_text(targets, encoding="utf-8")
    lines = [",".join(names.split()), *(",".join(map(str, row)) for row in rows)]
    (places.data / "extract.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return places
