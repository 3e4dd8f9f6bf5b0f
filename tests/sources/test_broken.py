"""Broken extracts: each is explained in words that can be forwarded, and nothing is published."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kpi.cli import main
from kpi.definitions.reading import READING_WORDS
from kpi.definitions.rules import UNREADABLE_WORDS
from kpi.definitions.subjects import SUBJECTS
from tests.sources.broken.databases import (
    PASSWORD,
    POSTGRES,
    SQLITE,
    VARIABLE,
    WRONG,
    fill_postgres,
)
from tests.sources.broken.files import FILES
from tests.sources.broken.rows import ROWS
from tests.sources.broken.texts import TEXTS
from tests.sources.broken.town import Broken, Town, build, secrets

RULES = {rule.id: rule.words for rule in SUBJECTS["bills"].all_rules()}
WORDS = RULES | READING_WORDS | UNREADABLE_WORDS


def name_of(broken: Broken) -> str:
    return broken.break_it.__name__


@pytest.fixture(scope="session")
def ledger(postgres_server) -> str:
    fill_postgres(postgres_server)
    return postgres_server


@pytest.fixture
def town(tmp_path, monkeypatch) -> Town:
    """A town whose earlier report must stay, and whose temporary files are seen."""
    town = build(tmp_path)
    old = town.places.reports / "2019Q4"
    old.mkdir(parents=True)
    (old / "committee.en.html").write_text("old", encoding="utf-8")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv(VARIABLE, PASSWORD)
    monkeypatch.setenv(WRONG, "forkert-adgangskode")
    return town


def told(town: Town, broken: Broken, monkeypatch, capfd) -> str:
    """Break the extract, run the command, and return what it said, all promises kept."""
    broken.break_it(town)
    town.finish()
    command = ["run", "2019Q4"] if broken.code else ["check", "2019Q4", "--all"]
    options = {"params": "params", "data": "data", "notebooks": "notebooks", "out": "reports"}
    named = [f"--{option}={getattr(town.places, name)}" for option, name in options.items()]
    monkeypatch.setattr(sys, "argv", ["kpi", *command, *named])
    code = 0
    try:
        main()
    except SystemExit as stop:
        code = int(stop.code or 0)
    captured = capfd.readouterr()
    said = captured.out + captured.err
    assert (code, "Traceback" in said) == (broken.code, False), said
    assert [secret for secret in (*secrets(), PASSWORD, "forkert") if secret in said] == []
    left = [path for path in town.places.reports.rglob("*") if path.is_file()]
    assert [text for path in left if (text := path.read_text(encoding="utf-8"))] == ["old"]
    assert [p for p in (town.folder / "temporary").rglob("*") if p.is_file()] == []
    return said


def quick_and_slow(every: Iterable[Broken]) -> Iterator[Any]:
    """Leave to `make test` what takes long, and what breaks a rule that another breaks as well."""
    rules = set()
    for broken in every:
        again = not broken.code and broken.rule in rules
        is_slow = again or name_of(broken) == "a_gigabyte_of_zeros"
        yield pytest.param(broken, marks=pytest.mark.slow) if is_slow else broken
        rules |= set() if broken.code else {broken.rule}


@pytest.mark.parametrize("broken", [*quick_and_slow([*TEXTS, *ROWS, *FILES, *SQLITE])], ids=name_of)
def test_what_is_broken_is_explained(broken, town, monkeypatch, capfd):
    see(broken, told(town, broken, monkeypatch, capfd))


@pytest.mark.parametrize("broken", POSTGRES, ids=name_of)
def test_what_a_database_refuses_is_explained(broken, town, ledger, monkeypatch, capfd):
    town.postgres = ledger
    see(broken, told(town, broken, monkeypatch, capfd))


def see(broken: Broken, said: str) -> None:
    missing = [part for part in broken.says if part not in said.replace("\n", " ")]
    assert missing == [], said
    if broken.code == 0:
        found = [line for line in said.splitlines() if WORDS.get(broken.rule, "\0") in line]
        counts = [line.rstrip("│┃ ").split()[-1] for line in found]
        assert counts == ([str(broken.rows)] if broken.rule else []), said
    if broken.code == 0 and not broken.rule:
        noted = [words for rule, words in WORDS.items() if words in said and "modulus" not in rule]
        assert noted == [], said


def test_a_file_that_may_not_be_read(town, monkeypatch, capfd):
    """As root everything may be read, so the refusal is the file's own."""
    real = Path.open

    def refuse(path: Path, *arguments, **named):
        if path.name == "bills.csv":
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments, **named)

    def break_it(town: Town) -> None:
        town.write()
        monkeypatch.setattr(Path, "open", refuse)

    broken = Broken(break_it, 3, ("bills.csv", "Permission denied", "Ask for the right"))
    see(broken, told(town, broken, monkeypatch, capfd))
