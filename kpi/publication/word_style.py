"""How the Word document looks: styles, margins, header and footer, language and properties."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kpi.publication.document import About

if TYPE_CHECKING:
    from docx.document import Document
    from docx.styles.style import ParagraphStyle


WIDTH_CM = 17.0
TYPE = "Arial"
CELL = "Cell"
"""The style of what stands in a table."""
_SIZES = {"Heading 1": 20, "Heading 2": 14, "Heading 3": 12, "Heading 4": 10.5}
_BEFORE = {"Heading 1": 6, "Heading 2": 20, "Heading 3": 16, "Heading 4": 12}
_UNWANTED_PARTS = ("thumbnail", "stylesWithEffects", "customXml")


def new_document(about: About, colours: dict[str, str], header: str) -> Document:
    """Return an empty document with the page's look."""
    import docx

    document = docx.Document()
    _drop_template_parts(document)
    _set_properties(document, about)
    _set_styles(document, colours, about.locale)
    _set_page(document, header)
    return document


def _drop_template_parts(document: Document) -> None:
    """Leave out what python-docx's template carries along: a picture of itself, old styles."""
    for rels in (document.part.package.rels, document.part.rels):
        for key, rel in list(rels.items()):
            if rel.reltype.endswith(_UNWANTED_PARTS):
                del rels[key]


def _set_properties(document: Document, about: About) -> None:
    properties = document.core_properties
    properties.title, properties.author = about.title, about.author
    properties.last_modified_by, properties.comments = about.author, ""
    properties.language = about.locale
    properties.created = properties.modified = about.moment
    properties.revision = 1


def _set_styles(document: Document, colours: dict[str, str], language: str) -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Pt

    styles: Any = document.styles
    defaults = styles.element.find(f".//{_qualified('w:rPrDefault')}/{_qualified('w:rPr')}")
    for name in ("val", "eastAsia", "bidi"):
        _child(defaults, "w:lang").set(_qualified(f"w:{name}"), language)
    normal = styles["Normal"]
    _set_type(normal, 10, colours["ink"])
    _space(normal, 0, 5, 1.15)
    for name, size in _SIZES.items():
        heading = styles[name]
        _set_type(heading, size, colours["ink"], bold=True)
        _space(heading, _BEFORE[name], 4, 1.1)
        heading.paragraph_format.keep_with_next = True
    _set_type(styles["Caption"], 8.5, colours["grey"], bold=False)
    _space(styles["Caption"], 6, 4, 1.1)
    styles["Caption"].paragraph_format.keep_with_next = True
    for name in ("List Bullet", "List Number"):
        _space(styles[name], 0, 2, 1.15)
    term = styles.add_style("Term", WD_STYLE_TYPE.PARAGRAPH)
    term.base_style, term.font.bold = normal, True
    _space(term, 6, 1, 1.15)
    term.paragraph_format.keep_with_next = True
    cell = styles.add_style(CELL, WD_STYLE_TYPE.PARAGRAPH)
    cell.base_style, cell.font.size = normal, Pt(9)
    figure = styles.add_style("Key figure", WD_STYLE_TYPE.PARAGRAPH)
    figure.base_style, figure.font.bold, figure.font.size = normal, True, Pt(16)
    _space(figure, 0, 2, 1.05)
    figure.paragraph_format.keep_with_next = True
    for name in ("Header", "Footer"):
        _set_type(styles[name], 8, colours["grey"])


def _set_type(style: Any, size: float, colour: str, *, bold: bool | None = None) -> None:
    """Set a style's type; the template's themes, which would overrule it, are taken out."""
    from docx.shared import Pt, RGBColor

    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for name in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(_qualified(f"w:{name}"), TYPE)
    style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
    style.font.color.rgb = RGBColor.from_string(colour.lstrip("#").upper())


def _space(style: ParagraphStyle, before: float, after: float, line: float) -> None:
    from docx.shared import Pt

    form = style.paragraph_format
    form.space_before, form.space_after, form.line_spacing = Pt(before), Pt(after), line


def _set_page(document: Document, header: str) -> None:
    from docx.shared import Cm

    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm((21 - WIDTH_CM) / 2)
    section.top_margin, section.bottom_margin = Cm(2.2), Cm(2)
    section.header_distance = section.footer_distance = Cm(1.1)
    section.header.paragraphs[0].text = header
    footer = section.footer.paragraphs[0]
    footer.alignment = 2
    for field, between in (("PAGE", " / "), ("NUMPAGES", "")):
        _add_field(footer, field)
        footer.add_run(between)


def _add_field(paragraph: Any, instruction: str) -> None:
    """Add a field that Word computes, such as the number of the page."""
    field = _child(paragraph._p, "w:fldSimple", new=True)  # noqa: SLF001 - python-docx has no fields
    field.set(_qualified("w:instr"), instruction)
    run = _child(field, "w:r")
    _child(run, "w:t").text = "1"


def _child(parent: Any, name: str, *, new: bool = False) -> Any:
    """Return a child of an XML element, added if it is not there."""
    from docx.oxml import OxmlElement

    found = None if new else parent.find(_qualified(name))
    if found is None:
        found = OxmlElement(name)
        parent.append(found)
    return found


def _qualified(name: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(name))
