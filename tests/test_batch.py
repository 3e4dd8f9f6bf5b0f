"""Notebooks that fail, hang, lack a parameter or carry what they should not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kpi import batch
from kpi.batch import Execution, find_notebooks, in_languages, run_notebooks
from kpi.errors import ParameterError, RunError
from tests.town import notebook

PARAMETERS = {"quarter": "2019Q4", "language": "da"}


def run(folder: Path, *books: str) -> list[str]:
    """Run notebooks by their contents; return the names of the finished ones."""
    paths = []
    for number, book in enumerate(books):
        paths.append(folder / f"book{number}.ipynb")
        paths[-1].write_text(book, encoding="utf-8")
    finished: list[str] = []
    planned = [Execution(path, PARAMETERS, path.stem) for path in paths]
    run_notebooks(planned, folder / "out", {"KPI_TEST": "42"}, 2, finished.append)
    return finished


def test_notebooks_run_with_parameters_and_leave_no_trace(tmp_path: Path) -> None:
    """The parameters arrive; no time, path or note of the runner stays."""
    book = notebook("import os", "print(quarter, language, os.environ['KPI_TEST'])")
    assert sorted(run(tmp_path, book, book)) == ["book0", "book1"]
    text = (tmp_path / "out" / "book0.ipynb").read_text(encoding="utf-8")
    outputs = [cell["outputs"] for cell in json.loads(text)["cells"] if cell["source"]]
    assert "2019Q4 da 42" in str(outputs[-1])
    assert text == (tmp_path / "out" / "book1.ipynb").read_text(encoding="utf-8")
    assert "papermill" not in text
    assert str(tmp_path) not in text


def test_a_cell_that_raises(tmp_path: Path) -> None:
    """The error names notebook, cell and kind, and nothing of what the cell had in hand."""
    book = notebook("name = 'Jensen'", "raise ValueError(name)")
    with pytest.raises(RunError, match="book0") as caught:
        run(tmp_path, book)
    assert "ValueError" in str(caught.value)
    assert "Jensen" not in str(caught.value)


def test_an_error_of_ours_keeps_its_remedy(tmp_path: Path) -> None:
    """It is written for the user and holds no data."""
    book = notebook("from kpi.report import open_report", "open_report('2019Q9')")
    with pytest.raises(RunError, match="Write the quarter as 2019Q4"):
        run(tmp_path, book)


def test_an_undeclared_parameter_is_refused(tmp_path: Path) -> None:
    """Papermill alone would warn and run."""
    book = notebook("1", parameters='quater: str = ""')
    with pytest.raises(ParameterError, match='Did you mean "quater"'):
        run(tmp_path, book)


def test_a_dead_kernel(tmp_path: Path) -> None:
    """It is told, not waited for."""
    with pytest.raises(RunError, match="book0"):
        run(tmp_path, notebook("import os", "os._exit(1)"))


def test_a_notebook_that_is_not_there(tmp_path: Path) -> None:
    """The error names those there are."""
    (tmp_path / "committee.ipynb").write_text(notebook(), encoding="utf-8")
    with pytest.raises(ParameterError, match='Did you mean "committee"'):
        find_notebooks(tmp_path, ("comittee",))


def test_only_the_committee_s_notebook_runs_in_each_language() -> None:
    """Others are for the administration, in its own language."""
    planned = in_languages([Path("02_targets.ipynb"), Path("committee.ipynb")], "2019Q4", "da",
                           ["da", "en"])  # fmt: skip
    assert [(one.name, one.parameters["language"]) for one in planned] == [
        ("02_targets", "da"),
        ("committee.da", "da"),
        ("committee.en", "en"),
    ]


def test_a_cell_may_take_minutes_not_hours() -> None:
    """A hanging notebook ends by itself."""
    assert 60 <= batch.CELL_SECONDS <= 3600
