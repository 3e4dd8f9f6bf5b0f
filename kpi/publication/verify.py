"""A report verified, in words: its files, the log, who approved it, whose signatures it bears."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kpi.errors import ReviewError
from kpi.publication.approval import (
    APPROVAL_FILE,
    approvals,
    bears_approval,
    name_of,
    needed,
    persons,
)
from kpi.publication.archive import PUBLICATION_FILE, read_publication
from kpi.publication.log import Log
from kpi.publication.seal import MANIFEST, check_bag, content_of
from kpi.publication.signature import signer


@dataclass(frozen=True)
class Told:
    """One thing that was looked at; `fault` where it is not as it should be."""

    words: str
    fault: bool = False


def verify(folder: Path, log: Log, signers: Path | None = None) -> list[Told]:
    """Look at everything that vouches for a report; nothing is changed.

    Without the log, or the list of allowed signers, that part is said to be unchecked.
    """
    checked = check_bag(folder)
    if checked.faults:
        return [Told(words, fault=True) for words in checked.faults]
    told = [Told(f"{checked.files} files are as they were sealed.")]
    content = content_of(folder)
    told.append(Told(f"Content {content}."))
    told += _in_the_log(folder, log)
    told += _approved(folder, content)
    told += _signed(folder, signers)
    told += _published(folder)
    return told


def refuse_faults(name: str, told: list[Told]) -> None:
    """Raise ReviewError if anything is not as it should be."""
    faults = [one.words for one in told if one.fault]
    if faults:
        more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
        raise ReviewError(
            "A report is as it was made, sealed, approved and signed.",
            f"{name}: {faults[0]}{more}",
            "Take it from a copy that verifies, or make it again and let it be approved.",
        )


def _in_the_log(folder: Path, log: Log) -> Iterator[Told]:
    if not log.path.is_file():
        yield Told("No log of acts lies beside it: who made it is not checked.")
        return
    name, content = name_of(folder), content_of(folder)
    entries = [one for one in log.entries() if one.report == name]
    made = [one for one in entries if one.details.get("content") == content and one.act == "run"]
    yield Told(f"The log is whole: {sum(1 for _ in log.entries())} acts.")
    if not made:
        yield Told("the log knows no run that made this content", fault=True)
        return
    code = made[-1].details.get("commit", "unknown")
    yield Told(f"Made {made[-1].at} by {made[-1].who}, code {code}.")
    for one in entries:
        if one.act == "override" and one.details.get("content") == content:
            yield Told(f"Made though a stop rule was broken: {one.details['reason']}")
    found = approvals(log, name, content)
    missing = needed(folder) - persons(found)
    for approval in found:
        yield Told(f"The log has the approval by {approval.by}, {approval.at}, as {approval.who}.")
    if missing > 0:
        yield Told(f"Not approved: a draft; {missing} approval is missing.")
    if (missing > 0) == bears_approval(folder):
        yield Told("its pages do not bear the mark that the log gives them", fault=True)


def _approved(folder: Path, content: str) -> Iterator[Told]:
    file = folder / APPROVAL_FILE
    if not file.is_file():
        return
    told = json.loads(file.read_text(encoding="utf-8"))
    if told["content"] != content:
        yield Told(f"{APPROVAL_FILE} approves another content", fault=True)
        return
    for one in told["approvals"]:
        note = f": {one['note']}" if one["note"] else "."
        yield Told(f"Approved by {one['by']}, {one['at']}{note}")


def _signed(folder: Path, signers: Path | None) -> Iterator[Told]:
    for signature in sorted(folder.glob("approval-*.sig")):
        if signers is None:
            yield Told(f"{signature.name} is not checked: name the allowed signers (--signers).")
            continue
        name = signer(folder / MANIFEST, signature, signers)
        if name:
            yield Told(f"{signature.name} is the signature of {name}.")
        else:
            yield Told(f"{signature.name} is by nobody in {signers.name}", fault=True)


def _published(folder: Path) -> Iterator[Told]:
    if not (folder / PUBLICATION_FILE).is_file():
        return
    try:
        about = read_publication(folder)
    except ReviewError as error:
        yield Told(error.found, fault=True)
        return
    yield Told(f"Published {about.at}, number {about.number} of its archive.")
    if about.replaces:
        yield Told(f"It replaced content {about.replaces[:12]}: {about.reason}")
