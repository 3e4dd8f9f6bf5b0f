"""A limit and a target that change from a day on, as the README says it is done."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from kpi.figures.counting_changes import changes
from kpi.params import Params, load_params
from kpi.periods import Period

ROOT = Path(__file__).parents[2]
METRIC = "application_time"
DAY = dt.date(2019, 11, 15)


@pytest.fixture
def changed(tmp_path: Path) -> Params:
    """Give the municipality's parameters with the README's example in place of what it changes."""
    folder = tmp_path / "params"
    shutil.copytree(ROOT / "params", folder, ignore=shutil.ignore_patterns("examples"))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(rf"```yaml\n(  {METRIC}:\n.*?)```", readme, re.DOTALL)
    entry: dict[str, Any] = yaml.safe_load(example)[METRIC]
    file = folder / "targets.yaml"
    written = file.read_text(encoding="utf-8")
    start = written.index(f"  {METRIC}:\n")
    end = re.search(r"^  \w", written[start + 3 :], re.MULTILINE)
    own = written[start : start + 3 + end.start()] if end else written[start:]
    for part in entry:
        block = rf"^    {part}:\n(?:      .*\n)+"
        (there,) = re.findall(block, own, re.MULTILINE)
        (new,) = re.findall(block, example, re.MULTILINE)
        written = written.replace(own, own := own.replace(there, new))
    file.write_text(written, encoding="utf-8")
    return load_params(folder, Period(2019, 4))


def test_the_readme_s_steps_work_as_written(changed: Params) -> None:
    """Both versions in force in their time, all else of the entry as it was."""
    entry = changed.metrics[METRIC]
    before, after = DAY - dt.timedelta(days=1), DAY
    limits = [(rule.due.days, rule.version) for rule in entry.by_age if rule.due]
    assert limits == [(10, "1"), (5, "2")]
    in_force = [entry.counting_on(day) for day in (before, after)]
    assert [rule.version for rule in in_force if rule] == ["1", "2"]
    targets = [entry.target_on(day) for day in (before, after)]
    assert [target.value for target in targets if target] == [1.0, 0.95]
    shipped = load_params(ROOT / "params", Period(2019, 4)).metrics[METRIC]
    assert (entry.aim, entry.owner, entry.groups) == (shipped.aim, shipped.owner, shipped.groups)


def test_the_change_is_told_with_its_reason_and_who_decided_it(changed: Params) -> None:
    """As a row of what changed: the limit and the target, from that day on."""
    told = [one for one in changes(changed) if one.metric == METRIC]
    assert {one.kind for one in told} == {"counting", "target"}
    for one in told:
        assert one.valid_from == DAY.isoformat()
        assert one.reason
        assert one.decided_by == "Velfærdsudvalget 7. november 2019"
        assert one.since_last_report
