"""Notebooks hold words and calls of `kpi.report`; figures and arithmetic are made elsewhere.

A notebook that may be exported is clean in git, takes its parameters from one cell, and is short
enough to be read. notebooks/explore/ is for looking at cases and is never exported: there only
outputs are forbidden, because they would carry rows about persons into git.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from kpi.report import Report

MOST_LINES_OF_A_CELL = 5
MOST_LINES_OF_A_NOTEBOOK = 40

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
NOTEBOOKS = sorted(
    path for path in FOLDER.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts
)
EXPORTED = [path for path in NOTEBOOKS if (FOLDER / "explore") not in path.parents]

FORBIDDEN = {
    ast.FunctionDef: "a function",
    ast.AsyncFunctionDef: "a function",
    ast.Lambda: "a function",
    ast.ClassDef: "a class",
    ast.For: "a loop",
    ast.AsyncFor: "a loop",
    ast.While: "a loop",
    ast.comprehension: "a loop",
    ast.BinOp: "arithmetic",
    ast.AugAssign: "arithmetic",
}
FORBIDDEN_CALLS = {"groupby", "merge", "open", "eval", "exec", "__import__"}


def unclean(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Say what a notebook has that does not belong in git."""
    for number, cell in enumerate(notebook.cells, 1):
        if cell.get("outputs"):
            yield f"cell {number} has outputs"
        if cell.get("execution_count") is not None:
            yield f"cell {number} has an execution count"


def unlike_the_others(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Say what keeps papermill, a diff or a reader from taking a notebook like all others."""
    cells = notebook.cells
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        yield "the kernel is not named python3"
    if len({cell.get("id") for cell in cells} - {None}) != len(cells):
        yield "cells lack an id of their own"
    if not cells or cells[0].cell_type != "markdown" or not cells[0].source.startswith("# "):
        yield "the first cell is not a title"
    tagged = [cell for cell in cells if _is_parameters(cell)]
    if len(tagged) != 1:
        yield f"{len(tagged)} cells are tagged parameters, not one"
    if tagged and tagged[0] is not _code_cells(notebook)[0]:
        yield "the parameters are not the first code cell"


def too_clever(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Say where a notebook does what belongs in the package."""
    cells = _code_cells(notebook)
    sizes = [len(_code_lines(cell)) for cell in cells]
    if sum(sizes) > MOST_LINES_OF_A_NOTEBOOK:
        yield f"{sum(sizes)} lines of code, more than {MOST_LINES_OF_A_NOTEBOOK}"
    for cell, size in zip(cells, sizes, strict=True):
        first = next(iter(_code_lines(cell)), "")
        if size > MOST_LINES_OF_A_CELL and not _is_parameters(cell):
            yield f"{size} lines in one cell, more than {MOST_LINES_OF_A_CELL}: {first}"
        try:
            tree = ast.parse(cell.source)
        except SyntaxError:
            yield f"not plain Python: {first}"
            continue
        for node in ast.walk(tree):
            yield from (f"{what}: {first}" for what in _forbidden(node))


def numbered(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Say where a figure stands in a text, where no result will ever change it."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            prose = re.sub(r"`[^`]*`|\]\([^)]*\)|<[^>]*>", "", cell.source)
            yield from (f"a figure in a text: {line}" for line in re.findall(r".*\d.*", prose))


def unknown(notebook: nbformat.NotebookNode) -> Iterator[str]:
    """Say what a notebook asks of a report, or of a module of the package, that these lack."""
    known: dict[str, object] = {"report": Report}
    for cell in _code_cells(notebook):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.ImportFrom) and node.module == "kpi":
                known |= {one.name: import_module(f"kpi.{one.name}") for one in node.names}
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                of = known.get(node.value.id)
                if of is not None and not hasattr(of, node.attr):
                    yield f"no {node.value.id}.{node.attr}"


RULES = (unclean, unlike_the_others, too_clever, numbered)


def _forbidden(node: ast.AST) -> Iterator[str]:
    for kind, what in FORBIDDEN.items():
        if isinstance(node, kind):
            yield what
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func).rpartition(".")[2]
        if called in FORBIDDEN_CALLS:
            yield f"{called}()"
    if isinstance(node, ast.Import):
        yield from (f"import of {a.name}" for a in node.names if a.name != "kpi.report")
    if isinstance(node, ast.ImportFrom):
        names = {f"{node.module}.{alias.name}" for alias in node.names}
        if node.module != "kpi.report" and names != {"kpi.report"}:
            yield f"import from {node.module}"


def _code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _code_lines(cell: nbformat.NotebookNode) -> list[str]:
    lines = (line.strip() for line in cell.source.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _is_parameters(cell: nbformat.NotebookNode) -> bool:
    return "parameters" in cell.metadata.get("tags", [])


def _read(path: Path) -> nbformat.NotebookNode:
    notebook: nbformat.NotebookNode = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    return notebook


def test_there_are_notebooks():
    assert EXPORTED != []


@pytest.mark.parametrize("path", EXPORTED, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_notebook_keeps_the_rules(path):
    notebook = _read(path)
    assert [problem for rule in RULES for problem in rule(notebook)] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_notebook_has_no_outputs_in_git(path):
    assert list(unclean(_read(path))) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_notebook_asks_for_what_there_is(path):
    assert list(unknown(_read(path))) == []


@pytest.mark.parametrize(
    "code", ["report.paymnts()", "from kpi import simulate\nsimulate.past_ways_of('x')"]
)
def test_what_a_notebook_asks_in_vain_is_found(notebook, code):
    notebook.cells[-1].source = code
    assert len(list(unknown(notebook))) == 1


@pytest.fixture
def notebook() -> nbformat.NotebookNode:
    made: nbformat.NotebookNode = new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        cells=[
            new_markdown_cell("# Payments\n\nWhat was paid on time, from `2019Q4`?"),
            new_code_cell('quarter: str = ""  # such as 2019Q4', metadata={"tags": ["parameters"]}),
            new_code_cell("from kpi.report import Report\n\nreport = Report(quarter)"),
            new_code_cell('report.table("payments", rows=-5)'),
        ],
    )
    return made


def test_a_notebook_as_it_should_be_has_no_problem(notebook):
    assert [problem for rule in RULES for problem in rule(notebook)] == []


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("def share(a): return a", "a function: def share(a): return a"),
        ("key = lambda row: row", "a function: key = lambda row: row"),
        ("for row in rows: row", "a loop: for row in rows: row"),
        ("[row for row in rows]", "a loop: [row for row in rows]"),
        ("met / due", "arithmetic: met / due"),
        ("met += due", "arithmetic: met += due"),
        ("rows.groupby('unit')", "groupby(): rows.groupby('unit')"),
        ("rows.merge(others)", "merge(): rows.merge(others)"),
        ("open('cases.csv')", "open(): open('cases.csv')"),
        ("import pandas", "import of pandas: import pandas"),
        ("from kpi import store", "import from kpi: from kpi import store"),
        ("%matplotlib inline", "not plain Python: %matplotlib inline"),
        ("a\nb\nc\nd\ne\nf", "6 lines in one cell, more than 5: a"),
    ],
)
def test_code_that_belongs_in_the_package_is_found(notebook, code, problem):
    notebook.cells.append(new_code_cell(code))
    assert list(too_clever(notebook)) == [problem]


def test_a_long_notebook_is_found(notebook):
    notebook.cells += [new_code_cell("a\nb\nc\nd\ne") for _ in range(8)]
    assert list(too_clever(notebook)) == ["44 lines of code, more than 40"]


def test_a_figure_in_a_text_is_found(notebook):
    notebook.cells.append(new_markdown_cell("Better than last year:\nnow 85 per cent."))
    assert list(numbered(notebook)) == ["a figure in a text: now 85 per cent."]


def test_what_running_left_behind_is_found(notebook):
    notebook.cells[2].execution_count = 1
    notebook.cells[3].outputs = [nbformat.v4.new_output("stream", text="a row")]
    assert list(unclean(notebook)) == ["cell 3 has an execution count", "cell 4 has outputs"]


def test_a_notebook_unlike_the_others_is_found(notebook):
    notebook.metadata.kernelspec.name = "conda-env-kpi"
    notebook.cells[0].source = "Payments"
    notebook.cells[3].id = notebook.cells[2].id
    notebook.cells[3].metadata.tags = ["parameters"]
    notebook.cells.insert(1, new_code_cell("quarter"))
    assert list(unlike_the_others(notebook)) == [
        "the kernel is not named python3",
        "cells lack an id of their own",
        "the first cell is not a title",
        "2 cells are tagged parameters, not one",
        "the parameters are not the first code cell",
    ]
