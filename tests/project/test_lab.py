"""JupyterLab's root, and outputs of notebooks that never reach git."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from kpi.project.lab import clear_outputs_in_git, opened_at

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


def git(folder: Path, *arguments: str) -> str:
    command = [shutil.which("git") or "git", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def project(tmp_path) -> Path:
    """A repository with a folder of notebooks; skipped where there is no git."""
    if shutil.which("git") is None:
        pytest.skip("needs git")
    git(tmp_path, "init", "--quiet")
    (tmp_path / "notebooks" / "explore").mkdir(parents=True)
    return tmp_path


@pytest.mark.slow
def test_outputs_stay_in_the_file_and_never_reach_git(project):
    shown = new_output("display_data", data={"text/plain": "a citizen"})
    cells = [new_markdown_cell("Words"), new_code_cell("1 + 1", execution_count=3, outputs=[shown])]
    for name in ("a.ipynb", "explore/b.ipynb"):
        nbformat.write(new_notebook(cells=cells), project / "notebooks" / name)
    assert clear_outputs_in_git(project / "notebooks")
    assert clear_outputs_in_git(project / "notebooks")  # a second time changes nothing
    git(project, "add", ".")
    for name in ("a.ipynb", "explore/b.ipynb"):
        staged = git(project, "show", f":notebooks/{name}")
        assert "a citizen" not in staged
        assert '"execution_count": null' in staged
        assert "a citizen" in (project / "notebooks" / name).read_text("utf-8")
    lines = (project / ".git" / "info" / "attributes").read_text("utf-8").splitlines()
    assert lines.count("/notebooks/**/*.ipynb filter=kpi-outputs") == 1


@pytest.mark.slow
def test_the_notebooks_that_come_with_it_pass_unchanged(project):
    committee = project / "notebooks" / "committee.ipynb"
    shutil.copyfile(NOTEBOOKS / "committee.ipynb", committee)
    clear_outputs_in_git(project / "notebooks")
    git(project, "add", ".")
    assert git(project, "show", ":notebooks/committee.ipynb") == committee.read_text("utf-8")


def test_without_a_repository_nothing_is_set_up(tmp_path):
    assert not clear_outputs_in_git(tmp_path)


def test_it_opens_at_the_project_s_root_with_the_notebooks_in_sight(tmp_path, monkeypatch):
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path)
    options = [f"--ServerApp.root_dir={tmp_path}", "--LabApp.default_url=/lab/tree/notebooks"]
    assert opened_at(Path("notebooks"))[:2] == options
    elsewhere = tmp_path.parent / "elsewhere"
    assert opened_at(elsewhere)[0] == f"--ServerApp.root_dir={elsewhere}"
    assert "--LabApp.news_url=None" in opened_at(elsewhere), "nothing is asked outside"
