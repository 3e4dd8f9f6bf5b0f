"""Jupyter's libraries, imported without what takes most of the time and is never used.

They check notebooks with jsonschema. While that is imported, it compiles 38 grammars of
international addresses (rfc3987_syntax): two seconds in every process. No schema of notebooks has
such an address.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_GRAMMARS = "rfc3987_syntax"


@contextmanager
def light_imports() -> Iterator[None]:
    """Let what is imported meanwhile do without the grammars; later anybody may have them."""
    if _GRAMMARS in sys.modules:
        yield
        return
    sys.modules[_GRAMMARS] = None  # type: ignore[assignment]  # as Python marks what is not there
    try:
        yield
    finally:
        del sys.modules[_GRAMMARS]
