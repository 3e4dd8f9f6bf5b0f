"""Who has approved which content, as the audit log says it.

What is approved is the content of a report (`kpi.publication.seal.content_of`), not its name: made
again with the same content it stays approved, and any change of a figure, text or notebook brings
the mark of a draft back. A withdrawal ends all approvals of the content before it.

Approve a report's content, or withdraw that; its pages follow, its payload stays as it is.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kpi.errors import ReviewError
from kpi.publication.contents import copy_contents
from kpi.publication.forms import export_pages, forms_in
from kpi.publication.gate import inspect
from kpi.publication.log import Entry, Log, user
from kpi.publication.obstacles import blocks, refuse
from kpi.publication.seal import MANIFEST, content_of, seal_tags
from kpi.publication.signature import sign
from kpi.record import office, read_run, replacing, write_json

APPROVAL_FILE = "approval.json"


@dataclass(frozen=True)
class Approval:
    """One person's approval: "initials, role", when, with which words; `line` of the log."""

    by: str
    at: str
    note: str
    who: str
    signature: str
    line: str

    @property
    def initials(self) -> str:
        """Who approved, without the role."""
        return self.by.partition(",")[0].strip().casefold()


def name_of(folder: Path) -> str:
    """Return what a report is called in the log: 2019Q4, or <unit>/2019Q4 for a named unit."""
    return read_run(folder).name


def approvals(log: Log, report: str, content: str) -> list[Approval]:
    """Return the approvals of a content that stand, in their order."""
    found: list[Approval] = []
    for entry in log.entries():
        if entry.report != report or entry.details.get("content") != content:
            continue
        if entry.act == "approve":
            found.append(_approval(entry))
        elif entry.act == "withdraw":
            found = []
    return found


def _approval(entry: Entry) -> Approval:
    said = entry.details
    return Approval(
        said["by"], entry.at, said["note"], entry.who, said.get("signature", ""), entry.checksum()
    )


def persons(found: Iterable[Approval]) -> int:
    """Count the persons who approved: as many as differ both in initials and in the user's name."""
    listed = list(found)
    return min(len({one.initials for one in listed}), len({one.who for one in listed}))


def needed(folder: Path) -> int:
    """Return how many persons must approve a report, as its parameters say."""
    return read_run(folder).parameters.approval.persons


def is_approved(folder: Path, log: Log) -> bool:
    """Tell whether enough persons have approved the content of a folder whose payload is sealed."""
    found = approvals(log, name_of(folder), content_of(folder))
    return persons(found) >= needed(folder)


def bears_approval(folder: Path) -> bool:
    """Tell whether a report's pages were made without the mark of a draft."""
    file = folder / APPROVAL_FILE
    return file.is_file() and bool(json.loads(file.read_text(encoding="utf-8"))["is_approved"])


def write_approval(folder: Path, log: Log) -> None:
    """Write beside the payload who approved it, and the signatures, as the log has them."""
    for old in (folder / APPROVAL_FILE, *folder.glob("approval-*.sig")):
        old.unlink(missing_ok=True)
    content = content_of(folder)
    found = approvals(log, name_of(folder), content)
    if not found:
        return
    listed = []
    for number, one in enumerate(found, start=1):
        said = {"by": one.by, "at": one.at, "note": one.note, "line_of_log": one.line}
        if one.signature:
            signed = folder / f"approval-{number}.sig"
            signed.write_text(one.signature, encoding="utf-8", newline="\n")
            said["signature"] = signed.name
        listed.append(said)
    enough = persons(found) >= needed(folder)
    told = {"content": content, "is_approved": enough, "approvals": listed}
    write_json(told, folder / APPROVAL_FILE)


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
    _check_second(approvals(log, name, content), by, needed(folder))
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
    missing = max(0, needed(folder) - persons(found))
    return Standing(content, tuple(found), missing)


def dress(folder: Path, log: Log, correction: str = "") -> None:
    """Make the pages of a sealed report anew, with the marks that its standing calls for."""
    with replacing(folder) as work:
        copy_contents(folder, work)
        finish(work, log, office(folder), correction)


def finish(work: Path, log: Log, papers: Path, correction: str = "") -> None:
    """Make the pages of a folder whose payload is sealed, let the gate read all, seal the rest.

    Every form that lies there is made anew; one that this machine cannot make is taken out, for it
    would bear the marks of before. `papers` are the office's, by which the gate knows cases.
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
    inspect(work, papers=papers)
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
