"""Control charts, as drawn points that a case officer can check by eye, and as properties.

A chart is drawn as text, one month a place. Values: a number, `?` for a month without a value, `-`
for a month without a row. Labels: `.` common cause, `H`/`L` above the upper or below the lower
limit, `R`/`F` rising or falling trend of seven, `t`/`b` two of three near the top or the bottom
limit, `A`/`B` seven in a row above or below the mean, `?` not judged.
"""

from __future__ import annotations

import math
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kpi.errors import DefinitionError
from kpi.figures.control_charts import ControlCharts, xmr
from kpi.figures.control_limits import exact_mean
from tests.tried import tried

SIGNS = {
    "Common Cause": ".",
    "Above UCL": "H",
    "Below LCL": "L",
    "7 Point Trend (Increasing)": "R",
    "7 Point Trend (Decreasing)": "F",
    "2 in 3 Above CL": "t",
    "2 in 3 Below CL": "b",
    "7 Points Above CL": "A",
    "7 Points Below CL": "B",
}
CALM = "4 6 4 6 4 6 4 6 4 6 4 6 4"  # thirteen points, mean 4.9, limits -0.4 and 10.2


def frame(drawn: str, series: object = "s") -> pd.DataFrame:
    """Turn a drawing into points, one a month from January 2015."""
    values = drawn.split()
    months = pd.date_range("2015-01-01", periods=len(values), freq="MS")
    numbers = [math.nan if value in "?-" else float(value) for value in values]
    points = pd.DataFrame({"series": series, "x": months, "y": numbers})
    return points[[value != "-" for value in values]]


def chart(drawn: str, **options: Any) -> ControlCharts:
    """Compute the chart of a drawing; more is better unless said otherwise."""
    return xmr(frame(drawn), **({"direction": "increase"} | options))


def labels(charts: ControlCharts) -> str:
    """Draw the labels of a chart."""
    return " ".join(SIGNS.get(label, "?") for label in charts.points["special_cause"])


def verdict(charts: ControlCharts) -> tuple[str, str]:
    """Return variation and assurance of the only series."""
    [row] = charts.verdicts.to_dict("records")
    return row["variation"], row["assurance"]


def reading(charts: ControlCharts) -> dict[str, Any]:
    """Return what is said of the latest point of the only series."""
    [row] = charts.readings.to_dict("records")
    return {str(name): value for name, value in row.items()}


def notes(charts: ControlCharts) -> list[tuple[str, str, int]]:
    """Return the notes of the only series: kind, month, count."""
    found = charts.notes
    return list(zip(found["kind"], found["x"].dt.strftime("%Y-%m"), found["count"], strict=True))


class TestRules:
    """The four rules, one drawing each: values above, labels below."""

    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            pytest.param(
                "4 6 4 6 4 6 4 6 4 6 4 6 4 6",
                ". . . . . . . . . . . . . .",
                id="nothing unusual",
            ),
            pytest.param(
                "4 6 4 6 4 6 4 6 4 19 4 6 4 6",
                ". . . . . . . . . H . . . .",
                id="one point above the upper limit",
            ),
            pytest.param(
                "2 7 2 7 2 7 2 3 4 5 6 7 8 3 7 2",
                ". . . . . . R R R R R R R . . .",
                id="seven rising, across the mean",
            ),
            pytest.param(
                "2 7 2 7 2 7 2 3 4 5 6 7 5 3 7 2",
                ". . . . . . . . . . . . . . . .",
                id="six rising are not enough",
            ),
            pytest.param(
                "2 7 2 7 2 7 2 3 4 5 5 6 7 8 3 7",
                ". . . . . . . . . . . . . . . .",
                id="a level step breaks a trend",
            ),
            pytest.param(
                "3 5 2 6 2 3 4 5 6 7 8 7 6 5 4 3 2",
                ". . . . R R R R R R F F F F F F F",
                id="a turning point belongs to the later trend",
            ),
            pytest.param(
                "2 8 2 8 2 8 2 6 7 6 7 6 7 6 2 8 2 8 2 2",
                ". . . . . . . A A A A A A A . . . . . .",
                id="seven in a row above the mean",
            ),
            pytest.param(
                "2 8 2 8 2 8 2 6 7 6 7 6 7 2 2 8 2 8 2 2",
                ". . . . . . . . . . . . . . . . . . . .",
                id="six above the mean are not enough",
            ),
            pytest.param(
                "4 6 4 6 4 6 4 6 10 10 4 6 4 6 4 6 4 6 4",
                ". . . . . . . . t t . . . . . . . . .",
                id="two of three near the upper limit: only the near ones",
            ),
            pytest.param(
                "4 6 4 6 4 6 4 6 4 10 10 4 6 4 6 4 6 4 6",
                ". . . . . . . . . . . . . . . . . . .",
                id="the third must be on the same side",
            ),
        ],
    )
    def test_label(self, values: str, expected: str) -> None:
        """Each point gets its label."""
        assert labels(chart(values)) == expected

    def test_every_rule_that_fired_is_listed(self) -> None:
        """The peak of a rise and a fall far above the mean is in three rules at once."""
        rules = chart("3 5 2 6 2 3 4 5 6 7 8 7 6 5 4 3 2").points["rules"]
        assert rules[10] == (
            "7 Point Trend (Increasing); 7 Point Trend (Decreasing); 7 Points Above CL"
        )
        assert rules[0] == ""

    def test_no_rule_looks_across_a_rebase(self) -> None:
        """A run of seven that a rebase cuts in two is not a run."""
        drawn = "2 8 2 8 2 8 2 6 7 6 7 6 7 6 2 8 2 8 2 2"
        charts = chart(drawn, rebase=[date(2015, 12, 1)])
        assert "A" not in labels(charts)
        assert charts.points["group"].to_list() == [0] * 11 + [1] * 9


class TestLimits:
    """Mean and limits."""

    OUTLIER = "1 2 1 2 10 1 2 1 2 1 2 1 2 1 2 1 2 1"

    @pytest.mark.parametrize(
        ("screen", "lower", "upper"), [(True, -0.72, 4.60), (False, -3.06, 6.95)]
    )
    def test_screening_leaves_the_two_jumps_of_an_outlier_out(
        self,
        screen: bool,
        lower: float,
        upper: float,
    ) -> None:
        """The example of the reference's own vignette."""
        latest = chart(self.OUTLIER, screen_outliers=screen).points.iloc[-1]
        found = [round(latest[name], 2) for name in ("mean", "lower_limit", "upper_limit")]
        assert found == [1.94, lower, upper]

    def test_fixed_limits_do_not_follow_a_change(self) -> None:
        """Limits from the first twelve points stay as they are when the level rises."""
        charts = chart("4 6 4 6 4 6 4 6 4 6 4 6 16 17", fix_after=12)
        assert charts.points["mean"].to_list() == [5.0] * 14
        assert labels(charts).endswith("H H")
        assert reading(charts)["limit_points"] == 12

    def test_fixing_counts_values_not_months(self) -> None:
        """Two months without a value do not use up two of the twelve."""
        charts = chart("4 6 4 6 ? ? 4 6 4 6 4 6 4 6 50", fix_after=12)
        assert charts.points["mean"].iloc[-1] == 5.0
        assert reading(charts)["limit_points"] == 12

    @given(st.floats(-1e9, 1e9), st.integers(2, 40))
    @settings(max_examples=tried(50))
    def test_a_constant_series_lies_on_its_limits(self, value: float, months: int) -> None:
        """Whatever the value, no rounding puts a point outside."""
        points = chart(" ".join([repr(value)] * months)).points
        assert (points[["mean", "lower_limit", "upper_limit"]] == value).all(axis=None)
        assert set(points["special_cause"]) == {"Common Cause"}

    @given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50))
    def test_exact_mean_is_within_one_rounding(self, values: list[float]) -> None:
        """The mean lies between the smallest and the largest value, and near the true one."""
        mean = exact_mean(values)
        assert min(values) <= mean <= max(values)
        assert math.isclose(mean, math.fsum(values) / len(values), rel_tol=1e-15, abs_tol=1e-12)


class TestVerdicts:
    """Variation and assurance of the latest point."""

    @pytest.mark.parametrize(
        ("direction", "variation", "icon"),
        [
            ("increase", "special_cause_improvement", "improvement_high"),
            ("decrease", "special_cause_concern", "concern_high"),
            ("neutral", "special_cause_neutral_high", "neutral_high"),
        ],
    )
    def test_a_high_point_is_good_or_bad_by_direction(
        self, direction: str, variation: str, icon: str
    ) -> None:
        """The same last point, high above the limit."""
        charts = chart(f"{CALM} 6 30", direction=direction)
        assert verdict(charts)[0] == variation
        assert reading(charts)["variation_icon"] == icon

    @pytest.mark.parametrize(
        ("target", "direction", "assurance"),
        [
            (-1, "increase", "consistent_pass"),
            (-1, "decrease", "consistent_fail"),
            (5, "increase", "inconsistent"),
            (5, "decrease", "inconsistent"),
            (12, "increase", "consistent_fail"),
            (12, "decrease", "consistent_pass"),
            (12, "neutral", "none"),
            (None, "increase", "none"),
            (math.nan, "increase", "none"),
        ],
    )
    def test_assurance_compares_the_target_with_the_limits(
        self, target: float | None, direction: str, assurance: str
    ) -> None:
        """Limits are about 0 and 10."""
        assert verdict(chart(CALM, target=target, direction=direction))[1] == assurance

    def test_verdict_needs_thirteen_values(self) -> None:
        """Twelve points give trial limits and no verdict, the thirteenth gives one."""
        twelve, thirteen = chart("4 6 4 6 4 6 4 6 4 6 4 6", target=5), chart(CALM, target=5)
        assert verdict(twelve) == ("none", "none")
        assert twelve.points["upper_limit"].notna().all()
        assert notes(twelve) == [("few_points", "2015-01", 12)]
        assert reading(twelve)["is_trial"]
        assert verdict(thirteen) == ("common_cause", "inconsistent")
        assert not reading(thirteen)["is_trial"]

    def test_rebase_at_the_last_point_leaves_no_verdict(self) -> None:
        """One point has no limits; the reference calls it inconsistent and common cause."""
        charts = chart(f"{CALM} 30", rebase=[date(2016, 2, 1)], target=5)
        assert verdict(charts) == ("none", "none")
        assert labels(charts).endswith("?")
        assert ("no_limits", "2016-02", 1) in notes(charts)

    @pytest.mark.parametrize(
        ("limit", "direction", "assurance"),
        [
            ("upper_limit", "increase", "consistent_fail"),
            ("upper_limit", "decrease", "consistent_pass"),
            ("lower_limit", "increase", "consistent_pass"),
            ("lower_limit", "decrease", "consistent_fail"),
        ],
    )
    def test_target_on_a_limit_counts_as_beyond(
        self, limit: str, direction: str, assurance: str
    ) -> None:
        """The inclusive reading; the reference's is strict."""
        target = chart(CALM).points[limit].iloc[0]
        options: dict[str, Any] = {"target": target, "direction": direction}
        assert verdict(chart(CALM, **options))[1] == assurance
        assert verdict(chart(CALM, **options, compatibility="ptd"))[1] == "inconsistent"

    def test_series_without_a_target_has_none(self) -> None:
        """The reference calls it inconsistent."""
        points = pd.concat([frame(CALM, "a"), frame(CALM, "b")])
        options: dict[str, Any] = {"direction": "increase", "target": {"a": 12}}
        ours, theirs = xmr(points, **options), xmr(points, **options, compatibility="ptd")
        assert ours.verdicts["assurance"].to_list() == ["consistent_fail", "none"]
        assert theirs.verdicts["assurance"].to_list() == ["consistent_fail", "inconsistent"]


class TestConstantSeries:
    """A figure that never, or hardly ever, changes."""

    @pytest.mark.parametrize(
        ("target", "direction", "assurance"),
        [
            (95, "increase", "consistent_pass"),
            (100, "increase", "consistent_pass"),
            (101, "increase", "consistent_fail"),
            (100, "decrease", "consistent_pass"),
            (99, "decrease", "consistent_fail"),
        ],
    )
    def test_always_100_percent(self, target: float, direction: str, assurance: str) -> None:
        """Limits are the value itself, and the target is compared with it."""
        charts = chart(" ".join(["100"] * 13), target=target, direction=direction)
        assert verdict(charts) == ("common_cause", assurance)
        assert notes(charts) == [("constant", "2015-01", 13)]

    def test_one_miss_in_perfect_months(self) -> None:
        """Only the miss is unusual; the reference puts every month outside the limits."""
        charts = chart("9 9 9 9 9 9 9 9 9 9 9 2 9 9 9 9 9", target=6)
        assert labels(charts) == ". . . . . . . . . . . L . . . . ."
        assert verdict(charts) == ("common_cause", "consistent_pass")
        assert notes(charts) == [("nearly_constant", "2015-01", 17)]

    def test_two_levels_parted_by_a_gap_have_no_limits(self) -> None:
        """The ranges say that nothing varies, the values say otherwise."""
        charts = chart("1 1 1 1 1 1 1 ? 2 2 2 2 2 2 2", target=0)
        assert charts.points["upper_limit"].isna().all()
        assert verdict(charts) == ("none", "none")


class TestMissing:
    """Months without a value, and months without a row."""

    @pytest.mark.parametrize("hole", ["?", "-"])
    def test_a_hole_breaks_a_run(self, hole: str) -> None:
        """Three and four above the mean are not seven in a row."""
        charts = chart(f"2 8 2 8 2 8 2 6 7 6 {hole} 6 7 6 7 2 8 2 8 2 2")
        assert "A" not in labels(charts)

    @pytest.mark.parametrize("hole", ["?", "-"])
    def test_a_hole_breaks_a_trend(self, hole: str) -> None:
        """The reference stops with an error at the missing value, and joins the missing row."""
        charts = chart(f"2 7 2 7 2 7 2 3 4 5 {hole} 6 7 8 3 7 2")
        assert "R" not in labels(charts)

    def test_latest_value_missing(self) -> None:
        """Nothing is said about a month without a value; the target can still be judged."""
        charts = chart(f"{CALM} ?", target=12)
        assert labels(charts).endswith(". ?")
        assert verdict(charts) == ("none", "consistent_fail")
        assert reading(charts)["position"] == "unknown"
        assert reading(charts)["run_length"] == 0

    def test_all_values_missing(self) -> None:
        """No limits, no verdict, no error."""
        charts = chart(" ".join("?" * 14), target=5)
        assert charts.points["mean"].isna().all()
        assert verdict(charts) == ("none", "none")

    def test_holes_are_noted(self) -> None:
        """Values by their month, rows by the last month before the gap."""
        charts = chart("4 ? 4 6 - - 4 6 4 6 4 6 4 6 4 6 4")
        assert notes(charts) == [("missing_value", "2015-02", 1), ("missing_periods", "2015-04", 2)]

    @pytest.mark.parametrize(
        ("dates", "expected"),
        [
            (["2019-01-07", "2019-01-14", "2019-01-28"], [("missing_periods", "2019-01", 1)]),
            (["2019-01-31", "2019-02-28", "2019-04-30"], [("missing_periods", "2019-02", 1)]),
            (["2019-03-31", "2019-06-30", "2019-12-31"], [("missing_periods", "2019-06", 1)]),
            (["2019-01-03", "2019-01-05", "2019-01-08"], [("irregular_dates", "2019-01", 3)]),
        ],
        ids=["weeks", "month ends", "quarter ends", "no rhythm"],
    )
    def test_the_period_is_read_from_the_dates(
        self, dates: list[str], expected: list[tuple[str, str, int]]
    ) -> None:
        """The smallest step is the period, if all steps are whole numbers of it."""
        points = pd.DataFrame({"series": "s", "x": pd.to_datetime(dates), "y": [1.0, 2.0, 3.0]})
        found = notes(xmr(points, direction="increase"))
        assert [note for note in found if note[0] != "few_points"] == expected

    def test_ptd_stops_where_the_reference_stops(self) -> None:
        """A missing value inside a possible trend."""
        with pytest.raises(DefinitionError, match="1 series, the first 's'"):
            chart("5 1 2 3 ? 4 5 6 5 1 5 1", compatibility="ptd")


class TestReadings:
    """What the page says in words."""

    def test_run_and_range(self) -> None:
        """Three points in a row above the mean, inside the range, limits from sixteen values."""
        found = reading(chart(f"{CALM} 6 7 6"))
        assert found["position"] == "within"
        assert (found["run_length"], found["side"]) == (3, "above")
        assert (found["points"], found["limit_points"]) == (16, 16)

    def test_below_the_range(self) -> None:
        """A drop."""
        found = reading(chart(f"{CALM} 6 -30"))
        assert (found["position"], found["variation_icon"]) == ("below", "concern_low")


class TestRebase:
    """New limits from a date on."""

    def test_unmatched_date_is_noted(self) -> None:
        """Mid-month matches no monthly point; nothing is rebased, and the result says so."""
        charts = chart(CALM, rebase=[date(2015, 6, 15)])
        assert notes(charts) == [("unmatched_rebase", "2015-06", 1)]
        assert set(charts.points["group"]) == {0}

    def test_rebase_at_the_first_point_counts_from_one(self) -> None:
        """As in the reference."""
        assert set(chart(CALM, rebase=[date(2015, 1, 1)]).points["group"]) == {1}

    def test_dates_by_series(self) -> None:
        """A series that is not named keeps its limits; the same date twice is one."""
        points = pd.concat([frame(CALM, "a"), frame(CALM, "b")])
        day = pd.Timestamp(2015, 12, 1)
        charts = xmr(points, direction="increase", rebase={"b": [day, day]})
        groups = charts.points.groupby("series")["group"].max()
        assert groups.to_dict() == {"a": 0, "b": 1}


@pytest.mark.parametrize(
    "drawn", ["2 3 4 5 6 7 8 8 9 10 11 12 13 14", "2 3 4 5 6 7 9 8 10 11 12 13 14 15"]
)
def test_the_last_point_of_a_trend_keeps_its_direction(drawn: str) -> None:
    """Where the next trend begins with the next point, the reference turns it round."""
    swings = "20 2 20 2 20 2 20"
    points = f"{swings} {drawn} 2 {swings}"
    ours = labels(chart(points))
    theirs = labels(chart(points, compatibility="ptd"))
    assert ours == ". . . . . . . R R R R R R R R R R R R R R . . . . . . . ."
    assert theirs == ". . . . . . . R R R R R R F R R R R R R R . . . . . . . ."


def test_columns() -> None:
    """The frames hold what they promise, in this order."""
    charts = chart(CALM)
    assert list(charts.points) == [
        *("series", "x", "y", "group", "mean", "lower_limit", "upper_limit"),
        *("special_cause", "point_type", "rules"),
    ]
    assert list(charts.verdicts) == ["series", "variation", "assurance"]
    assert list(charts.notes) == ["series", "kind", "x", "count"]


small_values = st.integers(0, 9).map(str)
holes = st.sampled_from(["?", "-"])
drawings = st.lists(small_values, min_size=1, max_size=30).map(" ".join)
drawings_with_holes = st.lists(small_values | holes, max_size=30).map(
    lambda places: " ".join(["5", *places])
)


@given(st.lists(drawings_with_holes, min_size=1, max_size=4))
@settings(max_examples=tried(60))
def test_many_series_at_once_are_as_each_alone(drawn: list[str]) -> None:
    """No series has an effect on another."""
    frames = [frame(one, f"series {number}") for number, one in enumerate(drawn)]
    together = xmr(pd.concat(frames), direction="increase", target=5)
    alone = [xmr(points, direction="increase", target=5) for points in frames]
    for name in ("points", "verdicts", "readings", "notes"):
        stacked = pd.concat([getattr(charts, name) for charts in alone], ignore_index=True)
        pd.testing.assert_frame_equal(getattr(together, name), stacked)


@given(drawings_with_holes, st.randoms(use_true_random=False))
@settings(max_examples=tried(40))
def test_order_of_rows_does_not_matter(drawn: str, random: Any) -> None:
    """Points are sorted by date."""
    points = frame(drawn)
    order = list(range(len(points)))
    random.shuffle(order)
    straight = xmr(points, direction="decrease")
    shuffled = xmr(points.iloc[order], direction="decrease")
    pd.testing.assert_frame_equal(straight.points, shuffled.points)


@given(drawings_with_holes)
@settings(max_examples=tried(60))
def test_a_month_without_a_row_is_a_month_without_a_value(drawn: str) -> None:
    """Limits, labels and verdicts are the same, as long as the dates show the rhythm."""
    # Two neighbouring months at the start and a value at the end show the rhythm of the rest.
    drawn = f"4 6 {drawn} 5"
    no_rows, no_values = chart(drawn), chart(drawn.replace("-", "?"))
    known = no_values.points[no_values.points["x"].isin(no_rows.points["x"])]
    pd.testing.assert_frame_equal(no_rows.points, known.reset_index(drop=True))
    pd.testing.assert_frame_equal(no_rows.verdicts, no_values.verdicts)


@given(drawings_with_holes)
@settings(max_examples=tried(40))
def test_upside_down_is_the_mirror_image(drawn: str) -> None:
    """Where less is better, -y is judged as y where more is better."""
    points = frame(drawn)
    upright = xmr(points, direction="increase", target=6)
    mirrored = xmr(points.assign(y=-points["y"]), direction="decrease", target=-6)
    assert upright.points["point_type"].to_list() == mirrored.points["point_type"].to_list()
    pd.testing.assert_frame_equal(upright.verdicts, mirrored.verdicts)
    np.testing.assert_array_equal(upright.points["upper_limit"], -mirrored.points["lower_limit"])


@given(st.permutations(range(13)))
@settings(max_examples=tried(60))
def test_default_is_ptd_where_nothing_is_peculiar(values: list[int]) -> None:
    """No two values alike, none missing, and too few for two trends side by side."""
    drawn = " ".join(map(str, values))
    ours, theirs = chart(drawn, target=7.3), chart(drawn, target=7.3, compatibility="ptd")
    pd.testing.assert_frame_equal(ours.points, theirs.points)
    pd.testing.assert_frame_equal(ours.verdicts, theirs.verdicts)


def plain_labels(y: list[float], lower: float, upper: float) -> list[str]:
    """Label points as the method is written, window by window; no missing values."""
    mean = exact_mean(y)
    side = [int(np.sign(value - mean)) for value in y]
    step = [int(np.sign(after - before)) for before, after in pairwise(y)]
    inner = 2 * (upper - mean) / 3
    close = [lower <= value <= upper and abs(value - mean) > inner for value in y]
    found = ["."] * len(y)
    for i in range(len(y) - 6):
        if abs(sum(side[i : i + 7])) == 7:
            found[i : i + 7] = ("A" if side[i] > 0 else "B") * 7
    for i in range(len(y) - 2):
        if abs(sum(side[i : i + 3])) == 3 and sum(close[i : i + 3]) >= 2:
            for j in filter(close.__getitem__, range(i, i + 3)):
                found[j] = "t" if side[j] > 0 else "b"
    for i in range(len(y) - 6):  # a later trend overwrites an earlier one
        if abs(sum(step[i : i + 6])) == 6:
            found[i : i + 7] = ("R" if step[i] > 0 else "F") * 7
    beyond = [("H" if value > upper else "L" if value < lower else "") for value in y]
    return [limit or letter for limit, letter in zip(beyond, found, strict=True)]


@given(st.lists(st.integers(0, 40), min_size=3, max_size=30, unique=True), st.booleans())
@settings(max_examples=tried(100))
def test_labels_are_those_of_the_written_rules(values: list[int], halve: bool) -> None:
    """The arithmetic on whole arrays says the same as a walk from window to window."""
    y = [value // 2 if halve else value for value in sorted(values[:9]) + values[9:]]
    charts = chart(" ".join(map(str, y)))
    unusual = {"nearly_constant", "constant", "no_limits", "about_median"}
    assume(not set(charts.notes["kind"]) & unusual)
    row = charts.points.iloc[0]
    expected = plain_labels([float(v) for v in y], row["lower_limit"], row["upper_limit"])
    assert labels(charts).split() == expected


def test_limits_lie_about_the_median_where_few_values_moved_the_mean() -> None:
    """Two of 24 months are a hundred times the others; the reference calls 22 of them unusual."""
    drawn = "2 7 3 3 5 2 8 3 4 675 770 7 2 8 7 6 7 3 2 2 3 6 3 3"
    ours, theirs = chart(drawn), chart(drawn, compatibility="ptd")
    assert ours.points["mean"].iloc[0] == 3.5
    assert ours.points["upper_limit"].iloc[0] == pytest.approx(3.5 + 3.145 * 3)
    assert labels(ours).split().count(".") == 22
    assert labels(theirs).split().count("L") == 22
    assert "about_median" in ours.notes["kind"].tolist()
