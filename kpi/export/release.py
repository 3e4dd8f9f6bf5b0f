"""Forms of a report that is there: made aside, read by the gate, then put in their place."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from kpi.errors import ExportError
from kpi.export.crew import crew
from kpi.export.forms import Forms, Progress, files_of, make_forms, pages_of
from kpi.export.gate import inspect
from kpi.params.quarter_file import Form
from kpi.store import not_writable


def release_forms(
    folder: Path,
    forms: Sequence[Form],
    languages: Sequence[str],
    progress: Progress,
    at_once: int = 1,
) -> Forms:
    """Make forms of a report's folder; none takes its place before the gate has read them all.

    The pages themselves are read by the gate, too, and stay as they are. So many forms are made and
    read `at_once`, if there are as many.
    """
    pages = pages_of(folder, languages)
    try:
        work = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise not_writable(error, "Free it, then export again.") from None
    try:
        with crew(min(at_once, files_of(forms, len(pages)))) as workers:
            found = make_forms(folder, forms, languages, work, progress, workers)
            for page in pages if "html" in forms else []:
                shutil.copyfile(page, work / page.name)
            progress("gate")
            inspect(work, papers=folder, workers=workers)
        for path in sorted(work.iterdir()):
            _put(path, folder / path.name)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    shown = pages if "html" in forms else []
    return Forms([*shown, *(folder / path.name for path in found.made)], found.missing)


def _put(path: Path, target: Path) -> None:
    try:
        if target.is_dir():
            shutil.rmtree(target)
        path.replace(target)
    except OSError as error:
        raise ExportError(
            "A form takes the place of the one that was there.",
            f"{target.name}: {error.strerror or 'an error of the file system'}",
            "Close it if it is open in Word, Excel or a reader, then export again.",
        ) from None
