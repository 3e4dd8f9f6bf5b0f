"""Report: the one object that notebooks talk to. It reads disclosed results and nothing else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from kpi.errors import ParameterError
from kpi.page import changes, circumstances, flow_pictures, frames, methods, own, sections, times
from kpi.page.bottlenecks import stage_numbers, where_stuck
from kpi.page.changes import both_series, restatements
from kpi.page.doubt import outlook
from kpi.page.facts import Facts
from kpi.page.fragments import Fragment
from kpi.page.targets import one_by_one
from kpi.params import cycle_of
from kpi.record import read_run, report_folder

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

FOLDER_VARIABLE = "KPI_REPORT_FOLDER"
QUARTER_VARIABLE = "KPI_QUARTER"
LANGUAGE_VARIABLE = "KPI_LANGUAGE"


def open_report(quarter: str = "", language: str = "") -> Report:
    """Open the report of a quarter.

    Without a quarter, the one that `kpi lab` was started with. Raises ParameterError where there is
    none, RunError where that report has not been made.
    """
    chosen = quarter or os.environ.get(QUARTER_VARIABLE, "")
    if not chosen:
        raise ParameterError(
            "A notebook is run for one quarter.",
            "none",
            "Start it with `kpi lab 2019Q4`, or fill in `quarter` in the cell tagged parameters.",
        )
    folder, root = os.environ.get(FOLDER_VARIABLE), _project_root()
    cycle = read_run(Path(folder)).quarter.cycle if folder else cycle_of(root / "params")
    parsed = cycle.parse(chosen)
    found = Path(folder) if folder else report_folder(root / "reports", "", parsed)
    report = Report(Facts.read(found, language or os.environ.get(LANGUAGE_VARIABLE, "")))
    if report.facts.quarter != parsed:
        raise ParameterError(
            f"The {cycle.kind} of the notebook is the {cycle.kind} of the report it reads.",
            f"{parsed} asked for, {report.facts.quarter} found",
            f"Start it with `kpi lab {parsed}`.",
        )
    return report


def _project_root() -> Path:
    """Return the nearest folder upwards that has the project's parameters."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "params").is_dir():
            return folder
    return here


class Report:
    """The disclosed figures of one quarter, as tables, charts and sentences.

    Each method returns a Fragment, which shows itself in a notebook and on the exported page; for
    figures of one's own, `frame` returns the disclosed data behind them.
    """

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    def frames(self) -> Fragment:
        """Which frames the report holds: their names for `frame`, and what each is about."""
        return frames.contents(self.facts)

    def frame(self, name: str) -> pd.DataFrame:
        """A disclosed frame as pandas data, such as "results"; `frames` lists the names.

        Shares are ratios between 0 and 1, counts whole numbers, nothing is rounded; null means
        hidden, no data or no such figure. Its `attrs` say what it is: "title", "about", "sums" and
        "protection", and by column "titles", "meanings" and "units". Raises DefinitionError for a
        name that is no frame's.
        """
        return frames.described_frame(self.facts, name)

    def columns(self, name: str) -> Fragment:
        """What the columns of a frame mean, and in which unit they are."""
        return frames.columns(self.facts, name)

    def own_table(self, data: pd.DataFrame | pd.Series, *, caption: own.Said) -> Fragment:
        """A table of one's own: pandas data in the look and number format of the page.

        A named index comes first, the first column names the rows; null is a dash. The caption is a
        text, or one for each language of the page: {"da": ..., "en": ...}. Raises DefinitionError
        without one.
        """
        return own.own_table(self.facts, data, caption)

    def own_chart(self, figure: Figure, *, alt: own.Said, caption: own.Said = "") -> Fragment:
        """A chart of one's own: a matplotlib figure as a picture of the page.

        `alt` says what it tells, for whoever cannot see it; without it, a DefinitionError. Both may
        be one text for each language of the page.
        """
        return own.own_chart(self.facts, figure, alt, caption)

    def style(self) -> Fragment:
        """The look of what follows, and whose figures of which quarter they are.

        For the notebook: the exported page brings its own look and masthead.
        """
        return sections.notebook_head(self.facts)

    def masthead(self) -> Fragment:
        """Whose report it is, of which quarter, as of when, and the marks it carries."""
        return sections.masthead(self.facts)

    def summary(self) -> Fragment:
        """The answer in a sentence, the tally, and what needs attention."""
        return sections.summary(self.facts)

    def recommendation(self) -> Fragment:
        """What the administration asks the committee to decide."""
        return sections.recommendation(self.facts)

    def presentation(self) -> Fragment:
        """The agenda item's own presentation of the case."""
        return sections.presentation(self.facts)

    def targets(self) -> Fragment:
        """All service targets in the committee's order."""
        return sections.targets(self.facts)

    def target(self, metric: str) -> Fragment:
        """One target with its figure, reason, chart, comment and definition."""
        return sections.target(self.facts, metric)

    def statuses(self) -> Fragment:
        """Every target's status in each quarter of the history."""
        return sections.statuses(self.facts)

    def results(self) -> Fragment:
        """The results beside what was published and the quarter before."""
        return sections.results(self.facts)

    def chart(self, metric: str) -> Fragment:
        """A metric's months, what is normal for them, and the numbers behind the chart."""
        return sections.charted(self.facts, metric)

    def most_staged(self) -> Fragment:
        """The target whose cases pass most stages; what follows is about it unless it is told."""
        return sections.most_staged(self.facts)

    payments = most_staged
    """The name that notebooks of before call it by."""

    def stages(self, metric: str = "") -> Fragment:
        """Which stage made cases late, in two sentences and a picture."""
        return where_stuck(self.facts, metric)

    def queues(self, metric: str = "") -> Fragment:
        """What waited in each stage at the end of the quarter, and for how long."""
        return circumstances.queues(self.facts, metric)

    def queue_over_time(self, metric: str = "") -> Fragment:
        """The queue in each stage at the end of each month, drawn."""
        return flow_pictures.queue_over_time(self.facts, metric)

    def times_by_month(self, metric: str = "") -> Fragment:
        """The median days in each stage, month by month, drawn."""
        return flow_pictures.times_by_month(self.facts, metric)

    def flow_by_week(self, metric: str = "") -> Fragment:
        """How far cases had come week by week, drawn: where lines part, work piles up."""
        return flow_pictures.flow_by_week(self.facts, metric)

    def paths(self, metric: str = "") -> Fragment:
        """The map of the ways that cases took through the steps."""
        return flow_pictures.paths(self.facts, metric)

    def pictures(self, metric: str = "") -> Fragment:
        """The queues, the times, the weeks and the paths, drawn."""
        return flow_pictures.pictures(self.facts, metric)

    def stage_numbers(self, metric: str = "") -> Fragment:
        """What got slower, what it would take, and the stages in numbers."""
        return stage_numbers(self.facts, metric)

    def circumstances(self, metric: str = "") -> Fragment:
        """What lateness goes with: late arrival, returns, groups, weekdays, the month's end."""
        return circumstances.circumstances(self.facts, metric)

    def payment_runs(self, metric: str = "") -> Fragment:
        """The weekdays on which steps are taken together."""
        return circumstances.payment_runs(self.facts, metric)

    def breakdowns(self, only: str = "") -> Fragment:
        """The metrics that are broken down, group by group; or only the one that is named."""
        return sections.breakdowns(self.facts, only)

    def outlook(self) -> Fragment:
        """The chance of meeting each target while the quarter still runs; else nothing."""
        return outlook(self.facts)

    def durations(self) -> Fragment:
        """How long the quarter's cases took."""
        return times.durations(self.facts)

    def open_cases(self) -> Fragment:
        """The cases open on the quarter's last day, by age."""
        return times.open_cases(self.facts)

    def both_series(self) -> Fragment:
        """Both ways of counting where a metric changed; else nothing."""
        return both_series(self.facts)

    def changes(self) -> Fragment:
        """What changed in how we count: what, from when, why, who decided."""
        return changes.changes(self.facts)

    def restatements(self) -> Fragment:
        """Figures published earlier that are others now, each with its cause; else nothing."""
        return restatements(self.facts)

    def section(self, name: str) -> Fragment:
        """One of the agenda item's own texts, such as "assessment"."""
        return sections.section(self.facts, name)

    def appendices(self) -> Fragment:
        """The heading of the appendices."""
        return sections.appendices(self.facts)

    def annex(self) -> Fragment:
        """The head of the annex, with the way back to the case."""
        return sections.annex(self.facts)

    def one_by_one(self) -> Fragment:
        """Every metric with its chart, comment, definition, data quality and numbers, folded up."""
        return one_by_one(self.facts)

    def definitions(self) -> Fragment:
        """Every metric's definition, version, owner and source."""
        return methods.definitions(self.facts)

    def data_quality(self) -> Fragment:
        """The rows read, accepted and set aside, and what was found."""
        return methods.data_quality(self.facts)

    def effect(self) -> Fragment:
        """What the figures would be with the rows set aside, and without those in doubt."""
        return methods.effect(self.facts)

    def set_aside(self) -> Fragment:
        """How many rows were set aside for which reason; no row about a person."""
        return methods.set_aside(self.facts)

    def how_it_is_made(self) -> Fragment:
        """As of when, over how many working days, from which inputs and versions."""
        return methods.how_it_is_made(self.facts)

    def signs(self) -> Fragment:
        """What zero, hidden, no data and the shapes mean."""
        return methods.signs(self.facts)

    def colophon(self) -> Fragment:
        """The page's last line."""
        return sections.colophon(self.facts)
