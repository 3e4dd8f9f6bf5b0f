"""What a step's product was made from, as one checksum: its key.

A step is skipped only where its key is that of the kept product. A key covers the content of the
extracts, parameters, notebooks and of the program itself, the versions of all installed libraries,
and what else a product depends on. Dates of files play no part.
"""

from __future__ import annotations

import hashlib
import json
import platform
import secrets
import sys
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from kpi.extract_files import see_readable
from kpi.params import Params
from kpi.pseudonym_key import fingerprint
from kpi.run.places import Places
from kpi.run.releases import earlier
from kpi.store import sha256_of
from kpi.versions import commit

PROGRAM = Path(__file__).resolve().parent.parent
COMMANDS = frozenset(
    {
        "whatif", "simulate", "flowlog", "demo", "doctor", "tutorial", "watch", "new_metric",
        "progress", "summary", "site", "rerun", "batch", "cli", "__main__",
    }
)  # fmt: skip
"""Parts of the program that no report depends on."""
PRESENTATION = COMMANDS | {
    "present", "report", "notebooks", "export", "set_aside_list", "dictionary",
}  # fmt: skip
"""What figures cannot depend on: these parts stand after disclosure in the flow of imports.

Review stands there, too, but tells what was published, which decides what a figure may show."""
SHOWN_ONLY = (
    "comments", "agenda", "notebooks", "notebook_minutes", "published", "languages", "forms",
    "approval", "restatements", "provisional_until",
)  # fmt: skip
"""Parameters that change the pages alone."""


def for_figures(params: Params) -> Params:
    """Return the parameters without what only the pages show, so that no figure depends on it."""
    fields = type(params.report).model_fields
    usual = {name: fields[name].get_default(call_default_factory=True) for name in SHOWN_ONLY}
    return replace(params, report=params.report.model_copy(update=usual))


@dataclass(frozen=True)
class Keys:
    """The keys of a run's steps; each covers those before it."""

    figures: str
    record: str
    notebooks: dict[str, str]

    @classmethod
    def of(cls, params: Params, places: Places, despite: str) -> Keys:
        """Read everything that the report of these parameters depends on."""
        figures = key(
            as_data(for_figures(params)), despite, places.engine.partition(":")[0],
            [[path.name, sha256_of(path)] for path in extracts_of(params, places.data)],
            fingerprint(params.report.persons, places.data), unforeseen(params),
            program(PRESENTATION), libraries(),
            [one.about.content for one in earlier(params, places)],
        )  # fmt: skip
        published = params.report.published
        record = key(
            figures, as_data(params), params.texts.translations, commit(), program(COMMANDS),
            sha256_of(places.data / published) if published else "",
        )  # fmt: skip
        notebooks = {
            name: key(record, sha256_of(places.notebooks / f"{name}.ipynb"))
            for name in params.report.notebooks
        }
        return cls(figures, record, notebooks)

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
    return [params.report.model_dump(mode="json"), order, metrics, params.overlap_quarters]


def extracts_of(params: Params, data: Path) -> list[Path]:
    """Return the files in the data folder that the parameters name."""
    patterns = {source.file for source in params.report.sources.values() if source.file}
    found = {path for pattern in patterns for path in data.glob(pattern)}
    for path in found:
        see_readable(path, path.name)
    administrative = params.report.persons.administrative_numbers
    return sorted(found | ({data / administrative} if administrative else set()))


def unforeseen(params: Params) -> str:
    """Return something else each time where a database is read: what it holds is not known."""
    from_database = any(source.database for source in params.report.sources.values())
    return secrets.token_hex(16) if from_database else ""


@cache
def program(without: frozenset[str]) -> str:
    """Return the checksum of the program's files, without those of the named parts."""
    files = {}
    for path in sorted(PROGRAM.rglob("*")):
        inside = path.relative_to(PROGRAM)
        part = inside.parts[0].removesuffix(".py")
        if path.is_file() and "__pycache__" not in inside.parts and part not in without:
            files[inside.as_posix()] = sha256_of(path)
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
