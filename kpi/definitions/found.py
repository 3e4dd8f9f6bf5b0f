"""Declarations found in the modules of a folder."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import TypeVar

from kpi.errors import DefinitionError

Record = TypeVar("Record")


def found_in(package: str, kind: type[Record]) -> Iterator[Record]:
    """Yield the records of a kind in the modules of a package, in their order; each once.

    Raises DefinitionError where two are called alike.
    """
    known: dict[str, Record] = {}
    for module in sorted(one.name for one in iter_modules(import_module(package).__path__)):
        for record in vars(import_module(f"{package}.{module}")).values():
            if not isinstance(record, kind):
                continue
            name = str(getattr(record, "id", "") or getattr(record, "name", ""))
            if name not in known:
                known[name] = record
                yield record
            elif known[name] is not record:
                raise DefinitionError(
                    f"Each {kind.__name__.lower()} has a name of its own.",
                    f'"{name}" twice in {package}',
                    "Give one of them another name.",
                )
