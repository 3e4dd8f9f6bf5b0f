"""Imports point down the flow, and each heavy library has one owner.

The flow is LAYERS, lowest first. A module may import what stands before it: lower layers, and of
its own layer what is named earlier. Inside a package (kpi/figures/, say) modules import each other
freely, but nothing imports in a circle. Imports for type checkers only keep to the flow as well,
and need not heed the owners, for they load nothing.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from kpi.definitions.catalogue import SHIPPED

LAYERS = (
    "errors periods office_hours files processes",
    "language definitions params engine record",
    "sources quality",
    "figures",
    "disclosure",
    "page report",
    "publication",
    "run simulate project cli __main__",
)
FLOW = " ".join(LAYERS).split()

# The synthetic municipality makes extracts and knows nothing of what becomes of them.
DEMO = {*LAYERS[0].split(), *LAYERS[1].split()}

OWNERS = {
    "babel": "language publication.translation",
    "charset_normalizer": "sources",
    "docx": "publication",
    "great_expectations": "quality",
    "holidays": "periods",
    "ibis": "engine sources definitions figures quality",
    "keyring": "engine.passwords",
    "markdown_it": "page.prose",
    "matplotlib": "page.charts project.doctor",
    "nbconvert": "publication",
    "nbdime": "publication",
    "nh3": "page.prose",
    "networkx": "page.charts",
    "papermill": "run",
    "pyarrow": "record sources",
    "python_calamine": "sources",
    "resvg_py": "publication",
    "rich": "cli",
    "simpy": "simulate",
    "sqlalchemy": "quality sources",
    "statsmodels": "figures",
    "tinyhtml5": "publication",
    "weasyprint": "project.doctor publication",
    "xlsxwriter": "publication files",
}

# `kpi --help` must not wait for these.
HEAVY = {*OWNERS, "duckdb", "jupyter_client", "nbclient", "numpy", "openpyxl", "pandas"} - {"rich"}

PACKAGE = Path(__file__).resolve().parent.parent / "kpi"


@dataclass(frozen=True)
class Import:
    """One imported name, and where: `lazy` inside a function, `typing` for type checkers only."""

    importer: str
    target: str
    line: int
    lazy: bool = False
    typing: bool = False

    def __str__(self) -> str:
        return f"{self.importer}:{self.line} imports {self.target}"

    @property
    def library(self) -> str:
        return self.target.partition(".")[0]


def modules() -> dict[str, Path]:
    """Name the modules of the package: kpi, kpi.errors, kpi.figures, kpi.figures.cases, ..."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports_of(source: str, importer: str, known: set[str], package: str) -> Iterator[Import]:
    """Read the imports of a module's source; `package` is what its relative imports start from."""

    def walk(node: ast.AST, *, lazy: bool, typing: bool) -> Iterator[Import]:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for target in _targets(node, known, package):
                yield Import(importer, target, node.lineno, lazy, typing)
        inside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        guarded = node.body if isinstance(node, ast.If) and _is_type_checking(node.test) else []
        for child in ast.iter_child_nodes(node):
            yield from walk(child, lazy=lazy or inside, typing=typing or child in guarded)

    yield from walk(ast.parse(source), lazy=False, typing=False)


def _targets(node: ast.Import | ast.ImportFrom, known: set[str], package: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    origin = node.module or ""
    if node.level:
        base = package.rsplit(".", node.level - 1)[0]
        origin = f"{base}.{origin}".rstrip(".")
    full = [f"{origin}.{alias.name}" for alias in node.names]
    yield from sorted({name if name in known else origin for name in full})


def _is_type_checking(test: ast.expr) -> bool:
    return ast.unparse(test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


@cache
def all_imports() -> list[Import]:
    files = modules()
    return [
        found
        for name, path in files.items()
        for found in imports_of(
            path.read_text(encoding="utf-8"),
            name,
            set(files),
            name if path.name == "__init__.py" else name.rpartition(".")[0],
        )
    ]


def unit(module: str) -> str:
    """Name the part of the flow that a module belongs to; the bare package belongs to none."""
    return ".".join(module.split(".")[1:2])


def against_the_flow(found: Import) -> bool:
    importer, target = unit(found.importer), unit(found.target)
    if found.library != "kpi" or importer == target or not target:
        return False
    if not importer or target not in FLOW or importer not in FLOW:
        return True
    return FLOW.index(target) > FLOW.index(importer)


def without_owner(found: Import) -> bool:
    owners = OWNERS.get(found.library, "").split()
    name = found.importer.removeprefix("kpi.")
    owned = any(fnmatch(name, owner) or fnmatch(name, f"{owner}.*") for owner in owners)
    return bool(owners) and not owned and not found.typing


def test_every_module_has_its_place_in_the_flow():
    strangers = sorted({unit(name) for name in modules()} - {"", *FLOW})
    assert [f"say where {name} stands in the flow (LAYERS)" for name in strangers] == []


def test_imports_point_down_the_flow():
    assert [str(found) for found in all_imports() if against_the_flow(found)] == []


def test_each_heavy_library_has_one_owner():
    lost = filter(without_owner, all_imports())
    assert [f"{found}, owned by {OWNERS[found.library]}" for found in lost] == []


def test_nothing_imports_in_a_circle():
    graph: dict[str, set[str]] = {}
    for found in all_imports():
        if found.library == "kpi" and not found.typing:
            graph.setdefault(found.importer, set()).add(found.target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail("imported in a circle: " + " <- ".join(error.args[1]))


def test_the_synthetic_municipality_knows_nothing_of_what_becomes_of_its_extracts():
    demo = PACKAGE.parent / "data" / "kpi_demo"
    known = set(modules())
    found = [
        one
        for path in sorted(demo.glob("*.py"))
        for one in imports_of(path.read_text(encoding="utf-8"), "kpi_demo", known, "kpi_demo")
    ]
    assert found
    strange = [one for one in found if one.library == "kpi" and unit(one.target) not in DEMO]
    assert [str(one) for one in strange] == []


def test_the_command_line_loads_heavy_libraries_only_where_it_uses_them():
    eager = [
        str(found)
        for found in all_imports()
        if unit(found.importer) in {"cli", "__main__"}
        and found.library in HEAVY
        and not (found.lazy or found.typing)
    ]
    assert eager == []


def test_the_command_line_starts_without_the_slowest_libraries():
    slowest = "great_expectations matplotlib nbconvert papermill sqlalchemy statsmodels"
    code = f"import sys, kpi.cli; print(*sorted(set({slowest.split()}) & set(sys.modules)))"
    command = [sys.executable, "-c", code]
    started = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (started.returncode, started.stdout.split()) == (0, []), started.stderr


# The machinery that reads declarations, and what it must not know by name.
MACHINERY = "figures disclosure page publication run simulate cli/simulate.py report.py record.py"
STEPS = {step for one in SHIPPED.subjects.values() if one.steps for step in one.steps.order}
DECLARED = {*SHIPPED.subjects, *SHIPPED.metrics, *(f"{step}_at" for step in STEPS)}
PLACES = {"dkk", "kroner", "krone", "eur", "usd", "gbp", "greenland", "denmark", "amount_dkk"}
OTHERWISE = {
    ("publication/index.py", "approved"),
    ("figures/outlook.py", "decided"),
    ("page/doubt.py", "decided"),
}
"""A page is approved, too, and a case is decided when its outcome is known."""


def machinery() -> list[Path]:
    files = [PACKAGE / name for name in MACHINERY.split()]
    return sorted(
        path
        for one in files
        for path in ([one] if one.suffix else [*one.rglob("*.py"), *one.rglob("*.j2")])
    )


def words_of(source: str) -> Iterator[str]:
    """Yield what code names: its names and attributes, and the words of its texts."""
    tree = ast.parse(source)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) not in docstrings:
                yield from words_in(node.value)
        elif isinstance(node, ast.Name | ast.Attribute):
            yield from _named(node.id if isinstance(node, ast.Name) else node.attr)
        elif isinstance(node, ast.keyword | ast.arg):
            yield from _named(node.arg or "")


def _named(name: str) -> Iterator[str]:
    """Yield a name of the code; the name of a step is an everyday word there."""
    yield from {name.lower()} - STEPS


def words_in(text: str) -> Iterator[str]:
    """Yield the words of a text, and the text itself if it is one of the steps."""
    yield from (word for word in re.findall(r"\w+", text.lower()) if word not in STEPS)
    if text in STEPS:
        yield text


@pytest.mark.parametrize("path", machinery(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_the_machinery_knows_no_subject_metric_step_currency_or_country(path):
    source, name = path.read_text(encoding="utf-8"), path.relative_to(PACKAGE).as_posix()
    words = set(words_of(source) if path.suffix == ".py" else words_in(source))
    known = words & (DECLARED | STEPS | PLACES)
    assert sorted(word for word in known if (name, word) not in OTHERWISE) == []


@pytest.mark.parametrize(
    "source",
    ["PAYMENTS = 'payments_on_time'", "rows.paid_at", "def f(*, amount_dkk): ...",
     "labels('{n} kroner')", "steps['sent']", "read(bills=1)"],
)  # fmt: skip
def test_names_that_leaked_are_found(source):
    assert set(words_of(source)) & (DECLARED | STEPS | PLACES)


@pytest.mark.parametrize(
    ("importer", "source", "broken"),
    [
        ("kpi.figures.cases", "from kpi.definitions.subjects import bills", False),
        ("kpi.periods", "from kpi.errors import KpiError", False),
        ("kpi.figures.control_charts", "from kpi.figures import flow", False),
        ("kpi.figures.control_charts", "from . import flow", False),
        ("kpi.cli", "from kpi import __version__", False),
        ("kpi.errors", "from kpi.periods import Quarter", True),
        ("kpi.figures.cases", "from kpi import report", True),
        ("kpi.figures.cases", "def f():\n    import kpi.report", True),
        ("kpi.figures.cases", "if TYPE_CHECKING:\n    from kpi.report import Report", True),
        ("kpi.figures.control_charts", "from ..report import Report", True),
        ("kpi", "from kpi.errors import KpiError", True),
        ("kpi.helpers", "from kpi.errors import KpiError", True),
    ],
)
def test_the_flow_is_read_from_source(importer, source, broken):
    known = {
        "kpi",
        "kpi.errors",
        "kpi.figures.flow",
        "kpi.report",
        "kpi.definitions.subjects.bills",
    }
    found = list(imports_of(source, importer, known, importer.rpartition(".")[0]))
    assert [against_the_flow(one) for one in found] == [broken]


@pytest.mark.parametrize(
    ("importer", "source", "broken"),
    [
        ("kpi.quality.suite", "import great_expectations as gx", False),
        ("kpi.page.charts.control", "from matplotlib.figure import Figure", False),
        ("kpi.page.charts", "import matplotlib.pyplot as plt", False),
        ("kpi.page.targets", "def draw():\n    from matplotlib import pyplot", True),
        ("kpi.cli", "import papermill", True),
        ("kpi.disclosure", "import ibis", True),
        ("kpi.disclosure", "if TYPE_CHECKING:\n    import ibis", False),
        ("kpi.run", "import json", False),
    ],
)
def test_owners_are_read_from_source(importer, source, broken):
    found = list(imports_of(source, importer, set(), importer.rpartition(".")[0]))
    assert [without_owner(one) for one in found] == [broken]
