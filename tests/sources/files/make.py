"""Make bills.xls and bills.xlsb anew, where the rows of tests/sources/test_kinds.py change.

    pip install formulon; python tests/sources/files/make.py

Needs LibreOffice (soffice) for xls and formulon for xlsb, which nothing else here needs: hence the
files are kept.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from tests.sources.test_kinds import FILES, as_xlsx


def make() -> None:
    """Convert one workbook into both kinds."""
    import formulon  # type: ignore[import-not-found]

    with tempfile.TemporaryDirectory() as folder:
        workbook = Path(folder) / str(as_xlsx(Path(folder))["file"])
        subprocess.run(
            ["soffice", "--headless", "--convert-to", "xls", "--outdir", FILES, workbook],
            check=True,
        )
        with formulon.Workbook.load(workbook.read_bytes()) as book:
            written = book.save_as(formulon.WorkbookFormat.XLSB)
            (FILES / "bills.xlsb").write_bytes(written)


if __name__ == "__main__":
    make()
