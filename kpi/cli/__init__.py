"""The command `kpi`. Heavy libraries are imported only by the commands that need them."""

from __future__ import annotations

import sys

import click

from kpi.cli import (
    catalogue,
    check,
    docs,
    doctor,
    flow,
    init,
    new_metric,
    new_quarter,
    reports,
    review,
    run,
    simulate,
    translate,
)
from kpi.cli.options import cli, say
from kpi.errors import KpiError, missing_package

__all__ = [
    "catalogue",
    "check",
    "cli",
    "docs",
    "doctor",
    "flow",
    "init",
    "main",
    "new_metric",
    "new_quarter",
    "reports",
    "review",
    "run",
    "simulate",
    "translate",
]


def main() -> None:
    """Run the command line; an error that the user can mend is shown without a traceback."""
    try:
        cli(standalone_mode=False)
    except KpiError as error:
        if hasattr(error, "report"):
            from kpi.cli.summary import show_findings

            show_findings(error.report)
        _show(error)  # last, where it is seen: what was found fills several screens
        sys.exit(error.exit_code)
    except ModuleNotFoundError as error:
        missing = missing_package(error)
        if missing is None:
            raise
        _show(missing)
        sys.exit(missing.exit_code)
    except click.exceptions.Abort:
        say("Stopped by the user; nothing was changed.", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)


def _show(error: KpiError) -> None:
    say("Stopped. ", fg="red", bold=True, nl=False, err=True)
    say(str(error), err=True)
