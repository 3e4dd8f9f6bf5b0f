"""Extracts drawn as text (see tests/drawn.py), as they are when they have been read.

Beside the contract's columns may be drawn: `unreadable`, `source_file` and the check of a person's
number. The first column names the rows in what the tests expect.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa

from kpi.definitions.subject import (
    CONTENT,
    PERSON_CHECK,
    SOURCE_FILE,
    STATE,
    UNREADABLE,
    Context,
    Subject,
)
from kpi.definitions.subjects import SUBJECTS
from kpi.engine import load_calendar
from kpi.quality.flags import FLAG, applicable_rules, store_flags
from tests.drawn import GREENLAND, drawn, small_engine

AS_OF = dt.date(2020, 1, 15)


def read(tables: Mapping[str, str], *, as_of: dt.date = AS_OF) -> tuple[Any, Context]:
    """Return a DuckDB connection with `read_<table>` for each drawn table, and the context."""
    backend = small_engine()
    load_calendar(backend, GREENLAND)
    for name, text in tables.items():
        backend.create_table(f"read_{name}", as_read(name, text))
    named = {name: backend.table(f"read_{name}") for name in tables}
    return backend, Context(as_of, backend.table("calendar"), named, "956")


def as_read(name: str, text: str) -> pa.Table:
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    header, *rows = lines
    extra = {SOURCE_FILE: f"{name}.csv", UNREADABLE: ""}
    if SUBJECTS[name].person:
        extra[f"{SUBJECTS[name].person}{PERSON_CHECK}"] = ""
    declared = [place for place, column in enumerate(header) if column not in extra]
    table = drawn(name, "\n".join("|".join(line[place] for place in declared) for line in lines))
    for column, default in extra.items():
        cells = [row[header.index(column)] if column in header else default for row in rows]
        table = table.append_column(column, pa.array(cells, pa.string()))
    if SUBJECTS[name].key:
        contents = [tuple(line[place] for place in declared) for line in rows]
        numbers = pa.array([contents.index(one) for one in contents], pa.int64())
        table = table.append_column(CONTENT, numbers)
        table = table.append_column(STATE, pa.array([0] * len(rows), pa.int64()))
    return table


def breaking(
    rule: str,
    table: str,
    text: str,
    *,
    known_steps: Any = None,
    contract: Subject | None = None,
    **others: str,
) -> set[str]:
    """Return which drawn rows break a rule, by their first cell."""
    subject = contract or SUBJECTS[table]
    backend, context = read({table: text, **others})
    context = replace(context, known_steps=known_steps or {})
    rules, _ = applicable_rules(subject, context)
    store_flags(backend, subject, [one for one in rules if one.id == rule], context)
    flags = backend.table(f"flags_{table}")
    numbers = backend.execute(flags.filter(flags[FLAG + rule]).row_no)
    first_cells = [line.split("|")[0].strip() for line in text.strip().splitlines()[1:]]
    return {first_cells[number - 1] for number in numbers}
