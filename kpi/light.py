"""Jupyter's libraries, imported without what takes most of the time and is never used.

They check notebooks with jsonschema. While that is imported, it compiles 38 grammars of
international addresses (rfc3987_syntax): two seconds in every process. No schema of notebooks has
such an address. A kernel imports a debugger (debugpy); nobody steps through a notebook that a run
executes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_NOT_NEEDED = ("rfc3987_syntax", "debugpy")


@contextmanager
def light_imports() -> Iterator[None]:
    """Let what is imported meanwhile do without these; later anybody may have them."""
    left_out = [name for name in _NOT_NEEDED if name not in sys.modules]
    for name in left_out:
        sys.modules[name] = None  # type: ignore[assignment]  # as Python marks what is not there
    try:
        yield
    finally:
        for name in left_out:
            del sys.modules[name]
