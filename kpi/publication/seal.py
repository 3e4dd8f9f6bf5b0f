"""A report's folder sealed as a bag (RFC 8493): whoever has it can see that nothing was changed.

The payload, `data/`, is listed with its checksums first; the checksum of that list stands for the
content, and is what people approve. What lies on top (pages, forms, who approved) is listed apart,
in the tag manifests, so that an approval changes these and leaves the payload alone. The library
bagit checks bags; its make_bag would move the pages into the payload and write today's date.

A sealed report is checked here as well: which files were changed, removed or added since.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kpi.publication.bagit_library import bagit
from kpi.publication.contents import contents, strangers
from kpi.publication.gate_persons import shown
from kpi.record import payload, read_run, sha256_of

ALGORITHMS = ("sha256", "sha512")
MANIFEST = "manifest-sha256.txt"
INFO = "bag-info.txt"
_DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_ESCAPED = str.maketrans({"%": "%25", "\n": "%0A", "\r": "%0D"})


def seal_payload(folder: Path) -> str:
    """List the payload of a report with its checksums and return the checksum of its content."""
    files = [path for path in _files(folder) if path.is_relative_to(payload(folder))]
    _write(folder / "bagit.txt", _DECLARATION)
    for algorithm in ALGORITHMS:
        _write_manifest(folder, f"manifest-{algorithm}.txt", algorithm, files)
    size = sum(path.stat().st_size for path in files)
    _write(folder / INFO, _info(folder, f"{size}.{len(files)}"))
    return content_of(folder)


def seal_tags(folder: Path) -> None:
    """List what lies beside the payload of a report with its checksums."""
    files = [path for path in _files(folder) if not _is_listed_elsewhere(folder, path)]
    for algorithm in ALGORITHMS:
        _write_manifest(folder, f"tagmanifest-{algorithm}.txt", algorithm, files)


def content_of(folder: Path) -> str:
    """Return what stands for a report's content: the SHA-256 of the list of its payload."""
    return sha256_of(folder / MANIFEST)


def _checksum(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    yield from (folder / path for path in contents(folder))


def _is_listed_elsewhere(folder: Path, path: Path) -> bool:
    inside = path.relative_to(folder)
    return path.is_relative_to(payload(folder)) or inside.as_posix().startswith("tagmanifest-")


def _write_manifest(folder: Path, name: str, algorithm: str, files: Iterable[Path]) -> None:
    lines = (
        f"{_checksum(path, algorithm)}  {path.relative_to(folder).as_posix().translate(_ESCAPED)}\n"
        for path in files
    )
    _write(folder / name, "".join(lines))


def _info(folder: Path, size: str) -> str:
    """Say what the bag is, from its own record: no day, person or machine of now."""
    run = read_run(folder)
    settings = run.parameters
    entries = {
        "Source-Organization": settings.organisation.name,
        "External-Identifier": run.name,
        "External-Description": f"Service targets, {run.quarter}",
        "Bagging-Date": settings.as_of,
        "Bag-Software-Agent": f"kpi {run.versions['kpi']}",
        "Payload-Oxum": size,
    }
    return "".join(f"{name}: {' '.join(str(value).split())}\n" for name, value in entries.items())


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


@dataclass(frozen=True)
class Checked:
    """What was found in a bag: how many files were read, and what is wrong with which."""

    files: int
    faults: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing was changed."""
        return not self.faults


def check_bag(folder: Path) -> Checked:
    """Read every file of a sealed report and compare it with its checksums.

    Where something is no part of a report, or a link, nothing is read.
    """
    faults = strangers(folder)
    if faults:
        return Checked(0, tuple(faults))
    try:
        bag = bagit.Bag(str(folder))
    except (bagit.BagError, OSError, ValueError) as error:
        return Checked(0, (_unreadable(folder, error),))
    bag.info.pop("Payload-Oxum", None)  # a sum of sizes that differs would name no file
    faults = _missing_lists(folder)
    try:
        bag.validate()
    except bagit.BagValidationError as error:
        faults += [_in_words(detail) for detail in error.details] or [str(error)]
    except (bagit.BagError, OSError, LookupError) as error:
        faults.append(f"its lists of checksums cannot be read ({error})")
    faults += _added(folder, set(bag.entries))
    return Checked(len(bag.entries), tuple(dict.fromkeys(faults)))


def _unreadable(folder: Path, error: Exception) -> str:
    if not (folder / "bagit.txt").is_file():
        return f"{folder.name} was never sealed: it has no bagit.txt"
    return f"its lists of checksums cannot be read ({error})"


def _missing_lists(folder: Path) -> list[str]:
    names = [f"{kind}-{name}.txt" for kind in ("manifest", "tagmanifest") for name in ALGORITHMS]
    return [f"{name} is missing" for name in names if not (folder / name).is_file()]


def _in_words(detail: Exception) -> str:
    if isinstance(detail, bagit.FileMissing):
        return f"{shown(detail.path)} is missing"
    if isinstance(detail, bagit.UnexpectedFile):
        return f"{shown(detail.path)} was added"
    if isinstance(detail, bagit.ChecksumMismatch):
        return f"{shown(detail.path)} was changed"
    return str(detail)


def _added(folder: Path, listed: set[str]) -> list[str]:
    """Say which files beside the payload no list names: the library allows them."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    names = sorted(name for name in found if name not in listed and "tagmanifest-" not in name)
    return [f"{shown(name)} was added" for name in names]
