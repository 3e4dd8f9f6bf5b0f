"""Workbooks of the binary kinds xls and xlsb, read by calamine.

It gives an error such as #N/A as an empty cell, and nothing of formulas.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kpi.errors import SourceError
from kpi.sources.cells import Grid, Merged, Row, SheetName, Workbook
from kpi.sources.files import locked


class BinaryWorkbook(Workbook):
    """A workbook of the kind xls or xlsb."""

    sees_errors = False

    def __init__(self, path: Path) -> None:
        import python_calamine as calamine

        try:
            self._book: Any = calamine.CalamineWorkbook.from_path(path)
        except calamine.PasswordError:
            raise locked(path) from None
        except calamine.CalamineError:
            raise SourceError(
                f"{path.name} is a workbook that can be opened.",
                f"{path.name} is cut off or damaged",
                "Open it in the spreadsheet program and save it as xlsx, or draw it again.",
            ) from None
        visible = calamine.SheetVisibleEnum.Visible
        self.sheets = [
            SheetName(one.name, one.visible != visible)
            for one in self._book.sheets_metadata
            if one.typ == calamine.SheetTypeEnum.WorkSheet
        ]

    def grid(self, name: str) -> Grid:
        """Return the cells of a sheet."""
        sheet = self._book.get_sheet_by_name(name)
        rows = [
            Row(number, [None if cell == "" else cell for cell in cells])
            for number, cells in enumerate(sheet.to_python(skip_empty_area=False))
        ]
        merged = [Merged(*first, *last) for first, last in sheet.merged_cell_ranges or ()]
        return Grid(rows, merged)
