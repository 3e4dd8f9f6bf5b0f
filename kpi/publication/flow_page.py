"""The page of a log's flow: which step takes the time, in words, pictures and tables."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from kpi.definitions.reading import READINGS
from kpi.language import Labels
from kpi.page.charts.flow import open_work
from kpi.page.charts.paths import main_paths, process_map
from kpi.page.fragments import Listing, stylesheet
from kpi.page.methods import written_words
from kpi.page.wording import NO_FIGURE, capital
from kpi.publication.document import TEMPLATES, check_page, tidy

if TYPE_CHECKING:
    from kpi.figures.flow import Flow
    from kpi.sources.event_log import LogRead


_PRESENT_TEMPLATES = TEMPLATES.parents[1] / "page" / "templates"
_MOST_VARIANTS = 10
_NAMED_STEPS = 2


class Office(Protocol):
    """When the office works, as the command was told."""

    @property
    def timezone(self) -> str:
        """Zone of the office hours."""

    @property
    def country(self) -> str:
        """Country whose public holidays are closed; empty for none."""

    @property
    def hours(self) -> str:
        """Office hours as they were written."""

    @property
    def closed(self) -> tuple[dt.date, ...]:
        """Closing days beside holidays and weekdays without hours."""


@dataclass(frozen=True)
class _Words:
    """What the page writes of times: days, hours or minutes, whichever reads best."""

    labels: Labels

    def time(self, seconds: float) -> str:
        if pd.isna(seconds):
            return NO_FIGURE
        size = next((size for size in TIME_WORDS if seconds >= 2 * size), 1)
        decimals = 0 if size == 1 else 1
        return self.labels(TIME_WORDS[size], number=self.labels.number(seconds / size, decimals))


def write_flow_page(
    path: Path, log: str, found: Flow, read: LogRead, office: Office, labels: Labels
) -> None:
    """Write flow.html: no script, no request."""
    words = _Words(labels)
    look = stylesheet() + (TEMPLATES / "committee" / "page.css").read_text(encoding="utf-8")
    cases = int(found.variants["cases"].sum())
    main = main_paths(found.transitions, cases)
    rare = found.transitions.drop(main.index)
    page = (
        _environment()
        .get_template("flow.html.j2")
        .render(
            t=labels,
            look=Markup(look),  # noqa: S704 - our own style sheet
            log=log,
            about=_about(labels, office, read),
            answer=_answer(words, found, cases),
            notes=_notes(labels, found, read),
            map=_map(words, main) if len(main) else "",
            left_out=len(rare),
            wip=_wip(labels, found),
            stages=_stages(words, found.stages),
            paths=_paths(words, main, labels("The main paths, by the time they take in all")),
            rare=_paths(words, rare, labels("Rare paths: under one in a hundred cases")),
            rework=_rework(labels, found.rework),
            variants=_variants(labels, found.variants, cases),
        )
    )
    page = tidy(page)
    check_page(page, path.name)
    path.write_text(page, encoding="utf-8", newline="\n")


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader([TEMPLATES, _PRESENT_TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _about(labels: Labels, office: Office, read: LogRead) -> str:
    holidays = labels("public holidays of {country} closed", country=office.country)
    said = [
        labels(
            "Business time: {hours}, {zone}; {holidays}.",
            hours=office.hours,
            zone=office.timezone,
            holidays=holidays if office.country else labels("public holidays not known"),
        )
    ]
    if office.closed:
        days = labels.and_list([labels.date(day) for day in sorted(office.closed)])
        said.append(labels("Also closed: {days}.", days=days))
    if read.written:
        said.append(labels("Read as {dialect}.", dialect=written_words(labels, read)))
    return " ".join(said)


def _answer(words: _Words, found: Flow, cases: int) -> str:
    labels, stages = words.labels, found.stages[found.stages["n"] > 0]
    events = labels.count(found.stages["events"].sum())
    counted = labels("{cases} cases, {events} events.", cases=labels.count(cases), events=events)
    if stages.empty:
        return f"{counted} {labels('Every case has one event only: there is nothing to wait for.')}"
    by_total = stages.nlargest(_NAMED_STEPS, "sum_s")
    most = [
        labels("{step} ({share})", step=row["activity"], share=labels.share(row["share"], 0))
        for row in by_total.to_dict("records")
    ]
    usual = stages[stages["n"] >= 0.01 * cases]
    slowest = (usual if len(usual) else stages).nlargest(1, "median_s").iloc[0]
    return " ".join(
        [
            counted,
            labels("Most time passes after {steps}.", steps=labels.and_list(most)),
            labels(
                "The longest usual wait is after {step}: half waited {median} or more.",
                step=slowest["activity"],
                median=words.time(slowest["median_s"]),
            ),
        ]
    )


def _notes(labels: Labels, found: Flow, read: LogRead) -> list[tuple[str, str]]:
    """List what is odd in the log, each with its count."""
    counted = found.notes[found.notes["n"] > 0].to_dict("records")
    listed = [
        (labels(NOTE_WORDS[row["note"]], name=row["name"]), labels.count(row["n"]))
        for row in counted
        if row["note"] in NOTE_WORDS
    ]
    listed += [
        (f"{labels(READINGS[one.reading].words)}: {', '.join(one.columns)}".rstrip(": "),
         labels.count(one.rows) if one.rows else "")
        for one in read.doubts
    ]  # fmt: skip
    listed += [
        (labels(NOTE_WORDS["activity_written_alike"], name=name.strip()), labels.count(n))
        for name, n in read.spellings.items()
    ]
    if read.unreadable:
        listed.append((labels(UNREADABLE), labels.count(read.unreadable)))
    if len(read.offsets) > 1:
        listed += [
            (labels("timestamps written with the offset {offset}", offset=offset), labels.count(n))
            for offset, n in read.offsets.items()
        ]
    return listed


def _map(words: _Words, main: pd.DataFrame) -> Markup:
    labels = words.labels
    said = "; ".join(
        labels(
            "{start} to {end}: {n} times, median {median}",
            start=row["from_activity"],
            end=row["to_activity"],
            n=labels.count(row["n"]),
            median=words.time(row["median_s"]),
        )
        for row in main.sort_values("n", ascending=False).to_dict("records")
    )
    return process_map(
        main,
        (labels("Map of the main paths"), f"{said}."),
        lambda row: f"{labels.count(row['n'])} · {words.time(row['median_s'])}",
    )


def _wip(labels: Labels, found: Flow) -> Markup:
    wip = found.wip
    top, last = wip.iloc[int(wip["open"].argmax())], wip.iloc[-1]
    said = labels(
        "At most {most} cases were open, on {day}; {last} at the end, on {last_day}.",
        most=labels.count(top["open"]),
        day=labels.date(top["date"].date()),
        last=labels.count(last["open"]),
        last_day=labels.date(last["date"].date()),
    )
    return open_work(labels, wip, (labels("Open cases at the end of each day"), said), "open")


def _stages(words: _Words, stages: pd.DataFrame) -> Listing:
    labels = words.labels
    rows = stages.sort_values("sum_s", ascending=False, kind="stable").to_dict("records")
    return Listing(
        labels("Time after each step until the next, by total time"),
        tuple(labels(heading) for heading in STAGE_WORDS),
        tuple(
            (
                row["activity"],
                labels.count(row["n"]),
                words.time(row["mean_s"]),
                words.time(row["median_s"]),
                words.time(row["sum_s"]),
                labels.share(row["share"]),
                words.time(row["business_median_s"]),
            )
            for row in rows
        ),
    )


def _paths(words: _Words, paths: pd.DataFrame, caption: str) -> Listing:
    labels = words.labels
    rows = paths.sort_values("sum_s", ascending=False, kind="stable").to_dict("records")
    return Listing(
        caption,
        tuple(labels(heading) for heading in PATH_WORDS),
        tuple(
            (
                labels("{start} to {end}", start=row["from_activity"], end=row["to_activity"]),
                labels.count(row["n"]),
                words.time(row["mean_s"]),
                words.time(row["median_s"]),
                words.time(row["max_s"]),
                words.time(row["sum_s"]),
                words.time(row["business_median_s"]),
            )
            for row in rows
        ),
    )


def _rework(labels: Labels, rework: pd.DataFrame) -> Listing:
    again = rework[rework["cases_with_rework"] > 0]
    rows = again.sort_values("repeat_events", ascending=False, kind="stable").to_dict("records")
    return Listing(
        labels("Steps taken more than once in a case"),
        tuple(labels(heading) for heading in REWORK_WORDS),
        tuple(
            (
                row["activity"],
                labels.count(row["cases_with_rework"]),
                labels.share(row["cases_with_rework"] / row["cases"]),
                labels.count(row["repeat_events"]),
            )
            for row in rows
        ),
    )


def _variants(labels: Labels, variants: pd.DataFrame, cases: int) -> Listing:
    rows = variants.head(_MOST_VARIANTS).to_dict("records")
    return Listing(
        labels(
            "The {n} most frequent ways of {all}",
            n=labels.count(len(rows)),
            all=labels.count(len(variants)),
        ),
        tuple(labels(heading) for heading in VARIANT_WORDS),
        tuple(
            (
                capital(row["variant"].replace(" > ", " \u2192 ")),
                labels.count(row["cases"]),
                labels.share(row["cases"] / cases),
            )
            for row in rows
        ),
    )


UNREADABLE = "timestamps could not be read; their events are left out"
TIME_WORDS = {
    86_400: "{number} days", 3_600: "{number} hours", 60: "{number} minutes", 1: "{number} seconds",
}  # fmt: skip
STAGE_WORDS = ("Step", "Times", "Mean", "Median", "In all", "Share", "Median in business time")
PATH_WORDS = ("Path", "Times", "Mean", "Median", "Longest", "In all", "Median in business time")
REWORK_WORDS = ("Step", "Cases", "Share", "Repeats")
VARIANT_WORDS = ("Way", "Cases", "Share")
NOTE_WORDS = {
    "events_without_case": "events without a case; left out",
    "events_without_activity": "events without an activity; left out",
    "events_without_timestamp": "events without a timestamp; left out",
    "events_after_as_of": "events after the last day; left out",
    "ties": "events at the same instant as the one before in their case",
    "ties_that_matter": "of these, their order decided which step came next",
    "ties_by_file_order": "of these, the order of the rows in the file was taken",
    "duplicate_events": "events that repeat the step and instant of another; kept",
    "events_against_sequence": "events whose time contradicts the declared sequence",
    "cases_ending_before_start": "cases whose last step in the sequence lies before their first",
    "one_event_cases": "cases with one event only",
    "open_cases": "cases that have not ended",
    "cases_going_on_after_end": "cases in which a step follows the one that ends a case",
    "long_cases": "cases that took, or are open for, two years or more",
    "unknown_activity": "events of an unknown step: {name}",
    "activity_written_alike": "events of a step whose name is written like another's, but for "
    "capitals or spaces: {name}",
}
