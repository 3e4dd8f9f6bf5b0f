"""The archive of published reports: a folder of bags, each with its number in the order of all.

<archive>/[<unit>/]2019Q4 is what stands published of a quarter. What a correction replaced is kept
unchanged beside it, as 2019Q4.superseded-<number>.

Publish an approved report: a verified copy in the archive, under its own name and no other.
"""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from kpi.errors import ReviewError
from kpi.publication.approval import dress, finish, is_approved, is_broken_off, name_of
from kpi.publication.contents import copy_contents
from kpi.publication.log import Log
from kpi.publication.seal import check_bag, content_of
from kpi.record import office, read_run, replacing, sha256_of

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
    same_quarter = told.quarter == str(read_run(folder).quarter) == folder.name.partition(".")[0]
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


_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)


def publish(folder: Path, log: Log, archive: Path, replace: str = "") -> Path:
    """Copy an approved, verified report into the archive and return the copy's folder.

    `replace` is the reason for taking the place of another content of the same quarter, which stays
    in the archive beside it. Raises ReviewError where the report is not what its name says, not
    approved, changed since, or another one stands there.
    """
    name, run = name_of(folder), read_run(folder)
    see_whole(folder)
    see_one_quarter(folder, name, log)
    if not is_approved(folder, log):
        raise ReviewError(
            "Only an approved report is published.",
            f"{name}, content {content_of(folder)[:12]}: not approved",
            f'Look at it, then: kpi approve {run.quarter} --as "initials, role"',
        )
    if is_broken_off(folder, log):
        dress(folder, log)
    others = published_reports(archive, run.parameters.unit)
    target = archive.joinpath(*name.split("/"))
    standing = next((one for one in others if one.folder == target), None)
    if standing and standing.about.content == content_of(folder):
        return target
    about = _publication(folder, others, standing, replace)
    _copy(folder, target, about, standing, log)
    log.add(
        "publish", name,
        content=about.content, to=archive.resolve().as_posix(), number=about.number,
        **({"replaces": about.replaces, "reason": about.reason} if standing else {}),
    )  # fmt: skip
    return target


def see_whole(folder: Path, act: str = "published") -> None:
    """Raise ReviewError unless every file of a sealed report is as it was sealed."""
    faults = check_bag(folder).faults
    if faults:
        more = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
        raise ReviewError(
            f"A report is {act} as it was sealed.",
            f"{faults[0]}{more}",
            f"Make it again (kpi run {folder.name}) and let it be approved.",
        )


def see_one_quarter(folder: Path, name: str, log: Log) -> None:
    """See that the folder's name, its record, its pages' titles and the log name one quarter."""
    quarter = str(read_run(folder).quarter)
    named = {f"the folder is {folder.name}": folder.name}
    for page in sorted(folder.glob("committee*.html")):
        title = _TITLE.search(page.read_text(encoding="utf-8"))
        words = html.unescape(title[1]).split() if title else [""]
        named[f"the title of {page.name} ends with {words[-1]}"] = words[-1]
    made = [entry for entry in log.entries() if entry.details.get("content") == content_of(folder)]
    named |= {f"the log has it as {entry.report}": entry.report.split("/")[-1] for entry in made}
    if not made:
        named["the log has no run of this content"] = ""
    wrong = [words for words, found in named.items() if found != quarter]
    if wrong:
        raise ReviewError(
            f"Everything about {name} names the same quarter.",
            f"run.json is of {quarter}, {wrong[0]}",
            f"Make the report again: kpi run {quarter}",
        )


def _publication(
    folder: Path, others: list[Published], standing: Published | None, reason: str
) -> Publication:
    if standing and not reason.strip():
        raise ReviewError(
            "A published report is replaced for a reason only, and says so.",
            f"another content of {standing.about.quarter}, published {standing.about.at[:10]}",
            'If it is to be corrected: kpi publish ... --replace "the reason"',
        )
    return Publication(
        quarter=str(read_run(folder).quarter),
        number=max((one.about.number for one in others), default=0) + 1,
        content=content_of(folder),
        at=dt.datetime.now(dt.UTC).replace(microsecond=0).isoformat(),
        replaces=standing.about.content if standing else "",
        reason=reason.strip() if standing else "",
    )


def _copy(
    folder: Path, target: Path, about: Publication, standing: Published | None, log: Log
) -> None:
    """Put a verified copy in its place; what stood there is kept beside it.

    Its pages and forms are made anew of the approved payload: whatever was done to those that lie
    in the report's folder is not published.
    """
    with replacing(target) as work:
        copy_contents(folder, work)
        write_publication(work, about)
        finish(work, log, office(folder), correction=about.reason)
        _see_copied(folder, work)
        if standing:
            standing.folder.replace(target.with_name(_kept_as(target.name, standing)))
    read_publication(target)


def _kept_as(name: str, standing: Published) -> str:
    return f"{name}{SUPERSEDED}{standing.about.number}"


def _see_copied(folder: Path, work: Path) -> None:
    """Read the copy: every file of it is whole, and its content is that of the report."""
    see_whole(work)
    if content_of(work) != content_of(folder) or sha256_of(work / "bagit.txt") != sha256_of(
        folder / "bagit.txt"
    ):
        raise ReviewError(
            "A copy is the same as the report.", "another content", "Publish it again."
        )
