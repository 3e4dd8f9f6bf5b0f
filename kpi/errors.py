"""The family of errors, sorted by who must act, each with its exit code.

    KpiError
    |-- ParameterError    2  the parameter files          -> the analyst
    |-- SourceError       3  an extract cannot be read    -> the system owner
    |-- ContractError     4  an extract has another shape -> the analyst or the system owner
    |-- QualityError      5  a stop rule was broken       -> the system owner
    |-- DefinitionError   6  a definition contradicts itself -> whoever wrote it
    |-- DisclosureError   7  a figure would give a person away
    |-- RunError          8  a notebook or a step failed
    |-- ExportError       9  a page may not be published as it is
    `-- ReviewError      10  a report is changed, or may not be approved or published

A message names the rule, what was found (a name or a count, never a person's row) and what to do.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    r"""Return a text whose control characters are written out: none reaches a terminal.

    Names of files, columns and notes come from elsewhere; an escape in them could write over what a
    terminal shows. Line ends and tabs stay.

    >>> visible("a\x1b[2Jb\n\u202e")
    'a\\u001b[2Jb\n\\u202e'
    """
    return _CONTROLS.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)


class KpiError(Exception):
    """An error that the user can mend; shown without a traceback."""

    exit_code = 1

    def __init__(self, rule: str, found: str = "", remedy: str = "") -> None:
        self.rule, self.found, self.remedy = rule, found, remedy
        super().__init__(rule, found, remedy)

    def __reduce__(self) -> tuple[Any, ...]:
        """Let another process raise it: of its kind, with its words and nothing else."""
        return _again, (type(self), self.rule, self.found, self.remedy)

    def __str__(self) -> str:
        parts = (self.rule, self.found and f"Found: {self.found}", self.remedy)
        return visible("\n".join(part for part in parts if part))

    def _render_traceback_(self) -> list[str]:
        """Show the message alone in a notebook."""
        return [f"{type(self).__name__}: {self}"]


def _again(kind: type[KpiError], rule: str, found: str, remedy: str) -> KpiError:
    error = kind.__new__(kind)
    KpiError.__init__(error, rule, found, remedy)
    return error


class ParameterError(KpiError):
    """A parameter file is missing, mistyped or contradicts itself."""

    exit_code = 2


class SourceError(KpiError):
    """An extract is missing or cannot be read as declared."""

    exit_code = 3


class ContractError(KpiError):
    """An extract was read but does not have the declared shape."""

    exit_code = 4


class QualityError(KpiError):
    """The values of an extract break a rule that stops the run."""

    exit_code = 5


class DefinitionError(KpiError):
    """A metric's definition, or the use of a method, contradicts itself."""

    exit_code = 6


class DisclosureError(KpiError):
    """A figure would make a person recognisable."""

    exit_code = 7


class RunError(KpiError):
    """A step of the run failed."""

    exit_code = 8


class ExportError(KpiError):
    """A finished page breaks a rule of publication."""

    exit_code = 9


class ReviewError(KpiError):
    """A report is not as it was sealed, or may not be approved or published as it is."""

    exit_code = 10


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """Suggest the known name nearest to a wrong one, or list what there is.

    >>> did_you_mean("payments_on_tme", ["payments_on_time", "acute_duty"])
    'Did you mean "payments_on_time"?'
    """
    names = sorted(known)
    near = difflib.get_close_matches(wrong, names, n=1, cutoff=0.6)
    if near:
        return f'Did you mean "{near[0]}"?'
    return "Known here: " + ", ".join(names) + "." if names else ""


def missing_package(error: ModuleNotFoundError) -> RunError | None:
    """Return what to install where a package of one of kpi's extras is missing; else nothing.

    What not everybody needs (JupyterLab, PDF, PostgreSQL, simulations, Spark) comes as an extra.
    """
    from importlib import metadata

    missing = str(error.name).partition(".")[0]
    for needed in metadata.requires("kpi") or ():
        package = re.match(r"[\w-]+", needed)
        extra = re.search(r"extra == ['\"](\w+)['\"]", needed)
        if package and extra and package[0] == missing and extra[1] != "dev":
            return RunError(
                "What a command needs is installed.",
                f"no package {missing}",
                f'Install the extra: pip install "kpi[{extra[1]}]"',
            )
    return None
