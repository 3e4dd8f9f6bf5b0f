"""The command that exchanges texts with a translator: translate."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kpi.cli.options import QUARTER, cli, params_option, say

if TYPE_CHECKING:
    from kpi.params import Params
    from kpi.periods import Period
    from kpi.publication.translation import Item


FILE = click.Path(dir_okay=False, path_type=Path)
_MOST_NAMED = 20


@cli.command()
@click.argument("language")
@click.option("--quarter", type=QUARTER, help="Whose texts; the latest quarter unless given.")
@click.option("--export", "out", type=FILE, help="Write all texts for the translator: .xlsx, .po.")
@click.option("--import", "back", type=FILE, help="Take back what the translator filled in.")
@click.option("--refresh", is_flag=True, help="Add the program's new messages to the catalogue.")
@params_option
def translate(
    language: str,
    quarter: Period | None,
    out: Path | None,
    back: Path | None,
    params: Path,
    *,
    refresh: bool,
) -> None:
    """Show what awaits a translator into a language such as kl; send it out, take it back.

    Texts of the report (comments, titles) are kept in params/texts/, the program's own messages in
    its catalogue. A translation whose source has changed is stale: it is not used.
    """
    from kpi.publication.translation import items, keep_in_catalogue, write_items

    found = _params(params, quarter, language)
    if back:
        found = _take_back(found, back, params, language)
    if refresh:
        keep_in_catalogue(language, {})
    listed = items(found, language)
    _show(listed)
    if out:
        report = found.report
        write_items(listed, out, language=language, main=report.language, as_of=report.as_of)
        say(out.as_posix())


def _params(folder: Path, quarter: Period | None, language: str) -> Params:
    from kpi.errors import ParameterError, did_you_mean
    from kpi.language import LANGUAGES
    from kpi.params import load_params
    from kpi.publication.dictionary import latest_params

    found = load_params(folder, quarter) if quarter else latest_params(folder)
    others = [one for one in LANGUAGES if one != found.report.language]
    if language not in others:
        raise ParameterError(
            "Texts are translated into another language than the report's own.",
            f'"{language}"',
            did_you_mean(language, others),
        )
    return found


def _take_back(params: Params, path: Path, folder: Path, language: str) -> Params:
    from kpi.language import COMPLETE
    from kpi.params import load_params
    from kpi.publication.translation import (
        items,
        keep_beside,
        keep_in_catalogue,
        look_through,
        read_sent,
    )

    looked = look_through(items(params, language), read_sent(path))
    keep_beside(folder, params, language, looked.accepted)
    if language not in COMPLETE:
        keep_in_catalogue(language, looked.accepted)
    say(f"{len(looked.accepted)} translations taken.")
    if looked.stale:
        say("Passed over, for the source has changed since they were sent out:")
        _name(looked.stale)
    return load_params(folder, params.quarter)


def _show(found: list[Item]) -> None:
    """Print how many texts are translated, missing and stale, and name those of the report."""
    counts = Counter(item.standing for item in found)
    say(
        f"{len(found)} texts: {counts['translated']} translated, {counts['missing']} missing, "
        f"{counts['stale']} stale (their source has changed; not used)."
    )
    for standing in ("stale", "missing"):
        named = [item.name for item in found if item.standing == standing]
        if named:
            say(f"{standing.capitalize()}:")
            _name(named)


def _name(names: list[str]) -> None:
    for name in names[:_MOST_NAMED]:
        say(f"  {name}")
    if len(names) > _MOST_NAMED:
        say(f"  and {len(names) - _MOST_NAMED} more")
