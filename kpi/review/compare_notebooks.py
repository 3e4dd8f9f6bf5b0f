"""What was changed in the notebooks of two reports, as nbdime finds it; outputs are left out."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kpi.light import light_imports
from kpi.notebooks.execute import INJECTED

Cells = tuple[int | None, int | None]
"""How many cells each has; null where it has no such notebook."""


def notebook_differences(before: Path, after: Path) -> Iterator[tuple[str, Cells, str]]:
    """Yield each notebook that differs: its name, the cells of both, and the changes as lines."""
    names = {path.name for folder in (before, after) for path in folder.glob("*.ipynb")}
    for name in sorted(names):
        books = [_source(folder / name) for folder in (before, after)]
        cells = _cells(books[0]), _cells(books[1])
        if None in books:
            yield name, cells, ""
        elif lines := _changes(*books):
            yield name, cells, lines


def _cells(book: Any) -> int | None:
    return None if book is None else len(book["cells"])


def _source(path: Path) -> Any:
    """Read a notebook as it was written: without outputs, counts and the run's own parameters."""
    with light_imports():
        import nbformat

    if not path.is_file():
        return None
    book: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    kept = [cell for cell in book["cells"] if INJECTED not in cell["metadata"].get("tags", ())]
    for cell in kept:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    book["cells"] = kept
    return book


def _changes(before: Any, after: Any) -> str:
    from nbdime.diffing.notebooks import diff_notebooks  # type: ignore[import-untyped]
    from nbdime.prettyprint import (  # type: ignore[import-untyped]
        PrettyPrintConfig,
        pretty_print_diff,
    )

    found = diff_notebooks(before, after)
    if not found:
        return ""
    out = io.StringIO()
    pretty_print_diff(before, found, "", PrettyPrintConfig(out=out, use_color=False))
    return out.getvalue().strip()
