"""Two reports side by side: what a reviewer looks at, the most important first.

Verdicts before figures, figures before definitions and targets, then what was set aside, the
extracts, the texts, the other parameters, the program, the notebooks. Two quarters are compared
each by its own reported quarter; two reports of one quarter by every quarter they show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from kpi.labels import Labels
from kpi.periods import Quarter
from kpi.present.facts import Facts, Row
from kpi.present.methods import TABLE_WORDS
from kpi.present.wording import NO_FIGURE, figure, status_word
from kpi.review.compare_notebooks import notebook_differences
from kpi.review.flat import flat
from kpi.review.seal import MANIFEST, content_of

TEXTS = ("comments", "agenda", "attestations", "accepted_deviations", "restatements")
COUNT_WORDS = {"rows_read": "Read", "rows_accepted": "Accepted", "rows_set_aside": "Set aside"}
_OF_ITSELF = ("quarter", *TEXTS)


@dataclass(frozen=True)
class Difference:
    """One thing that is another: what, in the earlier report, in the later one.

    `is_text` marks prose, of which the words that changed are shown; `lines` a longer account.
    """

    what: str
    before: str
    after: str
    is_text: bool = False
    lines: str = ""


@dataclass(frozen=True)
class Section:
    """The differences of one kind, under their heading."""

    heading: str
    found: tuple[Difference, ...]


@dataclass(frozen=True)
class Comparison:
    """What differs between two reports, by kind, and what each of them is."""

    labels: Labels
    before: str
    after: str
    sections: tuple[Section, ...]

    @property
    def differing(self) -> list[Section]:
        """The kinds in which something differs, in their order."""
        return [section for section in self.sections if section.found]

    @property
    def unchanged(self) -> list[str]:
        """The headings of the other kinds."""
        return [section.heading for section in self.sections if not section.found]


@dataclass(frozen=True)
class _Both:
    """Both reports, read in the language of the page."""

    before: Facts
    after: Facts

    @property
    def labels(self) -> Labels:
        return self.after.labels

    @property
    def metrics(self) -> list[str]:
        """The metrics of either, in the later report's order."""
        return list(dict.fromkeys([*self.after.metrics, *self.before.metrics]))

    @property
    def tables(self) -> list[str]:
        """The tables that either checked."""
        checked = [*self.after.checked_tables, *self.before.checked_tables]
        return list(dict.fromkeys(one["table"] for one in checked))

    def title(self, metric: str) -> str:
        facts = self.after if metric in self.after.metrics else self.before
        return facts.title(metric)

    def quarters(self) -> Iterator[tuple[Quarter, Quarter]]:
        """Yield the quarters to be compared: the reported ones, or all that both show."""
        yield self.before.quarter, self.after.quarter
        if self.before.quarter == self.after.quarter:
            shown = [
                set(facts.results.loc[facts.results["period_kind"] == "quarter", "period"])
                for facts in (self.before, self.after)
            ]
            for name in sorted(shown[0] & shown[1], reverse=True):
                if name != str(self.after.quarter):
                    yield Quarter.parse(name), Quarter.parse(name)


def compare(before: Path, after: Path, language: str = "") -> Comparison:
    """Compare two reports' folders, the earlier one first, in the language of the later one."""
    second = Facts.read(after, language)
    both = _Both(Facts.read(before, second.labels.language), second)
    sections = tuple(
        Section(second.labels(heading), tuple(find(both))) for heading, find in _KINDS.items()
    )
    first = _name(before, both.before)
    return Comparison(second.labels, first, _name(after, second), sections)


def _name(folder: Path, facts: Facts) -> str:
    labels = facts.labels
    content = content_of(folder)[:12] if (folder / MANIFEST).is_file() else ""
    parts = (
        labels.quarter(facts.quarter),
        labels("as of {day}", day=labels.date(facts.as_of)),
        labels("content {checksum}", checksum=content) if content else "",
    )
    return ", ".join(part for part in parts if part)


def _differing(what: str, told: Sequence[str], *, is_text: bool = False) -> Iterator[Difference]:
    """Yield what was told of both reports, if it is not the same."""
    before, after = told
    if before != after:
        yield Difference(what, before or NO_FIGURE, after or NO_FIGURE, is_text)


def _statuses(both: _Both) -> Iterator[Difference]:
    for metric in both.metrics:
        rows = [_row(facts, metric, facts.quarter) for facts in (both.before, both.after)]
        if not all(rows) or rows[0]["status"] == rows[1]["status"]:
            continue
        told = [
            f"{status_word(both.labels, row['status'])}, {figure(both.after, row)}" for row in rows
        ]
        yield from _differing(both.title(metric), told)


def _figures(both: _Both) -> Iterator[Difference]:
    same = both.before.quarter == both.after.quarter
    for then, now in both.quarters():
        for metric in both.metrics:
            rows = _row(both.before, metric, then), _row(both.after, metric, now)
            told = [_with_basis(both, row) for row in rows]
            quarter = f", {both.labels.quarter(now)}" if same else ""
            yield from _differing(f"{both.title(metric)}{quarter}", told)


def _row(facts: Facts, metric: str, quarter: Quarter) -> Row:
    return facts.row(metric, quarter) if metric in facts.metrics else {}


def _with_basis(both: _Both, row: Row) -> str:
    """Write a figure and how many cases it rests on, unless that is hidden or the figure itself."""
    written = figure(both.after, row)
    if not row or row["unit"] == "count" or pd.isna(row["n"]):
        return written
    return both.labels("{figure} of {n}", figure=written, n=both.labels.count(row["n"]))


def _definitions(both: _Both) -> Iterator[Difference]:
    for metric in both.metrics:
        described = [facts.metrics.get(metric) for facts in (both.before, both.after)]
        if not all(described):
            words = [both.labels("reported") if one else NO_FIGURE for one in described]
            yield from _differing(both.title(metric), words)
            continue
        then, now = (flat(one) for one in described)
        for name in dict.fromkeys([*now, *then]):
            what = f"{both.title(metric)}: {name}"
            yield from _differing(what, (then.get(name, ""), now.get(name, "")))


def _set_aside(both: _Both) -> Iterator[Difference]:
    counted = [{one["table"]: one for one in f.checked_tables} for f in (both.before, both.after)]
    for table in both.tables:
        for name, word in COUNT_WORDS.items():
            told = [
                both.labels.count(found[table][name]) if table in found else "" for found in counted
            ]
            what = f"{both.labels(TABLE_WORDS[table])}: {both.labels(word)}"
            yield from _differing(what, told)
    reasons = both.before.despite, both.after.despite
    yield from _differing(both.labels("Broken stop rule"), reasons)


def _extracts(both: _Both) -> Iterator[Difference]:
    inputs = [{one["table"]: one for one in f.run["inputs"]} for f in (both.before, both.after)]
    for table in dict.fromkeys([*inputs[1], *inputs[0]]):
        told = [_extract(both.labels, found.get(table)) for found in inputs]
        yield from _differing(both.labels(TABLE_WORDS.get(table, table)), told)


def _extract(labels: Labels, one: Row | None) -> str:
    if not one:
        return ""
    rows = labels.plural("{n} row", "{n} rows", one["rows"])
    return f"{one['file']}, {rows}, {one['sha256'][:12]}"


def _texts(both: _Both) -> Iterator[Difference]:
    for part in TEXTS:
        told = [flat(facts.parameters.get(part, {})) for facts in (both.before, both.after)]
        for name in dict.fromkeys([*told[1], *told[0]]):
            texts = [one.get(name, "") for one in told]
            yield from _differing(f"{part}: {name}", texts, is_text=True)


def _parameters(both: _Both) -> Iterator[Difference]:
    told = [
        flat({name: value for name, value in facts.parameters.items() if name not in _OF_ITSELF})
        for facts in (both.before, both.after)
    ]
    for name in dict.fromkeys([*told[1], *told[0]]):
        yield from _differing(name, [one.get(name, "") for one in told])


def _program(both: _Both) -> Iterator[Difference]:
    told = [
        flat({"engine": facts.run.get("engine", "")} | facts.run["versions"])
        for facts in (both.before, both.after)
    ]
    for name in dict.fromkeys([*told[1], *told[0]]):
        yield from _differing(name, [one.get(name, "") for one in told])


def _notebooks(both: _Both) -> Iterator[Difference]:
    folders = [facts.folder / "notebooks" for facts in (both.before, both.after)]
    for name, cells, lines in notebook_differences(*folders):
        words = [NO_FIGURE if number is None else str(number) for number in cells]
        before, after = (both.labels("{n} cells", n=word) for word in words)
        yield Difference(name, before, after, lines=lines)


_KINDS: dict[str, Callable[[_Both], Iterator[Difference]]] = {
    "Statuses": _statuses,
    "Figures": _figures,
    "Definitions and targets": _definitions,
    "Rows set aside": _set_aside,
    "Extracts": _extracts,
    "Texts": _texts,
    "Other parameters": _parameters,
    "Program and libraries": _program,
    "Notebooks": _notebooks,
}
HEADING_WORDS = tuple(_KINDS)
