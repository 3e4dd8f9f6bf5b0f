"""Commands about the definitions: metrics, dictionary, what-if."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from kpi.cli.options import FOLDER, QUARTERS, cli, params_option, say
from kpi.periods import Period


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@params_option
def metrics(params: Path, *, as_json: bool) -> None:
    """List the catalogue of metrics, as the latest parameters have it."""
    import json

    from kpi.publication.dictionary import catalogue_record, latest_params

    record = catalogue_record(latest_params(params) if params.is_dir() else None)
    if as_json:
        say(json.dumps(record, ensure_ascii=False, indent=2))
        return
    width = max(len(metric["id"]) for metric in record)
    for metric in record:
        title = next(text for text in (metric["titles"][k] for k in ("en", "da", "kl")) if text)
        say(f"{metric['id']:<{width}}  {title}")


@cli.command()
@params_option
@click.option(
    "--lang",
    "--language",
    "language",
    type=click.Choice(["da", "en", "kl"]),
    default="da",
    help="Of the page.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("reports/data_dictionary.html"),
    help="The page to write.",
)
def dictionary(params: Path, language: str, out: Path) -> None:
    """Write the data dictionary: every metric and every table in words, as one page."""
    from kpi.publication.dictionary import latest_params, write_dictionary

    write_dictionary(latest_params(params), out, language)
    say(out.as_posix())


@cli.command("what-if")
@click.argument("metric")
@click.option(
    "--quarters",
    "--periods",
    "wanted",
    type=QUARTERS,
    required=True,
    help="A quarter, month or year, or a range: 2018Q1..2019Q4.",
)
@click.option("--target", type=float, help="Another target; a share is a ratio: 0.9.")
@click.option("--days", type=int, help="Another limit: so many days after the clock starts.")
@click.option("--unit", type=click.Choice(["calendar_days", "working_days"]), help="Of the limit.")
@click.option("--hours", type=int, help="Another limit, in hours.")
@click.option("--minutes", type=int, help="Another limit, in minutes.")
@params_option
@click.option("--data", type=FOLDER, default=Path("data"), help="Folder of extracts.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the table as CSV, too."
)
def what_if(
    metric: str,
    wanted: list[Period],
    params: Path,
    data: Path,
    out: Path | None,
    **tried: Any,
) -> None:
    """Show how past quarters would have been judged with another target or limit."""
    from kpi.cli.progress import show_progress
    from kpi.language import Labels
    from kpi.run import Places
    from kpi.simulate.what_if import Trial, as_text, write_csv
    from kpi.simulate.what_if import what_if as judge

    with show_progress(wanted[-1]) as progress:
        judged = judge(metric, wanted, Places(params, data), Trial(**tried), progress)
    say(as_text(judged, Labels("en", kind=wanted[-1].kind)))
    if out:
        write_csv(judged, out)
