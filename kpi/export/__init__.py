"""The executed committee notebook as one HTML file: no script, no request, nothing from outside."""

from __future__ import annotations

from pathlib import Path

from kpi.export.gate import Text, check
from kpi.export.standing import standing
from kpi.labels import Labels

TEMPLATES = Path(__file__).parent / "templates"


def export_page(
    notebook: Path,
    target: Path,
    *,
    language: str,
    title: str,
    draft: bool = True,
    correction: str = "",
) -> None:
    """Write a notebook's page; what would break the rules of publication is an ExportError.

    Until it is approved it carries the mark of a draft; a correction is the reason why it replaces
    a published one.
    """
    from kpi.export.exporter import PageExporter
    from kpi.present.fragment import stylesheet

    look = (TEMPLATES / "committee" / "page.css").read_text(encoding="utf-8")
    resources = {
        "metadata": {"title": title, "language": language},
        "look": stylesheet() + look,
        "standing": standing(Labels(language), draft=draft, correction=correction),
    }
    exporter = PageExporter()  # type: ignore[no-untyped-call]
    page, _ = exporter.from_filename(str(notebook), resources=resources)
    page = tidy(page)
    check_page(page, target.name)
    target.write_text(page, encoding="utf-8", newline="\n")


def tidy(page: str) -> str:
    """Remove trailing spaces and empty lines."""
    lines = (line.rstrip() for line in page.splitlines())
    return "\n".join(line for line in lines if line) + "\n"


def check_page(page: str, name: str) -> None:
    """Refuse a page with scripts, requests, error streams, machine paths or persons' numbers."""
    check(Text(name, page, "html"))
