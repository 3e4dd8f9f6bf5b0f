"""A matplotlib figure as inline SVG: lean in the page's colours, or whole as an analyst drew it."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from markupsafe import Markup

if TYPE_CHECKING:
    from matplotlib.figure import Figure


# Stand-ins for the page's colours: each becomes a CSS variable, so that dark mode and print work.
INK, GREY, BLUE, RUST, BAND = "#010101", "#020202", "#030303", "#040404", "#050505"
_VARIABLES = {
    INK: "var(--ink)",
    GREY: "var(--grey)",
    BLUE: "var(--blue)",
    RUST: "var(--rust)",
    BAND: "var(--band)",
}
_SVG, _XLINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}"
_LEFT_OUT = {f"{_SVG}style", f"{_SVG}metadata"}
_USED = re.compile(r"url\(#([^)]+)\)")
_FAMILY = re.compile(r"font-family:[^;]*;?\s*")
_FAMILY_IN_SHORT = re.compile(r"(?<=px )'[^;]*")
_NUMBER = re.compile(r"-?\d+\.\d+")
_KEPT = {
    "fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-opacity",
    "font-size", "font-weight", "text-anchor", "opacity",
}  # fmt: skip


_FRAME = Markup(
    '<svg class="chart {kind}" viewBox="0 0 {width} {height}" role="img" '
    'aria-labelledby="{name}-title {name}-text">\n<title id="{name}-title">{title}</title>\n'
    '<desc id="{name}-text">{description}</desc>\n{parts}\n</svg>'
)


def inline_svg(figure: Figure, name: str, kind: str, title: str, description: str) -> Markup:
    """Return the figure as SVG with a title and a description, of a CSS class.

    `name` makes its ids unique on a page. The same figure always gives the same bytes.
    """
    root = ET.fromstring(_as_svg(figure, name))  # noqa: S314  # matplotlib wrote it
    _, _, width, height = (_short(side) for side in root.attrib["viewBox"].split())
    return _FRAME.format(
        kind=kind, width=width, height=height, name=name,
        title=str(title), description=str(description),  # no room for elements there
        parts=Markup("\n").join(_parts(root)),
    )  # fmt: skip


def _as_svg(figure: Figure, name: str) -> str:
    import matplotlib as mpl

    written = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name, "path.simplify": False}):
        figure.savefig(written, format="svg", metadata={"Date": None})
    return written.getvalue()


def _parts(root: ET.Element) -> Iterator[Markup]:
    """Yield the drawn elements in their order; groups, ids and definitions are left behind."""
    path, text = Markup('<path d="{}"{}/>'), Markup('<text x="{}" y="{}"{}>{}</text>')
    for element in root.iter():
        if element.tag == f"{_SVG}path" and element.attrib.get("d"):
            yield path.format(_path(element.attrib["d"]), _look(element))
        elif element.tag == f"{_SVG}text":
            x, y = _short(element.attrib["x"]), _short(element.attrib["y"])
            yield text.format(x, y, _look(element), element.text or "")


def _look(element: ET.Element) -> Markup:
    """Return the element's style, with the page's colours."""
    declared = (part.split(":", 1) for part in element.attrib.get("style", "").split(";") if part)
    style = {key.strip(): value.strip() for key, value in declared}
    if "font" in style:
        style |= _font(style.pop("font"))
    kept = {key: _VARIABLES.get(value, value) for key, value in style.items() if key in _KEPT}
    written = "; ".join(f"{key}: {_short(value)}" for key, value in kept.items())
    return Markup(' style="{}"').format(written) if written else Markup("")


def _font(shorthand: str) -> dict[str, str]:
    """Read weight and size from the shorthand; the family is the page's."""
    size = re.search(r"([\d.]+)px", shorthand)
    is_bold = re.search(r"\b(?:bold|700)\b", shorthand)
    found = {"font-size": f"{size[1]}px" if size else "12px"}
    return found | {"font-weight": "700"} if is_bold else found


def _path(d: str) -> str:
    return re.sub(r" ?([MLCQz]) ?", r"\1", _short(re.sub(r"\s+", " ", d).strip()))


def _short(text: str) -> str:
    """Round the numbers of a text to one decimal."""
    return _NUMBER.sub(lambda number: f"{round(float(number[0]), 1):g}", text)


def whole_svg(figure: Figure, words: str) -> Markup:
    """Return any figure as SVG with all that it holds: markers, clips, its own colours.

    Its ids are its own, its type is the page's, and `words` are what it tells. The same figure
    always gives the same bytes.
    """
    import matplotlib as mpl

    written = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "own"}):
        figure.savefig(written, format="svg", metadata={"Date": None}, facecolor="white")
    name = f"own-{hashlib.sha256(written.getvalue().encode()).hexdigest()[:8]}"
    root = ET.fromstring(written.getvalue())  # noqa: S314 - matplotlib wrote it
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in _LEFT_OUT or not child.tag.startswith(_SVG):
                parent.remove(child)
    for node in root.iter():
        node.attrib = {_plain(key): _named(key, value, name) for key, value in node.attrib.items()}
    for part in ("width", "height"):
        root.attrib.pop(part, None)
    root.attrib |= {"class": "chart own", "role": "img", "aria-labelledby": f"{name}-title"}
    root.attrib["style"] = "stroke-linejoin: round; stroke-linecap: butt"
    title = ET.Element(f"{_SVG}title", {"id": f"{name}-title"})
    title.text = words
    root.insert(0, title)
    for node in root.iter():
        node.tag = node.tag.removeprefix(_SVG)
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704 - escaped as it was written


def _plain(key: str) -> str:
    return "href" if key == f"{_XLINK}href" else key


def _named(key: str, value: str, name: str) -> str:
    """Return an attribute whose ids are unique on a page."""
    if key == "id":
        return f"{name}-{value}"
    if key == f"{_XLINK}href" and value.startswith("#"):
        return f"#{name}-{value[1:]}"
    used = _USED.sub(rf"url(#{name}-\1)", value)
    return _FAMILY_IN_SHORT.sub("sans-serif", _FAMILY.sub("", used)) if key == "style" else used
