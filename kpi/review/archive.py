"""The archive of published reports: a folder of bags, each with its number in the order of all.

<archive>/[<unit>/]2019Q4 is what stands published of a quarter. What a correction replaced is kept
unchanged beside it, as 2019Q4.superseded-<number>.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from kpi.errors import ReviewError
from kpi.review.seal import content_of
from kpi.store import read_run

PUBLICATION_FILE = "publication.json"
SUPERSEDED = ".superseded-"


@dataclass(frozen=True)
class Publication:
    """What a published copy says of itself.

    `number` counts the publications of the archive; `replaces` is the content that a correction
    took the place of, and `reason` why.
    """

    quarter: str
    number: int
    content: str
    at: str
    replaces: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Published:
    """A published report: its folder, and what it says of its publication."""

    folder: Path
    about: Publication

    @property
    def is_superseded(self) -> bool:
        """Whether a correction took its place."""
        return SUPERSEDED in self.folder.name


def published_reports(archive: Path, unit: str = "") -> list[Published]:
    """Return the published reports of a unit in the order of their publication."""
    where = archive / unit if unit else archive
    found = _found(where) if where.is_dir() else ()
    return sorted(found, key=lambda one: one.about.number)


def _found(where: Path) -> Iterator[Published]:
    for file in where.glob(f"*/{PUBLICATION_FILE}"):
        if not file.parent.name.startswith("."):
            yield Published(file.parent, read_publication(file.parent))


def read_publication(folder: Path) -> Publication:
    """Read what a published copy says of itself; ReviewError where that is not so."""
    told = Publication(**json.loads((folder / PUBLICATION_FILE).read_text(encoding="utf-8")))
    same_quarter = told.quarter == read_run(folder)["quarter"] == folder.name.partition(".")[0]
    if not same_quarter or told.content != content_of(folder):
        raise ReviewError(
            "A published report is what it says it is.",
            f"{folder.name} says it is {told.quarter}, content {told.content[:12]}",
            "Restore the archive from a copy: kpi verify FOLDER tells what was changed.",
        )
    return told


def write_publication(folder: Path, about: Publication) -> None:
    """Write into a copy what it is."""
    text = json.dumps(asdict(about), ensure_ascii=False, indent=2) + "\n"
    (folder / PUBLICATION_FILE).write_text(text, encoding="utf-8", newline="\n")
