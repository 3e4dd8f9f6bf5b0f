"""What has not changed is not made again, and whatever has changed is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kpi.record import payload
from kpi.run import Places
from kpi.run import reuse as keys
from kpi.sources.pseudonyms import KEY_VARIABLE
from tests.run import light

FIGURES, NOTEBOOK = "figures (reused)", "notebooks committee.en (reused)"
NOTHING = "report unchanged (reused)"


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """A town with its report."""
    light.make_lighter(monkeypatch)
    monkeypatch.setattr(keys, "commit", lambda: "0123456789ab")
    places = light.town(tmp_path)
    light.run(places)
    return places


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text in a file."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_an_unchanged_report_is_left_as_it_is(places: Places) -> None:
    """Also when its inputs were only touched."""
    page = places.reports / "2019Q4" / "committee.en.html"
    before = page.stat().st_mtime_ns
    (places.data / "bills.csv").touch()
    assert light.run(places) == [NOTHING]
    assert page.stat().st_mtime_ns == before


def test_force_makes_everything_again(places: Places) -> None:
    """Whatever is kept."""
    told = light.run(places, force=True)
    assert [line for line in told if "reused" in line] == []


CHANGES: dict[str, tuple[Callable[[Places], object], bool, bool]] = {
    # what is changed: how, whether the figures and the notebook are taken from the last run
    "extract": (lambda p: light.set_version(p, 2), False, False),
    "limit": (lambda p: edit(p.params / "targets.yaml", "0.95", "0.9"), False, False),
    "day": (lambda p: edit(p.params / "2019Q4.yaml", "2020-01-15", "2020-01-16"), False, False),
    "comment": (
        lambda p: edit(
            p.params / "2019Q4.yaml", "notebooks:",
            "comments: {payments_on_time: {cause: late}}\nnotebooks:",
        ), True, False,
    ),
    "notebook": (
        lambda p: edit(p.notebooks / "committee.ipynb", "facts.quarter", "facts.as_of"),
        True, False,
    ),
    "result": (lambda p: (p.reports / "2019Q4/data/0.csv").write_text("x"), True, True),
    "page": (lambda p: (p.reports / "2019Q4/committee.en.html").unlink(), True, True),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_what_depends_on_a_change_is_made_again(places: Places, change: str) -> None:
    """And nothing else."""
    make, has_figures, has_notebook = CHANGES[change]
    make(places)
    told = light.run(places)
    assert (FIGURES in told, NOTEBOOK in told) == (has_figures, has_notebook)
    assert light.run(places) == [NOTHING]


def test_what_was_kept_and_then_damaged_is_made_again(places: Places) -> None:
    """Its checksum tells."""
    (places.reports / ".work/2019Q4/figures/data/0.csv").write_text("x", encoding="utf-8")
    edit(places.params / "2019Q4.yaml", "A small town", "A town")
    assert FIGURES not in light.run(places)
    text = (payload(places.reports / "2019Q4") / "0.csv").read_text(encoding="utf-8")
    assert text == light.version_of(places)


@pytest.mark.parametrize(
    ("name", "changed"),
    [("program", lambda _: "other code"), ("libraries", lambda: "other versions")],
)
def test_other_code_or_libraries_make_everything_again(
    places: Places, monkeypatch: pytest.MonkeyPatch, name: str, changed: Callable[..., str]
) -> None:
    """A figure is never older than what computes it."""
    monkeypatch.setattr(keys, name, changed)
    told = light.run(places)
    assert FIGURES not in told
    assert NOTEBOOK not in told


def test_another_commit_is_recorded(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    """The figures stay, since they come from the same code."""
    monkeypatch.setattr(keys, "commit", lambda: "ba9876543210")
    told = light.run(places)
    assert (FIGURES in told, NOTEBOOK in told) == (True, False)


def test_another_key_of_pseudonyms(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list for the office is made again; the key is in no file."""
    monkeypatch.setenv(KEY_VARIABLE, "a key that nobody guesses")
    assert FIGURES not in light.run(places)
    for path in places.reports.rglob("*"):
        assert not path.is_file() or b"nobody guesses" not in path.read_bytes()


def test_programs_files_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any of them, templates and words included; what is compiled is not."""
    (tmp_path / "metrics").mkdir()
    (tmp_path / "__pycache__").mkdir()
    monkeypatch.setattr(keys, "PROGRAM", tmp_path)
    found = []
    for name in ("a.py", "metrics/b.py", "metrics/c.po", "__pycache__/a.pyc", "cli.py"):
        (tmp_path / name).write_text(name, encoding="utf-8")
        keys.program.cache_clear()
        found.append(keys.program(("cli.py",)))
    keys.program.cache_clear()
    assert len(set(found[:3])) == 3
    assert found[2] == found[3] == found[4]
