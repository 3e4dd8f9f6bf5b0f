"""Who has approved which content, as the audit log says it.

What is approved is the content of a report (`kpi.publication.seal.content_of`), not its name: made
again with the same content it stays approved, and any change of a figure, text or notebook brings
the mark of a draft back. A withdrawal ends all approvals of the content before it.

An approval is given and withdrawn here; the report's pages follow, its payload stays as it is.
"""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from kpi.errors import ReviewError
from kpi.publication.contents import copy_contents
from kpi.publication.log import Entry, Log, user
from kpi.publication.seal import MANIFEST, content_of, seal_tags
from kpi.publication.signature import sign, signer
from kpi.record import ANNEX, COMMITTEE, office, page_name, read_run, replacing, write_json

APPROVAL_FILE = "approval.json"


@dataclass(frozen=True)
class Approval:
    """One person's approval: "initials, role", when, with which words; `line` of the log.

    `statement` is what was signed, if there is a `signature`; `key` the key that signed it, where
    a list of signers tells.
    """

    by: str
    at: str
    note: str
    who: str
    line: str
    statement: str
    signature: str = ""
    key: str = ""

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """Read an approval from its entry in the log."""
        said = entry.details
        return cls(
            said["by"], entry.at, said["note"], entry.who, entry.checksum(), entry.statement,
            said.get("signature", ""),
        )  # fmt: skip

    @property
    def initials(self) -> str:
        """Who approved, without the role."""
        return self.by.partition(",")[0].strip().casefold()

    def signed(self, signers: Path) -> Self | None:
        """Return it with its key, if whoever gave it signed it, as a list of signers says."""
        found = signer(self.statement, self.signature, signers, self.at) if self.signature else None
        return replace(self, key=found.key) if found and found.is_called(self.initials) else None


def name_of(folder: Path) -> str:
    """Return what a report is called in the log: 2019Q4, or <unit>/2019Q4 for a named unit."""
    return read_run(folder).name


def approvals(folder: Path, log: Log) -> list[Approval]:
    """Return the approvals of a report's content that stand, in their order.

    A signature that was in the log before approves nothing. Where the parameters name a list of
    signers, only what these have signed does; ReviewError where that list is not at hand.
    """
    if read_run(folder).parameters.approval.signers and log.signers is None:
        raise ReviewError(
            "The approvals of this report are signed, and the parameters list who may sign.",
            "no list",
            "Name the folder of parameters: --params; or the list: --signers.",
        )
    name, content = name_of(folder), content_of(folder)
    found: list[Approval] = []
    seen: set[str] = set()
    for entry in log.entries():
        signature = entry.details.get("signature", "")
        is_again = signature in seen
        seen |= {signature} - {""}
        if entry.report != name or entry.details.get("content") != content:
            continue
        if entry.act == "approve" and not is_again:
            found.append(Approval.of(entry))
        elif entry.act == "withdraw":
            found = []
    if log.signers is None:
        return found
    return [one for one in (each.signed(log.signers) for each in found) if one]


def persons(found: Iterable[Approval]) -> int:
    """Count the persons who approved: as many as differ in initials, user's name and any key."""
    listed = list(found)
    keys = {one.key or one.initials for one in listed}
    return min(len({one.initials for one in listed}), len({one.who for one in listed}), len(keys))


def needed(folder: Path) -> int:
    """Return how many persons must approve a report, as its parameters say."""
    return read_run(folder).parameters.approval.persons


def is_approved(folder: Path, log: Log) -> bool:
    """Tell whether enough persons have approved the content of a folder whose payload is sealed."""
    return persons(approvals(folder, log)) >= needed(folder)


def other_names(folder: Path, log: Log) -> list[str]:
    """Say where a report is called otherwise than in its record.

    Its folder, its unit's folder, its pages' titles and the log are looked at.
    """
    run = read_run(folder)
    quarter, unit = str(run.quarter), run.parameters.unit
    found = [
        (f"the folder is {folder.name}", folder.name.partition(".")[0] == run.quarter.file_name)
    ]
    if unit:
        above = folder.resolve().parent.name
        found.append((f"the folder of the unit is {above}", above == unit))
    named = [page_name("*", part) for part in (COMMITTEE, ANNEX)]
    for page in [page for name in named for page in sorted(folder.glob(f"{name}.html"))]:
        title = _TITLE.search(page.read_text(encoding="utf-8"))
        words = html.unescape(title[1]).split() if title else [""]
        found.append((f"the title of {page.name} ends with {words[-1]}", words[-1] == quarter))
    made = [entry for entry in log.entries() if entry.details.get("content") == content_of(folder)]
    found += [(f"the log has it as {entry.report}", entry.report == run.name) for entry in made]
    found.append(("the log has no run of this content", bool(made)))
    return [words for words, is_right in found if not is_right]


_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)


def see_one_quarter(folder: Path, log: Log) -> None:
    """Raise ReviewError unless everything about a report names the same quarter and unit."""
    wrong = other_names(folder, log)
    if wrong:
        name, quarter = name_of(folder), read_run(folder).quarter
        raise ReviewError(
            f"Everything about {name} names the same {quarter.kind}.",
            f"run.json is of {name}, {wrong[0]}",
            f"Make the report again: kpi run {quarter}",
        )


def bears_approval(folder: Path) -> bool:
    """Tell whether a report's pages were made without the mark of a draft."""
    file = folder / APPROVAL_FILE
    return file.is_file() and bool(json.loads(file.read_text(encoding="utf-8"))["is_approved"])


def write_approval(folder: Path, log: Log) -> None:
    """Write beside the payload who approved it, what was signed and the signatures."""
    for old in (folder / APPROVAL_FILE, *folder.glob("approval-*.*")):
        old.unlink(missing_ok=True)
    found = approvals(folder, log)
    if not found:
        return
    listed = []
    for number, one in enumerate(found, start=1):
        said = {"by": one.by, "at": one.at, "note": one.note, "line_of_log": one.line}
        if one.signature:
            for kind, text in (("txt", one.statement), ("sig", one.signature)):
                signed = folder / f"approval-{number}.{kind}"
                signed.write_text(text, encoding="utf-8", newline="\n")
            said["signature"] = signed.name
        listed.append(said)
    enough = persons(found) >= needed(folder)
    told = {"content": content_of(folder), "is_approved": enough, "approvals": listed}
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

    With a key, it is signed. Raises ReviewError where something stands in the way, the signature is
    another's, or the same person has approved it before. An approval that was broken off after it
    was logged is finished instead.
    """
    _check_name(by)
    content = content_of_sealed(folder)
    from kpi.publication.obstacles import blocks, refuse

    refuse(name_of(folder), blocks(folder))
    see_one_quarter(folder, log)
    if is_broken_off(folder, log):
        dress(folder, log)
        return standing_of(folder, log)
    _check_second(approvals(folder, log), by, needed(folder))
    said = {"content": content, "by": by.strip(), "note": note.strip()}
    entry = log.next("approve", name_of(folder), **said)
    if key or log.signers:
        entry = _signed(entry, log, key)
    log.append(entry)
    dress(folder, log)
    return standing_of(folder, log)


def _signed(entry: Entry, log: Log, key: Path | None) -> Entry:
    """Let an entry be signed; ReviewError where it must be, and whoever approves did not."""
    if key is None:
        raise ReviewError(
            "The approvals of this report are signed.", "no key", "Name yours: --sign FILE."
        )
    signed = replace(entry, details=entry.details | {"signature": sign(entry.statement, key)})
    if log.signers and not Approval.of(signed).signed(log.signers):
        raise ReviewError(
            "An approval is signed by whoever gives it.",
            f"a key that {log.signers.name} does not have under {Approval.of(signed).initials}",
            "Sign with your own key, and let its line begin with your initials: ab@town.example.",
        )
    return signed


def withdraw(folder: Path, log: Log, by: str, note: str) -> Standing:
    """Record that the approval of a report's content no longer holds; the draft mark comes back."""
    _check_name(by)
    name, content = name_of(folder), content_of_sealed(folder)
    see_one_quarter(folder, log)
    if not approvals(folder, log):
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
    found = approvals(folder, log)
    missing = max(0, needed(folder) - persons(found))
    return Standing(content_of(folder), tuple(found), missing)


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
    from kpi.publication.forms import export_pages, forms_in
    from kpi.publication.gate import inspect

    there = forms_in(work)
    for path in (path for found in there.values() for path in found):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    also = [form for form, found in there.items() if found]
    export_pages(work, draft=not is_approved(work, log), correction=correction, also=also)
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
