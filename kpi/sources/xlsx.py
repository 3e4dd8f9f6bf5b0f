"""Workbooks of the kind xlsx, read cell by cell as they are stored (ECMA-376, ISO/IEC 29500).

One reader decides what a cell is, its value, its formula and its error alike: a guard that reads
the file in another way can be blind where this one sees. Only cells that are stored are held, so
that one in the last corner costs nothing.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache
from pathlib import Path, PurePosixPath
from typing import IO, Any

from lxml import etree  # type: ignore[import-untyped]

from kpi.sources.cells import (
    DAY_ZERO,
    DAY_ZERO_1904,
    CellError,
    Grid,
    Merged,
    Row,
    SheetName,
    Uncomputed,
    Workbook,
    columns_of,
    moment_of_serial,
)

_WHOLE = re.compile(r"-?[0-9]+")
_PLACE = re.compile(r"([A-Z]+)(\d+)")
_BUILT_IN_DAYS = {*range(14, 18), 22, *range(27, 37), *range(50, 59)}
_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_DAY = re.compile(r"[yd]", re.IGNORECASE)
_MONTH = re.compile(r"m{3,}", re.IGNORECASE)
_PARSER = {"resolve_entities": False, "no_network": True, "huge_tree": True}


class Xlsx(Workbook):
    """A workbook of the kind xlsx or xlsm, in the strict or the transitional form."""

    def __init__(self, path: Path) -> None:
        self._archive = zipfile.ZipFile(path)
        book = self._tree(self._main)
        self.day_zero = DAY_ZERO
        self.sheets: list[SheetName] = []
        self._parts: dict[str, str] = {}
        targets = self._targets(self._main)
        for element in book.iter("{*}workbookPr"):
            if element.get("date1904", "0") in ("1", "true", "on"):
                self.day_zero = DAY_ZERO_1904
        for element in book.iter("{*}sheet"):
            number = next((v for k, v in element.attrib.items() if _local(k) == "id"), "")
            kind, part = targets.get(number, ("", ""))
            if kind.endswith("/worksheet"):
                name = element.get("name", "")
                self.sheets.append(SheetName(name, element.get("state", "visible") != "visible"))
                self._parts[name] = part

    @cached_property
    def _main(self) -> str:
        for kind, part in self._targets("").values():
            if kind.endswith("/officeDocument"):
                return part
        return "xl/workbook.xml"

    def _targets(self, part: str) -> dict[str, tuple[str, str]]:
        """Return kind and part of each relation of a part, by its id."""
        folder = PurePosixPath(part).parent if part else PurePosixPath()
        relations = folder / "_rels" / f"{PurePosixPath(part).name}.rels"
        return {
            one.get("Id", ""): (one.get("Type", ""), _resolved(folder, one.get("Target", "")))
            for one in self._tree(str(relations)).iter("{*}Relationship")
        }

    def _tree(self, part: str) -> Any:
        with self._archive.open(part) as file:
            return etree.parse(file, etree.XMLParser(**_PARSER)).getroot()

    def _other(self, kind: str) -> str:
        """Return the part of a kind that belongs to the workbook; empty without one."""
        found = self._targets(self._main).values()
        return next((part for name, part in found if name.endswith(f"/{kind}")), "")

    @cached_property
    def _texts(self) -> list[str]:
        part = self._other("sharedStrings")
        if not part:
            return []
        with self._archive.open(part) as file:
            return [_text(element) for element in _elements(file, "si")]

    @cached_property
    def _are_days(self) -> list[bool]:
        """Tell for each style of cells whether its numbers are shown as days."""
        part = self._other("styles")
        if not part:
            return []
        styles = self._tree(part)
        codes = {
            one.get("numFmtId"): one.get("formatCode", "")
            for one in styles.findall("{*}numFmts/{*}numFmt")
        }
        return [
            _shows_days(one.get("numFmtId", "0"), codes.get(one.get("numFmtId", "0"), ""))
            for one in styles.findall("{*}cellXfs/{*}xf")
        ]

    def grid(self, name: str) -> Grid:
        """Return the cells of a sheet."""
        rows: list[Row] = []
        merged: list[Merged] = []
        with self._archive.open(self._parts[name]) as file:
            for element in _elements(file, "row", "mergeCell"):
                if _local(element.tag) == "row":
                    row = self._row(element, rows[-1].number + 1 if rows else 0)
                    if row.cells:
                        rows.append(row)
                elif area := _area(element.get("ref", "")):
                    merged.append(area)
        rows.sort(key=lambda row: row.number)
        return Grid(rows, merged, self.day_zero)

    def _row(self, element: Any, following: int) -> Row:
        number = int(element.get("r") or following + 1) - 1
        cells: list[Any] = []
        formulas = set()
        for cell in element.iterchildren("{*}c"):
            found = _PLACE.fullmatch(cell.get("r") or "")
            column = columns_of(found[1]) if found else len(cells)
            value, is_formula = self._cell(cell)
            if is_formula:
                formulas.add(column)
            if value is not None and value != "":
                cells.extend([None] * (column + 1 - len(cells)))
                cells[column] = value
        return Row(number, cells, formulas, element.get("hidden", "0") in ("1", "true"))

    def _cell(self, cell: Any) -> tuple[Any, bool]:
        """Return what a cell holds, and whether a formula gives it."""
        value, is_formula, inline = None, False, None
        for child in cell:
            name = _local(child.tag)
            if name == "v":
                value = child.text or ""
            elif name == "f":
                is_formula = True
            elif name == "is":
                inline = _text(child)
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            return inline, is_formula
        if value:
            return self._value(kind, value, int(cell.get("s", "0"))), is_formula
        is_text = kind == "str" and value is not None
        return (Uncomputed() if is_formula and not is_text else None), is_formula

    def _value(self, kind: str, value: str, style: int) -> Any:
        """Return a stored value as what its kind says."""
        read: dict[str, Callable[[str], Any]] = {
            "s": lambda place: self._texts[int(place)],
            "b": lambda said: said in {"1", "true"},
            "e": CellError,
            "d": dt.datetime.fromisoformat,
            "str": str,
        }
        return read[kind](value) if kind in read else self._number(value, style)

    def _number(self, value: str, style: int) -> Any:
        number = float(value)
        if _WHOLE.fullmatch(value) and not (style < len(self._are_days) and self._are_days[style]):
            return int(value)
        if style < len(self._are_days) and self._are_days[style]:
            moment = moment_of_serial(number, self.day_zero)
            return CellError("day") if moment is None else moment
        return int(number) if number.is_integer() else number


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _resolved(folder: PurePosixPath, target: str) -> str:
    """Return the part that a relation leads to."""
    if target.startswith("/"):
        return target[1:]
    parts: list[str] = list(folder.parts)
    for part in PurePosixPath(target).parts:
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts)


def _elements(file: IO[bytes], *names: str) -> Iterator[Any]:
    """Yield elements by their names as they end, and forget each of them after."""
    wanted = [f"{{*}}{name}" for name in names]
    for _, element in etree.iterparse(
        file, tag=wanted, resolve_entities=False, no_network=True, huge_tree=True
    ):
        yield element
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


def _text(element: Any) -> str:
    """Return a text, of one piece or of several in different letters; not how it is spoken."""
    pieces = []
    for child in element:
        name = _local(child.tag)
        if name == "t":
            pieces.append(child.text or "")
        elif name == "r":
            pieces += [one.text or "" for one in child.iterchildren("{*}t")]
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), "".join(pieces))


_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@lru_cache
def _shows_days(number: str, code: str) -> bool:
    if not code or code.casefold() in ("general", "standard"):
        return int(number) in _BUILT_IN_DAYS
    shown = _QUOTED.sub("", code.partition(";")[0])
    return bool(_DAY.search(shown) or _MONTH.search(shown))


def _area(reference: str) -> Merged | None:
    ends = [_PLACE.fullmatch(end) for end in reference.split(":")]
    if len(ends) != 2 or None in ends:
        return None
    (first, last) = ((int(end[2]) - 1, columns_of(end[1])) for end in ends if end)
    return Merged(*first, *last)
