"""Notebooks that fail, hang, lack a parameter or carry what they should not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from kpi import processes
from kpi.errors import ParameterError, RunError
from kpi.run import notebooks
from kpi.run.notebook_place import find_notebooks
from kpi.run.notebooks import Execution, in_languages, run_notebooks
from tests.town import notebook

PARAMETERS = {"quarter": "2019Q4", "language": "da"}


def run(folder: Path, *books: str, **how: Any) -> list[str]:
    """Run notebooks by their contents; return the names of the finished ones."""
    paths = []
    for number, book in enumerate(books):
        paths.append(folder / f"book{number}.ipynb")
        paths[-1].write_text(book, encoding="utf-8")
    finished: list[str] = []
    planned = [Execution(path, PARAMETERS, path.stem) for path in paths]
    run_notebooks(planned, folder / "out", {"KPI_TEST": "42"}, 2, finished.append, **how)
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
    with pytest.raises(RunError, match="Write 2019Q4"):
        run(tmp_path, book)


def test_an_undeclared_parameter_is_refused(tmp_path: Path) -> None:
    """Papermill alone would warn and run."""
    book = notebook("1", parameters='quater: str = ""')
    with pytest.raises(ParameterError, match='Did you mean "quater"'):
        run(tmp_path, book)


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_notebook_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is stopped with its kernel after its time; the error says how far it came.

    The time is over as soon as the last but one of its cells is done.
    """
    kernel = tmp_path / "kernel"
    book = notebook(
        f"import os, pathlib\npathlib.Path({str(kernel)!r}).write_text(str(os.getpid()))",
        "import time\ntime.sleep(600)",
    )
    heard: list[int] = []
    clock = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: clock() + (60 if 3 in heard else 0))
    with pytest.raises(RunError, match="notebook_minutes") as caught:
        run(tmp_path, book, minutes=0.5, cell=lambda _, done, __: heard.append(done))
    assert "book0 was still running after 3 of 4 cells" in str(caught.value)
    with pytest.raises(ProcessLookupError):
        _wait_for_the_end(int(kernel.read_text()))


def _wait_for_the_end(process: int) -> None:
    for _ in range(200):
        os.kill(process, 0)
        time.sleep(0.1)


@pytest.mark.slow
def test_a_broken_catalogue_does_not_stop_what_prepares_kernels() -> None:
    """The notebook that needs those words says what is broken; the others run."""
    code = """
import kpi.language.catalogue as catalogue
from kpi.errors import ExportError
def broken(language):
    raise ExportError("a catalogue is a gettext file", language, "restore it")
catalogue.read_catalogue = broken
import kpi.run.kernel
import kpi.report
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


@pytest.mark.skipif(sys.platform == "win32", reason="there, kernels listen on ports")
def test_kernels_listen_where_no_other_can_want_to(tmp_path: Path) -> None:
    """In a folder of this run alone, gone at its end; a port could be taken by someone else."""
    code = "import json\nfrom ipykernel import get_connection_info\n"
    code += "told = json.loads(get_connection_info())\nprint(told['transport'], told['ip'])"
    run(tmp_path, notebook(code), notebook(code))
    places = set()
    for name in ("book0", "book1"):
        text = (tmp_path / "out" / f"{name}.ipynb").read_text(encoding="utf-8")
        outputs = [cell["outputs"] for cell in json.loads(text)["cells"] if cell["source"]]
        transport, place = "".join(outputs[-1][0]["text"]).split()
        assert transport == "ipc"
        assert not Path(place).parent.exists()
        places.add(place)
    assert len(places) == 2


def test_cells_are_counted(tmp_path: Path) -> None:
    """With the cell of parameters and the one that papermill adds."""
    heard: list[tuple[str, int, int]] = []
    run(tmp_path, notebook("1"), cell=lambda *told: heard.append(told))
    assert heard == [("book0", 1, 3), ("book0", 2, 3), ("book0", 3, 3)]


@pytest.mark.slow
@pytest.mark.skipif(not processes.CAN_FORK, reason="this system starts every kernel anew")
def test_a_forked_kernel_writes_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Byte for byte, with outputs of every kind, where it starts and what it imports included."""
    book = notebook(
        "import os, sys\nprint(os.getcwd(), __name__, sys.argv[1:2])",
        "from IPython.display import HTML, SVG\nHTML('<b>1</b>')",
        "from kpi.page.charts.svg import *\nquarter",
        "import pandas as pd\npd.DataFrame({'a': [1.5]})",
        "import matplotlib\nprint(matplotlib.get_backend(), os.environ.get('MPLBACKEND'))",
        # a kernel of its own leaves a mark of its debugger
        "own = {'_', 'PYDEVD_USE_FRAME_EVAL'}",
        "print(sorted(os.environ.keys() - own), sys.flags.hash_randomization)",
    )
    (tmp_path / "a").mkdir()
    for is_forked in (True, False):
        monkeypatch.setattr(notebooks, "CAN_FORK", is_forked)
        run(tmp_path / "a", book)
        (tmp_path / "a" / "out" / "book0.ipynb").rename(tmp_path / f"{is_forked}.ipynb")
    written = [(tmp_path / f"{how}.ipynb").read_text(encoding="utf-8") for how in (True, False)]
    assert written[0] == written[1]


@pytest.mark.slow
def test_a_kernel_that_nobody_took_ends_with_its_process(tmp_path: Path) -> None:
    """A parameter is refused before the kernel begins: nothing waits for it then."""
    code = f"""
import pathlib
from kpi.errors import ParameterError
from kpi.processes import end_at_once
from tests.test_notebooks import run
from tests.town import notebook
try:
    run(pathlib.Path({str(tmp_path)!r}), notebook("1", parameters='quater: str = ""'))
except ParameterError:
    end_at_once(0)
"""
    root = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, timeout=60, check=True)
    assert done.returncode == 0
