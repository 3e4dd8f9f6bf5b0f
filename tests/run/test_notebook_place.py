"""A notebook of a report sees disclosed results only; the record says if it is as committed."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from kpi.errors import RunError
from kpi.periods import Period
from kpi.publication.obstacles import blocks, warnings
from kpi.record import payload, read_run, used_notebooks
from kpi.run import Places, run
from kpi.run.notebook_place import notebook_place, seen
from kpi.sources.pseudonyms import KEY_VARIABLE
from tests.publication.drawn import draw_report
from tests.town import build_town, notebook

QUARTER = Period(2019, 4)
LOOKS_AROUND = """
import os, json
from pathlib import Path
from kpi.report import open_report
report = open_report(quarter)
here = Path.cwd()
print(json.dumps({
    "here": str(here),
    "helper": __import__("helper").ANSWER,
    "beside": sorted(path.name for path in here.iterdir()),
    "above": [str(path) for path in here.parent.rglob("*") if path.is_file()],
    "environment": dict(os.environ),
    "extracts": [str(path) for folder in here.parents for path in folder.glob("data/*.csv")],
}))
"""


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A town, with a module beside its notebook, and a list of persons that lies there, too."""
    places = build_town(tmp_path)
    (places.notebooks / "helper.py").write_text("ANSWER = 42", encoding="utf-8")
    (places.notebooks / "persons.csv").write_text("0101701234", encoding="utf-8")
    return places


def write(places: Places, *cells: str) -> None:
    """Write the committee's notebook."""
    (places.notebooks / "committee.ipynb").write_text(notebook(*cells), encoding="utf-8")


def told(places: Places) -> dict[str, object]:
    """Run the notebook that looks around alone, and return what it saw."""
    from kpi.record import replacing
    from kpi.report import FOLDER_VARIABLE
    from kpi.run.notebooks import Execution, run_notebooks

    book = places.notebooks / "committee.ipynb"
    report = draw_report(places.reports)
    with notebook_place(report, places.notebooks) as place, replacing(places.reports / "x") as out:
        one = Execution(book, {"quarter": "2019Q4", "language": "en"}, "book", place.folder)
        run_notebooks([one], out, {FOLDER_VARIABLE: str(place.report)}, 1, lambda _: None)
        executed = json.loads((out / "book.ipynb").read_text(encoding="utf-8"))
    outputs = [output for cell in executed["cells"] for output in cell.get("outputs", ())]
    found: dict[str, object] = json.loads("".join(outputs[-1]["text"]))
    return found


def test_nothing_leads_from_a_notebook_to_an_extract(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither its folder, nor a variable; what it needs is there."""
    monkeypatch.setenv(KEY_VARIABLE, "a key that nobody guesses")
    monkeypatch.setenv("LEDGER_PASSWORD", "correct-horse")
    monkeypatch.setenv("PWD", str(places.data))
    write(places, LOOKS_AROUND)
    saw = told(places)
    assert (saw["helper"], saw["beside"], saw["extracts"]) == (42, ["helper.py"], [])
    above = saw["above"]
    assert isinstance(above, list)
    assert any(name.endswith("2019Q4/data/results.parquet") for name in above)
    assert not [name for name in above if "office" in name or "persons" in name]
    environment = json.dumps(saw["environment"])
    for secret in ("nobody guesses", "correct-horse", str(places.data), str(places.reports)):
        assert secret not in environment


@pytest.mark.slow
def test_a_cell_that_reads_an_extract_stops_the_run(places: Places) -> None:
    """Before, its breakdown of cases was published."""
    write(places, "import pandas as pd", "pd.read_csv('../data/bills.csv', sep=';').CPR.head()")
    with pytest.raises(RunError, match="sees disclosed results") as caught:
        run(QUARTER, places, lambda _: None)
    assert "FileNotFoundError in code cell" in str(caught.value)
    assert not (places.reports / "2019Q4").exists()


def test_the_record_says_which_notebooks_are_as_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changed, new and ignored ones are not, whatever git is told to assume of them."""
    for name in ("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME", "GIT_AUTHOR_EMAIL"):
        monkeypatch.setenv(name, "kpi")
    monkeypatch.setenv("GIT_COMMITTER_EMAIL", "kpi")
    folder = tmp_path / "notebooks"
    folder.mkdir()
    names = ("same", "changed", "hidden", "new", "ignored")
    for name in names[:3]:
        (folder / f"{name}.ipynb").write_text(notebook("1"), encoding="utf-8")
    assert [one.is_committed for one in used_notebooks(folder, names[:3])] == [None] * 3
    (tmp_path / ".gitignore").write_text("ignored.ipynb\n", encoding="utf-8")
    for command in ("init -q", "add -A", "commit -qm x"):
        subprocess.run(["git", "-C", str(tmp_path), *command.split()], check=True)
    for name in names[1:]:
        (folder / f"{name}.ipynb").write_text(notebook("2"), encoding="utf-8")
    hide = ["update-index", "--assume-unchanged", "notebooks/hidden.ipynb"]
    subprocess.run(["git", "-C", str(tmp_path), *hide], check=True)
    used = used_notebooks(folder, names)
    assert [one.is_committed for one in used] == [True, False, False, False, False]
    assert all(len(one.sha256) == 64 for one in used)


def test_a_changed_notebook_is_told_to_whoever_approves(tmp_path: Path) -> None:
    """And stands in the way where the parameters ask for committed code."""
    used = [{"name": "committee", "sha256": "0", "is_committed": False}]
    folder = draw_report(tmp_path / "reports", run={"notebooks": used})
    assert any("committee.ipynb" in words for words in warnings(folder))
    folder = draw_report(
        tmp_path / "reports", run={"notebooks": used}, approval={"committed_code": True}
    )
    assert "Commit them, then kpi run 2019Q4." in [block.remedy for block in blocks(folder)]


@pytest.mark.slow
def test_a_run_records_its_notebooks(places: Places) -> None:
    """By name and checksum."""
    write(places, "from kpi.report import open_report", "open_report(quarter).facts.quarter;")
    folder = run(QUARTER, places, lambda _: None)
    assert [one.name for one in read_run(folder).notebooks] == ["committee"]
    assert "KPI_REPORT_FOLDER" not in str(list(payload(folder).iterdir()))


def test_variables_that_a_library_needs_are_there() -> None:
    """And no others."""
    kept = {"PATH": "a", "lc_all": "b", "PYTHONPATH": "c", "OMP_NUM_THREADS": "1"}
    others = {"PWD": "d", "OLDPWD": "e", "KPI_ENGINE": "f", "AWS_SECRET_ACCESS_KEY": "g"}
    assert seen(kept | others) == kept
    assert set(seen(os.environ)) <= set(os.environ)
