"""What a simulation found, as tables and as text for the terminal."""

from __future__ import annotations

import pandas as pd

from kpi.language import Labels
from kpi.simulate.appointments import Goal, Tried, enough
from kpi.simulate.past import Past
from kpi.simulate.replicate import Spread
from kpi.simulate.stage_change import OTHERS, OWN, Effect, StageChange
from kpi.simulate.what_if import in_columns

CERTAIN = 0.95
APPOINTMENT_COLUMNS = ("period", "per_week", "share", "lower", "upper", "kept")
STAGE_COLUMNS = ("period", "reading", "share", "lower", "upper", "difference", "least", "most")
AS_IS = "as_is"

APPOINTMENT_WORDS = (
    "One waiting list, first come, first served; as many {cases} on every working day.",
    "Bookings come as on the days of the quarter and of up to three before it, weekday by weekday.",
    "A wait beyond the day on which a later booking found room has other causes and stays.",
    "Who stays away takes up an appointment; who cancels frees it. Others than booked take none.",
    "Each run begins with a quarter of running in at the same number.",
    "Fewer than the bookings that come are never enough: the waiting list would grow on.",
)
STAGE_WORDS = (
    "What is drawn of {cases} stays together: their day, their term and their days in each stage.",
    "Only the stage that is changed takes another time; all that follows moves with it.",
    "A case that is late and not done yet stays late; one done without a date is never on time.",
    "Days in a stage are kept where it gets a capacity: only less room than today can be tried.",
)
READING_WORDS = {
    "": "with the change",
    OTHERS: "with the change; the stage as fast as in quarters without runs",
    OWN: "with the change; each ready no earlier than after the run before",
    AS_IS: "as it was, simulated",
}


def appointment_frame(period: str, found: list[Tried]) -> pd.DataFrame:
    """Return what was tried as a table: APPOINTMENT_COLUMNS, shares as ratios."""
    rows = [(period, one.per_week, *one.share, one.kept) for one in found]
    return pd.DataFrame(rows, columns=list(APPOINTMENT_COLUMNS))


def stage_frame(period: str, effect: Effect) -> pd.DataFrame:
    """Return the share as it was and in each reading of the change: STAGE_COLUMNS, as ratios.

    difference, least and most are null in the row as it was.
    """
    nothing = (None, None, None)
    rows: list[tuple[object, ...]] = [(period, AS_IS, *effect.as_is, *nothing)]
    rows += [(period, one.freed, *one.share, *one.difference) for one in effect.changed]
    return pd.DataFrame(rows, columns=list(STAGE_COLUMNS))


def appointments_text(
    past: Past, found: list[Tried], goal: Goal, needed: float, labels: Labels
) -> str:
    """Write the answer, the table and what was assumed; `needed` is how many were needed a week."""
    heading = [
        labels("Appointments a week"),
        labels("Within the limit"),
        labels("90% interval"),
        labels("Runs that keep the goal"),
    ]
    rows = [
        [
            labels.count(one.per_week),
            labels.share(one.share.middle),
            _interval(one.share, labels),
            labels.share(one.kept, 0),
        ]
        for one in found
    ]
    came = labels(
        "{n} bookings a week came, without those that were cancelled.", n=labels.number(needed, 1)
    )
    lines = [
        f"{_enough(past, found, goal, needed, labels)} {came}",
        "",
        *in_columns([heading, *rows]),
    ]
    return "\n".join([*lines, "", *_assumed(APPOINTMENT_WORDS, past, labels)])


def _enough(past: Past, found: list[Tried], goal: Goal, needed: float, labels: Labels) -> str:
    share = labels.share(goal.share, 0)
    mostly, surely = enough(found, 0.5, needed), enough(found, CERTAIN, needed)
    if mostly is None:
        most = labels.count(max(one.per_week for one in found))
        return labels(
            "With up to {n} a week, fewer than {share} are held within {days} days in most runs.",
            n=most, share=share, days=goal.limit.days,
        )  # fmt: skip
    answer = labels(
        "With at least {n} {cases} a week {share} are held within {days} days in most runs.",
        n=labels.count(mostly), cases=labels(past.cases), share=share, days=goal.limit.days,
    )  # fmt: skip
    if surely is None:
        return answer + " " + labels("No number tried keeps it in 19 of 20.")
    return answer + " " + labels("It takes {n} to keep it in 19 of 20.", n=labels.count(surely))


def stages_text(past: Past, change: StageChange, effect: Effect, labels: Labels) -> str:
    """Write the shares as counted, as simulated and with the change, and what was assumed."""
    counted = labels.share_range(*past.bounds(past.quarter))
    heading = ["", labels("On time"), labels("90% interval"), labels("Difference in points")]
    rows = [
        [labels("as it was, counted"), counted, "", ""],
        [labels("as it was, simulated"), *_share(effect.as_is, labels), ""],
    ]
    for one in effect.changed:
        middle, least, most = (labels.signed(100 * value) for value in one.difference)
        words = labels(READING_WORDS[one.freed])
        rows.append([words, *_share(one.share, labels), f"{middle} ({least} \u2013 {most})"])
    middles = [one.share.middle for one in effect.changed]
    answer = labels(
        "With the change of {stage} {share} would have been on time in {quarter}, not {as_it_was}.",
        stage=change.stage, share=labels.share_range(min(middles), max(middles)),
        quarter=labels.quarter(past.quarter), as_it_was=labels.share(past.bounds(past.quarter)[0]),
    )  # fmt: skip
    table = in_columns([heading, *rows])
    return "\n".join([answer, "", *table, "", *_assumed(STAGE_WORDS, past, labels)])


def validation_text(held_back: pd.DataFrame, labels: Labels) -> str:
    """Write the quarters held back, what was predicted, and the error."""
    heading = [
        labels("Quarter held back"), labels("Predicted"), labels("90% interval"),
        labels("Counted"), labels("Error in points"), labels("In the interval"),
    ]  # fmt: skip
    rows = [
        [
            str(row["period"]),
            *_share(Spread(row["predicted"], row["lower"], row["upper"]), labels),
            labels.share_range(row["actual_lower"], row["actual_upper"]),
            labels.signed(100 * row["error"]),
            labels("yes") if row["is_inside"] else labels("no"),
        ]
        for row in held_back.to_dict("records")
    ]
    explained = labels(
        "Each was predicted from the quarters before it alone; error: predicted less counted."
    )
    return "\n".join([*in_columns([heading, *rows]), explained])


def _share(share: Spread, labels: Labels) -> tuple[str, str]:
    return labels.share(share.middle), _interval(share, labels)


def _interval(share: Spread, labels: Labels) -> str:
    return labels.share_range(share.lower, share.upper)


def _assumed(sentences: tuple[str, ...], past: Past, labels: Labels) -> list[str]:
    cases = labels(past.cases)
    return [labels("Assumed:"), *(f"- {labels(one, cases=cases)}" for one in sentences)]
