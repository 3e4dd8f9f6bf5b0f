"""The tutorial runs from extract to page, and its metric stands in the report."""

from __future__ import annotations

from pathlib import Path

import nbclient
import nbformat
import pytest

from kpi.errors import ParameterError
from kpi.project.practice import Practice

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "notebooks" / "explore" / "tutorial.ipynb"


@pytest.fixture(scope="module")
def executed(tmp_path_factory) -> nbformat.NotebookNode:
    """The tutorial, executed in a folder of its own."""
    notebook = nbformat.read(TUTORIAL, as_version=4)
    [parameters] = [
        cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])
    ]
    copy = tmp_path_factory.mktemp("practice") / "copy"
    parameters.source += f"\nproject, folder = {str(ROOT)!r}, {str(copy)!r}"
    nbclient.execute(notebook, timeout=600)
    return notebook


def said(notebook: nbformat.NotebookNode) -> list[str]:
    """Give what each code cell printed or showed."""
    return [
        "".join(output.get("text") or output["data"]["text/plain"] for output in cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def test_every_command_ends_as_the_text_says(executed):
    ends = [
        int(line.removeprefix("[exit code ").removesuffix("]"))
        for text in said(executed)
        for line in text.splitlines()
        if line.startswith("[exit code ")
    ]
    renamed = 4
    assert ends == [0, 0, renamed, 0, 0, 0, 0]


def test_the_renamed_column_is_named_with_its_new_name(executed):
    [text] = [text for text in said(executed) if "[exit code 4]" in text]
    assert 'no column "Henvendt"' in text
    assert "Henvendelse" in text


def test_the_new_metric_has_figures(executed):
    assert "Offered within" in said(executed)[-1]
    assert "2019Q4" in said(executed)[-1].splitlines()[-1]


def test_no_error_stream_is_left(executed):
    streams = [
        output.text
        for cell in executed.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "stream" and output.name == "stderr"
    ]
    assert streams == []


def test_a_copy_is_made_of_a_project_and_nowhere_else(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ParameterError, match="none here"):
        Practice.make()
    with pytest.raises(ParameterError, match="no folder kpi"):
        Practice.make(str(tmp_path), str(tmp_path / "copy"))


def test_a_copy_goes_into_a_new_folder(tmp_path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ParameterError, match="not empty"):
        Practice.make(str(ROOT), str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_text_that_stands_twice_is_not_changed(tmp_path):
    (tmp_path / "a.yaml").write_text("x: 1\nx: 1\n", encoding="utf-8")
    with pytest.raises(ParameterError, match="2 times"):
        Practice(tmp_path).change("a.yaml", "x: 1", "x: 2")
