"""One form of a report made: what it is made of, where it is written, and why it may not be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kpi.export.about import About
from kpi.export.paper import marks_of
from kpi.export.pdf import PangoMissingError

if TYPE_CHECKING:
    from kpi.params.quarter_file import Form

OPEN_DATA = "open_data"


@dataclass(frozen=True)
class Making:
    """A form of a report's folder, the pages whose content or marks it has, and its file."""

    form: Form
    folder: Path
    pages: tuple[Path, ...]
    target: Path
    about: About

    @property
    def name(self) -> str:
        """What is told while it is made; open data are in all languages."""
        return f"export {self.form}" + ("" if self.form == "csv" else f" {self.about.language}")


def make(one: Making) -> str:
    """Make a form; return why this machine cannot, or nothing. Each loads what it needs alone."""
    try:
        _write(one)
    except PangoMissingError as error:
        return why(error)
    return ""


def _write(one: Making) -> None:
    if one.form == "pdf":
        from kpi.export.pdf import write_pdf

        write_pdf(one.pages[0], one.target, one.about)
    elif one.form == "docx":
        from kpi.export.word import write_word

        write_word(one.pages[0], one.target, one.about)
    elif one.form == "xlsx":
        from kpi.export.spreadsheet import write_spreadsheet

        write_spreadsheet(one.folder, one.target, one.about, marks_of(one.pages))
    else:
        from kpi.export.open_data import write_open_data

        write_open_data(one.folder, one.target, one.about, marks_of(one.pages))


def why(error: PangoMissingError) -> str:
    """Return what was found and what to do about it, on one line."""
    return f"Found: {error.found}. {error.remedy}"
