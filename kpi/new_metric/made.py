"""The files that a new metric brings: its definition and its spec test, as source."""

from __future__ import annotations

import datetime as dt
import textwrap
from pathlib import Path

import jinja2

from kpi.new_metric.answers import Answers, table_of
from kpi.new_metric.edits import constant_of

_CLASSES = {"share": "Timed", "count": "Counted", "duration": "Duration"}
_UNITS = {"share": "share", "count": "count", "duration": "days"}
_WIDTH = 100
_START = dt.date(2019, 11, 4)  # a Monday; no holiday in the weeks after it
_DAYS_A_WEEK = {"calendar_days": 7, "working_days": 5}


def definition_of(answers: Answers) -> str:
    """Return the source of the module that defines a metric."""
    table = table_of(answers.table)
    return _filled(
        "definition.py.j2",
        answers=answers,
        constant=constant_of(answers.name),
        kind=_CLASSES[answers.kind],
        unit=_UNITS[answers.kind],
        population=f"rows_of_{answers.name}",
        title=_quoted(answers.title, "    title=", "        "),
        words=_quoted(answers.words, "    words=", "    "),
        docstring=_docstring(f"Rows of {table.name}: narrow them down to those that count."),
        heading=_docstring(answers.title.replace("{", "").replace("}", "") + "."),
    )


def spec_test_of(answers: Answers) -> str:
    """Return the source of a metric's spec test: drawn rows and the expected outcomes."""
    table = table_of(answers.table)
    last = _last_day(answers)
    return _filled(
        "spec_test.py.j2",
        answers=answers,
        key=table.key[0],
        first=_START,
        last=last,
        after=last + dt.timedelta(days=1 if last.weekday() < 4 else 3),
        width=len("limit passed"),
        heading=_docstring(answers.title.replace("{", "").replace("}", "") + ": what counts."),
    )


def _last_day(answers: Answers) -> dt.date:
    days = answers.days or 0
    if answers.unit == "calendar_days":
        return _START + dt.timedelta(days=days)
    weeks, rest = divmod(days, _DAYS_A_WEEK["working_days"])
    return _START + dt.timedelta(days=7 * weeks + rest)


def _quoted(text: str, before: str, indent: str) -> str:
    """Write a text as adjacent string literals, none beyond the line's width."""
    room = _WIDTH - len(before) - len('" ",')
    lines = textwrap.wrap(text, room, drop_whitespace=False, break_long_words=False)
    return f"\n{indent}".join(_literal(line) for line in lines)


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\")
    if '"' in text and "'" not in text:
        return f"'{escaped}'"
    return '"' + escaped.replace('"', '\\"') + '"'


def _docstring(text: str) -> str:
    return textwrap.shorten(
        text.replace('"', "'").replace("\\", ""), _WIDTH - 20, placeholder=" ..."
    )


def _filled(template: str, **values: object) -> str:
    loader = jinja2.FileSystemLoader(Path(__file__).parent / "templates", encoding="utf-8")
    environment = jinja2.Environment(  # noqa: S701 - Python source, not a page
        loader=loader,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(**values)
