"""The commands that the documentation shows: each is there, with the options that it shows."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from kpi.cli import cli

ROOT = Path(__file__).resolve().parents[1]
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    *(f"docs/{one.name}" for one in (ROOT / "docs").glob("*.md")),
)
_SHOWN = re.compile(r"`(kpi [^`\n]+)`|^(kpi \S[^\n]*)$", re.MULTILINE)


def shown() -> Iterator[tuple[str, str]]:
    """Yield each page's commands as they are written."""
    for page in PAGES:
        for quoted, line in _SHOWN.findall((ROOT / page).read_text(encoding="utf-8")):
            yield page, quoted or line


SHOWN = sorted(set(shown()))


def test_many_are_shown():
    assert len({command for _, command in SHOWN}) > 30


@pytest.mark.parametrize(("page", "command"), SHOWN)
def test_a_command_that_is_shown_is_there_with_its_options(page, command):
    words = shlex.split(command.partition(" > ")[0].rstrip("\\"))[1:]
    words = words[: words.index("--")] if "--" in words else words
    if words[0].startswith("-"):
        return
    command_of: click.Command = cli
    while words and isinstance(command_of, click.Group):
        assert words[0] in command_of.commands, page
        command_of = command_of.commands[words.pop(0)]
    known = {name for one in command_of.params for name in (*one.opts, *one.secondary_opts)}
    asked = {word.partition("=")[0] for word in words if word.startswith("--")}
    assert asked <= {*known, "--help"}, page
