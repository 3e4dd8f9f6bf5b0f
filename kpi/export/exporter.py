"""nbconvert with the committee's own template: no stock page, no code, no outside link."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from kpi.export.standing import Mark
from kpi.light import light_imports

with light_imports():
    from nbconvert.exporters.templateexporter import TemplateExporter
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
    from nbformat import NotebookNode

NOT_ON_THE_PAGE = {"analyst", "parameters", "injected-parameters"}
PLACES = ("header", "footer")
HIGHEST_HEADING = 3


class PageExporter(TemplateExporter):
    """Writes an executed notebook as one page; its cells' tags say where they go."""

    output_mimetype = "text/html"

    def _template_name_default(self) -> str:
        return "committee"

    def _file_extension_default(self) -> str:
        return ".html"

    def _extra_template_basedirs_default(self) -> list[str]:
        return [str(Path(__file__).parent / "templates")]

    def default_filters(self) -> Iterable[tuple[str, Callable[..., Any]]]:
        """Add the filters of the template to nbconvert's own."""
        yield from super().default_filters()  # type: ignore[no-untyped-call]
        yield "placed", placed
        yield "prose", prose
        yield "running_header", running_header
        yield "css_string", css_string


def placed(cells: list[NotebookNode], place: str) -> list[NotebookNode]:
    """Return the cells that are printed at a place: the tags header and footer, else the middle."""
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
