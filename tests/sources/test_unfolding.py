"""A workbook is measured before it is unpacked: a small file may unfold to more than the memory."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from kpi.errors import SourceError
from kpi.sources import files
from kpi.sources.files import kind_of


def folded(path: Path, rows: int) -> Path:
    """Write what looks like a workbook and holds nothing but blanks."""
    part = {".ods": "content.xml", ".xlsx": "xl/worksheets/sheet1.xml"}[path.suffix]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(part, b" " * rows)
    return path


@pytest.mark.parametrize("name", ["bills.xlsx", "bills.ods"])
def test_a_workbook_that_unfolds_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """With its size before and after, and what else to do."""
    monkeypatch.setattr(files, "MOST_UNFOLDED", 2 * 10**9 - 1)
    path = tmp_path / name
    folded(path, 10**6)
    assert kind_of(path) == "sheet"
    monkeypatch.setattr(files, "MOST_UNFOLDED", 10**6 - 1)
    with pytest.raises(SourceError) as caught:
        kind_of(path)
    assert f"{name} of 0.000 GB unfolds to 0.0 GB" in str(caught.value)
    assert "draw it as csv or Parquet" in str(caught.value)


def test_the_limit_is_what_a_large_sheet_needs() -> None:
    """A million rows of twenty columns, at about 100 bytes a cell."""
    assert files.MOST_UNFOLDED == 10**6 * 20 * 100
