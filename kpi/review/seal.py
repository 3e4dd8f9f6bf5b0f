"""A report's folder sealed as a bag (RFC 8493): whoever has it can see that nothing was changed.

The payload, `data/`, is listed with its checksums first; the checksum of that list stands for the
content, and is what people approve. What lies on top (pages, forms, who approved) is listed apart,
in the tag manifests, so that an approval changes these and leaves the payload alone. The library
bagit checks bags; its make_bag would move the pages into the payload and write today's date.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from kpi.store import payload, read_run, sha256_of

ALGORITHMS = ("sha256", "sha512")
MANIFEST = "manifest-sha256.txt"
INFO = "bag-info.txt"
_DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_ESCAPED = str.maketrans({"%": "%25", "\n": "%0A", "\r": "%0D"})


def seal_payload(folder: Path) -> str:
    """List the payload of a report with its checksums and return the checksum of its content."""
    files = [*_files(payload(folder))]
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
    """Yield the files below a folder in an order that no machine changes."""
    found = (path for path in folder.rglob("*") if path.is_file())
    yield from sorted(found, key=lambda path: path.relative_to(folder).as_posix())


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
    settings = run["parameters"]
    entries = {
        "Source-Organization": settings["organisation"]["name"],
        "External-Identifier": "/".join(filter(None, (settings["unit"], run["quarter"]))),
        "External-Description": f"Service targets, {run['quarter']}",
        "Bagging-Date": settings["as_of"],
        "Bag-Software-Agent": f"kpi {run['versions']['kpi']}",
        "Payload-Oxum": size,
    }
    return "".join(f"{name}: {' '.join(str(value).split())}\n" for name, value in entries.items())


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
