"""The commands that the documentation shows run as they are written, in one small project."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click
import pytest

from kpi.cli import cli, main
from tests.test_shown_commands import SHOWN
from tests.town import HEADER, QUARTER_FILE, bill, build_town

COMMENT = "comments: {payments_on_time: {cause: Approval takes long.}}\n"
LOG = "C,A,T\n1,received,2024-01-05 09:00:00\n1,paid,2024-01-08 10:00:00\n"
ORDER = (
    "kpi completion bash",
    "kpi metrics",
    "kpi doctor",
    "kpi docs",
    "kpi docs definitions",
    "kpi check 2019Q4",
    "kpi run 2018Q1..2019Q4 --jobs 2",
    "kpi run 2019Q4",
    "kpi compare 2019Q3 2019Q4",
    "kpi set-aside 2019Q4 --to xlsx",
    "kpi export 2019Q4 --to pdf,docx,xlsx",
    'kpi approve 2019Q4 --as "ab, head"',
    "kpi withdraw",
    'kpi approve 2019Q4 --as "ab, head" --note "..."',
    "kpi publish 2019Q4 --to FOLDER",
    "kpi compare 2019Q4 --with published",
    "kpi verify 2019Q4",
    "kpi site",
    "kpi log",
    "kpi log --check",
    "kpi dictionary",
    "kpi translate kl",
    "kpi flow LOG.csv --case C --activity A --timestamp T --out DIR",
    "kpi what-if payments_on_time --target 0.9 --quarters 2018Q1..2019Q4",
    "kpi new-quarter 2020Q1",
    "kpi remind 2020Q1",
    "kpi check 2020Q1",
)
"""In the order of a quarter's work: each command finds what those before it left."""

SMALLER = {"2018Q1..2019Q4": "2019Q3..2019Q4"}
"""What the small project has less of."""
COMPLETED = {"kpi withdraw": 'kpi withdraw 2019Q4 --as "ab, head" --note "..."'}

ELSEWHERE = {
    "kpi demo": "tests/kpi_demo: a whole municipality takes a minute",
    "kpi init": "tests/project/test_init.py begins projects and runs them",
    "kpi run 2025Q4": "tests/project/test_init.py: the example of a new project",
    "kpi lab": "tests/project/test_lab.py: JupyterLab does not end by itself",
    "kpi check 2019Q4 --watch": "tests/run/test_watch.py: it does not end by itself",
    "kpi run 2019Q4 --engine": "tests/engine/: needs a server",
    "kpi run 2019Q4 --label-anyway": "tests/run/test_label_anyway.py: needs a broken stop rule",
    "kpi run 2019Q4 --units": "tests/run/test_batch.py: needs a file for each unit",
    "kpi run 2019-03": "tests/test_periods.py: a project reports about one kind of period",
    "kpi run 2011Q2": "tests/test_examples.py: public data that lie beside the project",
    "kpi run 2011Q4": "tests/test_examples.py: public data that lie beside the project",
    "kpi run 2017Q2": "tests/test_examples.py: public data that lie beside the project",
    "kpi run 2018/19": "tests/test_examples.py: public data that lie beside the project",
    "kpi run 2018Q3": "tests/test_examples.py: public data that lie beside the project",
    "kpi run 2019Q4 --params": "tests/test_examples.py: public data that lie beside the project",
    'kpi approve 2019Q4 --as "ab, head" --sign': "tests/publication/test_signature.py: needs a key",
    "kpi translate de --refresh": "tests/language/test_further_language.py: needs a new language",
    "kpi new-metric": "tests/project/test_new_metric.py: it asks",
    "kpi what-if --hours 6": "tests/simulate/: needs a limit in hours",
    "kpi simulate": "tests/simulate/: needs many quarters of conversations and of stages",
}
"""What does not run here, by how it begins, and where it is tried."""


def is_only_named(command: str) -> bool:
    """Tell a command whose name is mentioned without what it asks for."""
    words = shlex.split(command, comments=True)[1:]
    found: click.Command = cli
    while words and isinstance(found, click.Group) and words[0] in found.commands:
        found = found.commands[words.pop(0)]
    return not words and any(one.required for one in found.params)


def test_each_command_that_is_shown_runs_here_or_is_tried_elsewhere():
    shown = {" ".join(command.partition("#")[0].split()) for _, command in SHOWN}
    left = {one for one in shown - set(ORDER) if not is_only_named(one)}
    assert sorted(one for one in left if not one.startswith(tuple(ELSEWHERE))) == []
    assert [one for one in ORDER if one not in shown] == []
    assert [one for one in ELSEWHERE if not any(other.startswith(one) for other in left)] == []


def begin_project(folder: Path) -> None:
    """Write a town whose two quarters can be approved, and an event log beside it."""
    places = build_town(folder)
    fourth = QUARTER_FILE + COMMENT + f"archive: {folder / 'FOLDER'}\n"
    third = QUARTER_FILE.replace("2019Q4", "2019Q3").replace("2020-01-15", "2019-10-15")
    (places.params / "2019Q4.yaml").write_text(fourth, encoding="utf-8")
    (places.params / "2019Q3.yaml").write_text(third, encoding="utf-8")
    with (places.data / "bills.csv").open("a", encoding="utf-8", newline="") as file:
        file.write(bill(80, 11, 10) + "\r\n")  # set aside: its number has been there
    (folder / "LOG.csv").write_text(LOG, encoding="utf-8")


def run_shown(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    """Run a command as a shell would, and fail with the command where it does."""
    words = [SMALLER.get(word, word) for word in shlex.split(COMPLETED.get(command, command))]
    monkeypatch.setattr(sys, "argv", words)
    code: object = 0
    try:
        main()
    except SystemExit as stop:
        code = stop.code
    assert not code, command


def draw_next_extract(data: Path) -> None:
    """Put the extract where the new quarter's file asks for it."""
    lines = [HEADER, *(bill(number, 2, 10) for number in range(1, 41))]
    (data / "2020Q1").mkdir()
    text = "\r\n".join(lines).replace("-2019", "-2020")
    (data / "2020Q1" / "bills.csv").write_text(f"{text}\r\n", encoding="cp1252", newline="")


@pytest.mark.slow
def test_the_commands_run_as_they_are_shown(tmp_path, monkeypatch, capsys):
    begin_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    for command in ORDER:
        if command == "kpi check 2020Q1":
            draw_next_extract(tmp_path / "data")
        run_shown(monkeypatch, command)
    assert (tmp_path / "FOLDER").is_dir()
