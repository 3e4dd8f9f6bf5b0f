"""Publish an approved report: a verified copy in the archive, under its own name and no other."""

from __future__ import annotations

import datetime as dt
import html
import re
import shutil
from pathlib import Path

from kpi.errors import ReviewError
from kpi.review.approval import is_approved, name_of
from kpi.review.approve import dress, finish, is_broken_off
from kpi.review.archive import (
    SUPERSEDED,
    Publication,
    Published,
    published_reports,
    read_publication,
    write_publication,
)
from kpi.review.bag import check_bag
from kpi.review.log import Log
from kpi.review.seal import content_of, seal_tags
from kpi.store import OFFICE, read_run, replacing, sha256_of

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
            f'Look at it, then: kpi approve {run["quarter"]} --as "initials, role"',
        )
    if is_broken_off(folder, log):
        dress(folder, log)
    others = published_reports(archive, run["parameters"]["unit"])
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


def see_whole(folder: Path) -> None:
    """Raise ReviewError unless every file of a sealed report is as it was sealed."""
    faults = check_bag(folder).faults
    if faults:
        more = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
        raise ReviewError(
            "A report is published as it was sealed.",
            f"{faults[0]}{more}",
            f"Make it again (kpi run {folder.name}) and let it be approved.",
        )


def see_one_quarter(folder: Path, name: str, log: Log) -> None:
    """See that the folder's name, its record, its pages' titles and the log name one quarter."""
    quarter = read_run(folder)["quarter"]
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
        quarter=read_run(folder)["quarter"],
        number=max((one.about.number for one in others), default=0) + 1,
        content=content_of(folder),
        at=dt.datetime.now(dt.UTC).replace(microsecond=0).isoformat(),
        replaces=standing.about.content if standing else "",
        reason=reason.strip() if standing else "",
    )


def _copy(
    folder: Path, target: Path, about: Publication, standing: Published | None, log: Log
) -> None:
    """Put a verified copy in its place; what stood there is kept beside it."""
    with replacing(target) as work:
        shutil.copytree(folder, work, dirs_exist_ok=True)
        shutil.rmtree(work / OFFICE, ignore_errors=True)
        write_publication(work, about)
        if about.replaces:
            finish(work, log, correction=about.reason)
        seal_tags(work)
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
