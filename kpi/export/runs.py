"""The words inside a block of the page, with how each is written: for documents without CSS."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from xml.etree import ElementTree as ET

from kpi.export.paper import SVG, has_class

STATUS_COLOURS = {
    "met": "teal", "attested": "teal", "better": "teal",
    "not_met": "rust", "accepted_deviation": "rust", "worse": "rust", "mark": "rust",
    "not_documented": "violet",
    "not_assessable": "grey", "no_target": "grey", "no_data": "grey", "hidden": "grey",
    "not_due": "grey", "retired": "grey",
}  # fmt: skip
SMALL = {
    "note", "comment", "basis", "reason", "verdict", "aim", "about", "whose", "marks", "beside",
    "earlier", "adopted",
}  # fmt: skip
_OWN_LINE = {"basis", "reason", "verdict", "earlier"}
_BOLD_TAGS = {"b", "strong", "dt"}
_BOLD_CLASSES = {"status", "main", "mark"}
NEW_LINE = "\v"
_SPACES = re.compile(r"[ \t\r\n]+")


@dataclass(frozen=True)
class Look:
    """How a piece of text is written."""

    bold: bool = False
    italic: bool = False
    small: bool = False
    boxed: bool = False
    colour: str = ""
    language: str = ""
    link: str = ""


@dataclass(frozen=True)
class Run:
    """A piece of text of one look, or a drawing that stands among the words."""

    text: str
    look: Look
    drawing: ET.Element | None = None


def runs_of(node: ET.Element, look: Look = Look(), *, in_cell: bool = False) -> list[Run]:
    """Return the words of a block in their order, spaces put together; a new line is its own run.

    In a cell of a table, what stands below the figure (its basis, its verdict) takes a new line.
    """
    return list(_joined(_walk(node, _look_of(node, look), in_cell=in_cell)))


def _look_of(node: ET.Element, look: Look) -> Look:
    classes = set((node.get("class") or "").split())
    colour = next((STATUS_COLOURS[name] for name in STATUS_COLOURS if name in classes), "")
    small = bool(classes & SMALL)
    address = node.get("href") or "" if node.tag == "a" else ""
    return replace(
        look,
        bold=look.bold or node.tag in _BOLD_TAGS or bool(classes & _BOLD_CLASSES),
        italic=look.italic or node.tag in {"i", "em"},
        small=look.small or small,
        boxed=look.boxed or "mark" in classes,
        colour=colour or ("grey" if small and not look.colour else look.colour),
        language=node.get("lang") or look.language,
        link=address if address.startswith("http") else look.link,
    )


def _walk(node: ET.Element, look: Look, *, in_cell: bool) -> Iterator[Run]:
    if node.text:
        yield Run(node.text, look)
    for child in node:
        if child.tag == f"{SVG}svg":
            yield Run("", look, child)
        elif child.tag == "br":
            yield Run(NEW_LINE, look)
        elif not has_class(child, "unseen"):
            own = _look_of(child, look)
            if in_cell and _starts_line(child):
                own = replace(own, bold=own.bold and child.get("class") == "status")
                yield Run(NEW_LINE, look)
            yield from _walk(child, own, in_cell=in_cell)
        if child.tail:
            yield Run(child.tail, look)


def _starts_line(node: ET.Element) -> bool:
    return node.tag in {"p", "div", "li"} or any(has_class(node, name) for name in _OWN_LINE)


def _joined(runs: Iterator[Run]) -> Iterator[Run]:
    """Put spaces together across runs; none stand at the start or end of a line."""
    space: Run | None = None
    is_inside, is_begun = False, False  # a line, the block
    for run in runs:
        if run.text == NEW_LINE:
            if is_begun:
                yield run
            space, is_inside = None, False
            continue
        text = _SPACES.sub(" ", run.text)
        if text.startswith(" ") and is_inside:
            space = replace(run, text=" ")
        if text.strip(" ") or run.drawing is not None:
            if space is not None:
                yield space
            yield replace(run, text=text.strip(" "))
            space = replace(run, text=" ") if text.endswith(" ") else None
            is_inside = is_begun = True
