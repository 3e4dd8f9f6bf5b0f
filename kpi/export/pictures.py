"""The page's drawings as pictures, for documents that hold no SVG of their own."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree as ET

from kpi.errors import ExportError
from kpi.export.paper import SVG

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
