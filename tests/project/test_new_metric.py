"""A new metric: what is written, that it works as written, and what is refused."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from kpi.cli import cli
from kpi.definitions.kinds import Count, Duration, ShareWithinLimit
from kpi.errors import DefinitionError, ParameterError, RunError
from kpi.params import load_params
from kpi.params.targets_file import TargetsFile
from kpi.periods import Period
from kpi.project.init import begin_sample
from kpi.project.new_metric import Answers, NewColumn, make_metric, with_item

ROOT = Path(__file__).resolve().parent.parent.parent
SHARE = Answers(
    name="visits_offered_in_time",
    title="Offered within {days} days",
    title_da="Tilbudt inden {days} dage",
    words='Conversations ordered in the period: the share with an "offer" within the limit, '
    "counted from the day after the order until the day on which a time was offered first.",
    words_da="Samtaler bestilt i perioden: andelen, der er tilbudt en tid inden fristen.",
    kind="share",
    table="conversations",
    start="ordered_at",
    stop="offered_at",
    days=8,
    unit="working_days",
    target=0.9,
    owner="Myndighedsområdet",
)
DURATION = replace(SHARE, name="days_to_offer", kind="duration", days=None, target=None)
COUNT = replace(
    SHARE, name="plans_closed", kind="count", table="action_plans", start="closed_at", stop=""
)


LAMPS = Answers(
    "lamps", "Lamps", "", "", "", "count", "faults", "reported_at", new_columns=()
)  # fmt: skip


@pytest.fixture
def params(tmp_path: Path) -> Path:
    """Give a copy of the municipality's parameters, which declare nothing of their own."""
    folder = tmp_path / "params"
    shutil.copytree(ROOT / "params", folder, ignore=shutil.ignore_patterns("examples"))
    return folder


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """Give the parameters of a project that was begun, with subjects of its own."""
    begin_sample(tmp_path / "new", "en")
    return tmp_path / "new" / "params"


def test_new_metrics_are_counted_as_they_are_written(params):
    """Of each kind, beside those that are there; the program's own subjects may be counted."""
    for answers in (SHARE, DURATION, COUNT):
        made = make_metric(answers, params)
        assert [path.name for path in made] == ["definitions.yaml", "targets.yaml"]
    read = load_params(params, Period(2019, 4))
    kinds = [type(read.definition(one.name)) for one in (SHARE, DURATION, COUNT)]
    assert kinds == [ShareWithinLimit, Duration, Count]
    assert read.definition(SHARE.name).title == {"en": SHARE.title, "da": SHARE.title_da}
    assert "payments_on_time" in read.metrics


def test_what_is_declared_keeps_its_remarks(sample):
    """An entry comes at the end of the metrics; a title in the reports' language is enough."""
    before = (sample / "definitions.yaml").read_text("utf-8")
    column = NewColumn("seen_at", "When somebody saw it")
    make_metric(replace(LAMPS, start="seen_at", new_columns=(column,)), sample)
    after = (sample / "definitions.yaml").read_text("utf-8")
    assert set(before.splitlines()) < set(after.splitlines())
    read = load_params(sample, Period(2025, 4))
    assert read.catalogue.subjects["faults"].by_name["seen_at"].type == "moment"
    assert read.definition("lamps").title == {"en": "Lamps"}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("metrics:\n  a: {b: 1}   # of a\n# the end\n", ("metrics",)),
        ("metrics:\n  a:\n    b: 1\n\nother: 2\n", ("metrics",)),
        ("metrics: {}\nother: 2\n", ("metrics",)),
        ("other: 2\n", ("metrics",)),
        ("x:\n  y:\n    a: |\n      text\n\n      more\n  z: 1\n", ("x", "y")),
        ("x:\n    y:\n        a: [1, 2]\n", ("x", "y")),
    ],
)
def test_an_item_is_added_and_all_else_stays(text, path):
    added = with_item(text, path, "new: 1\n")
    before, after = yaml.safe_load(text), yaml.safe_load(added)
    inner = after
    for name in path:
        inner = inner[name]
    assert inner.pop("new") == 1
    assert after == before | ({} if path[0] in before else {path[0]: {}})
    remarks = [line for line in text.splitlines() if line.strip().startswith("#")]
    assert all(remark in added for remark in remarks)


def test_targets_keep_their_comments_and_gain_an_entry(params):
    before = (params / "targets.yaml").read_text(encoding="utf-8")
    make_metric(SHARE, params)
    after = (params / "targets.yaml").read_text(encoding="utf-8")
    assert after.startswith(before.rstrip())
    entry = TargetsFile.model_validate(yaml.safe_load(after)).metrics[SHARE.name]
    assert (entry.aim, entry.owner) == ("Tilbudt inden 8 dage", SHARE.owner)
    due = entry.counting[0].due
    assert due is not None
    assert (due.days, due.unit) == (8, "working_days")
    assert [(t.direction, t.value) for t in entry.targets] == [("at_least", 0.9)]


def test_it_applies_from_a_date_and_earlier_quarters_keep_theirs(params):
    """Its target and counting from that day on; reports of earlier quarters do not have it."""
    make_metric(replace(SHARE, valid_from=dt.date(2019, 10, 1)), params)
    written = (params / "targets.yaml").read_text("utf-8")
    entry = TargetsFile.model_validate(yaml.safe_load(written)).metrics[SHARE.name]
    assert entry.introduced == entry.targets[0].valid_from == entry.counting[0].valid_from
    assert [entry.is_known_in(Period(2019, number)) for number in (3, 4)] == [False, True]
    assert entry.target_on(dt.date(2019, 9, 30)) is None


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"name": "Visits"}, '"Visits"'),
        ({"name": "payments_on_time"}, "in the catalogue"),
        ({"table": "visits"}, '"visits"'),
        ({"start": "orderd_at"}, 'Did you mean "ordered_at"'),
        ({"stop": "kind"}, '"kind"'),
        ({"days": None}, "none"),
        ({"target": 90.0}, "90.0"),
        ({"title_da": " "}, "no title_da"),
        ({"words": "Too short"}, "words without a full stop"),
        ({"title": "Offered within {limit} days"}, "{limit} in title"),
        ({"target": -1.0, "kind": "count"}, "-1.0"),
        ({"new_columns": (NewColumn("held_at", "Held", "Afholdt"),)}, '"held_at"'),
        ({"new_columns": (NewColumn("seen_at", "Seen", "Set"),)}, "the program's own"),
    ],
)
def test_answers_that_do_not_fit_are_refused(params, change, found):
    before = (params / "targets.yaml").read_bytes()
    with pytest.raises(DefinitionError) as error:
        make_metric(replace(SHARE, **change), params)
    assert found in str(error.value)
    assert (params / "targets.yaml").read_bytes() == before
    assert not (params / "definitions.yaml").exists()


def test_outside_a_project_nothing_is_written(tmp_path):
    with pytest.raises(ParameterError, match="project's folder"):
        make_metric(SHARE, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_changed_where_not_all_can_be_written(params, monkeypatch):
    write, before = Path.write_text, (params / "targets.yaml").read_bytes()

    def full(path: Path, *args: str, **more: str) -> int:
        if "targets.yaml" in path.name:
            raise OSError(28, "No space left on device")
        return write(path, *args, **more)

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(RunError, match="No space left"):
        make_metric(SHARE, params)
    assert (params / "targets.yaml").read_bytes() == before
    assert sorted(path.name for path in params.iterdir()) == ["2019Q4.yaml", "targets.yaml"]


def test_the_command_asks_again_after_an_answer_that_does_not_fit(params, monkeypatch):
    """For all it says it asks for: target, owner and first day among them."""
    monkeypatch.chdir(params.parent)
    answers = [
        "Plans", "plans_closed", "Plans closed", "Afsluttede planer", "Too short",
        "Plans closed in the period.", "Handlingsplaner afsluttet i perioden.", "counts", "count",
        "plans", "action_plans", "closed", "n", "closed_at", "many", "-3", "12", "at_most",
        "Myndighedsområdet", "1 January", "2019-10-01",
    ]  # fmt: skip
    done = CliRunner().invoke(cli, ["new-metric"], input="\n".join(answers) + "\n")
    assert done.exit_code == 0, done.output
    assert "Reports of quarters that end before 2019-10-01 do not have it." in done.output
    written = (params / "targets.yaml").read_text("utf-8")
    entry = TargetsFile.model_validate(yaml.safe_load(written)).metrics["plans_closed"]
    assert (entry.owner, entry.introduced) == ("Myndighedsområdet", dt.date(2019, 10, 1))
    assert [(t.direction, t.value) for t in entry.targets] == [("at_most", 12)]


def test_the_command_asks_what_a_new_column_means(sample, monkeypatch):
    """And says where it is mapped."""
    monkeypatch.chdir(sample.parent)
    answers = [
        "seen", "Faults seen", "", "", "", "count", "faults", "seen_at", "y", "When it was seen",
        "Hvornår den blev set", "", "", "",
    ]  # fmt: skip
    done = CliRunner().invoke(cli, ["new-metric"], input="\n".join(answers) + "\n")
    assert done.exit_code == 0, done.output
    assert "sources.faults.columns" in done.output
    assert "seen_at" in load_params(sample, Period(2025, 4)).catalogue.subjects["faults"].by_name


def test_nothing_is_asked_where_all_that_it_needs_is_given(sample, monkeypatch):
    monkeypatch.chdir(sample.parent)
    given = {"name": "lamps", "title": "Lamps", "kind": "count", "table": "faults"}
    options = [f"--{name}={value}" for name, value in given.items()]
    done = CliRunner().invoke(cli, ["new-metric", *options, "--start=mended_at"], input="")
    assert done.exit_code == 0, done.output
    assert "params/definitions.yaml" in done.output
    assert "lamps" in load_params(sample, Period(2025, 4)).metrics
