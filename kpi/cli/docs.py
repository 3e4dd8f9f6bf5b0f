"""The command that shows the documentation: docs."""

from __future__ import annotations

import click

from kpi.cli.options import cli, say
from kpi.errors import ParameterError, did_you_mean


@cli.command()
@click.argument("page", default="")
def docs(page: str) -> None:
    """List the pages of the documentation, or show one: kpi docs definitions.

    It is installed with the program, and so are the parameters of the examples; no network is
    needed.
    """
    from kpi.project.shipped import pages, shipped

    found = pages()
    if page:
        path = found.get(page.lower().removeprefix("docs/").removesuffix(".md"))
        if path is None:
            rule = "A page of the documentation is called by its name."
            raise ParameterError(rule, f'"{page}"', did_you_mean(page, found))
        click.echo_via_pager(path.read_text(encoding="utf-8"))
        return
    width = max(map(len, found))
    for name, path in found.items():
        with path.open(encoding="utf-8") as lines:
            say(f"{name:<{width}}  {next(lines).lstrip('# ').rstrip()}")
    say(f"They lie in {shipped('docs')}, parameters of examples in {shipped('params/examples')}.")
    say("Next: kpi docs definitions", bold=True)
