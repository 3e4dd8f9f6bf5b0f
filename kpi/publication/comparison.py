"""Two reports side by side: what a reviewer looks at, the most important first.

Verdicts before figures, figures before definitions and targets, then what was set aside, the
extracts, the texts, the other parameters, the program, the notebooks. Two quarters are compared
each by its own reported quarter; two reports of one quarter by every quarter they show. Notebooks
are compared by nbdime, without outputs.
"""

from __future__ import annotations

import difflib
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from kpi.errors import ExportError
from kpi.language import Labels
from kpi.page.facts import Facts, Row
from kpi.page.fragments import stylesheet
from kpi.page.wording import NO_FIGURE, figure, status_word
from kpi.periods import Period
from kpi.processes import lazy_imports
from kpi.publication.document import TEMPLATES, check_page, tidy
from kpi.publication.seal import MANIFEST, content_of
from kpi.record import INJECTED, Input


def flat(value: Any, name: str = "") -> dict[str, str]:
    """Return each leaf of nested data by its path, as text; what is empty has no line.

    >>> flat({"due": {"days": 10}, "groups": ["office"], "note": ""})
    {'due.days': '10', 'groups.1': 'office'}
    """
    if isinstance(value, dict):
        parts = ((str(key), part) for key, part in value.items())
    elif isinstance(value, list | tuple):
        parts = ((str(place), part) for place, part in enumerate(value, start=1))
    else:
        return {} if value in (None, "") else {name: str(value)}
    found: dict[str, str] = {}
    for key, part in parts:
        found |= flat(part, f"{name}.{key}" if name else key)
    return found


Cells = tuple[int | None, int | None]
"""How many cells each has; null where it has no such notebook."""


def notebook_differences(before: Path, after: Path) -> Iterator[tuple[str, Cells, str]]:
    """Yield each notebook that differs: its name, the cells of both, and the changes as lines."""
    names = {path.name for folder in (before, after) for path in folder.glob("*.ipynb")}
    for name in sorted(names):
        books = [_source(folder / name) for folder in (before, after)]
        cells = _cells(books[0]), _cells(books[1])
        if None in books:
            yield name, cells, ""
        elif lines := _changes(*books):
            yield name, cells, lines


def _cells(book: Any) -> int | None:
    return None if book is None else len(book["cells"])


def _source(path: Path) -> Any:
    """Read a notebook as it was written: without outputs, counts and the run's own parameters."""
    with lazy_imports():
        import nbformat

    if not path.is_file():
        return None
    book: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    kept = [cell for cell in book["cells"] if INJECTED not in cell["metadata"].get("tags", ())]
    for cell in kept:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    book["cells"] = kept
    return book


def _changes(before: Any, after: Any) -> str:
    from nbdime.diffing.notebooks import diff_notebooks  # type: ignore[import-untyped]
    from nbdime.prettyprint import (  # type: ignore[import-untyped]
        PrettyPrintConfig,
        pretty_print_diff,
    )

    found = diff_notebooks(before, after)
    if not found:
        return ""
    out = io.StringIO()
    pretty_print_diff(before, found, "", PrettyPrintConfig(out=out, use_color=False))
    return out.getvalue().strip()


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
        return list(dict.fromkeys(one.table for one in checked))

    def table(self, table: str) -> str:
        facts = self.after if table in self.after.run.subjects else self.before
        return facts.table_title(table)

    def title(self, metric: str) -> str:
        facts = self.after if metric in self.after.metrics else self.before
        return facts.title(metric)

    def quarters(self) -> Iterator[tuple[Period, Period]]:
        """Yield the quarters to be compared: the reported ones, or all that both show."""
        yield self.before.quarter, self.after.quarter
        if self.before.quarter == self.after.quarter:
            shown = [
                set(facts.results.loc[facts.results["period_kind"] == facts.quarter.kind, "period"])
                for facts in (self.before, self.after)
            ]
            for name in sorted(shown[0] & shown[1], reverse=True):
                if name != str(self.after.quarter):
                    yield (both := self.after.quarter.cycle.parse(name)), both


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


def _row(facts: Facts, metric: str, quarter: Period) -> Row:
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
        then, now = (flat(one.model_dump(mode="json")) for one in described if one)
        for name in dict.fromkeys([*now, *then]):
            what = f"{both.title(metric)}: {name}"
            yield from _differing(what, (then.get(name, ""), now.get(name, "")))


def _set_aside(both: _Both) -> Iterator[Difference]:
    counted = [
        (f, {one.table: dict(one) for one in f.checked_tables}) for f in (both.before, both.after)
    ]
    for table in both.tables:
        for name, word in COUNT_WORDS.items():
            told = [
                facts.rows_of_persons(found[table][name]) if table in found else ""
                for facts, found in counted
            ]
            what = f"{both.table(table)}: {both.labels(word)}"
            yield from _differing(what, told)
    reasons = both.before.override, both.after.override
    yield from _differing(both.labels("Broken stop rule"), reasons)


def _extracts(both: _Both) -> Iterator[Difference]:
    inputs = [{one.table: one for one in f.run.inputs} for f in (both.before, both.after)]
    for table in dict.fromkeys([*inputs[1], *inputs[0]]):
        told = [_extract(both.labels, found.get(table)) for found in inputs]
        yield from _differing(both.table(table), told)


def _extract(labels: Labels, one: Input | None) -> str:
    if not one:
        return ""
    rows = labels.plural("{n} row", "{n} rows", one.rows)
    return f"{one.file}, {rows}, {one.sha256[:12]}"


def _texts(both: _Both) -> Iterator[Difference]:
    for part in TEXTS:
        told = [flat(_parameters_of(facts)[part]) for facts in (both.before, both.after)]
        for name in dict.fromkeys([*told[1], *told[0]]):
            texts = [one.get(name, "") for one in told]
            yield from _differing(f"{part}: {name}", texts, is_text=True)


def _left_over(both: _Both) -> Iterator[Difference]:
    """Yield the texts that another quarter's file left behind in either report."""
    found = [*both.after.run.carried_over, *both.before.run.carried_over]
    for place in dict.fromkeys(one.place for one in found):
        then, now = (facts.left_over(place) for facts in (both.before, both.after))
        told = [both.labels.and_list(one) if one else NO_FIGURE for one in (then, now)]
        yield Difference(place, told[0], told[1])


def _parameters_of(facts: Facts) -> dict[str, Any]:
    return facts.parameters.model_dump(mode="json")


def _parameters(both: _Both) -> Iterator[Difference]:
    told = [
        flat({n: value for n, value in _parameters_of(facts).items() if n not in _OF_ITSELF})
        for facts in (both.before, both.after)
    ]
    for name in dict.fromkeys([*told[1], *told[0]]):
        yield from _differing(name, [one.get(name, "") for one in told])


def _program(both: _Both) -> Iterator[Difference]:
    told = [
        flat({"engine": dict(facts.run.engine or {})} | facts.run.versions)
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
    "Texts of another quarter": _left_over,
    "Texts": _texts,
    "Other parameters": _parameters,
    "Program and libraries": _program,
    "Notebooks": _notebooks,
}
HEADING_WORDS = tuple(_KINDS)


_WIDEST = 72


def write_page(found: Comparison, target: Path) -> None:
    """Write a comparison as one page; what may not stand on a page is an ExportError."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    look = stylesheet() + (TEMPLATES / "committee" / "page.css").read_text(encoding="utf-8")
    template = environment.get_template("compare.html.j2")
    page = template.render(t=found.labels, found=found, look=look, pieces=pieces)
    check_page(page, target.name)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(tidy(page), encoding="utf-8", newline="\n")
    except OSError as error:
        raise ExportError(
            "The comparison can be written.",
            error.strerror or "an error of the file system",
            "Name another file with --out.",
        ) from None


def pieces(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Split two texts into what stayed ("same"), went ("gone") and came ("new"), word by word.

    >>> list(pieces("late bills", "few late bills"))
    [('new', 'few'), ('same', 'late bills')]
    """
    old, new = before.split(), after.split()
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        if kind == "equal":
            yield "same", " ".join(old[start:end])
            continue
        if end > start:
            yield "gone", " ".join(old[start:end])
        if new_end > new_start:
            yield "new", " ".join(new[new_start:new_end])


def as_lines(found: Comparison) -> Iterator[str]:
    """Write a comparison for the terminal."""
    yield found.labels("{before} beside {after}", before=found.before, after=found.after)
    for section in found.differing:
        yield ""
        yield f"{section.heading} ({len(section.found)})"
        for one in section.found:
            yield f"  {one.what}: {_short(one.before)} \u2192 {_short(one.after)}"
    yield ""
    if found.unchanged:
        yield found.labels("Unchanged: {kinds}.", kinds=found.labels.and_list(found.unchanged))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _WIDEST else f"{line[: _WIDEST - 1]}\u2026"
