"""What a page may know: the disclosed results of one report, and the words that go with them."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpi.definitions.kinds import WEEK
from kpi.definitions.words import SAID
from kpi.errors import DefinitionError, did_you_mean
from kpi.language import NBSP, Labels
from kpi.language.words import Words, changed, foreign, isolated, translated
from kpi.page.reads import Note, frame_part, nobody_asks, noted, noting
from kpi.params.quarter_file import QuarterFile
from kpi.periods import Period
from kpi.record import (
    ANNEX,
    CheckedTable,
    Metric,
    PublishedFigure,
    Run,
    SubjectWords,
    Unit,
    page_name,
    payload,
    read_frame,
    read_run,
)

if TYPE_CHECKING:
    import pandas as pd


Row = dict[str, Any]
LEFT_OVER_WORDS = {
    "same": "text of {told}",
    "due": "the date {told} has passed",
    "attested": "stated on {told}, before the quarter was over",
    "names_quarter": "names {told}",
}


@dataclass(frozen=True)
class Facts:
    """The disclosed results of one quarter, read from the payload of its folder."""

    folder: Path
    run: Run
    labels: Labels
    note: Note = nobody_asks

    @classmethod
    def read(cls, folder: Path, language: str = "") -> Facts:
        """Read a report's folder; the language is the report's own unless given."""
        note = noting()
        run = noted(read_run(folder), note)
        own = run.parameters.language
        return cls(payload(folder), run, Labels(language or own, own, run.quarter.kind), note)

    @cached_property
    def results(self) -> pd.DataFrame:
        """The disclosed results (the frame RESULTS of kpi.definitions.frames)."""
        return self.frame("results")

    @cached_property
    def stages(self) -> pd.DataFrame:
        """The disclosed times of the stages of bills (the frame STAGES)."""
        return self.frame("stages")

    def frame(self, name: str) -> pd.DataFrame:
        """Return a disclosed frame of the report by its name in kpi.definitions.frames.

        Numbers are floats, whole ones too, so that null compares as no number does. A page asks
        for some of them once for each metric: their files are read once.
        """
        self.note(frame_part(name))
        if name not in self._frames:
            frame = read_frame(self.folder, name)
            counts = frame.select_dtypes("Int64").columns
            self._frames[name] = frame.astype(dict.fromkeys(counts, "float64"))
        return self._frames[name].copy(deep=False)

    @cached_property
    def _frames(self) -> dict[str, pd.DataFrame]:
        return {}

    def rows_of(self, name: str, metric: str) -> list[Row]:
        """Return a metric's rows of a disclosed frame, in their order, as `frame` has them."""
        self.note(frame_part(name))
        if name not in self._rows_by_metric:
            by_metric: dict[str, list[Row]] = {}
            for row in records(self.frame(name)):
                by_metric.setdefault(row["metric"], []).append(row)
            self._rows_by_metric[name] = by_metric
        return [dict(row) for row in self._rows_by_metric[name].get(metric, ())]

    @cached_property
    def _rows_by_metric(self) -> dict[str, dict[str, list[Row]]]:
        return {}

    def as_written(self, name: str) -> pd.DataFrame:
        """Return a disclosed frame of the report as its file has it."""
        self.note(frame_part(name))
        return read_frame(self.folder, name)

    @cached_property
    def open_cases(self) -> pd.DataFrame:
        """The disclosed open cases by age (the frame OPEN_CASES)."""
        return self.frame("open_cases")

    @cached_property
    def effect(self) -> pd.DataFrame:
        """What the rows set aside or in doubt would change (the frame EFFECT)."""
        return self.frame("effect")

    @cached_property
    def overlap(self) -> pd.DataFrame:
        """Both disclosed series of metrics that changed how they count, with the difference."""
        return self.frame("overlap")

    @cached_property
    def outlook(self) -> pd.DataFrame:
        """The disclosed chances of targets whose quarter still runs; else no rows."""
        return self.frame("outlook")

    @cached_property
    def published(self) -> pd.DataFrame:
        """Earlier published figures: metric, period, text, low, high, source, note."""
        import pandas as pd

        rows = [one.model_dump() for one in self.run.published]
        return pd.DataFrame(rows, columns=list(PublishedFigure.model_fields)).drop(columns="title")

    @property
    def most_staged(self) -> str:
        """Id of the metric whose cases pass most stages; empty where none has any."""
        most = max(self.run.metrics, key=lambda metric: len(metric.passes), default=None)
        return most.id if most and most.passes else ""

    def subject(self, metric: str) -> SubjectWords:
        """Return what people call the cases of a metric: neutral words where nobody says."""
        tables = self.metrics[metric].tables if metric in self.metrics else ()
        return self.run.subjects.get(next(iter(tables), ""), SubjectWords())

    def per(self, metric: str) -> Unit:
        """Return what a rate is divided by, in words."""
        return self.metrics[metric].per or Unit.model_validate(WEEK)

    def table_title(self, table: str) -> str:
        """Write what an extract is called, or its name where it has no title."""
        return table_title(self.run, self.labels, table)

    def step(self, metric: str, step: str) -> str:
        """Write what has become of a case that came to a step: sent to the ledger."""
        words = self.subject(metric).steps
        return self.labels(words[step]) if step in words else isolated(step.replace("_", " "))

    def group(self, metric: str, group: str) -> str:
        """Write what the cases of a metric are parted by: Office."""
        words = self.subject(metric).groups
        return self.labels(words[group]) if group in words else self.labels("Group")

    def value(self, metric: str, group: str, value: str) -> str:
        """Write a value that cases are parted by: the label that the parameters give, or itself."""
        table = next(iter(self.metrics[metric].tables), "") if metric in self.metrics else ""
        source = self.parameters.sources.get(table)
        label = source.labels.get(group, {}).get(value, "") if source else ""
        return self.own(label) if label else value

    def said(self, metric: str, what: str, **values: object) -> str:
        """Write a sentence of kpi.definitions.words.SAID, in the subject's own words if it has."""
        return self.labels(self.subject(metric).said.get(what, SAID[what]), **values)

    @property
    def parameters(self) -> QuarterFile:
        """The quarter's parameters."""
        return self.run.parameters

    def own(self, text: object) -> str:
        """Return a text of the parameters or the data in the language of the page.

        One without a translation stays in the report's language and is marked with it.
        """
        written, main = str(text), self.parameters.language
        if isinstance(text, Words) or not written or self.labels.language == main:
            return text if isinstance(text, Words) else isolated(written)
        found = self.translation(written)
        return translated(isolated(found), written) if found else foreign(written, main)

    def translation(self, text: str) -> str:
        """Return a text of the parameters in the language of the page; empty without one."""
        return translation(self.run, text, self.labels.language)

    @property
    def awaiting(self) -> tuple[int, int]:
        """How many texts await a translator into the language of the page, and of how many."""
        found = self.run.translations.get(self.labels.language)
        return (found.missing + len(found.stale), found.texts) if found else (0, 0)

    @property
    def page_languages(self) -> list[str]:
        """The languages that the committee's page is made in."""
        return list(self.parameters.page_languages)

    @property
    def annex(self) -> str:
        """The file of the annex in the language of the page, where everything behind it stands."""
        return f"{page_name(self.labels.language, ANNEX)}.html"

    @property
    def quarter(self) -> Period:
        """The reported quarter."""
        return self.run.quarter

    @property
    def as_of(self) -> dt.date:
        """The day up to which the extracts know what happened."""
        return self.parameters.as_of

    @property
    def is_running(self) -> bool:
        """Tell whether the quarter was not over on that day: its figures may still change."""
        return self.parameters.is_running

    def left_over(self, record: str) -> list[str]:
        """Say why texts of a record or a place may be another quarter's; none once confirmed."""
        reasons = {
            (one.why, one.told): self.labels(LEFT_OVER_WORDS[one.why], told=self._told(one.told))
            for one in self.run.carried_over
            if f"{one.place}.".startswith(f"{record}.")
        }
        return list(reasons.values())

    def _told(self, told: str) -> str:
        if Period.is_name(told):
            return self.labels.quarter(self.quarter.cycle.parse(told))
        return self.labels.date(dt.date.fromisoformat(told))

    @property
    def metrics(self) -> dict[str, Metric]:
        """The reported metrics by id, in the committee's order, as run.json describes them."""
        return self.run.by_id

    @property
    def targets(self) -> list[str]:
        """Ids of the service targets in force in the quarter (retired ones not among them)."""
        return [
            name for name, m in self.metrics.items() if m.is_target and not self.is_retired(name)
        ]

    @property
    def retired(self) -> list[str]:
        """Ids of the service targets that had been dropped by the end of the quarter."""
        return [name for name in self.metrics if self.is_retired(name)]

    @property
    def has_band(self) -> bool:
        """Tell whether a target has ever been one that a figure may be close to."""
        return any(target.near for one in self.metrics.values() for target in one.targets)

    @property
    def result_rows(self) -> list[str]:
        """Ids of the result rows beside the targets."""
        return [name for name, metric in self.metrics.items() if not metric.is_target]

    def rows_of_persons(self, rows: int | None) -> str:
        """Write a number of rows about persons: few, which are not told, say so, zero is shown."""
        if rows is None or self.is_few(rows):
            threshold = self.parameters.disclosure.hide_persons_below
            return self.labels("fewer than {n}", n=threshold)
        return self.labels.count(rows)

    def is_few(self, rows: int) -> bool:
        """Tell a number of rows that is too small to show, as it may be as many persons."""
        return 0 < rows < self.parameters.disclosure.hide_persons_below

    def is_retired(self, metric: str) -> bool:
        """Tell whether a target had been dropped by the end of the quarter."""
        return self.metrics[metric].is_retired_on(self.quarter.last_day)

    @property
    def is_for_a_committee(self) -> bool:
        """Tell whether the report is an agenda item, whose empty sections say so."""
        return bool(self.parameters.organisation.committee)

    @property
    def provisional_until(self) -> dt.date | None:
        """The day until which the figures may change; null where they no longer do."""
        day = self.parameters.provisional_until
        return day if day and self.as_of < day else None

    @property
    def override(self) -> str:
        """Why the report was made though a rule that stops the run was broken; else empty."""
        return self.run.quality.override

    @property
    def checked_tables(self) -> tuple[CheckedTable, ...]:
        """What was read, accepted and set aside of each table, and the findings."""
        return self.run.quality.tables

    def row(self, metric: str, quarter: Period | None = None) -> Row:
        """Return a metric's disclosed row of a quarter (the reported one unless given).

        An empty dict where the history does not reach that quarter.
        """
        if metric not in self.metrics:
            raise DefinitionError(
                "A notebook names metrics of the report.",
                f'"{metric}"',
                did_you_mean(metric, self.metrics),
            )
        return dict(self._rows.get((metric, str(quarter or self.quarter)), {}))

    def history(self, metric: str) -> list[tuple[Period, Row]]:
        """Return a metric's disclosed rows of all quarters, oldest first."""
        rows = self.over_time(metric, self.quarter.kind)
        return [(self.quarter.cycle.parse(row["period"]), row) for row in rows]

    def series(self, metric: str, period_kind: str = "month") -> pd.DataFrame:
        """Return a metric's disclosed rows over time, oldest first."""
        none = self.results.iloc[:0]
        return self._series.get((metric, period_kind), none).reset_index(drop=True)

    def over_time(self, metric: str, period_kind: str = "month") -> list[Row]:
        """Return the rows of `series` one by one, without a frame for each question."""
        known = self._over_time.get((metric, period_kind), ())
        return [dict(row) for row in known]

    @cached_property
    def _rows(self) -> dict[tuple[str, str], Row]:
        """The rows of whole metrics by metric and period, of which a page asks for thousands."""
        return {(row["metric"], row["period"]): row for row in self._rows_of_whole}

    @cached_property
    def _series(self) -> dict[tuple[str, str], pd.DataFrame]:
        """The rows of whole metrics, oldest first, by metric and kind of period."""
        rows = self._whole.sort_values("period")
        return {
            (str(m), str(kind)): part for (m, kind), part in rows.groupby(["metric", "period_kind"])
        }

    @cached_property
    def _over_time(self) -> dict[tuple[str, str], list[Row]]:
        """The rows of whole metrics, oldest first, by metric and kind of period."""
        found: dict[tuple[str, str], list[Row]] = {}
        for row in sorted(self._rows_of_whole, key=itemgetter("period")):
            found.setdefault((row["metric"], row["period_kind"]), []).append(row)
        return found

    @cached_property
    def _rows_of_whole(self) -> list[Row]:
        return records(self._whole)

    @cached_property
    def _whole(self) -> pd.DataFrame:
        return self.results[self.results["group"] == ""]

    def groups(self, metric: str, quarter: Period | None = None) -> pd.DataFrame:
        """Return a metric's disclosed breakdown in a quarter."""
        rows = self.results
        chosen = (rows["metric"] == metric) & (rows["period"] == str(quarter or self.quarter))
        return rows[chosen & (rows["group"] != "")].reset_index(drop=True)

    def published_title(self, metric: str) -> str:
        """Return the title of what was published before, as far as anybody gave it one."""
        titles = [one.title for one in self.run.published if one.metric == metric and one.title]
        return self.labels(titles[0]) if titles else metric.replace("_", " ").capitalize()

    def title(self, metric: str) -> str:
        """Return a metric's title in the language of the page."""
        described = self.metrics[metric]
        days = "\u2013" if described.days is None else described.days
        own = changed(self.own(described.own_title), lambda text: text.replace("{days}", str(days)))
        title = own or self.labels(described.title, days=days)
        return changed(title, lambda text: _LAST_NUMBER.sub(f"{NBSP}\\1", text))


def table_title(run: Run, labels: Labels, table: str) -> str:
    """Write what an extract is called, or its name where it has no title."""
    about = run.subjects.get(table, SubjectWords())
    return labels(about.title) if about.title else isolated(table)


def translation(run: Run, text: str, language: str) -> str:
    """Return a text of the parameters in a language, as run.json has it; empty without one."""
    if language == run.parameters.language:
        return text
    return run.texts.get(language, {}).get(text, "")


def records(frame: pd.DataFrame) -> list[Row]:
    """Return the rows of a frame."""
    columns = {str(name): frame[name].tolist() for name in frame.columns}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


_LAST_NUMBER = re.compile(r" (\d+(?:</\w+>)*)$")
