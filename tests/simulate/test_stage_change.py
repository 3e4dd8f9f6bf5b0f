"""What if payments left a stage in another rhythm?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kpi.errors import DefinitionError, ParameterError
from kpi.language import Labels
from kpi.periods import Period, parse_range
from kpi.run import Places
from kpi.simulate import (
    StageChange,
    effect_of,
    past_ways,
    predicted_stages,
    stage_frame,
    stages_text,
    validate,
    validation_text,
)
from kpi.simulate.stage_change import OTHERS, OWN
from tests.simulate.offices import payment_office

METRIC = "payments_on_time"
WEEKLY_QUARTER, DAILY_QUARTER = Period(2019, 4), Period(2019, 3)


def quiet(_: str) -> None:
    """Show no progress."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Places:
    return payment_office(tmp_path_factory.mktemp("office"))


@pytest.fixture(scope="module")
def weekly(office):
    return past_ways(METRIC, WEEKLY_QUARTER, office, quiet)


@pytest.fixture(scope="module")
def daily(office):
    return past_ways(METRIC, DAILY_QUARTER, office, quiet)


def effect(ways, rhythm=None, room=None, stage="approved-paid"):
    return effect_of(ways, StageChange.parse(stage, rhythm, room), 40, 1)


def test_weekly_payments_made_daily_again(weekly):
    """Three bills in five were late for the run; paid the day after approval, nearly none is.

    Both ways of reading the past agree: no bill was ready later than the run before it allowed.
    """
    found = effect(weekly, "daily")
    assert [one.freed for one in found.changed] == [OTHERS, OWN]
    assert found.as_is.middle == pytest.approx(weekly.past.bounds(WEEKLY_QUARTER)[0], abs=0.03)
    assert found.as_is.middle < 0.5
    assert all(one.share.middle > 0.9 for one in found.changed)


def test_the_rhythm_it_had_changes_nothing(weekly):
    """The model of runs gives the past back, and so can be asked about other weekdays."""
    for one in effect(weekly, "weekly:thu").changed:
        assert one.difference.middle == pytest.approx(0, abs=0.02)


def test_a_weekly_run_that_was_not(daily):
    found = effect(daily, "weekly:thu")
    assert [one.freed for one in found.changed] == [""]
    assert found.as_is.middle > 0.9
    assert 0.3 < found.changed[0].share.middle < 0.5


def test_the_same_seed_gives_the_same_figures(daily):
    assert effect(daily, "weekly:thu") == effect(daily, "weekly:thu")


def test_too_little_room_lets_the_work_pile_up(daily):
    """One bill a working day comes; with room for one a day nearly all is as it was."""
    assert effect(daily, room=2).changed[0].share.middle > 0.85
    assert effect(daily, "weekly:thu", room=3).changed[0].share.middle < 0.1


def test_a_held_back_quarter_is_predicted_once_its_rhythm_is_known(weekly):
    """Nothing before it was weekly: without that knowledge the prediction fails, and says so."""
    known = StageChange.parse("approved-paid", "weekly:thu", None)
    told = validate(
        weekly.past, [WEEKLY_QUARTER], lambda q: predicted_stages(weekly, q, known, 40, 1)
    )
    assert told["error"].abs().max() < 0.05
    untold = validate(
        weekly.past, [WEEKLY_QUARTER], lambda q: predicted_stages(weekly, q, None, 40, 1)
    )
    assert untold["error"].min() > 0.4
    assert untold["is_inside"].tolist() == [False]
    assert validation_text(untold, Labels("en")).splitlines()[1].endswith("no")


def test_quarters_that_cannot_be_predicted_are_left_out(weekly):
    year = parse_range("2018Q4..2019Q4")
    found = validate(weekly.past, year, lambda q: predicted_stages(weekly, q, None, 20, 1))
    assert found["period"].tolist() == ["2019Q3", "2019Q4"]
    with pytest.raises(DefinitionError, match="2 of the four before 2019Q2"):
        validate(weekly.past, year[:3], lambda q: predicted_stages(weekly, q, None, 20, 1))


def test_a_stage_that_is_not_there(daily):
    with pytest.raises(ParameterError, match='Did you mean "approved-paid"'):
        effect(daily, "daily", stage="aproved-paid")


def test_a_hidden_quarter_is_not_simulated(tmp_path):
    """Three bills of the quarter are late: what was simulated after it would tell of them."""
    places = payment_office(tmp_path, weekly_from="2019-12-17", threshold=30)
    with pytest.raises(DefinitionError, match="not hidden"):
        past_ways(METRIC, WEEKLY_QUARTER, places, quiet)


def test_a_quarter_that_is_not_over(tmp_path):
    places = payment_office(tmp_path)
    file = places.params / "2019Q4.yaml"
    text = file.read_text(encoding="utf-8").replace("as_of: 2020-01-31", "as_of: 2019-12-30")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ParameterError, match=r"Ask for 2019Q3\."):
        past_ways(METRIC, WEEKLY_QUARTER, places, quiet)


def test_the_answer_in_words_and_as_a_table(weekly):
    change, found = StageChange.parse("approved-paid", "daily", None), effect(weekly, "daily")
    lines = stages_text(weekly.past, change, found, Labels("en")).splitlines()
    assert lines[0].startswith("With the change of approved-paid ")
    assert [line for line in lines if line.startswith("as it was, counted")]
    frame = stage_frame("2019Q4", found)
    assert frame["reading"].tolist() == ["as_is", OTHERS, OWN]
    assert frame["difference"].isna().tolist() == [True, False, False]


def test_what_is_read_holds_no_person(weekly):
    ways = weekly.by_quarter[WEEKLY_QUARTER]
    assert {array.dtype.kind for array in vars(ways).values()} <= set("Mifb")
    assert set(vars(ways)) == {
        "started", "term", "days", "known", "unqueued", "in_run", "not_in_run",
    }  # fmt: skip
    assert np.isfinite(ways.days).all()


@pytest.mark.slow
def test_payment_requests_hold_back_the_last_quarter(shared, tmp_path):
    """2018Q4 of the university: 79 % were in time; it lies in the interval, a few points away."""
    example = Path(__file__).parents[2] / "params" / "examples" / "payment_requests"
    for name, written in (("2018Q3", "2018Q4"), ("targets", "targets")):
        text = (example / f"{name}.yaml").read_text(encoding="utf-8")
        text = text.replace("quarter: 2018Q3", "quarter: 2018Q4")
        (tmp_path / f"{written}.yaml").write_text(text, encoding="utf-8")
    last = Period(2018, 4)
    ways = past_ways(METRIC, last, Places(params=tmp_path, data=shared / "data"), quiet)
    found = validate(ways.past, [last], lambda q: predicted_stages(ways, q, None, 100, 1)).loc[0]
    assert found["actual_lower"] == pytest.approx(0.7924, abs=1e-4)
    assert found["is_inside"]
    assert abs(found["error"]) < 0.08
