"""The executed committee notebook as one HTML file: no script, no request, nothing from outside."""

from __future__ import annotations

import re
from pathlib import Path

from kpi.errors import ExportError
from kpi.present.fragment import stylesheet

TEMPLATES = Path(__file__).parent / "templates"


def export_page(notebook: Path, target: Path, *, language: str, title: str) -> None:
    """Write a notebook's page; what would break the rules of publication is an ExportError."""
    from kpi.export.exporter import PageExporter

    look = (TEMPLATES / "committee" / "page.css").read_text(encoding="utf-8")
    resources = {"metadata": {"title": title, "language": language}, "look": stylesheet() + look}
    exporter = PageExporter()  # type: ignore[no-untyped-call]
    page, _ = exporter.from_filename(str(notebook), resources=resources)
    page = tidy(page)
    check_page(page, target.name)
    target.write_text(page, encoding="utf-8", newline="\n")


def tidy(page: str) -> str:
    """Remove trailing spaces and empty lines."""
    lines = (line.rstrip() for line in page.splitlines())
    return "\n".join(line for line in lines if line) + "\n"


_FORBIDDEN = (
    (r"<script\b", "a script"),
    (
        r"<(?:img|iframe|link|object|embed|source)\b[^>]*(?:src|href|data)\s*=\s*[\"']?(?!data:)",
        "a file to fetch",
    ),
    (r"url\(\s*[\"']?(?:https?:)?//", "an address to fetch"),
    (r"@import\b", "a style sheet to fetch"),
    (r"=\s*[\"']?\s*javascript:|<[^>]+\son\w+\s*=", "a script in an attribute"),
    (r"application/vnd\.jupyter\.stderr|class=\"[^\"]*stderr", "an error stream"),
    (r"(?:/(?:home|root|Users)/|[A-Z]:\\\\Users)", "a path of a machine"),
    (r"\b\d{6}-\d{4}\b", "a number like a person's"),
)  # fmt: skip


def check_page(page: str, name: str) -> None:
    """Refuse a page with scripts, requests, error streams, machine paths or persons' numbers."""
    for pattern, what in _FORBIDDEN:
        match = re.search(pattern, page)
        if match:
            line = page.count("\n", 0, match.start()) + 1
            raise ExportError(
                "A published page has no script, no request and nothing of a machine or person.",
                f"{what} in {name}, line {line}",
                "Remove it from the notebook or the text it comes from.",
            )
