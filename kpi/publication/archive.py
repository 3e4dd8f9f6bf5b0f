"""The archive of published reports: a folder of bags, each with its number in the order of all.

<archive>/[<unit>/]2019Q4 is what stands published of a quarter. What a correction replaced is kept
unchanged beside it, as 2019Q4.superseded-<number>.

An approved report is published as a verified copy, under its own name and no other.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from dataclasses import replace as replaced
from pathlib import Path

from kpi.errors import ReviewError
from kpi.publication.approval import (
    dress,
    finish,
    is_approved,
    is_broken_off,
    name_of,
    see_one_quarter,
)
from kpi.publication.contents import copy_contents
from kpi.publication.log import FIRST, Log
from kpi.publication.seal import check_bag, content_of
from kpi.record import office, read_run, replacing, sha256_of

PUBLICATION_FILE = "publication.json"
SUPERSEDED = ".superseded-"


@dataclass(frozen=True)
class Publication:
    """What a published copy says of itself.

    `number` counts the publications of the archive; `replaces` is the content that a correction
    took the place of, and `reason` why. `log` is the checksum of the last line of the log then.
    """

    quarter: str
    number: int
    content: str
    at: str
    replaces: str = ""
    reason: str = ""
    log: str = FIRST


@dataclass(frozen=True)
class Published:
    """A published report: its folder, and what it says of its publication."""

    folder: Path
    about: Publication

    @property
    def is_superseded(self) -> bool:
        """Whether a correction took its place."""
        return SUPERSEDED in self.folder.name


def all_published(archive: Path) -> list[Published]:
    """Return the published reports of an archive, of every unit."""
    folders = [archive, *(path for path in sorted(archive.iterdir()) if path.is_dir())]
    return [one for folder in folders for one in _found(folder)]


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
    quarter, name = read_run(folder).quarter, folder.name.partition(".")[0]
    same = (told.quarter, name) == (str(quarter), quarter.file_name)
    if not same or told.content != content_of(folder):
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


def publish(folder: Path, log: Log, archive: Path, replace: str = "") -> Path:
    """Copy an approved, verified report into the archive and return the copy's folder.

    `replace` is the reason for taking the place of another content of the same quarter, which stays
    in the archive beside it. Raises ReviewError where the report is not what its name says, not
    approved, changed since, or another one stands there.
    """
    name, run = name_of(folder), read_run(folder)
    see_whole(folder)
    see_one_quarter(folder, log)
    if not is_approved(folder, log):
        raise ReviewError(
            "Only an approved report is published.",
            f"{name}, content {content_of(folder)[:12]}: not approved",
            f'Look at it, then: kpi approve {run.quarter} --as "initials, role"',
        )
    if is_broken_off(folder, log):
        dress(folder, log)
    others = published_reports(archive, run.parameters.unit)
    see_log_whole(others, log)
    target = archive.joinpath(*name.split("/"))
    standing = next((one for one in others if one.folder == target), None)
    if standing and standing.about.content == content_of(folder):
        return target
    about = _publication(folder, others, standing, replace)
    _copy(folder, archive, replaced(about, log=log.verify()), standing, log)
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


def gaps(published: Iterable[Published], log: Log) -> list[str]:
    """Say of each published report which the log no longer tells of what it must.

    The log must hold the line that was the last when a report was published, and tell of the
    publication itself: else it was cut off, or written anew.
    """
    told = {
        (one.details["content"], one.details["number"])
        for one in log.entries()
        if one.act == "publish"
    }
    found = []
    for one in published:
        about = one.about
        if not log.holds(about.log):
            found.append(f"the log has lost the line that {one.folder.name} was published after")
        elif (about.content, about.number) not in told:
            found.append(f"the log does not tell that {one.folder.name} was published")
    return found


def see_log_whole(published: Iterable[Published], log: Log) -> None:
    """Raise ReviewError unless the log tells of everything that was published."""
    found = gaps(published, log)
    if found:
        raise ReviewError(
            "The log holds every line that published reports have seen.",
            found[0],
            "Somebody cut it off or wrote it anew, or it is another log: put back a copy.",
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
    folder: Path, archive: Path, about: Publication, standing: Published | None, log: Log
) -> None:
    """Put a verified copy in its place; what stood there is kept beside it.

    Its pages and forms are made anew of the approved payload: whatever was done to those that lie
    in the report's folder is not published. The log tells of it just before it takes its place: no
    published report lacks its line, even if the program is killed.
    """
    name = name_of(folder)
    target = archive.joinpath(*name.split("/"))
    with replacing(target) as work:
        copy_contents(folder, work)
        write_publication(work, about)
        finish(work, log, office(folder), correction=about.reason)
        _see_copied(folder, work)
        log.add(
            "publish", name,
            content=about.content, to=archive.resolve().as_posix(), number=about.number,
            bag=bag_of(work),
            **({"replaces": about.replaces, "reason": about.reason} if standing else {}),
        )  # fmt: skip
        if standing:
            standing.folder.replace(target.with_name(_kept_as(target.name, standing)))
    read_publication(target)


def bag_of(folder: Path) -> str:
    """Return what stands for all files of a published report: the checksum of its tags' list."""
    return sha256_of(folder / "tagmanifest-sha256.txt")


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
