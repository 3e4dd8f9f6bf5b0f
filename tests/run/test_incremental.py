"""What has not changed is not made again, and whatever has changed is."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kpi.params import Params, StageNorms
from kpi.params.strict import Strict
from kpi.record import payload
from kpi.run import Places, read_params
from kpi.run import reuse as keys
from kpi.run.reuse import as_data, for_counts, for_figures
from kpi.sources.pseudonyms import KEY_VARIABLE
from tests.run import light
from tests.town import notebook

COUNTS, FIGURES = "counts (reused)", "figures (reused)"
NOTEBOOK = "notebooks committee.en (reused)"
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


def test_that_nothing_has_changed_is_told_without_libraries_for_tables(tmp_path: Path) -> None:
    """They take longer to import than all that is compared."""
    light.town(tmp_path)
    told = subprocess.run(
        [sys.executable, "-c", _COMPARED], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == []


_COMPARED = """
import sys
import kpi.cli.progress, kpi.cli.summary
from kpi.periods import Period
from kpi.run import Places, read_params
from kpi.run.prepare import check_places
from kpi.run.reuse import Keys, Kept

params = read_params(Period(2019, 4), Places())
check_places(params, Places())
keys = Keys.of(params, Places(), "")
Kept(Places().reports / "2019Q4").is_unchanged(Places().reports / "2019Q4", keys.report, [])
print(*{"duckdb", "ibis", "nbconvert", "numpy", "pandas", "pyarrow"} & set(sys.modules))
"""


def test_force_makes_everything_again(places: Places) -> None:
    """Whatever is kept."""
    told = light.run(places, force=True)
    assert [line for line in told if "reused" in line] == []


CHANGES: dict[str, tuple[Callable[[Places], object], str]] = {
    # what is changed: how, and what is taken from the last run: (c)ounts, (f)igures, the (n)otebook
    "extract": (lambda p: light.set_version(p, 2), ""),
    "limit": (lambda p: edit(p.params / "targets.yaml", "quarter_by: due", "quarter_by: stop"), ""),
    "day": (lambda p: edit(p.params / "2019Q4.yaml", "2020-01-15", "2020-01-16"), ""),
    "target": (lambda p: edit(p.params / "targets.yaml", "0.95", "0.9"), "c"),
    "deviation": (
        lambda p: edit(
            p.params / "2019Q4.yaml", "notebooks:",
            "accepted_deviations: {payments_on_time: {until: 2020-06-30, reason: x}}\nnotebooks:",
        ), "c",
    ),
    "owner": (
        lambda p: edit(p.params / "targets.yaml", "    counting:", "    owner: A\n    counting:"),
        "cf",
    ),
    "comment": (
        lambda p: edit(
            p.params / "2019Q4.yaml", "notebooks:",
            "comments: {payments_on_time: {cause: late}}\nnotebooks:",
        ), "cf",
    ),
    "notebook": (
        lambda p: edit(p.notebooks / "committee.ipynb", "facts.quarter", "facts.as_of"), "cf",
    ),
    "result": (lambda p: (p.reports / "2019Q4/data/0.csv").write_text("x"), "cfn"),
    "page": (lambda p: (p.reports / "2019Q4/committee.en.html").unlink(), "cfn"),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_what_depends_on_a_change_is_made_again(places: Places, change: str) -> None:
    """And nothing else."""
    make, has = CHANGES[change]
    make(places)
    told = light.run(places)
    taken = {"c": COUNTS, "f": FIGURES, "n": NOTEBOOK}
    assert "".join(sign for sign, line in taken.items() if line in told) == has
    assert light.run(places) == [NOTHING]


def test_a_notebook_runs_again_for_what_it_read(places: Places) -> None:
    """The one of the light town reads the version and the agenda, once it shows the report only."""
    only_shows = notebook("from kpi.report import open_report\nreport = open_report(quarter)")
    (places.notebooks / "committee.ipynb").write_text(only_shows, encoding="utf-8")
    assert NOTEBOOK not in light.run(places)
    quarter = places.params / "2019Q4.yaml"
    edit(quarter, "notebooks:", "comments: {payments_on_time: {cause: late}}\nnotebooks:")
    assert NOTEBOOK in light.run(places)
    edit(quarter, "notebooks:", "agenda: {title: Another}\nnotebooks:")
    assert NOTEBOOK not in light.run(places)
    light.set_version(places, 2)
    assert NOTEBOOK not in light.run(places)


WORDS_OF_VERSIONS = {"reason", "decided_by", "source", "what", "wording"}
NOT_COUNTED = {
    # what no count depends on, and of these, what no figure does
    "report": (
        {"attestations", "accepted_deviations"},
        {"comments", "agenda", "notebooks", "notebook_minutes", "published", "languages", "forms",
         "approval", "restatements", "provisional_until"},
    ),
    "metric": (
        {"targets", "retired"}, {"title", "owner", "source", "aim", "introduced", "year_to_date"},
    ),
    "counting": (set(), WORDS_OF_VERSIONS),
    "source": (set(), {"labels", "owner"}),
    "target": (
        {"valid_from", "valid_to", "direction", "value", "between", "baseline", "near", "groups"},
        WORDS_OF_VERSIONS,
    ),
}  # fmt: skip
READ_ELSEWHERE = {"archive", "extract_folders"}
"""Places of files, whose content the keys have."""


def parts(params: Params) -> dict[str, Strict]:
    """Return the parts of the parameters whose fields are written by hand."""
    metric = params.metrics["payments_on_time"]
    return {
        "report": params.report,
        "metric": metric,
        "counting": metric.counting[0],
        "source": params.report.sources["bills"],
        "target": metric.targets[0],
    }


def with_part(params: Params, part: str, changed: Any) -> Params:
    """Return parameters with one part in place of theirs."""
    if part == "report":
        return replace(params, report=changed)
    if part == "source":
        sources = params.report.sources | {"bills": changed}
        return replace(params, report=params.report.model_copy(update={"sources": sources}))
    metric = params.metrics["payments_on_time"]
    field = {"counting": "counting", "target": "targets"}.get(part)
    whole = metric.model_copy(update={field: (changed,)}) if field else changed
    return replace(params, metrics={"payments_on_time": whole})


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_every_parameter_changes_what_may_depend_on_it(places: Places) -> None:
    """Whatever field is written otherwise: counts and figures are made again, or do not see it."""
    params = read_params(light.QUARTER, places)
    counted, shown = as_data(for_counts(params)), as_data(for_figures(params))
    for part, written in parts(params).items():
        judges, is_shown = NOT_COUNTED[part]
        for field in type(written).model_fields:
            other = written.model_copy(update={field: _otherwise(field, getattr(written, field))})
            changed = with_part(params, part, other)
            counts, figures = for_counts(changed), for_figures(changed)
            where = f"{part}.{field}"
            if field not in READ_ELSEWHERE:
                assert (as_data(figures) == shown) == (field in is_shown), where
                assert (as_data(counts) == counted) == (field in judges | is_shown), where


def _otherwise(field: str, value: Any) -> Any:
    """Return what nobody wrote; nothing checks it again."""
    if field == "stages":
        return (StageNorms(norms={"approved-paid": 2}),)
    if field == "sources":
        return {}
    if field in {"counting", "targets"}:
        return (*value, value[0])
    return ("otherwise",) if isinstance(value, tuple) else f"{value} otherwise"


def test_what_is_not_in_a_key_is_not_seen(places: Places) -> None:
    """Parameters that play no part in a key are the usual ones for whoever makes the product."""
    params = read_params(light.QUARTER, places)
    edit(places.params / "2019Q4.yaml", "notebooks:", "agenda: {title: Another}\nnotebooks:")
    edit(places.params / "targets.yaml", "0.95", "0.9")
    edit(places.params / "targets.yaml", "    counting:", "    owner: A\n    counting:")
    other = read_params(light.QUARTER, places)
    assert other != params
    assert for_counts(other) == for_counts(params)
    assert for_figures(other) != for_figures(params)


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
