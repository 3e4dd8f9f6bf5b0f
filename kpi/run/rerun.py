"""Make a report again from the same inputs, parameters and code, and compare every byte."""

from __future__ import annotations

import filecmp
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from kpi.errors import ReviewError
from kpi.files import rows_folder
from kpi.periods import Period
from kpi.publication.archive import PUBLICATION_FILE
from kpi.publication.log import LOG_FILE
from kpi.publication.seal import content_of
from kpi.record import CASES, OFFICE, Run, changed_parameters, office, read_run
from kpi.run import Places, Progress, read_params, run
from kpi.run.prepare import earlier
from kpi.sources.pseudonyms import key_named_in


@dataclass(frozen=True)
class Again:
    """A report beside the one made again: which files differ, why they may, what was left out."""

    compared: int
    differing: tuple[str, ...]
    reasons: tuple[str, ...]
    left_out: tuple[str, ...]

    def in_words(self) -> Iterator[str]:
        """Say what was compared, line by line."""
        same = self.compared - len(self.differing)
        yield f"Made again: {same} of {self.compared} files are the same to the byte."
        yield from (f"Differs: {name}" for name in self.differing)
        if self.differing:
            yield from (f"Likely because {reason}" for reason in self.reasons)
        for name in self.left_out:
            yield f"Not compared: {name}; its pseudonyms hang on a key, and none is set."


def make_again(folder: Path, quarter: Period, places: Places, progress: Progress) -> Again:
    """Make the report of a folder again in a temporary one and compare them."""
    then = read_run(folder)
    with rows_folder() as reports:
        log = places.reports / LOG_FILE
        if log.is_file():
            shutil.copy(log, reports)  # it tells whether the pages are those of a draft
        again = run(
            quarter,
            replace(places, reports=reports, archive=_archive_of_then(folder, places, reports)),
            progress,
            then.quality.override or None,
            then.parameters.languages,
        )
        persons = read_params(quarter, places).report.persons
        return compare_folders(folder, again, has_key=bool(key_named_in(persons)))


def _archive_of_then(folder: Path, places: Places, temporary: Path) -> Path:
    """Copy what had been published before a report was: later reports tell nothing of it."""
    archive = temporary / "archive"
    archive.mkdir()
    run_then = read_run(folder)
    params = read_params(run_then.quarter, places)
    found, own = earlier(params, places), content_of(folder)
    number = next((one.about.number for one in found if one.about.content == own), None)
    for one in found:
        if number is None or one.about.number < number:
            shutil.copytree(one.folder, archive / params.report.unit / one.folder.name)
    return archive


def compare_folders(folder: Path, again: Path, *, has_key: bool) -> Again:
    """Compare two folders of the same report file by file; pseudonyms only where the key is set."""
    one, other = _files(folder), _files(again)
    there = sorted(one.keys() | other.keys())
    left_out = [] if has_key else [n for n in there if _hangs_on_key(n)]
    names = [name for name in there if name not in left_out and not _lists_tags(name)]
    differing = [name for name in names if not _same(one.get(name), other.get(name))]
    reasons = _reasons(read_run(folder), read_run(again), differing)
    return Again(len(names), tuple(differing), tuple(reasons), tuple(left_out))


def refuse_differences(name: str, again: Again) -> None:
    """Raise ReviewError if any file differs."""
    if again.differing:
        raise ReviewError(
            "The same inputs, parameters and code give the same report.",
            f"{name}: {len(again.differing)} of {again.compared} files differ",
            "Check out the code that run.json names, and use the extracts whose checksums it has.",
        )


def _files(folder: Path) -> dict[str, Path]:
    """Return the files of a report, and those of the office as office/..., by name.

    What only its publication adds is none of them.
    """
    places = {"": folder, f"{OFFICE}/": office(folder)}
    return {
        f"{name}{path.relative_to(place).as_posix()}": path
        for name, place in places.items()
        for path in place.rglob("*")
        if path.is_file() and path.name != PUBLICATION_FILE
    }


def _hangs_on_key(name: str) -> bool:
    return name == f"{OFFICE}/{CASES}.parquet"


def _lists_tags(name: str) -> bool:
    """Tell a list of checksums of other files, which differs where these do."""
    return name.startswith("tagmanifest-")


def _same(one: Path | None, other: Path | None) -> bool:
    return bool(one and other and filecmp.cmp(one, other, shallow=False))


def _reasons(then: Run, now: Run, differing: list[str]) -> Iterator[str]:
    """Yield what differs in what both were made from, most likely first."""
    inputs = {one.file: one.sha256 for one in then.inputs}
    for one in now.inputs:
        if inputs.get(one.file) != one.sha256:
            yield f"the extract {one.file} is another than then."
    names = changed_parameters(then.parameters, now.parameters)
    if names:
        yield f"the parameters are others: {', '.join(names)}."
    if then.metrics != now.metrics:
        yield "definitions or targets are others."
    for name, version in then.versions.items():
        if now.versions.get(name) != version:
            yield f"{name} is {now.versions.get(name, 'gone')}, then {version}."
    if any(map(_hangs_on_key, differing)):
        yield "the key of pseudonyms is another than then, or none was set."
