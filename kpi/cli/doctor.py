"""Commands for the machine: doctor, completion."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from kpi.cli.options import cli, engine_option, places_options, say

if TYPE_CHECKING:
    from kpi.run import Places


_COLOURS = {"ok": "green", "warning": "yellow", "broken": "red"}
_SHELLS = ("bash", "zsh", "fish")


@cli.command()
@places_options
@engine_option
def doctor(places: Places) -> None:
    """Examine machine, fonts, disk, parameters, extracts, key and engine; say what to do."""
    from kpi.errors import RunError
    from kpi.project.doctor import examine

    found = []
    for check in examine(places):
        found.append(check)
        say(f"{check.state:<8}", fg=_COLOURS[check.state], nl=False)
        say(f" {check.subject}: {check.found}")
        if check.remedy:
            say(f"         {check.remedy}")
    ill = [check.subject for check in found if check.state == "broken"]
    if ill:
        raise RunError(
            "Everything that a report needs is in place.", ", ".join(ill), "Mend what is broken."
        )


@cli.command()
@click.argument("shell", type=click.Choice(_SHELLS))
def completion(shell: str) -> None:
    r"""Write the shell's script that completes kpi's commands and options.

    \b
    bash: eval "$(kpi completion bash)" in ~/.bashrc
    zsh:  eval "$(kpi completion zsh)" in ~/.zshrc
    fish: kpi completion fish > ~/.config/fish/completions/kpi.fish
    """
    from click.shell_completion import get_completion_class

    complete = get_completion_class(shell)
    if complete is None:  # pragma: no cover - the choices are those that click has
        sys.exit(1)
    say(complete(cli, {}, "kpi", "_KPI_COMPLETE").source())
