"""A small town with a few bills, for tests of whole runs."""

from __future__ import annotations

from pathlib import Path

import nbformat

from kpi.run import Places

QUARTER_FILE = """
quarter: 2019Q4
as_of: 2020-01-15
history_from: 2019Q3
language: en
organisation: {name: A small town}
calendar: {country: GL, timezone: America/Nuuk}
sources:
  bills:
    file: bills.csv
    format: {encoding: cp1252, separator: ";", date: "%d-%m-%Y"}
    columns:
      bill_id: Nr
      citizen: CPR
      received_at: Received
      due_at: Due
      approved_at: Approved
      paid_at: Paid
      is_paid: Is paid
    constants: {kind: bill}
notebooks: [committee]
forms: [html]
"""
TARGETS_FILE = """
metrics:
  payments_on_time:
    counting:
      - {due: {column: due_at}, quarter_by: due}
    targets:
      - {direction: at_least, value: 0.95}
"""
HEADER = "Nr;CPR;Received;Due;Approved;Paid;Is paid"


def bill(number: int, month: int, paid_day: int | None) -> str:
    """Return a bill received on the 1st and due on the 20th of a month of 2019."""
    paid = f"{paid_day:02d}-{month:02d}-2019" if paid_day else ""
    person = f"{number % 28 + 1:02d}0170-{1000 + number}"
    received, due, approved = (f"{day:02d}-{month:02d}-2019" for day in (1, 20, 2))
    return f"{number};{person};{received};{due};{approved};{paid};{'Ja' if paid else 'Nej'}"


def bills() -> str:
    """Return 40 bills of 2019Q3, all on time, and 40 of 2019Q4, of which 10 late."""
    third = [bill(number, 8, 10) for number in range(1, 41)]
    fourth = [bill(number, 11, 10 if number > 50 else 25) for number in range(41, 81)]
    return "\r\n".join([HEADER, *third, *fourth]) + "\r\n"


def notebook(*cells: str, parameters: str = 'quarter: str = ""\nlanguage: str = ""') -> str:
    """Return a notebook with a cell of parameters and the given cells of code."""
    book = nbformat.v4.new_notebook()
    first = nbformat.v4.new_code_cell(parameters)
    first["metadata"]["tags"] = ["parameters"]
    rest = [nbformat.v4.new_code_cell(cell) for cell in cells]
    book["cells"] = [first, *rest]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book["metadata"] = {"kernelspec": kernel, "language_info": {"name": "python"}}
    written: str = nbformat.writes(book)
    return written


def build_town(folder: Path) -> Places:
    """Write the town's parameters, bills and one notebook; return where they are."""
    places = Places(folder / "params", folder / "data", folder / "notebooks", folder / "reports")
    for place in (places.params, places.data, places.notebooks):
        place.mkdir()
    (places.params / "2019Q4.yaml").write_text(QUARTER_FILE, encoding="utf-8")
    (places.params / "targets.yaml").write_text(TARGETS_FILE, encoding="utf-8")
    (places.data / "bills.csv").write_text(bills(), encoding="cp1252", newline="")
    committee = notebook(
        "from kpi.report import open_report", "open_report(quarter).facts.quarter;"
    )
    (places.notebooks / "committee.ipynb").write_text(committee, encoding="utf-8")
    return places
