"""What a notebook reads of its report, noted part by part: it need not run again for others.

A part is a field of run.json, a parameter, or a frame. `EVERYTHING` is noted where it cannot be
told what is read, and a notebook whose cells do more than show what the report gives counts as
having read everything: nobody sees what its own code opens.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, cast

from kpi.params.quarter_file import QuarterFile
from kpi.record import RUN_FILE, Run, payload, sha256_of

READS_VARIABLE = "KPI_READS"
"""Names the file into which a notebook's process writes what it reads."""
EVERYTHING = "everything"
_PARAMETERS = "parameters"
_MADE_OF = {"by_id": ("metrics",), "is_running": ("as_of", "quarter"),
            "page_languages": ("languages", "language")}  # fmt: skip
"""What is worked out from fields; of anything else that is asked of a record, nobody can tell."""

Note = Callable[[str], None]


def nobody_asks(_: str) -> None:
    """Note nothing."""


def noting() -> Note:
    """Return what notes a part that is read, each once, in the file that the environment names."""
    file = os.environ.get(READS_VARIABLE)
    if not file:
        return nobody_asks
    known: set[str] = set()

    def note(part: str) -> None:
        if part not in known:
            known.add(part)
            with Path(file).open("a", encoding="utf-8") as notes:
                notes.write(f"{part}\n")

    return note


def frame_part(name: str) -> str:
    """Return how a frame is noted."""
    return f"frame {name}"


class _Noted:
    """Stands in for a record, and notes which of its fields are asked for."""

    def __init__(self, record: Run | QuarterFile, note: Note, within: str = "") -> None:
        self._record, self._note, self._within = record, note, within

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._record, name)
        if isinstance(value, QuarterFile):
            return _Noted(value, self._note, f"{_PARAMETERS} ")
        for field in _MADE_OF.get(name, (name,)):
            is_field = field in type(self._record).model_fields
            self._note(f"{self._within}{field}" if is_field else EVERYTHING)
        return value


def noted(run: Run, note: Note) -> Run:
    """Return a record that notes which of its parts are read, where somebody asks."""
    if note is nobody_asks:
        return run
    return cast("Run", _Noted(run, note))


def reads_in(file: Path) -> tuple[str, ...]:
    """Return what a notebook's process noted; everything where it noted nothing."""
    found = set(file.read_text(encoding="utf-8").splitlines()) if file.is_file() else set()
    return (EVERYTHING,) if EVERYTHING in found or not found else tuple(sorted(found))


def parts_of(folder: Path) -> dict[str, str]:
    """Return the parts of a report before its notebooks are run, each with a checksum."""
    record = json.loads((payload(folder) / RUN_FILE).read_bytes())
    parameters = record.pop(_PARAMETERS, {})
    frames = {path.stem: sha256_of(path) for path in sorted(payload(folder).glob("*.parquet"))}
    parts = {
        **{name: _checksum(content) for name, content in record.items()},
        **{f"{_PARAMETERS} {name}": _checksum(content) for name, content in parameters.items()},
        **{frame_part(name): content for name, content in frames.items()},
    }
    return parts | {EVERYTHING: _checksum(parts)}


def _checksum(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def only_shows(cells: Iterable[str]) -> bool:
    """Tell whether cells of code do nothing but open the report and show what it gives.

    Examples:
        >>> only_shows(["from kpi.report import open_report", "report.targets()"])
        True
        >>> only_shows(["open('run.json').read()"])
        False
    """
    try:
        return all(_only_shows(line) for cell in cells for line in ast.parse(cell).body)
    except SyntaxError:
        return False


def _only_shows(line: ast.stmt) -> bool:
    match line:
        case ast.ImportFrom(module="kpi.report", names=[ast.alias("open_report", None)], level=0):
            return True
        case ast.AnnAssign(target=ast.Name("quarter" | "language"), value=ast.Constant()):
            return True
        case ast.Assign(targets=[ast.Name("report")], value=ast.Call(ast.Name("open_report"))):
            return _are_plain(line.value)
        case ast.Expr(value=ast.Call(ast.Attribute(ast.Name("report")))):
            return _are_plain(line.value)
    return False


def _are_plain(call: ast.expr) -> bool:
    """Tell whether a call is given nothing but constants, and what the notebook is run with."""
    if not isinstance(call, ast.Call):
        return False
    given = [*call.args, *(one.value for one in call.keywords)]
    names = {one.id for one in given if isinstance(one, ast.Name)}
    kinds = (ast.Constant, ast.Name)
    return names <= {"quarter", "language"} and all(isinstance(one, kinds) for one in given)
