"""The committee's page as PDF/UA: tagged, with its language, title, outline and alt texts.

WeasyPrint draws with Pango, which is a library of the system: where it is missing, this form is not
made, and the message names the package.
"""

from __future__ import annotations

import base64
import logging
import re
import warnings
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from kpi.errors import ExportError, missing_package
from kpi.publication.document import About
from kpi.publication.paper import (
    FOLDING,
    NUMBERS,
    SVG,
    Paper,
    as_svg,
    description_of,
    has_class,
    read_page,
    remove,
    replace,
)

_LOOK = Path(__file__).parent / "templates" / "committee" / "paper.css"
PANGO = (
    "Debian, Ubuntu: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0; "
    "Fedora: dnf install pango; macOS: brew install pango; "
    "Windows: pacman -S mingw-w64-x86_64-pango, in MSYS2"
)


class PangoMissingError(ExportError):
    """PDF cannot be made on this machine; other forms can."""


_PRINT_OR = re.compile(r"@media print,[^{]*\{")
_WEIGHT = re.compile(r"font-weight: (\d{3})\b")


def write_pdf(page: Path, target: Path, about: About) -> None:
    """Write an exported page as PDF/UA-1; the same page gives the same bytes.

    Raises PangoMissingError where Pango is not installed.
    """
    weasyprint = _weasyprint()
    paper = read_page(page, "narrow")
    for node in [node for name in FOLDING for node in paper.body.iter() if has_class(node, name)]:
        remove(node, lambda inside: inside.tag == "details")
    remove(paper.body, lambda node: has_class(node, NUMBERS))
    _name_drawings(paper)
    _close_lists(paper.body)
    _tell_whose(paper, about)
    fetcher = weasyprint.urls.URLFetcher(allowed_protocols={"data"})
    page_of = weasyprint.HTML(string=paper.html(), url_fetcher=fetcher)
    page_of.write_pdf(target, pdf_variant="pdf/ua-1")


def no_pango() -> PangoMissingError:
    """Return the error that says what to install."""
    return PangoMissingError(
        "PDF is drawn with Pango.", "no Pango on this machine", f"Install it: {PANGO}."
    )


def _weasyprint() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns where a part of HarfBuzz is missing
            import weasyprint
    except OSError:
        raise no_pango() from None
    except ModuleNotFoundError as error:
        missing = missing_package(error)
        if missing is None:
            raise
        raise PangoMissingError(missing.rule, missing.found, missing.remedy) from None
    for name in ("weasyprint", "fontTools"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what it leaves out of the page's style
    return weasyprint


def _name_drawings(paper: Paper) -> None:
    """Give each drawing its words as the title that becomes its alt text.

    One without words only decorates: it becomes a background, which readers pass over.
    """
    for parent in list(paper.body.iter()):
        for drawing in [child for child in parent if child.tag == f"{SVG}svg"]:
            words = description_of(drawing)
            if words:
                _name(drawing, words)
            else:
                replace(parent, drawing, [_background(drawing)])


def _name(drawing: ET.Element, words: str) -> None:
    for part in ("title", "desc"):
        for old in drawing.findall(f"{SVG}{part}"):
            drawing.remove(old)
    title = ET.Element(f"{SVG}title")
    title.text = words
    drawing.insert(0, title)


def _background(drawing: ET.Element) -> ET.Element:
    encoded = base64.b64encode(as_svg(drawing).encode("utf-8")).decode("ascii")
    look = f"background-image: url(data:image/svg+xml;base64,{encoded})"
    return ET.Element("span", {"class": "drawn", "style": look})


def _close_lists(body: ET.Element) -> None:
    """Leave nothing in a list but its items: PDF/UA knows no blanks or groups between them."""
    for node in [node for node in body.iter() if node.tag in {"ul", "ol", "dl"}]:
        for group in [child for child in node if child.tag == "div"]:
            if "id" in group.attrib and len(group):
                group[0].set("id", group.attrib["id"])
            replace(node, group, list(group))
        node.text = None
        for item in node:
            item.tail = None


def _tell_whose(paper: Paper, about: About) -> None:
    """Write the look, the author and the date into the head; the PDF's properties name these."""
    head = paper.root.find("head")
    assert head is not None  # noqa: S101 - the parser makes one
    for style in head.iter("style"):
        style.text = _in_known_words(style.text or "")
    look = ET.SubElement(head, "style")
    look.text = _LOOK.read_text(encoding="utf-8")
    moment = f"{about.moment.isoformat()}Z"
    for name, content in (
        ("author", about.author), ("dcterms.created", moment), ("dcterms.modified", moment),
    ):  # fmt: skip
        head.append(ET.Element("meta", {"name": name, "content": content}))


def _in_known_words(css: str) -> str:
    """Write what WeasyPrint would pass over as it knows it: print styles, weights of type."""
    css = _PRINT_OR.sub("@media print {", css)
    return _WEIGHT.sub(lambda weight: f"font-weight: {round(int(weight[1]) / 100) * 100}", css)
