"""The finished page as paper shows it: light colours, one width of each chart, shapes as signs.

PDF and Word are made of the page itself, so they say what it says and carry the marks it carries.
Documents that hold no SVG get its drawings as pictures.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from html import unescape
from importlib.util import find_spec
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree as ET

from kpi.definitions.statuses import STATUSES
from kpi.errors import ExportError

SVG = "{http://www.w3.org/2000/svg}"
FOLDING = ("card", "charted")
"""Classes of what folds up details that are not printed with it."""
NUMBERS = "tables"
"""The class of the numbers behind a figure, which paper shows last or not at all."""
_NOT_ON_PAPER = {"skip", "languages", "findings-of", "on-screen", "what-was-found"}
_OTHER_WIDTH = {"wide": "narrow", "narrow": "wide"}
_COLOURS = re.compile(r"--([\w-]+):\s*(#[0-9a-fA-F]{3,8})\s*;")
_VARIABLE = re.compile(r"var\(--([\w-]+)\)")
_CHART_RULE = re.compile(r"^\.kpi (\.[^{@]+?) \{ ([^}]*\b(?:fill|stroke)\b[^}]*) \}$", re.MULTILINE)
_RUNNING_HEADER = re.compile(r"@top-left \{ content: \"((?:[^\"\\]|\\.)*)\"")
_MARK = re.compile(r'<strong class="mark">([^<]*)</strong>')
_ESCAPED = re.compile(r"\\([0-9a-fA-F]{1,6}) ?")


@dataclass(frozen=True)
class Paper:
    """A page's tree with its language and title, and what stands on each printed page."""

    root: ET.Element
    language: str
    title: str
    running_header: str
    colours: dict[str, str]

    @property
    def body(self) -> ET.Element:
        """The body of the page."""
        found = self.root.find("body")
        assert found is not None  # noqa: S101 - the parser makes one
        return found

    def html(self) -> str:
        """Write the tree as HTML."""
        return (
            f"<!DOCTYPE html>\n{ET.tostring(_bare(self.root), encoding='unicode', method='html')}"
        )


def read_page(path: Path, width: Literal["wide", "narrow"]) -> Paper:
    """Read an exported page; of each chart only the drawing for one width stays."""
    import tinyhtml5  # type: ignore[import-untyped]

    root = tinyhtml5.parse(path.read_text(encoding="utf-8"), namespace_html_elements=False)
    css = "\n".join(style.text or "" for style in root.iter("style"))
    colours = _light_colours(css)
    remove(root, _is_for_the_screen)
    remove(root, lambda node: has_class(node, "chart") and has_class(node, _OTHER_WIDTH[width]))
    _write_signs(root)
    _light_drawings(root, css, colours)
    return Paper(
        root,
        root.get("lang") or "",
        text_of(root.find("head/title")),
        _running_header(css),
        colours,
    )


def marks_of(pages: Sequence[Path]) -> list[str]:
    """Return the marks that the first of these pages carries: a draft, synthetic data."""
    text = pages[0].read_text(encoding="utf-8") if pages else ""
    top = text.partition("<main")[0]
    return list(dict.fromkeys(unescape(word).strip() for word in _MARK.findall(top)))


def has_class(node: ET.Element, name: str) -> bool:
    """Tell whether an element is of a class."""
    return name in (node.get("class") or "").split()


def text_of(node: ET.Element | None) -> str:
    """Return the text of an element, its spaces put together."""
    return "" if node is None else re.sub(r"[ \t\r\n]+", " ", "".join(node.itertext())).strip(" ")


def description_of(drawing: ET.Element) -> str:
    """Return what a drawing shows, in words; nothing for one that only decorates."""
    if drawing.get("aria-hidden") == "true":
        return ""
    parts = (text_of(drawing.find(f"{SVG}{part}")).rstrip(".") for part in ("title", "desc"))
    written = ". ".join(part for part in parts if part) or drawing.get("aria-label") or ""
    return f"{written}." if written else ""


def _light_colours(css: str) -> dict[str, str]:
    """Return the page's colours: each as it is first defined, which is in light."""
    colours: dict[str, str] = {}
    for name, value in _COLOURS.findall(css):
        colours.setdefault(name, value)
    return colours


def _running_header(css: str) -> str:
    """Return the last text for the top of printed pages; CSS escapes are read."""
    found = _RUNNING_HEADER.findall(css)
    return _ESCAPED.sub(lambda sign: chr(int(sign[1], 16)), found[-1]) if found else ""


def _is_for_the_screen(node: ET.Element) -> bool:
    return node.tag == "nav" or any(has_class(node, name) for name in _NOT_ON_PAPER)


def remove(root: ET.Element, is_unwanted: Callable[[ET.Element], bool]) -> None:
    """Take elements out of a tree; the text after them stays."""
    for parent in list(root.iter()):
        for child in [child for child in parent if is_unwanted(child)]:
            replace(parent, child, [])


def replace(parent: ET.Element, child: ET.Element, others: list[ET.Element]) -> None:
    """Put elements in the place of a child; the text after it stays."""
    place = list(parent).index(child)
    tail = child.tail or ""
    parent.remove(child)
    for offset, other in enumerate(others):
        parent.insert(place + offset, other)
    if others:
        others[-1].tail = (others[-1].tail or "") + tail
    elif place:
        parent[place - 1].tail = (parent[place - 1].tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail


def _write_signs(root: ET.Element) -> None:
    """Put a sign of the type in the place of each status' little drawing."""
    for parent, status in list(_with_status(root, "")):
        for child in list(parent):
            if child.tag == f"{SVG}svg" and has_class(child, "icon"):
                sign = ET.Element("span", {"class": "sign"})
                sign.text = STATUSES[status].sign if status else ""
                replace(parent, child, [sign])


def _with_status(node: ET.Element, status: str) -> Iterator[tuple[ET.Element, str]]:
    """Yield each element with the status that it, or what it stands in, is of."""
    own = next((name for name in STATUSES if has_class(node, name)), status)
    yield node, own
    for child in node:
        yield from _with_status(child, own)


def _light_drawings(root: ET.Element, css: str, colours: dict[str, str]) -> None:
    """Write the colours of the page into its drawings, which then need no style sheet."""
    rules = [(names, _coloured(look, colours)) for names, look in _CHART_RULE.findall(css)]
    for drawing in list(root.iter(f"{SVG}svg")):
        for node in drawing.iter():
            if "style" in node.attrib:
                node.set("style", _coloured(node.attrib["style"], colours))
        style = ET.Element(f"{SVG}style")
        style.text = "\n".join(_for_drawing(drawing, names, look) for names, look in rules)
        drawing.insert(0, style)


def _for_drawing(drawing: ET.Element, names: str, look: str) -> str:
    """Write a rule of the page for what is inside a drawing: what it stands in is not there."""
    first, _, rest = names.partition(" ")
    is_inside = has_class(drawing, first.removeprefix("."))
    return f"{names if is_inside or not rest else rest} {{ {look} }}"


def _coloured(text: str, colours: dict[str, str]) -> str:
    return _VARIABLE.sub(lambda name: colours.get(name[1], "#000000"), text)


def _bare(root: ET.Element) -> ET.Element:
    """Copy a tree without namespaces, which HTML does not write."""
    copy = ET.Element(root.tag.removeprefix(SVG), dict(root.attrib))
    copy.text, copy.tail = root.text, root.tail
    copy.extend([_bare(child) for child in root if isinstance(child.tag, str)])
    return copy


_TYPE = "DejaVu Sans"
"""The type of the charts' words: it comes with matplotlib, so that it is the same everywhere."""


def picture(drawing: ET.Element, dots: float) -> bytes:
    """Return a drawing as PNG on white, with so many dots for each of its units."""
    import resvg_py

    return resvg_py.svg_to_bytes(
        svg_string=as_svg(drawing),
        zoom=dots,
        background="#ffffff",
        skip_system_fonts=True,
        font_files=list(_fonts()),
        font_family=_TYPE,
        sans_serif_family=_TYPE,
    )


def size(drawing: ET.Element) -> tuple[float, float]:
    """Return the width and height of a drawing in its own units."""
    _, _, width, height = (float(side) for side in drawing.attrib["viewBox"].split())
    return width, height


def as_svg(drawing: ET.Element) -> str:
    """Write a drawing as an SVG of its own."""
    width, height = size(drawing)
    ET.register_namespace("", SVG.strip("{}"))
    root = ET.Element(drawing.tag, {**drawing.attrib, "width": str(width), "height": str(height)})
    root.extend(list(drawing))
    return ET.tostring(root, encoding="unicode")


@cache
def _fonts() -> tuple[str, ...]:
    """Return the files of the type, found without loading matplotlib."""
    found = find_spec("matplotlib")
    folders = found.submodule_search_locations if found else None
    if not folders:
        raise ExportError(
            "The words in charts are written in a type that comes with matplotlib.",
            "no matplotlib",
            "Install the locked packages again.",
        )
    fonts = Path(folders[0]) / "mpl-data" / "fonts" / "ttf"
    return tuple(str(fonts / f"{name}.ttf") for name in ("DejaVuSans", "DejaVuSans-Bold"))
