"""A town with one good extract of bills, to be broken in one way at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from kpi.run import Places
from tests.town import TARGETS_FILE, notebook

HEADER = "Nr;CPR;Navn;Beløb;Modtaget;Forfald;Godkendt;Betalt;Er betalt;Kontor"
COLUMNS = {
    "bill_id": "Nr",
    "citizen": "CPR",
    "amount_dkk": "Beløb",
    "received_at": "Modtaget",
    "due_at": "Forfald",
    "approved_at": "Godkendt",
    "paid_at": "Betalt",
    "is_paid": "Er betalt",
    "office": "Kontor",
}
DECLARED = {
    "encoding": "cp1252",
    "separator": ";",
    "date": "%d-%m-%Y",
    "decimal": ",",
    "thousands": ".",
}
FIRST_NAMES = ("Åse", "Bodil", "Karl", "Naja", "Søren")
ROWS = 60


def person(number: int) -> str:
    return f"{number % 28 + 1:02d}0170-{1000 + number}"


def name(number: int) -> str:
    return f"{FIRST_NAMES[number % 5]} Ørsted{number:02d}"


def row(number: int) -> list[str]:
    month = 8 if number <= 20 else 11
    received, due, approved, paid = (f"{day:02d}-{month:02d}-2019" for day in (13, 28, 14, 20))
    amount = f"{1 + number % 3}.{number:03d},50"
    return [
        f"{number:05d}", person(number), name(number), amount, received, due, approved, paid,
        "Ja", "Nuuk" if number % 2 else "Tasiilaq på øen",
    ]  # fmt: skip


def secrets() -> set[str]:
    """Return what may be seen nowhere: numbers of persons in every form, and names."""
    found = set()
    for number in range(1, ROWS + 1):
        digits = person(number).replace("-", "")
        found |= {person(number), digits, digits.lstrip("0"), name(number), name(number).split()[1]}
    return found


@dataclass
class Town:
    """Its folder, and the description of its one source, which a breaking may change."""

    folder: Path
    rows: list[list[str]] = field(default_factory=lambda: [row(n) for n in range(1, ROWS + 1)])
    source: dict[str, Any] = field(
        default_factory=lambda: {
            "file": "bills.csv",
            "format": dict(DECLARED),
            "columns": dict(COLUMNS),
            "constants": {"kind": "bill"},
        }
    )
    postgres: str = "postgresql://kpi@127.0.0.1:9/ledger"  # nobody listens there

    @property
    def places(self) -> Places:
        names = ("params", "data", "notebooks", "reports")
        params, data, notebooks, reports = (self.folder / name for name in names)
        return Places(params, data, notebooks, reports)

    @property
    def data(self) -> Path:
        return self.places.data

    @property
    def text(self) -> str:
        return "\r\n".join([HEADER, *(";".join(cells) for cells in self.rows)]) + "\r\n"

    def write(self, text: str | None = None, encoding: str = "cp1252", file: str = "") -> None:
        """Write the extract; its own rows unless another text is given."""
        content = (self.text if text is None else text).encode(encoding)
        (self.data / (file or self.source["file"])).write_bytes(content)

    def detect(self) -> None:
        """Declare nothing of how the extract is written."""
        self.source["format"] = "detect"

    def set(self, column: str, value: str | Callable[[str], str], *numbers: int) -> None:
        """Change a column in some rows, or in all."""
        place = HEADER.split(";").index(column)
        for number in numbers or range(1, ROWS + 1):
            old = self.rows[number - 1][place]
            self.rows[number - 1][place] = value(old) if callable(value) else value

    def finish(self) -> None:
        """Write the parameters and the notebook."""
        quarter = {
            "quarter": "2019Q4",
            "as_of": "2020-01-15",
            "history_from": "2019Q3",
            "language": "en",
            "organisation": {"name": "A small town"},
            "calendar": {"country": "GL", "timezone": "America/Nuuk"},
            "sources": {"bills": self.source},
            "notebooks": ["committee"],
        }
        text = yaml.safe_dump(quarter, allow_unicode=True, sort_keys=False)
        (self.places.params / "2019Q4.yaml").write_text(
            text.replace("'2020-01-15'", "2020-01-15"), encoding="utf-8"
        )
        (self.places.params / "targets.yaml").write_text(TARGETS_FILE, encoding="utf-8")
        (self.places.notebooks / "committee.ipynb").write_text(notebook("1"), encoding="utf-8")


def build(folder: Path) -> Town:
    town = Town(folder)
    for place in (town.places.params, town.places.data, town.places.notebooks):
        place.mkdir()
    return town


@dataclass(frozen=True)
class Broken:
    """A way to break the extract, and what must come of it.

    `code` is the exit code and `says` parts of the message; where the run may go on, `rule` is the
    finding and `rows` the number of its rows.
    """

    break_it: Callable[[Town], None]
    code: int = 0
    says: tuple[str, ...] = ()
    rule: str = ""
    rows: int = 0
