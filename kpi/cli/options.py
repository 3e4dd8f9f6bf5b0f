"""What commands share: the group they belong to, and the options that several of them take."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kpi.errors import visible
from kpi.periods import Cycle, parse_range

if TYPE_CHECKING:
    from kpi.run import Places


T = TypeVar("T")
FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="kpi", prog_name="kpi")
def cli() -> None:
    """Service targets of an administration: from extracts to the committee's page.

    Begin in an empty folder: kpi init makes a project that runs, kpi init --from FILE one for your
    extract. kpi demo writes the extracts of a synthetic municipality, kpi run 2019Q4 makes its
    report.
    """


def say(text: str, *, nl: bool = True, err: bool = False, **style: Any) -> None:
    """Write a text to the terminal, in a style of click's; no control character in it is heeded."""
    click.secho(visible(text), nl=nl, err=err, **style)


class _Read(click.ParamType[T]):
    """What a function reads from a text, in the periods of the folder of parameters.

    A default that is no text stays as it is.
    """

    def __init__(self, name: str, read: Callable[[str, Cycle], T]) -> None:
        self.name, self._read = name, read

    def convert(
        self,
        value: Any,
        param: click.Parameter | None,  # noqa: ARG002 - as click calls it
        ctx: click.Context | None,
    ) -> T:
        from kpi.params import cycle_of

        folder = ctx.params.get("params") if ctx else None
        return self._read(value, cycle_of(folder or PARAMS)) if isinstance(value, str) else value


PARAMS = Path("params")
QUARTER = _Read("quarter", lambda text, cycle: cycle.parse(text))
QUARTERS = _Read("quarters", parse_range)
quarter_argument = click.argument("quarter", type=QUARTER)
params_option = click.option(
    "--params", type=FOLDER, default=PARAMS, is_eager=True, help="Folder of parameters."
)


def places_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say where things are, and hand them over as one object."""

    @params_option
    @click.option("--data", type=FOLDER, default=Path("data"), help="Folder of extracts.")
    @click.option(
        "--notebooks", type=FOLDER, default=Path("notebooks"), help="Folder of notebooks."
    )
    @click.option(
        "--reports", "--out", "reports",
        type=FOLDER, default=Path("reports"), help="Folder of reports.",
    )  # fmt: skip
    @wraps(command)
    def with_places(
        params: Path, data: Path, notebooks: Path, reports: Path, **arguments: Any
    ) -> None:
        from kpi.run import Places

        command(places=Places(params, data, notebooks, reports), **arguments)

    return with_places


def engine_option(command: Callable[..., None]) -> Callable[..., None]:
    """Add the option that says which engine holds the tables; it becomes part of the places."""

    @click.option(
        "--engine",
        metavar="ADDRESS",
        default="duckdb",
        show_default=True,
        help="What computes: duckdb, postgresql://user@host/database, spark://host:port, local[*].",
    )
    @wraps(command)
    def with_engine(places: Places, engine: str, **arguments: Any) -> None:
        from dataclasses import replace

        command(places=replace(places, engine=engine), **arguments)

    return with_engine
