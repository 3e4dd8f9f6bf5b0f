"""The executed committee notebook as one HTML file: no script, no request, nothing from outside.

nbconvert writes it with the committee's own template. Every copy says how it stands: a draft, or a
correction of another report. Approval and publication change these marks and nothing else: the
notebooks and the payload that a page is made from know nothing of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from kpi.errors import ExportError
from kpi.language import Labels
from kpi.processes import lazy_imports
from kpi.publication.document import TEMPLATES, Mark, check_page, standing, tidy
from kpi.record import ANNEX, INJECTED

with lazy_imports():
    from nbconvert.exporters.templateexporter import TemplateExporter
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
    from nbformat import NotebookNode

NOT_ON_THE_PAGE = {"analyst", "parameters", INJECTED}
PLACES = ("header", "footer", ANNEX)
HIGHEST_HEADING = 3


class PageExporter(TemplateExporter):
    """Writes an executed notebook as one page; its cells' tags say where they go."""

    output_mimetype = "text/html"

    def _template_name_default(self) -> str:
        return "committee"

    def _file_extension_default(self) -> str:
        return ".html"

    def _extra_template_basedirs_default(self) -> list[str]:
        return [str(TEMPLATES)]

    def default_filters(self) -> Iterable[tuple[str, Callable[..., Any]]]:
        """Add the filters of the template to nbconvert's own."""
        yield from super().default_filters()  # type: ignore[no-untyped-call]
        yield "placed", placed
        yield "prose", prose
        yield "running_header", running_header
        yield "css_string", css_string


def placed(cells: list[NotebookNode], place: str) -> list[NotebookNode]:
    """Return the cells that are printed at a place: header, footer, annex, else the middle."""
    return [cell for cell in cells if _place(cell) == place]


def _place(cell: NotebookNode) -> str | None:
    tags = set(cell.metadata.get("tags", []))
    if tags & NOT_ON_THE_PAGE:
        return None
    return next((place for place in PLACES if place in tags), "middle")


class _Prose(IPythonRenderer):
    """Markdown of an analyst, whose headings stand below the page's own."""

    def heading(self, text: str, level: int, **attributes: Any) -> str:
        return str(super().heading(text, max(level, HIGHEST_HEADING), **attributes))


def prose(source: str) -> str:
    """Render what an analyst wrote in markdown; HTML in it is shown as text, scripts are not."""
    renderer = _Prose(escape=True, allow_harmful_protocols=False, exclude_anchor_links=True)
    return str(MarkdownWithMath(renderer=renderer).render(source))


def running_header(notebook: NotebookNode, standing: Iterable[Mark] = ()) -> str:
    """Return what stands on each printed page: marks, and what a fragment of the notebook says."""
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", []))
    texts = (one.get("metadata", {}).get("text/html", {}).get("running_header") for one in outputs)
    said = next(filter(None, texts), "")
    return " · ".join(filter(None, [*(mark.word for mark in standing), said]))


def css_string(text: str) -> str:
    """Write a text as a CSS string; all but letters, digits and spaces are escaped."""
    return '"' + re.sub(r"[^\w ]", lambda sign: f"\\{ord(sign[0]):x} ", text) + '"'


_TABLE, _CAPTION = re.compile(r"<table\b"), re.compile(r"<caption\b")
_OWN = "report.own_table(data, caption=...) or report.own_chart(figure, alt=...)"


def read_notebook(path: Path) -> NotebookNode:
    """Read an executed notebook, all outputs of whose cells for the page can stand on it.

    One that would vanish or has no words is an ExportError: what is printed, a plain value, a
    picture without words, a table without a caption.
    """
    import nbformat

    notebook: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    for number, cell in enumerate(notebook.cells, start=1):
        if _place(cell) is None:
            continue
        for output in cell.get("outputs", []):
            if found := _not_for_the_page(output):
                raise ExportError(
                    "All that a cell of the page shows can stand on the page.",
                    f"{found}, cell {number} of {path.name}",
                    f"Show it by {_OWN}, end the line with ;, or tag the cell analyst.",
                )
    return notebook


def _not_for_the_page(output: NotebookNode) -> str:
    data = output.get("data", {})
    html = data.get("text/html", "")
    if not html:
        return next(("a picture" for kind in data if kind.startswith("image/")), "plain text")
    if len(_TABLE.findall(html)) > len(_CAPTION.findall(html)):
        return "a table without a caption"
    return ""


def has_annex(notebook: NotebookNode) -> bool:
    """Tell whether cells of a notebook are tagged as an annex, which is a page of its own."""
    return bool(placed(notebook.cells, ANNEX))


def export_page(  # noqa: PLR0913 - what the page is, and how it stands
    notebook: NotebookNode,
    target: Path,
    *,
    language: str,
    title: str,
    draft: bool = True,
    correction: str = "",
    part: str = "middle",
) -> None:
    """Write a notebook's page; what would break the rules of publication is an ExportError.

    Until it is approved it carries the mark of a draft; a correction is the reason why it replaces
    a published one. `part` is the middle, or the annex, which is written as a page of its own.
    """
    from kpi.page.fragments import stylesheet

    look = (TEMPLATES / "committee" / "page.css").read_text(encoding="utf-8")
    resources = {
        "metadata": {"title": title, "language": language},
        "look": stylesheet() + look,
        "standing": standing(Labels(language), draft=draft, correction=correction),
        "part": part,
    }
    exporter = PageExporter()  # type: ignore[no-untyped-call]
    page, _ = exporter.from_notebook_node(notebook, resources=resources)
    page = tidy(page)
    check_page(page, target.name)
    target.write_text(page, encoding="utf-8", newline="\n")
