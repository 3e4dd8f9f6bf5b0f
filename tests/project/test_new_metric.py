"""A new metric: what is written, that it works as written, and what is refused."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from babel.messages.pofile import read_po
from click.testing import CliRunner

from kpi.cli import cli
from kpi.errors import DefinitionError, ParameterError, RunError
from kpi.params.targets_file import TargetsFile
from kpi.periods import Quarter
from kpi.project.new_metric import Answers, NewColumn, contract_of, make_metric, with_columns

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


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what of the project a metric is added to."""
    for name in ("kpi", "tests", "params"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def run_in(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(project)}
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_new_metric_works_as_it_is_written(project):
    """Definition, spec test, labels, parameters: in place, in order, and clean."""
    made = [path for answers in (SHARE, DURATION, COUNT) for path in make_metric(answers, project)]
    sources = [str(path) for path in dict.fromkeys(made) if path.suffix == ".py"]
    tests = [path for path in sources if path.startswith("tests")]
    spec = run_in(project, "pytest", "-q", "-p", "no:cacheprovider", *tests)
    assert "3 passed" in spec.stdout, spec.stdout + spec.stderr
    lint = run_in(project, "ruff", "check", "--no-cache", *sources)
    assert lint.returncode == 0, lint.stdout
    form = run_in(project, "ruff", "format", "--no-cache", "--check", *sources)
    assert form.returncode == 0, form.stdout
    listed = run_in(project, "kpi", "metrics").stdout
    assert [name in listed for name in (SHARE.name, DURATION.name, COUNT.name)] == [True] * 3


def test_targets_keep_their_comments_and_gain_an_entry(project):
    before = (project / "params" / "targets.yaml").read_text(encoding="utf-8")
    make_metric(SHARE, project)
    after = (project / "params" / "targets.yaml").read_text(encoding="utf-8")
    assert after.startswith(before.rstrip())
    entry = TargetsFile.model_validate(yaml.safe_load(after)).metrics[SHARE.name]
    assert (entry.aim, entry.owner) == ("Tilbudt inden 8 dage", SHARE.owner)
    due = entry.counting[0].due
    assert due is not None
    assert (due.days, due.unit) == (8, "working_days")
    assert [(t.direction, t.value) for t in entry.targets] == [("at_least", 0.9)]


def test_it_applies_from_a_date_and_earlier_quarters_keep_theirs(project):
    """Its target and counting from that day on; reports of earlier quarters do not have it."""
    make_metric(replace(SHARE, valid_from=dt.date(2019, 10, 1)), project)
    written = (project / "params" / "targets.yaml").read_text("utf-8")
    entry = TargetsFile.model_validate(yaml.safe_load(written)).metrics[SHARE.name]
    assert entry.introduced == entry.targets[0].valid_from == entry.counting[0].valid_from
    assert [entry.is_known_in(Quarter(2019, number)) for number in (3, 4)] == [False, True]
    assert entry.target_on(dt.date(2019, 9, 30)) is None


def test_a_column_that_the_contract_does_not_have_yet(project):
    """It is declared at the end of the table's own columns, may be absent, and works at once."""
    column = NewColumn(
        "confirmed_at", "When the citizen confirmed the time", "Hvornår det blev bekræftet"
    )
    made = make_metric(replace(SHARE, stop="confirmed_at", new_columns=(column,)), project)
    contract = Path("kpi/definitions/subjects/conversations.py")
    assert contract in made
    assert 'Column("confirmed_at", "moment", ' in (project / contract).read_text("utf-8")
    spec = run_in(
        project, "pytest", "-q", "-p", "no:cacheprovider", f"tests/definitions/test_{SHARE.name}.py"
    )
    assert "1 passed" in spec.stdout, spec.stdout + spec.stderr
    for command in (("check", "--no-cache"), ("format", "--no-cache", "--check")):
        done = run_in(project, "ruff", *command, contract.as_posix())
        assert done.returncode == 0, done.stdout
    danish = (project / "kpi/language/locale/da/LC_MESSAGES/kpi.po").read_text("utf-8")
    assert column.means_da in danish


@pytest.mark.parametrize("table", ["bills", "applications", "action_plans", "phone_windows"])
def test_every_contract_takes_a_new_column(project, table):
    path = contract_of(table, project)
    column = NewColumn("new_at", "When something new happened to it that is worth a line", "Ny")
    source = with_columns((project / path).read_text("utf-8"), table, [column])
    names: dict[str, Any] = {}
    exec(compile(source, path.name, "exec"), names)  # noqa: S102 - our own source, with a line more
    subject = next(one for one in names.values() if getattr(one, "name", "") == table)
    assert subject.columns[-1].name == "new_at"


def test_labels_stand_in_the_order_of_the_catalogue(project):
    make_metric(SHARE, project)
    for path in sorted((project / "kpi" / "language" / "locale").glob("*/LC_MESSAGES/kpi.po")):
        language = path.parent.parent.name
        with path.open("rb") as file:
            catalogue = read_po(file, locale="da")
        expected = {"da": SHARE.words_da}.get(language, "")
        assert catalogue[SHARE.words].string == expected, language
        ids = [str(m.id[0] if isinstance(m.id, tuple) else m.id) for m in catalogue if m.id]
        place = ids.index(SHARE.title)
        assert ids[place - 1] < SHARE.title < ids[place + 1]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"name": "Visits"}, '"Visits"'),
        ({"name": "payments_on_time"}, "in the catalogue"),
        ({"table": "visits"}, '"visits"'),
        ({"table": "duty_roster", "start": "date"}, '"duty_roster"'),
        ({"start": "orderd_at"}, 'Did you mean "ordered_at"'),
        ({"stop": "kind"}, '"kind"'),
        ({"days": None}, "none"),
        ({"target": 90.0}, "90.0"),
        ({"title_da": " "}, "no title_da"),
        ({"words": "Too short"}, "words without a full stop"),
        ({"title": "Offered within {limit} days"}, "{limit} in title"),
        ({"target": -1.0, "kind": "count"}, "-1.0"),
        ({"new_columns": (NewColumn("held_at", "Held", "Afholdt"),)}, '"held_at"'),
    ],
)
def test_answers_that_do_not_fit_are_refused(tmp_path, change, found):
    with pytest.raises(DefinitionError) as error:
        make_metric(replace(SHARE, **change), tmp_path)
    assert found in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_outside_a_project_nothing_is_written(tmp_path):
    with pytest.raises(ParameterError, match="project's folder"):
        make_metric(SHARE, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_is_left_alone(project):
    there = project / "tests" / "definitions" / f"test_{SHARE.name}.py"
    there.write_text("# mine\n", encoding="utf-8")
    targets = (project / "params" / "targets.yaml").read_bytes()
    with pytest.raises(ParameterError, match="overwrites no file"):
        make_metric(SHARE, project)
    assert there.read_text(encoding="utf-8") == "# mine\n"
    assert (project / "params" / "targets.yaml").read_bytes() == targets


def test_nothing_is_changed_where_not_all_can_be_written(project, monkeypatch):
    write, before = (
        Path.write_text,
        (project / "kpi/definitions/metrics/__init__.py").read_text("utf-8"),
    )

    def full(path: Path, *args: str, **more: str) -> int:
        if "targets.yaml" in path.name:
            raise OSError(28, "No space left on device")
        return write(path, *args, **more)

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(RunError, match="No space left"):
        make_metric(SHARE, project)
    assert (project / "kpi/definitions/metrics/__init__.py").read_text("utf-8") == before
    assert not list((project / "kpi" / "definitions" / "metrics").glob(f"*{SHARE.name}*"))


def test_targets_that_end_otherwise_are_left_to_the_analyst(project):
    targets = project / "params" / "targets.yaml"
    targets.write_text("metrics: {}\noverlap_quarters: 4\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match="by hand"):
        make_metric(SHARE, project)
    assert not (project / "kpi" / "definitions" / "metrics" / f"{SHARE.name}.py").exists()


def test_the_command_asks_again_after_an_answer_that_does_not_fit(project, monkeypatch):
    """For all it says it asks for: target, owner and first day among them."""
    monkeypatch.chdir(project)
    answers = [
        "Plans", "plans_closed", "Plans closed", "Afsluttede planer", "Too short",
        "Plans closed in the period.", "Handlingsplaner afsluttet i perioden.", "counts", "count",
        "plans", "action_plans", "closed", "n", "closed_at", "many", "-3", "12", "at_most",
        "Myndighedsområdet", "1 January", "2019-10-01",
    ]  # fmt: skip
    done = CliRunner().invoke(cli, ["new-metric"], input="\n".join(answers) + "\n")
    assert done.exit_code == 0, done.output
    assert "Reports of quarters that end before 2019-10-01 do not have it." in done.output
    written = (project / "params" / "targets.yaml").read_text("utf-8")
    entry = TargetsFile.model_validate(yaml.safe_load(written)).metrics["plans_closed"]
    assert (entry.owner, entry.introduced) == ("Myndighedsområdet", dt.date(2019, 10, 1))
    assert [(t.direction, t.value) for t in entry.targets] == [("at_most", 12)]


def test_the_command_asks_what_a_new_column_means(project, monkeypatch):
    """And says where it is declared, and where it is mapped."""
    monkeypatch.chdir(project)
    answers = [
        "plans_renewed", "Plans renewed", "Fornyede planer", "Plans renewed in the period.",
        "Handlingsplaner fornyet i perioden.", "count", "action_plans", "renewed_at", "y",
        "When it was renewed", "Hvornår den blev fornyet", "", "", "",
    ]  # fmt: skip
    done = CliRunner().invoke(cli, ["new-metric"], input="\n".join(answers) + "\n")
    assert done.exit_code == 0, done.output
    assert "renewed_at is declared in kpi/definitions/subjects/plans.py now" in done.output
    assert "sources.action_plans.columns" in done.output


def test_nothing_is_asked_where_all_that_it_needs_is_given(project, monkeypatch):
    monkeypatch.chdir(project)
    given = {
        "name": "plans_closed", "title": "Plans closed", "title-da": "Afsluttede planer",
        "words": "Plans closed in the period.", "words-da": "Planer afsluttet i perioden.",
        "kind": "count", "table": "action_plans", "start": "closed_at",
    }  # fmt: skip
    options = [f"--{name}={value}" for name, value in given.items()]
    done = CliRunner().invoke(cli, ["new-metric", *options], input="")
    assert done.exit_code == 0, done.output
    assert "tests/definitions/test_plans_closed.py" in done.output
    assert (project / "kpi" / "definitions" / "metrics" / "plans_closed.py").is_file()
