"""The commands that simulate: more or fewer appointments a week, stages in another rhythm."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kpi.cli.options import FOLDER, cli, params_option, quarter_argument, say
from kpi.periods import Period

if TYPE_CHECKING:
    import pandas as pd

    from kpi.run import Places, Progress
    from kpi.simulate.past import Past


Read = TypeVar("Read")
HELD_BACK = 4  # quarters: the one asked for and those before it


@cli.group()
def simulate() -> None:
    """Simulate what would come of more appointments, or of another rhythm of a stage."""


def _simulation(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that all simulations take."""
    for option in (
        click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Also as CSV."),
        click.option("--data", type=FOLDER, default=Path("data"), help="Folder of extracts."),
        params_option,
        click.option("--seed", type=int, default=1, show_default=True, help="Of the chances."),
        click.option("--runs", type=int, default=200, show_default=True, help="How many."),
        click.option("--validate", is_flag=True, help="Predict quarters held back."),
        quarter_argument,
        click.argument("metric"),
    ):
        command = option(command)
    return command


@simulate.command()
@_simulation
@click.option("--per-week", help="Numbers to try: 22, 18..30 or 18,22,26.")
@click.option("--within", type=int, help="Days; else the limit in targets.yaml.")
@click.option("--share", type=float, help="The goal as a ratio: 0.9; else the target.")
def appointments(
    metric: str,
    quarter: Period,
    *,
    per_week: str | None,
    within: int | None,
    share: float | None,
    **options: Any,
) -> None:
    """Find how many appointments a week keep a share of a metric's cases within the limit."""
    from kpi import simulate as sim
    from kpi.language import Labels

    labels = Labels("en", kind=quarter.kind)
    chances = {name: options[name] for name in ("runs", "seed")}
    past = _read(partial(sim.past_bookings, metric), quarter, options)
    goal = sim.goal_of(past.past, within, share)
    numbers = sim.numbers_to_try(per_week, past)
    if options["validate"]:
        predict = partial(sim.predicted_appointments, past, **chances)
        table = sim.validate(past.past, quarter.since(quarter.shift(1 - HELD_BACK)), predict)
        text = sim.validation_text(table, labels)
    else:
        found = sim.tried(past, numbers, goal, **chances)
        table = sim.appointment_frame(str(quarter), found)
        text = sim.appointments_text(
            past.past, found, goal, past.needed_a_week(past.recent()), labels
        )
    _show(text, table, past.past, options)


@simulate.command()
@_simulation
@click.option("--stage", help='The stage to change, such as "sent-posted".')
@click.option("--rhythm", help="daily, weekly:thu or weekly:mon,thu.")
@click.option("--capacity", type=int, help="The most that leave the stage on one working day.")
def stages(
    metric: str,
    quarter: Period,
    *,
    stage: str | None,
    rhythm: str | None,
    capacity: int | None,
    **options: Any,
) -> None:
    """Show the share of a metric's cases on time if a stage had another rhythm, or less room.

    With --validate, a change of a stage is what is known to have been otherwise in the quarter.
    """
    from kpi import simulate as sim
    from kpi.language import Labels

    labels = Labels("en", kind=quarter.kind)
    chances = {name: options[name] for name in ("runs", "seed")}
    asked = stage, rhythm, capacity
    is_plain = options["validate"] and asked == (None, None, None)
    change = None if is_plain else sim.StageChange.parse(*asked)
    ways = _read(partial(sim.past_ways, metric), quarter, options)
    if change is None or options["validate"]:
        back = 1 if change else HELD_BACK
        predict = partial(sim.predicted_stages, ways, change=change, **chances)
        table = sim.validate(ways.past, quarter.since(quarter.shift(1 - back)), predict)
        text = sim.validation_text(table, labels)
    else:
        effect = sim.effect_of(ways, change, **chances)
        table = sim.stage_frame(str(quarter), effect)
        text = sim.stages_text(ways.past, change, effect, labels)
    _show(text, table, ways.past, options)


def _read(
    read: Callable[[Period, Places, Progress], Read], quarter: Period, options: dict[str, Any]
) -> Read:
    from kpi.cli.progress import show_progress
    from kpi.run import Places

    with show_progress(quarter) as progress:
        return read(quarter, Places(options["params"], options["data"]), progress)


def _show(text: str, table: pd.DataFrame, past: Past, options: dict[str, Any]) -> None:
    from kpi.simulate.what_if import write_csv

    is_synthetic = past.params.report.synthetic
    say(text + ("\nThe data are synthetic." if is_synthetic else ""))
    if options["out"]:
        marks = {"runs": options["runs"], "seed": options["seed"], "synthetic": is_synthetic}
        write_csv(table.assign(**marks), options["out"])
