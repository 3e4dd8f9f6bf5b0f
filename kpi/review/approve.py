"""Approve a report's content, or withdraw that; its pages follow, its payload stays as it is."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from kpi.errors import ReviewError
from kpi.export.forms import forms_in
from kpi.export.gate import inspect
from kpi.export.pages import export_pages
from kpi.review.approval import (
    Approval,
    approvals,
    bears_approval,
    is_approved,
    name_of,
    needed,
    persons,
    write_approval,
)
from kpi.review.blocks import blocks, refuse
from kpi.review.log import Log, user
from kpi.review.seal import MANIFEST, content_of, seal_tags
from kpi.review.signature import sign
from kpi.store import read_run, replacing

_BY = re.compile(r"\s*\w[\w.\-]*\s*,\s*\w.*")


@dataclass(frozen=True)
class Standing:
    """How a report stands after an act: its content, who approved it, how many more must."""

    content: str
    approvals: tuple[Approval, ...]
    missing: int


def approve(folder: Path, log: Log, by: str, note: str, key: Path | None = None) -> Standing:
    """Record that somebody ("initials, role") approves the content of a report.

    With a key, the list of the payload is signed. Raises ReviewError where something stands in the
    way, or the same person has approved it before. An approval that was broken off after it was
    logged is finished instead.
    """
    _check_name(by)
    name, content = name_of(folder), content_of_sealed(folder)
    refuse(name, blocks(folder))
    if is_broken_off(folder, log):
        dress(folder, log)
        return standing_of(folder, log)
    _check_second(approvals(log, name, content), by, needed(read_run(folder)))
    signature = sign(folder / MANIFEST, key) if key else ""
    signed = {"signature": signature} if signature else {}
    log.add("approve", name, content=content, by=by.strip(), note=note.strip(), **signed)
    dress(folder, log)
    return standing_of(folder, log)


def withdraw(folder: Path, log: Log, by: str, note: str) -> Standing:
    """Record that the approval of a report's content no longer holds; the draft mark comes back."""
    _check_name(by)
    name, content = name_of(folder), content_of_sealed(folder)
    if not approvals(log, name, content):
        raise ReviewError(
            "An approval can be withdrawn where there is one.",
            f"none of this content of {name}",
            "See what was approved: kpi log",
        )
    log.add("withdraw", name, content=content, by=by.strip(), note=note.strip())
    dress(folder, log)
    return standing_of(folder, log)


def is_broken_off(folder: Path, log: Log) -> bool:
    """Tell whether the log has an approval that the report's pages do not bear yet."""
    return is_approved(folder, log) and not bears_approval(folder)


def standing_of(folder: Path, log: Log) -> Standing:
    """Return how a report stands."""
    content = content_of(folder)
    found = approvals(log, name_of(folder), content)
    missing = max(0, needed(read_run(folder)) - persons(found))
    return Standing(content, tuple(found), missing)


def dress(folder: Path, log: Log, correction: str = "") -> None:
    """Make the pages of a sealed report anew, with the marks that its standing calls for."""
    with replacing(folder) as work:
        shutil.copytree(folder, work, dirs_exist_ok=True)
        finish(work, log, correction)


def finish(work: Path, log: Log, correction: str = "") -> None:
    """Make the pages of a folder whose payload is sealed, let the gate read all, seal the rest.

    Every form that lies there is made anew; one that this machine cannot make is taken out, for it
    would bear the marks of before.
    """
    there = forms_in(work)
    for path in (path for found in there.values() for path in found):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    also = [form for form, found in there.items() if found]
    export_pages(
        work,
        draft=not is_approved(work, log),
        correction=correction,
        also=also,
        at_once=os.cpu_count() or 1,
    )
    write_approval(work, log)
    inspect(work)
    seal_tags(work)


def content_of_sealed(folder: Path) -> str:
    """Return what stands for the content of a report; ReviewError where it was never sealed."""
    if not (folder / MANIFEST).is_file():
        raise ReviewError(
            "A report is sealed when it is made.",
            f"no {MANIFEST} in {folder.name}",
            f"Make it again: kpi run {folder.name}",
        )
    return content_of(folder)


def _check_name(by: str) -> None:
    if not _BY.fullmatch(by):
        raise ReviewError(
            "An approval says who gives it, as initials and role.",
            f'"{by}"',
            'Write it so: --as "ab, head of department"',
        )


def _check_second(before: list[Approval], by: str, wanted: int) -> None:
    """See that a second approval is a second person's."""
    initials = by.partition(",")[0].strip().casefold()
    if any(one.initials == initials for one in before):
        raise ReviewError(
            "Each person approves a content once.", f"{before[0].by} at {before[0].at}",
            "It needs another person." if persons(before) < wanted else "Nothing is left to do.",
        )  # fmt: skip
    if wanted > 1 and any(one.who == user() for one in before):
        raise ReviewError(
            "Two persons approve this report, each as their own user of the machine.",
            f"both approvals by {user()}",
            "Log in as the second person, or let them run kpi approve at their own place.",
        )
