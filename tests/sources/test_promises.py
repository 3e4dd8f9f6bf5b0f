"""What docs/sources.md promises is what the program knows: fields, signs, endings, limits."""

from __future__ import annotations

import re
from pathlib import Path

from kpi.definitions.reading import READINGS
from kpi.definitions.subject import ABOUT_A_TABLE_WORDS
from kpi.definitions.subjects import SUBJECTS
from kpi.params.quarter_file import Limits
from kpi.params.source import FileFormat, Source
from kpi.sources.csv_file import SEPARATORS
from kpi.sources.files import MOST_UNFOLDED, SPREADSHEETS
from kpi.sources.text import LONGEST_RECORD

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")


def test_all_of_a_format_is_described() -> None:
    """A row of the table for each of its fields."""
    rows = re.findall(r"^\| (`[a-z, `]+`) \|", PAGE, re.MULTILINE)
    assert {name for row in rows for name in re.findall("[a-z]+", row)} == set(
        FileFormat.model_fields
    )


def test_what_is_named_exists() -> None:
    """Rules and readings in brackets, and the keys of a source that steps and examples name."""
    rules = {rule.id for table in SUBJECTS.values() for rule in table.all_rules()}
    known = rules | {"value_set_aside", *READINGS, *ABOUT_A_TABLE_WORDS}
    named = set(re.findall(r"\(`([a-z_]+)`", PAGE)) | set(re.findall(r": `([a-z_]+)`\)", PAGE))
    assert len(named) > 5
    assert named - {"inputs"} <= known
    assert {"latest", "timezone", "widths", "values", "ends"} <= set(Source.model_fields)


def test_limits_are_the_usual_ones() -> None:
    """Those of the parameters, of a line and of a workbook."""
    usual = ", ".join(f"{name}: {value}" for name, value in Limits().model_dump().items())
    assert f"limits: {{{usual}}}" in PAGE
    assert f"at most {MOST_UNFOLDED // 10**9} GB" in PAGE
    assert LONGEST_RECORD == 2**20
    assert "at most 1 MiB" in PAGE


def test_kinds_of_files_and_signs() -> None:
    """Each ending and separator that is known is listed."""
    (files,) = re.findall(r"\*\*Files\*\*: (.*?)\.\s", PAGE, re.DOTALL)
    for ending in SPREADSHEETS:
        assert ending.lstrip(".") in files or ending == ".xlsm"
    (row,) = re.findall(r"^\| `separator` \|(.*)\|", PAGE, re.MULTILINE)
    written = {";": "`;`", ",": "`,`", "\t": "tab", "|": "`\\|`"}
    assert all(written[sign] in row for sign in SEPARATORS)
