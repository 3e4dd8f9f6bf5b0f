"""What is kept of a run for the next one: each step's product, under a key of what it is of.

A step is skipped only where its key is that of the kept product. A key covers the content of the
extracts, parameters, notebooks and of the program itself, the versions of all installed libraries,
and what else a product depends on. Dates of files play no part.

`reports/.work/2019Q4/` holds a folder for each step, and beside it a record of its key and of the
checksum of every file. A product takes its place before its record is written, so that a run that
was killed leaves none that is taken for whole. Rows about persons are not kept here: only what is
in the report, too.
"""

from __future__ import annotations

import hashlib
import json
import platform
import secrets
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from kpi.language.catalogue import of_further
from kpi.page.reads import EVERYTHING
from kpi.params import MetricParams, Params, Texts
from kpi.params.strict import Strict
from kpi.record import (
    OFFICE,
    checksums,
    commit,
    office,
    payload,
    sha256_of,
    used_notebooks,
    write_json,
)
from kpi.run.notebook_place import key_of
from kpi.run.other_units import reports_of_others
from kpi.run.places import Places
from kpi.run.prepare import earlier
from kpi.sources.files import fitting, see_readable
from kpi.sources.pseudonyms import fingerprint

PROGRAM = Path(__file__).resolve().parent.parent
COMMANDS = (
    "__main__.py", "cli/", "project/", "simulate/", "publication/index.py",
    *(f"run/{name}.py" for name in ("batch", "flow_log", "mail", "rerun", "watch")),
)  # fmt: skip
"""Parts of the program that no report depends on."""
PRESENTATION = (
    *COMMANDS, "page/", "report.py", "publication/templates/",
    *(f"run/{name}.py" for name in ("kernel", "notebook_place", "notebooks")),
    *(
        f"publication/{name}.py"
        for name in (
            "columns", "contents", "dictionary", "document", "flow_page", "forms", "gate",
            "gate_persons", "gate_reading", "html",
            "open_data", "paper", "pdf", "set_aside_list", "symbols", "word", "word_style",
            "word_tables", "workbook",
        )
    ),
)  # fmt: skip
"""What figures cannot depend on: it stands after disclosure in the flow of imports.

Review stands there, too, but tells what was published, which decides what a figure may show."""
SHOWN_ONLY = (
    "comments", "agenda", "notebooks", "notebook_minutes", "published", "languages", "forms",
    "approval", "restatements", "provisional_until",
)  # fmt: skip
"""Parameters that change the pages alone."""
SHOWN_OF_SOURCES = ("labels", "owner")
SHOWN_OF_METRICS = ("title", "owner", "source", "aim", "introduced", "year_to_date")
SHOWN_OF_VERSIONS = ("reason", "decided_by", "source", "what", "wording")
"""The same of a source, of a metric, and of a version of its counting, targets or stages."""
JUDGED_BY = ("attestations", "accepted_deviations")
JUDGED_BY_OF_METRICS = ("targets", "retired")
"""Parameters that give figures a status, and count nothing."""
Part = TypeVar("Part", bound=Strict)


def for_figures(params: Params) -> Params:
    """Return the parameters without what only the pages show, so that no figure depends on it."""
    metrics = {name: _without_words(one) for name, one in params.metrics.items()}
    report = _without(params.report, SHOWN_ONLY)
    sources = {name: _without(one, SHOWN_OF_SOURCES) for name, one in report.sources.items()}
    report = report.model_copy(update={"sources": sources})
    return replace(params, report=report, metrics=metrics, texts=Texts(), carried_over=())


def for_counts(params: Params) -> Params:
    """Return the parameters of figures without what judges them, so that no count depends on it."""
    figures = for_figures(params)
    metrics = {name: _without(one, JUDGED_BY_OF_METRICS) for name, one in figures.metrics.items()}
    return replace(figures, report=_without(figures.report, JUDGED_BY), metrics=metrics)


def _without(part: Part, names: Iterable[str]) -> Part:
    """Return a part of the parameters as if these of its fields had not been written."""
    fields = type(part).model_fields
    usual = {
        name: fields[name].get_default(call_default_factory=True)
        for name in names
        if name in fields
    }
    return part.model_copy(update=usual)


def _without_words(metric: MetricParams) -> MetricParams:
    """Return what a metric's administration decides, without what it says about it."""
    versions = {
        field: tuple(_without(one, SHOWN_OF_VERSIONS) for one in getattr(metric, field))
        for field in ("counting", "targets", "stages")
    }
    return _without(metric, SHOWN_OF_METRICS).model_copy(update=versions)


@dataclass(frozen=True)
class Keys:
    """The keys of a run's steps; each covers those before it."""

    counts: str
    figures: str
    record: str
    notebooks: dict[str, str]
    """Of each notebook alone: what it reads of the report is added once the report's frames and
    record are there."""

    @classmethod
    def of(cls, params: Params, places: Places, override: str) -> Keys:
        """Read everything that the report of these parameters depends on."""
        counts = key(
            as_data(for_counts(params)), override, places.engine.partition(":")[0],
            [[path.name, sha256_of(path)] for path in extracts_of(params, places.data)],
            fingerprint(params.report.persons, places.data), unforeseen(params),
            program(PRESENTATION), libraries(),
            [one.about.content for one in earlier(params, places)],
        )  # fmt: skip
        figures = key(
            counts, as_data(for_figures(params)),
            [[unit, sha256_of(payload(folder) / "results.parquet")]
             for unit, folder in reports_of_others(params, places)],
        )  # fmt: skip
        published = params.report.published
        words = of_further(params.report.page_languages)
        record = key(
            figures, as_data(params), words, params.texts.translations, commit(), program(COMMANDS),
            [one.model_dump() for one in params.carried_over],
            sha256_of(places.data / published) if published else "",
            [one.model_dump() for one in used_notebooks(places.notebooks, params.report.notebooks)],
        )  # fmt: skip
        notebooks = {
            name: key(key_of(places.notebooks, name), program(COMMANDS), libraries(), words)
            for name in params.report.notebooks
        }
        return cls(counts, figures, record, notebooks)

    @property
    def report(self) -> str:
        """The key of the whole report."""
        return key(self.record, self.notebooks)


def key(*parts: Any) -> str:
    """Return the checksum of what something was made from.

    >>> key("a", "bc") == key("ab", "c")
    False
    """
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def as_data(params: Params) -> list[Any]:
    """Return parameters as plain data."""
    metrics = {name: one.model_dump(mode="json") for name, one in params.metrics.items()}
    order = list(metrics)
    report, declared = params.report.model_dump(mode="json"), params.catalogue.declared
    return [report, order, metrics, params.overlap_quarters, declared]


def extracts_of(params: Params, data: Path) -> list[Path]:
    """Return the files that the parameters name and that are there."""
    sources = params.report.sources.values()
    patterns = {pattern for source in sources for pattern in source.patterns}
    allowed = params.report.extract_folders
    found = {path for one in patterns for path in fitting(data, one, allowed) if path.exists()}
    for path in found:
        see_readable(path, path.name)
    administrative = params.report.persons.administrative_numbers
    return sorted(found | ({data / administrative} if administrative else set()))


def unforeseen(params: Params) -> str:
    """Return something else each time where a database is read: what it holds is not known."""
    from_database = any(source.database for source in params.report.sources.values())
    return secrets.token_hex(16) if from_database else ""


@cache
def program(without: tuple[str, ...]) -> str:
    """Return the checksum of the program's files, without those of the named parts."""
    files = {}
    for path in sorted(PROGRAM.rglob("*")):
        inside = path.relative_to(PROGRAM)
        if path.is_file() and "__pycache__" not in inside.parts:
            files[inside.as_posix()] = sha256_of(path)
    files = {name: content for name, content in files.items() if not name.startswith(without)}
    return key(files)


@cache
def libraries() -> str:
    """Return the checksum of the versions of Python and of everything that is installed."""
    installed = {
        path.name
        for folder in map(Path, sys.path)
        if folder.is_dir()
        for path in folder.glob("*.dist-info")
    }
    return key(platform.python_version(), sys.platform, platform.machine(), sorted(installed))


KEPT = ".work"


def of_report(target: Path) -> dict[str, str]:
    """Return the checksums of a report's payload and of the office's papers beside it.

    Papers of another person, who made the report, cannot be read: they count as none.
    """
    files = checksums(payload(target))
    with suppress(PermissionError):
        files |= {f"{OFFICE}/{name}": sha for name, sha in checksums(office(target)).items()}
    return files


class Kept:
    """The products kept of the runs of one report."""

    def __init__(self, target: Path) -> None:
        self.folder = target.parent / KEPT / target.name
        self._used: set[str] = {"report"}

    def reads(self, step: str) -> tuple[str, ...]:
        """Return which parts of the report a kept notebook read; everything where it is not known.

        Where all of them are what they were, it would read the same again.
        """
        return tuple(self._record(step).get("reads", (EVERYTHING,)))

    def take(self, step: str, key: str, into: Path) -> bool:
        """Copy the kept product of a step into a folder; False where it was made of other things.

        A product whose files are no longer what was written counts as none.
        """
        self._used.add(step)
        product, record = self.folder / step, self._record(step)
        if record.get("key") != key or checksums(product) != record["files"]:
            return False
        shutil.copytree(product, into, dirs_exist_ok=True)
        return True

    def make(
        self,
        step: str,
        key: str,
        into: Path,
        work: Callable[[Path], None],
        reads: tuple[str, ...] = (),
    ) -> None:
        """Let `work` fill a folder with the product of a step, keep it, and copy it into `into`.

        `reads` are the parts of the report that a notebook read, of which its key is made.
        """
        with self.unfinished("product") as product:
            work(product)
            self._file(step).unlink(missing_ok=True)
            shutil.rmtree(self.folder / step, ignore_errors=True)
            product.rename(self.folder / step)
        self.note(step, key, checksums(self.folder / step), reads)
        self.take(step, key, into)

    @contextmanager
    def unfinished(self, name: str) -> Iterator[Path]:
        """Give an empty folder to work in, without what a run that was killed left there."""
        folder = self.folder / f"unfinished-{name}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def is_unchanged(self, target: Path, key: str, pages: list[str]) -> bool:
        """Tell whether a report is still what was made of the same things.

        Its pages need only be there: approval makes them anew, without the mark of a draft.
        """
        record = self._record("report")
        if record.get("key") != key or not all((target / page).is_file() for page in pages):
            return False
        return bool(of_report(target) == record["files"])

    def note(self, step: str, key: str, files: dict[str, str], reads: tuple[str, ...] = ()) -> None:
        """Write down what a product was made of, and its files."""
        unfinished = self._file(step).with_suffix(".unfinished")
        known = {"reads": reads} if reads else {}
        write_json({"key": key, "files": files} | known, unfinished)
        unfinished.replace(self._file(step))

    def forget(self) -> None:
        """Remove every product."""
        for record in self.folder.glob("*.json"):
            self._remove(record)

    def forget_others(self) -> None:
        """Remove the products of steps that this run did not have."""
        for record in self.folder.glob("*.json"):
            if record.stem not in self._used:
                self._remove(record)

    def _remove(self, record: Path) -> None:
        record.unlink()
        shutil.rmtree(self.folder / record.stem, ignore_errors=True)

    def _file(self, step: str) -> Path:
        return self.folder / f"{step}.json"

    def _record(self, step: str) -> dict[str, Any]:
        try:
            content: dict[str, Any] = json.loads(self._file(step).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return content if "files" in content else {}
