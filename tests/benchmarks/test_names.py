"""A benchmark that is seldom run still finds what it measures."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def taken(script: Path) -> Iterator[tuple[str, str]]:
    """Yield each name that a script takes from the package or the tests, with its module."""
    for node in ast.walk(ast.parse(script.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in {
            "kpi",
            "tests",
        }:
            yield from ((str(node.module), one.name) for one in node.names)


def is_there(module: str, name: str) -> bool:
    if hasattr(importlib.import_module(module), name):
        return True
    return importlib.util.find_spec(f"{module}.{name}") is not None


@pytest.mark.parametrize("script", sorted(BENCHMARKS.rglob("*.py")), ids=lambda path: path.name)
def test_every_name_that_a_benchmark_takes_exists(script):
    assert [f"{m}.{name}" for m, name in taken(script) if not is_there(m, name)] == []
