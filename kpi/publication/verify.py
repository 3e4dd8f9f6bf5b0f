"""A report verified, in words: its files, the log, who approved it, whose signatures it bears."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kpi.errors import ParameterError, ReviewError
from kpi.publication.approval import (
    APPROVAL_FILE,
    approvals,
    bears_approval,
    name_of,
    needed,
    persons,
)
from kpi.publication.archive import (
    PUBLICATION_FILE,
    Published,
    bag_of,
    gaps,
    read_publication,
)
from kpi.publication.log import Log
from kpi.publication.seal import check_bag, content_of
from kpi.publication.signature import signer
from kpi.record import read_run


@dataclass(frozen=True)
class Point:
    """One thing that was looked at; `fault` where it is not as it should be."""

    words: str
    fault: bool = False


def verify(folder: Path, log: Log, signers: Path | None = None) -> list[Point]:
    """Look at everything that vouches for a report; nothing is changed.

    Without the log, or a list of allowed signers (its own, or another), that part is said to be
    unchecked.
    """
    log = Log(log.path.parent, signers or log.signers)
    checked = check_bag(folder)
    if checked.faults:
        return [Point(words, fault=True) for words in checked.faults]
    told = [Point(f"{checked.files} files are as they were sealed.")]
    told.append(Point(f"Content {content_of(folder)}."))
    told += _named(folder)
    told += _in_the_log(folder, log)
    told += _approved(folder, log)
    told += _published(folder, log)
    return told


def refuse_faults(name: str, told: list[Point]) -> None:
    """Raise ReviewError if anything is not as it should be."""
    faults = [one.words for one in told if one.fault]
    if faults:
        more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
        raise ReviewError(
            "A report is as it was made, sealed, approved and signed.",
            f"{name}: {faults[0]}{more}",
            "Take it from a copy that verifies, or make it again and let it be approved.",
        )


def _named(folder: Path) -> Iterator[Point]:
    """Tell a folder that has the name of another period; any other name may be a copy's."""
    name, quarter = folder.name.partition(".")[0], read_run(folder).quarter
    try:
        is_of_another = quarter.cycle.parse(name) != quarter
    except ParameterError:
        return
    if is_of_another:
        yield Point(f"the folder is called {name} and holds the report of {quarter}", fault=True)


def _in_the_log(folder: Path, log: Log) -> Iterator[Point]:
    if not log.path.is_file():
        yield Point("No log of acts lies beside it: who made it is not checked.")
        return
    name, content = name_of(folder), content_of(folder)
    entries = list(log.entries())
    yield Point(f"The log is whole: {len(entries)} acts.")
    of_content = [one for one in entries if one.details.get("content") == content]
    made = [one for one in of_content if one.act == "run"]
    yield from (
        Point(f"the log has this content as {other}", fault=True)
        for other in sorted({one.report for one in of_content} - {name})
    )
    if not made:
        yield Point("the log knows no run that made this content", fault=True)
        return
    code = made[-1].details.get("commit", "unknown")
    yield Point(f"Made {made[-1].at} by {made[-1].who}, code {code}.")
    for one in of_content:
        if one.act == "override":
            yield Point(f"Made though a stop rule was broken: {one.details['reason']}")
    yield from _approved_in_the_log(folder, log)


def _approved_in_the_log(folder: Path, log: Log) -> Iterator[Point]:
    if read_run(folder).parameters.approval.signers and log.signers is None:
        yield Point("Its approvals are signed; by whom is not checked without a list (--signers).")
        return
    found = approvals(folder, log)
    missing = needed(folder) - persons(found)
    for approval in found:
        yield Point(f"The log has the approval by {approval.by}, {approval.at}, as {approval.who}.")
    if missing > 0:
        yield Point(f"Not approved: a draft; {missing} approval is missing.")
    if (missing > 0) == bears_approval(folder):
        yield Point("its pages do not bear the mark that the log gives them", fault=True)


def _approved(folder: Path, log: Log) -> Iterator[Point]:
    """Tell what the report itself says of its approvals, and whether that was signed."""
    file = folder / APPROVAL_FILE
    if not file.is_file():
        return
    told = json.loads(file.read_text(encoding="utf-8"))
    if told["content"] != content_of(folder):
        yield Point(f"{APPROVAL_FILE} approves another content", fault=True)
        return
    seen: set[str] = set()
    for one in told["approvals"]:
        note = f": {one['note']}" if one["note"] else "."
        yield Point(f"Approved by {one['by']}, {one['at']}{note}")
        if log.path.is_file() and not log.holds(one["line_of_log"]):
            yield Point(f"the log no longer has the approval by {one['by']}", fault=True)
        if "signature" not in one:
            yield Point(
                f"The approval by {one['by']} is not signed: the log alone says who it was."
            )
            continue
        yield _signed(folder, one, log.signers, seen)


def _signed(folder: Path, one: dict[str, str], signers: Path | None, seen: set[str]) -> Point:
    """Tell whether a signature is of this approval, and by whoever gave it."""
    name = one["signature"]
    signature = (folder / name).read_text(encoding="ascii", errors="replace")
    text = (folder / name).with_suffix(".txt").read_text(encoding="utf-8")
    if signature in seen:
        return Point(f"{name} was given to another approval as well", fault=True)
    seen.add(signature)
    if not _says(text, folder, one):
        return Point(f"{name} is of something else than this approval", fault=True)
    if signers is None:
        return Point(f"{name} is not checked: name the allowed signers (--signers).")
    found = signer(text, signature, signers, one["at"])
    if not found:
        return Point(f"{name} is by nobody in {signers.name}", fault=True)
    if not found.is_called(one["by"].partition(",")[0].strip()):
        return Point(f"{name} is by {found.names[0]}, not by {one['by']}", fault=True)
    return Point(f"{name} is the signature of {found.names[0]}.")


def _says(text: str, folder: Path, one: dict[str, str]) -> bool:
    """Tell whether a signed text is about this report, and says what its approval does."""
    try:
        said = json.loads(text)
    except ValueError:
        return False
    run = read_run(folder)
    by, _, role = one["by"].partition(",")
    wanted = {
        "act": "approve", "at": one["at"],
        "unit": run.parameters.unit, "quarter": run.quarter.file_name,
        "content": content_of(folder), "who": by.strip(), "role": role.strip(), "note": one["note"],
    }  # fmt: skip
    return isinstance(said, dict) and {**said, "before": ""} == {**wanted, "before": ""}


def _published(folder: Path, log: Log) -> Iterator[Point]:
    if not (folder / PUBLICATION_FILE).is_file():
        return
    try:
        about = read_publication(folder)
    except ReviewError as error:
        yield Point(error.found, fault=True)
        return
    yield Point(f"Published {about.at}, number {about.number} of its archive.")
    if about.replaces:
        yield Point(f"It replaced content {about.replaces[:12]}: {about.reason}")
    if not log.path.is_file():
        return
    yield from (Point(words, fault=True) for words in gaps([Published(folder, about)], log))
    bags = {one.details.get("bag") for one in log.entries() if one.details.get("to")}
    if bag_of(folder) not in bags:
        yield Point("its pages or forms are others than those that were published", fault=True)
