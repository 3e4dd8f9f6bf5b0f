"""Who has approved which content, as the audit log says it.

What is approved is the content of a report (`kpi.review.seal.content_of`), not its name: made again
with the same content it stays approved, and any change of a figure, text or notebook brings the
mark of a draft back. A withdrawal ends all approvals of the content before it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kpi.review.log import Entry, Log
from kpi.review.seal import content_of
from kpi.store import read_run, write_json

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
    run = read_run(folder)
    return "/".join(filter(None, (run["parameters"]["unit"], run["quarter"])))


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


def needed(run: dict[str, Any]) -> int:
    """Return how many persons must approve a report, as its parameters say."""
    return int(run["parameters"].get("approval", {}).get("persons", 1))


def is_approved(folder: Path, log: Log) -> bool:
    """Tell whether enough persons have approved the content of a folder whose payload is sealed."""
    found = approvals(log, name_of(folder), content_of(folder))
    return persons(found) >= needed(read_run(folder))


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
    enough = persons(found) >= needed(read_run(folder))
    told = {"content": content, "is_approved": enough, "approvals": listed}
    write_json(told, folder / APPROVAL_FILE)
