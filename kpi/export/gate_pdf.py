"""What a PDF says: its pages, its properties, and the words kept beside what is drawn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

_TELLING = {
    "/Alt", "/ActualText", "/Title", "/Contents", "/URI", "/E", "/T", "/TU", "/JS", "/F", "/UF",
    "/Author", "/Subject", "/Keywords", "/Creator", "/Producer",
}  # fmt: skip
_NO_STEP = b">0<"
_DRAWN = re.compile(rb"^(?:-?[\d.]+ )+(?:m|l|c|re|w|rg|RG|g|G|d)\n|^(?:h|f|S|n|W)\n", re.MULTILINE)
_OTHER_CONTENT = re.compile(rb"\(|<[^>\r\n]*[\r\n]|\bBI\b")


def pdf_texts(content: bytes) -> Iterator[tuple[str, str, str]]:
    """Yield the parts of a PDF: where each stands, what is written there, and its kind."""
    import pypdf

    document = pypdf.PdfReader(BytesIO(content))
    yield "properties", "\n".join(map(str, (document.metadata or {}).values())), "text"
    root: Any = document.trailer["/Root"].get_object()
    about = root.get("/Metadata")
    if about is not None:
        yield "metadata", about.get_object().get_data().decode("utf-8", "replace"), "office"
    for number, page in enumerate(document.pages, start=1):
        yield f"page {number}", _text_of(page), "text"
    yield "objects", "\n".join(_words(document)), "pdf"


def _text_of(page: Any) -> str:
    """Return the text of a page; its lines and areas, which say nothing, are not even parsed."""
    from pypdf.generic import DecodedStreamObject, NameObject

    drawn = page.get_contents()
    if drawn is not None:
        said = DecodedStreamObject()
        said.set_data(without_drawing(drawn.get_data()))
        page[NameObject("/Contents")] = said
    return str(page.extract_text())


def without_drawing(content: bytes) -> bytes:
    """Return a page's content without lines, areas, colours and steps of no width between signs.

    All texts must be in hexadecimal on one line, as ours are, and no picture among them: else a
    line of these might look like one that draws, and the content is returned as it is.
    """
    if _OTHER_CONTENT.search(content):
        return content
    return _DRAWN.sub(b"", content.replace(_NO_STEP, b""))


def _words(document: Any) -> Iterator[str]:
    """Yield what the objects of a PDF say in words, and what kind each is: a script, a file."""
    for number in range(1, int(document.trailer["/Size"])):
        found = document.get_object(number)
        if not isinstance(found, dict):
            continue
        for key, value in found.items():
            if key in _TELLING:
                yield f"{key} {value}"
            elif key in {"/S", "/Type"}:
                yield str(value)
            elif isinstance(value, dict):
                yield from (f"{k} {v}" for k, v in value.items() if k in _TELLING or k == "/S")
