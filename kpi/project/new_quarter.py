"""The parameter file of a new quarter, made from the latest one.

The file is changed where the quarter changes, and else left as it was written, its comments too:
`quarter`, `as_of` and `provisional_until` move on, and all extracts lie in one folder. Texts stay,
each below a line that says whose they are: until they are changed or confirmed, no page with them
is approved (kpi.params.carried_over).
"""

from __future__ import annotations

import datetime as dt
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from kpi.errors import ParameterError
from kpi.params import quarter_file_in, quarters_in
from kpi.params.carried_over import AGENDA_TEXTS
from kpi.params.quarter_file import QuarterFile
from kpi.params.unit_file import PERIOD_KEYS
from kpi.periods import Period

MARKED = re.compile(r"^ *# of \d{4}[-/\dQ]*: .*\n", re.MULTILINE)
"""The lines that an earlier roll forward wrote."""


@dataclass(frozen=True)
class NewQuarter:
    """A parameter file that was made: where, from which quarter's, and what it holds."""

    path: Path
    last: Period
    report: QuarterFile


def new_quarter(params: Path, quarter: Period, as_of: dt.date | None = None) -> NewQuarter:
    """Write `<quarter>.yaml` from the latest earlier quarter's file; nothing is overwritten.

    Without `as_of` the extracts are known as long after the quarter as they were the last time.
    Raises ParameterError where the file is there, or no earlier one is.
    """
    path = params / f"{quarter.file_name}.yaml"
    earlier = [one for one in quarters_in(params) if one < quarter]
    if path.exists():
        raise ParameterError(
            f"A new {quarter.kind} has no parameter file yet.",
            path.as_posix(),
            "Edit that file, or remove it first.",
        )
    if not earlier:
        raise ParameterError(
            f"A new {quarter.kind}'s parameters are made from an earlier {quarter.kind}'s.",
            f"none before {quarter} in {params.as_posix()}",
            "Name the folder of parameters with --params, or write the first file yourself.",
        )
    last = max(earlier)
    before = params / f"{last.file_name}.yaml"
    report = quarter_file_in(before)
    days_after = report.as_of - last.last_day
    day = as_of or quarter.last_day + days_after
    text = rolled_forward(before.read_text(encoding="utf-8"), report, quarter, day)
    path.write_text(text, encoding="utf-8", newline="\n")
    try:
        return NewQuarter(path, last, quarter_file_in(path))
    except ParameterError:
        path.unlink()
        raise


def rolled_forward(text: str, report: QuarterFile, quarter: Period, as_of: dt.date) -> str:
    """Return a quarter's file as that of a later quarter."""
    file = _File(MARKED.sub("", text), report.quarter, quarter)
    changes = [
        *file.dates(as_of, report),
        *file.extracts(as_of, report.as_of),
        *file.without_confirmations(),
        *file.without("restatements"),
        *file.marks(),
        *file.remarks(),
    ]
    return file.changed(changes)


Change = tuple[int, int, str]
"""From where to where a text is replaced, and by what."""


class _File:
    """The text of a quarter's file, and where its keys and values stand in it."""

    def __init__(self, text: str, last: Period, quarter: Period) -> None:
        self.text, self.last, self.quarter = text, last, quarter
        self.root: Any = yaml.compose(text, Loader=yaml.SafeLoader)

    def changed(self, changes: list[Change]) -> str:
        text = self.text
        for start, end, new in sorted(changes, reverse=True):
            text = text[:start] + new + text[end:]
        return text

    def dates(self, as_of: dt.date, report: QuarterFile) -> Iterator[Change]:
        """Move the quarter on, and the days that lie after it."""
        key = next(key for key in ("quarter", *PERIOD_KEYS) if self._pair((key,)))
        yield self._value((key,), str(self.quarter))
        yield self._value(("as_of",), as_of.isoformat())
        if report.provisional_until:
            later = report.provisional_until + (self.quarter.last_day - self.last.last_day)
            yield self._value(("provisional_until",), later.isoformat())

    def extracts(self, as_of: dt.date, before: dt.date) -> Iterator[Change]:
        """Let all extracts lie in a folder of the quarter; names tell the new quarter and day."""
        files = dict(self._files())
        folders = [posixpath.dirname(one.value) for one in files.values()]
        shared = posixpath.commonpath(folders) if folders else ""
        moved = {
            self.last.file_name: self.quarter.file_name,
            before.isoformat(): as_of.isoformat(),
        }
        for node in files.values():
            name = node.value.removeprefix(f"{shared}/")
            for old, new in moved.items():
                name = name.replace(old, new)
            yield node.start_mark.index, node.end_mark.index, name
        sources = self._pair(("sources",))
        if self._pair(("extracts",)):
            yield self._value(("extracts",), self.quarter.file_name)
        elif files and sources:
            at = sources[0].start_mark.index
            told = "the folder of all extracts, inside the data folder"
            yield at, at, f"extracts: {self.quarter.file_name}{' ' * 12}# {told}\n\n"

    def _files(self) -> Iterator[tuple[str, yaml.Node]]:
        sources = self._pair(("sources",))
        for table, _ in sources[1].value if sources else ():
            found = self._pair(("sources", table.value, "file"))
            if found:
                yield table.value, found[1]

    def without_confirmations(self) -> Iterator[Change]:
        """Take out what was confirmed in the last quarter."""
        for parent in (("comments",), ("attestations",)):
            found = self._pair(parent)
            for name, _ in found[1].value if found else ():
                yield from self.without(*parent, name.value, "unchanged")
        yield from self.without("agenda", "unchanged")

    def without(self, *path: str) -> Iterator[Change]:
        """Take a key out, with the lines that hold nothing else, or with its comma."""
        found = self._pair(path)
        if not found:
            return
        start, end = found[0].start_mark.index, found[1].end_mark.index
        line = self.text.rfind("\n", 0, start) + 1
        if not self.text[line:start].strip():
            rest = self.text.find("\n", end - 1)
            yield line, len(self.text) if rest < 0 else rest + 1, ""
            return
        before = re.search(r",\s*$", self.text[:start])
        after = re.match(r"\s*,\s*", self.text[end:])
        if before:
            yield before.start(), end, ""
        else:
            yield start, end + (after.end() if after else 0), ""

    def marks(self) -> Iterator[Change]:
        """Write above each text that it is the last quarter's."""
        for parent in ("comments", "attestations"):
            found = self._pair((parent,))
            for name, _ in found[1].value if found else ():
                yield from self._marked((parent, name.value))
        for name in ("journal_number", "recommendation", *AGENDA_TEXTS):
            yield from self._marked(("agenda", name))

    def _marked(self, path: tuple[str, ...]) -> Iterator[Change]:
        found = self._pair(path)
        if not found or found[1].value in ("", []):
            return
        start = found[0].start_mark.index
        line = self.text.rfind("\n", 0, start) + 1
        indent = self.text[line:start]
        if not indent.strip():
            words = "change it, or confirm it with unchanged: true"
            if path[0] == "agenda" and path[1] not in AGENDA_TEXTS:
                words = f"change it, or confirm it with unchanged: [{path[1]}]"
            yield line, line, f"{indent}# of {self.last}: {words}\n"

    def remarks(self) -> Iterator[Change]:
        """Name the new quarter in the file's own remarks (# ...)."""
        spans = [(one.start_mark.index, one.end_mark.index) for one in _scalars(self.root)]
        for found in re.finditer(r"(?:^|(?<=\s))#.*$", self.text, re.MULTILINE):
            inside = any(start <= found.start() < end for start, end in spans)
            told = found[0].replace(str(self.last), str(self.quarter))
            told = told.replace(self.last.file_name, self.quarter.file_name)
            if told != found[0] and not inside:
                yield *found.span(), told

    def _value(self, path: tuple[str, ...], new: str) -> Change:
        node = self._pair(path)[-1]
        return node.start_mark.index, node.end_mark.index, new

    def _pair(self, path: tuple[str, ...]) -> tuple[yaml.Node, ...]:
        """Return the nodes of a key and its value; nothing where there is none."""
        found: tuple[yaml.Node, ...] = ()
        node = self.root
        for name in path:
            pairs = node.value if isinstance(node, yaml.MappingNode) else ()
            found = next((pair for pair in pairs if pair[0].value == name), ())
            if not found:
                return ()
            node = found[1]
        return found


def _scalars(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.MappingNode):
        for pair in node.value:
            for one in pair:
                yield from _scalars(one)
    else:
        for one in node.value:
            yield from _scalars(one)
