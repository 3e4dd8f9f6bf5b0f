"""The command line: what it answers, and with what exit code."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from kpi.cli import cli, main
from kpi.cli.summary import show_findings, show_summary
from kpi.errors import KpiError, QualityError, missing_package
from kpi.publication.log import Log
from kpi.quality.report import Finding, QualityReport, TableReport
from tests.page.drawn_report import write_report
from tests.town import build_town


def run_main(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run the command as a user does and return its exit code."""
    monkeypatch.setattr(sys, "argv", ["kpi", *arguments])
    try:
        main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


def options(places: object) -> list[str]:
    """Return the options that say where a town's files are."""
    named = {"params": "params", "data": "data", "notebooks": "notebooks", "out": "reports"}
    return [f"--{option}={getattr(places, name)}" for option, name in named.items()]


def test_help_names_every_command() -> None:
    """Each with one line."""
    answer = CliRunner().invoke(cli, ["--help"]).output
    for command in cli.commands:
        assert f"  {command}" in answer


def test_the_catalogue_as_json() -> None:
    """Every metric has an id, a title and its definition in words."""
    listed = json.loads(CliRunner().invoke(cli, ["metrics", "--json"]).output)
    ids = [metric["id"] for metric in listed]
    assert ids[:2] == ["sound_case_processing", "good_service"]
    assert "payments_on_time" in ids
    plain = CliRunner().invoke(cli, ["metrics"]).output
    assert "payments_on_time" in plain


@pytest.mark.parametrize(
    ("break_it", "code", "message"),
    [
        ("quarter", 2, "2019Q4"),
        ("params", 2, "has no parameter file"),
        ("notebook", 2, "A project has the notebooks"),
        ("data folder", 2, "data folder exists"),
        ("rule", 2, "paid_without_date"),
        ("extract", 3, "no file bills.csv"),
        ("empty", 3, "never a zero"),
        ("column", 4, 'Did you mean "Paid"'),
        ("quiet quarter", 5, "no_rows_in_quarter"),
        ("targets", 6, "direction"),
    ],
)
def test_each_kind_of_error_has_its_exit_code(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    break_it: str,
    code: int,
    message: str,
) -> None:
    """No traceback, no person's number, nothing published, and the old report stays."""
    places = build_town(tmp_path)
    old = places.reports / "2019Q4"
    old.mkdir(parents=True)
    (old / "committee.en.html").write_text("old", encoding="utf-8")
    quarter = _break(break_it, tmp_path)
    assert run_main(monkeypatch, "run", quarter, *options(places)) == code
    shown = capsys.readouterr().err
    assert message in shown
    assert "Traceback" not in shown
    assert "0170-" not in shown
    assert [path.name for path in places.reports.glob("[!.]*/**/*")] == ["committee.en.html"]


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="cp1252")
    assert old in text
    path.write_text(text.replace(old, new), encoding="cp1252")


def _break(what: str, folder: Path) -> str:
    """Break one thing in a town and return the quarter to ask for."""
    bills, params = folder / "data" / "bills.csv", folder / "params" / "2019Q4.yaml"
    lines = bills.read_text(encoding="cp1252").splitlines()
    breaks: dict[str, Callable[[], object]] = {
        "notebook": (folder / "notebooks" / "committee.ipynb").unlink,
        "data folder": lambda: (folder / "data").rename(folder / "elsewhere"),
        "rule": lambda: _replace(
            params, "notebooks:", "rules: {bills: {paid_without_dat: stop}}\nnotebooks:"
        ),
        "extract": bills.unlink,
        "empty": lambda: bills.write_text(lines[0], encoding="cp1252"),
        "column": lambda: _replace(params, "paid_at: Paid", "paid_at: Payd"),
        "quiet quarter": lambda: bills.write_text("\n".join(lines[:41]), encoding="cp1252"),
        "targets": lambda: _replace(
            folder / "params" / "targets.yaml", "direction: at_least, ", ""
        ),
    }
    if what in breaks:
        breaks[what]()
    return {"quarter": "2019Q5", "params": "2019Q2"}.get(what, "2019Q4")


def test_every_kind_of_error_has_a_code_of_its_own() -> None:
    """So that a scheduler can tell them apart."""
    kinds = KpiError.__subclasses__()
    codes = {kind.exit_code for kind in kinds if kind.__module__ == "kpi.errors"}
    assert len(codes) == sum(kind.__module__ == "kpi.errors" for kind in kinds)


def test_it_is_started_as_a_module_too() -> None:
    """`python -m kpi` is the same command."""
    done = subprocess.run(
        [sys.executable, "-m", "kpi", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("kpi, version")


def test_check_says_how_each_extract_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was declared, and what was detected, also where a rule stops the check."""
    monkeypatch.setenv("COLUMNS", "200")
    places = build_town(tmp_path)
    file = places.params / "2019Q4.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace(' separator: ";",', ""), "utf-8")
    places_given = options(places)[:2]
    assert run_main(monkeypatch, "check", "2019Q4", *places_given) == 0
    said = capsys.readouterr().out
    assert "semicolons (detected); dates dd-mm-yyyy" in said
    bills = places.data / "bills.csv"
    bills.write_bytes(b"".join(bills.read_bytes().splitlines(keepends=True)[:41]))  # none of 2019Q4
    assert run_main(monkeypatch, "check", "2019Q4", *places_given) != 0
    assert "semicolons (detected)" in capsys.readouterr().out


def test_check_says_that_the_quarter_is_not_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The likeliest slip when a file is copied; the extracts themselves may be all right."""
    places = build_town(tmp_path)
    file = places.params / "2019Q4.yaml"
    written = file.read_text(encoding="utf-8")
    assert run_main(monkeypatch, "check", "2019Q4", *options(places)[:2]) == 0
    assert "Stops the approval" not in capsys.readouterr().out
    file.write_text(written.replace("as_of: 2020-01-15", "as_of: 2019-12-30"), "utf-8")
    assert run_main(monkeypatch, "check", "2019Q4", *options(places)[:2]) == 0
    said = capsys.readouterr().out
    assert "as_of 2019-12-30 lies before 2019-12-31" in said
    assert "Stops the approval of 2019Q4" in said


BROKEN = (
    Finding("a_note", "note", "A step has its time", 97, is_broken=True),
    Finding("doubt", "note", "Letters are whole", 5, is_broken=True, casts_doubt=True),
    Finding("aside", "set_aside", "A bill has its key", 3, is_broken=True),
    Finding("stop", "stop", "An extract has rows dated in the quarter", 0, is_broken=True),
    Finding("kept", "stop", "Every row has its table", 0, is_broken=False),
)


def found(*findings: Finding) -> QualityReport:
    """Return what a check of bills found: three rows of a hundred set aside."""
    table = TableReport("bills", 100, 97, 3, 40, 40, findings, reasons={"aside": 3})
    return QualityReport("2019Q4", (table,), None, pd.DataFrame(), {})


def test_a_check_tells_stops_first_then_what_moves_a_figure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And counts the rest in a line."""
    monkeypatch.setenv("COLUMNS", "200")
    show_findings(found(*BROKEN))
    said = capsys.readouterr().out
    places = [said.index(one.words) for one in (BROKEN[3], BROKEN[1], BROKEN[2])]
    assert places[0] == min(places)
    assert BROKEN[0].words not in said
    assert "1 other finding is noted; --all shows it." in said
    assert "100 rows read, 3 set aside" in said
    assert "Accepted" not in said


def test_a_check_tells_all_when_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was only noted, and the rows of each table; what was kept is no finding."""
    monkeypatch.setenv("COLUMNS", "200")
    show_findings(found(*BROKEN), everything=True)
    said = capsys.readouterr().out
    assert said.index(BROKEN[3].words) < said.index(BROKEN[0].words)
    assert "Accepted" in said
    assert BROKEN[4].words not in said
    assert "other finding" not in said


DRAWN = """
metric                       | period | n    | met | missed | unknown
payments_on_time             | 2019Q3 | 1000 | 990 | 10     |
payments_on_time             | 2019Q4 | 1000 | 900 | 100    |
conversations_within_10_days | 2019Q3 | 200  | 190 | 10     |
conversations_within_10_days | 2019Q4 | 239  | 230 | 9      |
"""
TABLE = {
    "table": "bills", "rows_read": 100, "rows_accepted": 97, "rows_set_aside": 3,
    "findings": [
        {"rule": one.rule, "severity": one.severity, "words": one.words, "rows": one.rows,
         "casts_doubt": one.casts_doubt}
        for one in BROKEN[:3]
    ],
}  # fmt: skip
COMMENT = {"payments_on_time": {"cause": "Illness.", "due": "2020-03-01"}}


def ending(folder: Path, capsys: pytest.CaptureFixture[str], **more: Any) -> str:
    """Return what a run says at its end."""
    quality = {"tables": [TABLE]}
    show_summary(write_report(folder / "2019Q4", DRAWN, language="da", quality=quality, **more))
    return capsys.readouterr().out


def test_a_run_ends_with_what_the_analyst_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What changed, rows set aside, doubts, and what is next; in English, whatever the page's."""
    monkeypatch.setenv("COLUMNS", "200")
    said = ending(tmp_path, capsys, comments=COMMENT)
    assert "Since 2019Q3:\n- Payments on time: met (99.0%), now not met (90.0%)" in said
    assert "Rows set aside: bills fewer than 5.\nThey are listed by: kpi set-aside 2019Q4" in said
    assert "bills: Letters are whole (5): the figures made of it may be wrong" in said
    assert "1 other finding is noted; kpi check 2019Q4 --all shows it." in said
    assert said.rstrip().endswith('Draft. Next: kpi approve 2019Q4 --as "INITIALS, ROLE"')
    assert "Stops the approval" not in said
    assert not {"mål", "nået", "kvartal"} & set(said.split())


def test_a_run_says_what_would_stop_its_approval(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A missing comment, texts of another quarter, a quarter that is not over."""
    agenda = {"title": "Targets of 2019Q3"}
    said = ending(tmp_path, capsys, agenda=agenda, as_of="2019-12-30")
    assert "as_of 2019-12-30 lies before 2019-12-31" in said
    assert "agenda.title names 2019Q3" in said
    assert said.rstrip().endswith("mend what stops its approval, then kpi run 2019Q4")
    missing = ending(tmp_path / "over", capsys)
    assert "no comment on payments_on_time" in missing


def test_a_missing_extra_is_named_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """JupyterLab is not part of the core; one who lacks it is told, without a traceback."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    required = ["pandas>=3", "jupyterlab>=4.5 ; extra == 'lab'"]
    monkeypatch.setattr(metadata, "requires", lambda _: required)
    assert run_main(monkeypatch, "lab", "2019Q4") == 8
    assert 'pip install "kpi[lab]"' in capsys.readouterr().err


def test_any_other_missing_module_is_no_matter_of_extras(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a fault of ours, which a traceback shows best."""
    monkeypatch.setattr(
        metadata, "requires", lambda _: ["simpy ; extra == 'simulate'", "tool ; extra == 'dev'"]
    )
    assert missing_package(ModuleNotFoundError(name="tool")) is None
    assert missing_package(ModuleNotFoundError(name="kpi.nowhere")) is None
    found = missing_package(ModuleNotFoundError(name="simpy.events"))
    assert found is not None
    assert "kpi[simulate]" in found.remedy


def test_no_control_character_reaches_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a name in an error, a note in the log, or a column of an extract."""
    places = build_town(tmp_path)
    log = Log(places.reports)
    log.add("approve", "2019Q4", content="c", by="ab, head", note="a\x1b[2J\u202eb")
    run_main(monkeypatch, "log", "--reports", str(places.reports))
    for extract in ("Nr;CPR\x1b[2J\n1;2\n", "Nr;CPR;Received\x1b]0;x\x07;Due\n1;2;3;4\n"):
        (places.data / "bills.csv").write_text(extract, encoding="utf-8")
        run_main(monkeypatch, "check", "2019Q4", *options(places))
    run_main(monkeypatch, "verify", "nothing\x1b[2J")
    shown = "".join(capsys.readouterr())
    assert "\\u001b[2J\\u202eb" in shown
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", shown)


def test_what_stops_a_run_stands_first_in_the_table_and_last_on_the_screen(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The table of findings may fill several screens; nobody should have to look for the reason."""
    findings = tuple(
        Finding(f"rule_{severity}", severity, f"A rule that is a {severity}", 1, is_broken=True)
        for severity in ("note", "set_aside", "stop")
    )
    tables = (TableReport("bills", 3, 2, 1, None, None, findings, reasons={"rule_set_aside": 1}),)
    error = QualityError("No figure is made of that.", "one rule")
    error.report = QualityReport("2019Q4", tables, None, pd.DataFrame(), {})  # type: ignore[attr-defined]
    monkeypatch.setattr("kpi.run.report_of", lambda *_: (_ for _ in ()).throw(error))
    monkeypatch.setattr(sys.stderr, "write", sys.stdout.write)
    assert run_main(monkeypatch, "lab", "2019Q4") == QualityError.exit_code
    shown = capfd.readouterr().out
    said = ["is a stop", "is a set_aside", "Stopped. No figure is made of that."]
    assert sorted(said, key=shown.index) == said
    assert "is a note" not in shown, "it is counted: kpi check --all shows it"
