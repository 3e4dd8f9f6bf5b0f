"""The release gate: every file of a report is read before it reaches its final place.

A hit stops the export and says which file and where, never what was found there. Working papers
(data/quality/, office/) are for the administration: they are never published and not read here.
"""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from kpi.errors import ExportError
from kpi.sources.pseudonyms import read_cpr
from kpi.store import office, payload

WORKING_PAPERS = (payload(Path()) / "quality", office(Path()))
_SECRET_NAMES = re.compile(r"KEY|PASSW|SECRET|TOKEN|CREDENTIAL", re.IGNORECASE)
_SHORTEST_SECRET = 8


@dataclass(frozen=True)
class Text:
    """A readable part of a file: where it stands, what is written there, and of what kind it is."""

    where: str
    content: str
    kind: str


@dataclass(frozen=True)
class Hit:
    """What must not be published, and where it stands; never the text itself."""

    what: str
    where: str


Find = Callable[[str], Iterator[int]]


def inspect(folder: Path, environment: Mapping[str, str] = os.environ) -> None:
    """Read every file of a report's folder; ExportError where one holds what nobody may publish."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and not any(map(inside.is_relative_to, WORKING_PAPERS)):
            refuse(hits(texts_of(path, inside.as_posix()), environment))


def refuse(found: Iterable[Hit]) -> None:
    """Raise ExportError with the first hit and the number of others, if there is any."""
    listed = list(found)
    if listed:
        others = f", and {len(listed) - 1} more" if len(listed) > 1 else ""
        raise ExportError(
            "A published file has no script, no request and nothing of a machine or person.",
            f"{listed[0].what} in {listed[0].where}{others}",
            "Remove it from the notebook, the parameters or the text it comes from.",
        )


def hits(texts: Iterable[Text], environment: Mapping[str, str] = os.environ) -> Iterator[Hit]:
    """Yield what must not be published, in the order of the texts."""
    secrets = [
        value
        for name, value in environment.items()
        if _SECRET_NAMES.search(name) and len(value) >= _SHORTEST_SECRET
    ]
    for text in texts:
        checks = {**_EVERYWHERE, **_OF_KIND.get(text.kind, {})}
        checks["a secret"] = partial(_any_of, secrets)
        for what, find in checks.items():
            for place in find(text.content):
                yield Hit(what, f"{text.where}, line {text.content.count(chr(10), 0, place) + 1}")


def texts_of(path: Path, name: str) -> Iterator[Text]:
    """Yield the texts of a file; a kind of file that cannot be read is an ExportError."""
    suffix = path.suffix.lower()
    if suffix in _PLAIN:
        yield Text(name, path.read_text(encoding="utf-8-sig"), _PLAIN[suffix])
    elif suffix in _ARCHIVES:
        yield from _members(path, name)
    elif suffix == ".parquet":
        yield Text(name, _table_text(path), "text")
    elif suffix == ".pdf":
        yield from _pdf_pages(path, name)
    else:
        raise ExportError(
            "The release gate can read every file of a report.",
            f"{name}: the kind {suffix or 'without a suffix'}",
            "Take the file out of the report, or teach kpi/export/gate.py to read its kind.",
        )


_PLAIN = {
    ".html": "html", ".svg": "html", ".css": "html", ".csv": "cells",
    ".json": "text", ".ipynb": "notebook", ".txt": "text", ".md": "text", ".xml": "text",
    ".sig": "text",
}  # fmt: skip
_ARCHIVES = {".docx", ".xlsx", ".ods", ".zip"}


def _members(path: Path, name: str) -> Iterator[Text]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():
            where = f"{name}: {member}"
            if member.endswith((".bin", ".vba")):
                yield Text(where, "vbaProject", "office")
            elif member.endswith((".xml", ".rels")):
                yield Text(where, archive.read(member).decode("utf-8"), "office")
            elif Path(member).suffix in _PLAIN:
                kind = _PLAIN[Path(member).suffix]
                yield Text(where, archive.read(member).decode("utf-8-sig"), kind)


def _table_text(path: Path) -> str:
    import pandas as pd

    frame = pd.read_parquet(path)
    return frame.select_dtypes(include=["object", "string", "category"]).to_csv(index=False)


def _pdf_pages(path: Path, name: str) -> Iterator[Text]:
    import pypdf

    document = pypdf.PdfReader(path)
    yield Text(f"{name}: properties", str(dict(document.metadata or {})), "text")
    for number, page in enumerate(document.pages, start=1):
        yield Text(f"{name}: page {number}", page.extract_text(), "text")


def _matches(pattern: str) -> Find:
    compiled = re.compile(pattern, re.IGNORECASE)

    def find(content: str) -> Iterator[int]:
        return (match.start() for match in compiled.finditer(content))

    return find


def _any_of(secrets: Iterable[str], content: str) -> Iterator[int]:
    return (content.index(secret) for secret in secrets if secret in content)


def _persons_numbers(content: str) -> Iterator[int]:
    """Find ten digits together that begin with a date that exists, as a person's number does."""
    for match in re.finditer(r"(?<![\w.-])\d{10}(?![\w-]|\.\d)", content):
        if read_cpr(match[0])[1] != "impossible_date":
            yield match.start()


def _machine_paths() -> Find:
    known = {Path.home().as_posix(), Path.cwd().as_posix()} - {"/", "/root"}
    own = "|".join(rf"{re.escape(path)}\b" for path in sorted(known))
    general = r"(?<![\w.])/(?:home|root|Users|tmp|mnt|media)/\w|\b[A-Z]:\\+Users\b"
    return _matches(f"{general}|{own}" if own else general)


_EVERYWHERE: dict[str, Find] = {
    "a number like a person's": _matches(r"(?<![\w-])\d{6}-\d{4}(?![\w-])"),
    "ten digits like a person's": _persons_numbers,
    "a pseudonym": _matches(r"(?<![\w-])[0-9a-f]{24}(?![\w-])"),
    "a path of a machine": _machine_paths(),
}
_HTML: dict[str, Find] = {
    "a script": _matches(r"<script\b"),
    "a file to fetch": _matches(
        r"<(?:img|iframe|link|object|embed|source|image|use)\b[^>]*"
        r"\s(?:src|srcset|href|data|xlink:href)\s*=\s*[\"']?(?!data:|#)"
    ),
    "an address to fetch": _matches(r"url\(\s*[\"']?(?:https?:)?//"),
    "a style sheet to fetch": _matches(r"@import\b"),
    "a script in an attribute": _matches(r"=\s*[\"']?\s*javascript:|<[^>]+\son\w+\s*="),
    "an error stream": _matches(r"application/vnd\.jupyter\.stderr|class=\"[^\"]*stderr"),
}
_OF_KIND: dict[str, dict[str, Find]] = {
    "html": _HTML,
    "notebook": {
        "an error stream": _matches(r"\"name\":\s*\"stderr\"|\"output_type\":\s*\"error\"")
    },
    "office": {
        "a macro": _matches(r"vbaProject"),
        "a file to fetch": _matches(
            r"<Relationship\b(?![^>]*/hyperlink\")[^>]*TargetMode=\"External\""
        ),
    },
    "cells": {"a formula in a cell": _matches(r"(?:^|(?<=[,;\n]))\"?(?:[=@\t\r]|[+-](?![\d.]))")},
}
