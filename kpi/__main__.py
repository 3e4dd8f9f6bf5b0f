"""The program `kpi`, also as `python -m kpi`."""

from __future__ import annotations

from kpi.cli import main as command_line
from kpi.processes import collect_seldom, end_at_once


def main() -> None:
    """Run the command line, and end with its exit code."""
    collect_seldom()
    try:
        command_line()
    except SystemExit as error:
        end_at_once(error.code)
    end_at_once(0)


if __name__ == "__main__":
    main()
