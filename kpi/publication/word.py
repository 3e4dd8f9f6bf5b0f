"""The committee's page as a Word document: real headings, lists and tables, charts with alt text.

It is made of the page itself. What the page folds up under a chart comes last, so that the numbers
behind every chart are in the document and nobody has to unfold anything.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from kpi.files import save_archive
from kpi.language import Labels
from kpi.language.catalogue import known_here
from kpi.publication.document import LOCALES, About
from kpi.publication.paper import (
    FOLDING,
    NUMBERS,
    SVG,
    Paper,
    description_of,
    has_class,
    picture,
    read_page,
    size,
    text_of,
)
from kpi.publication.word_style import WIDTH_CM, new_document
from kpi.publication.word_tables import NEW_LINE, SPARK_CM_PER_UNIT, Look, Run, add_table, runs_of

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph


_CHART_CM_PER_UNIT = 14.5 / 560
_DOTS = 3.0
_SMALL_POINTS = 8
_LEFT_OUT = {"style", "script", "template"}


def write_word(page: Path, target: Path, about: About) -> None:
    """Write an exported page as a Word document; the same page gives the same bytes."""
    paper = read_page(page, "wide")
    document = new_document(about, paper.colours, paper.running_header)
    writer = _Writer(document, paper)
    writer.write(paper.body)
    writer.write_folded()
    _number_drawings(document)
    saved = BytesIO()
    document.save(saved)
    save_archive(saved, target, about.moment)


def _number_drawings(document: Document) -> None:
    """Give every drawing of the document its own number."""
    from docx.oxml.ns import qn

    for number, properties in enumerate(document.element.iter(qn("wp:docPr")), start=1):
        properties.set("id", str(number))


class _Writer:
    """Walks through the page and adds a block of the document for each of the page's."""

    def __init__(self, document: Document, paper: Paper) -> None:
        self.document, self.paper = document, paper
        self.folded: list[ET.Element] = []
        self._looks: dict[Look, Any] = {}
        self._styles: dict[str, str] = {}
        self._within = 0  # cards and charts, whose folds come last
        self._by_tag: dict[str, Callable[[ET.Element], None]] = {
            **{f"h{level}": self._heading for level in range(1, 7)},
            "p": self._text, "dt": self._term, "dd": self._block, "pre": self._text,
            "summary": self._term, "figcaption": self._caption, "ul": self._list, "ol": self._list,
            "table": self._table, "details": self._details, f"{SVG}svg": self._chart,
        }  # fmt: skip

    def write(self, node: ET.Element) -> None:
        """Write a block, or the blocks inside it."""
        if node.tag in _LEFT_OUT:
            return
        if has_class(node, NUMBERS):
            self.folded.append(node)
            return
        folds = any(has_class(node, name) for name in FOLDING)
        self._within += folds
        write = self._by_tag.get(node.tag)
        if write is not None:
            write(node)
        else:
            for child in node:
                self.write(child)
        self._within -= folds

    def write_folded(self) -> None:
        """Write the numbers behind the charts, which the page folds up."""
        tables = [table for details in self.folded for table in details.iter("table")]
        if tables:
            labels = Labels(self.paper.language if known_here(self.paper.language) else "da")
            self._paragraph("Heading 2").add_run(labels("The numbers behind the charts"))
        for table in tables:
            self._table(table)

    def _paragraph(self, style: str | None = None) -> Paragraph:
        """Add an empty paragraph; python-docx would search all styles for each."""
        made = self.document.add_paragraph()
        if style is not None:
            if style not in self._styles:
                self._styles[style] = str(self.document.styles[style].style_id)
            made._p.style = self._styles[style]  # noqa: SLF001
        return made

    def _heading(self, node: ET.Element) -> None:
        self._fill(self._paragraph(f"Heading {node.tag[1]}"), runs_of(node))

    def _text(self, node: ET.Element) -> None:
        style = "Key figure" if has_class(node, "figure") else None
        self._fill(self._paragraph(style), runs_of(node))

    def _term(self, node: ET.Element) -> None:
        heading = next((child for child in node if child.tag in {"h2", "h3", "h4"}), None)
        if heading is not None:
            self._heading(heading)
            return
        self._fill(self._paragraph("Term"), runs_of(node))

    def _block(self, node: ET.Element) -> None:
        if any(child.tag in self._by_tag for child in node):
            for child in node:
                self.write(child)
        else:
            self._text(node)

    def _caption(self, node: ET.Element) -> None:
        self._fill(self._paragraph("Caption"), runs_of(node))

    def _list(self, node: ET.Element) -> None:
        if has_class(node, "tally"):
            self._tally(node)
            return
        style = "List Number" if node.tag == "ol" else "List Bullet"
        number = _new_numbering(self.document) if node.tag == "ol" else None
        for item in node:
            paragraph = self._paragraph(style)
            if number is not None:
                _number(paragraph, number)
            self._fill(paragraph, runs_of(item))

    def _tally(self, node: ET.Element) -> None:
        """Write how many targets have which status, each as a large number with its word."""
        paragraph = self._paragraph("Key figure")
        for place, item in enumerate(node):
            self._fill(paragraph, [Run("\u2003" if place else "", Look()), *runs_of(item)])

    def _table(self, node: ET.Element) -> None:
        caption = node.find("caption")
        if caption is not None:
            self._caption(caption)
        add_table(self.document, node, self.paper.colours, self._cell)
        self.document.add_paragraph().paragraph_format.space_after = 0

    def _cell(self, paragraph: Paragraph, cell: ET.Element, *, is_header: bool) -> None:
        is_name = cell.tag == "th" and not is_header
        look = Look(bold=is_name, small=is_header, colour="grey" if is_header else "")
        self._fill(paragraph, runs_of(cell, look, in_cell=True))

    def _details(self, node: ET.Element) -> None:
        if self._within:
            self.folded.append(node)
            return
        for child in node:
            self.write(child)

    def _chart(self, node: ET.Element) -> None:
        if description_of(node):
            paragraph = self.document.add_paragraph()
            paragraph.paragraph_format.keep_with_next = True
            self._draw(paragraph, node, _CHART_CM_PER_UNIT)

    def _fill(self, paragraph: Paragraph, runs: list[Run]) -> None:
        for run in runs:
            if run.drawing is not None:
                self._draw(paragraph, run.drawing, SPARK_CM_PER_UNIT)
            elif run.text == NEW_LINE:
                paragraph.add_run().add_break()
            else:
                self._add_run(paragraph, run)

    def _add_run(self, paragraph: Paragraph, run: Run) -> None:
        look = run.look
        made: Any = paragraph.add_run(f"\u00a0{run.text}\u00a0" if look.boxed else run.text)
        how = replace(look, link="")
        if how not in self._looks:
            self._looks[how] = self._properties(how)
        made._r.insert(0, deepcopy(self._looks[how]))  # noqa: SLF001
        if look.link:
            _link(paragraph, made, look.link)

    def _properties(self, look: Look) -> Any:
        """Return the properties of runs of a look, made once: runs get copies."""
        from docx.oxml import OxmlElement
        from docx.shared import Pt, RGBColor
        from docx.text.run import Run as WordRun

        made: Any = WordRun(OxmlElement("w:r"), None)  # type: ignore[arg-type]
        made.bold, made.italic = look.bold or None, look.italic or None
        if look.small:
            made.font.size = Pt(_SMALL_POINTS)
            made.bold = look.bold
        if look.colour:
            colour = self.paper.colours[look.colour].lstrip("#").upper()
            made.font.color.rgb = RGBColor.from_string(colour)
        if look.boxed:
            _box(made, self.paper.colours["rust"])
        if look.language and look.language != self.paper.language:
            _set_language(made, LOCALES.get(look.language, look.language))
        return made._r.rPr  # noqa: SLF001

    def _draw(self, paragraph: Paragraph, drawing: ET.Element, cm_per_unit: float) -> None:
        """Add a drawing as a picture with its words; one without words only decorates."""
        from docx.shared import Cm

        words = description_of(drawing)
        if not words:
            return
        width, _ = size(drawing)
        shown = min(width * cm_per_unit, WIDTH_CM)
        picture_of = BytesIO(picture(drawing, _DOTS))
        inline: Any = paragraph.add_run().add_picture(picture_of, width=Cm(shown))
        properties = inline._inline.docPr  # noqa: SLF001 - python-docx has no alt texts
        properties.set("descr", words)
        properties.set("name", text_of(drawing.find(f"{SVG}title")) or "Trend")


def _new_numbering(document: Document) -> int:
    """Return a numbering that starts at 1, in the form of the style List Number."""
    numbering: Any = document.part.numbering_part.element
    styles: Any = document.styles
    base = styles["List Number"].element.pPr.numPr.numId.val
    made = numbering.add_num(numbering.num_having_numId(base).abstractNumId.val)
    made.add_lvlOverride(0).add_startOverride(1)
    return int(made.numId)


def _number(paragraph: Any, number: int) -> None:
    form = paragraph._p.get_or_add_pPr().get_or_add_numPr()  # noqa: SLF001
    form.get_or_add_numId().val = number
    form.get_or_add_ilvl().val = 0


def _box(run: Any, colour: str) -> None:
    """Draw a frame around a run, as the page does around its marks."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    frame = OxmlElement("w:bdr")
    for name, value in (("val", "single"), ("sz", "8"), ("space", "0"), ("color", colour[1:])):
        frame.set(qn(f"w:{name}"), value)
    run._r.get_or_add_rPr().append(frame)  # noqa: SLF001 - python-docx has no frames


def _set_language(run: Any, locale: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    language = OxmlElement("w:lang")
    language.set(qn("w:val"), locale)
    run._r.get_or_add_rPr().append(language)  # noqa: SLF001 - python-docx has no languages of runs


def _link(paragraph: Any, run: Any, address: str) -> None:
    """Make a run lead to an address."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    link = OxmlElement("w:hyperlink")
    link.set(
        qn("r:id"), paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    )
    link.append(run._r)  # noqa: SLF001 - python-docx has no links
    paragraph._p.append(link)  # noqa: SLF001
