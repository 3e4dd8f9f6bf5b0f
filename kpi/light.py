"""Libraries imported without what takes most of the time and is never, or seldom, used.

Jupyter's check notebooks with jsonschema. While that is imported, it compiles 38 grammars of
international addresses (rfc3987_syntax): two seconds in every process. No schema of notebooks has
such an address. A kernel imports a debugger (debugpy); nobody steps through a notebook that a run
executes. Great Expectations imports scipy and altair for expectations about distributions.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any


class _Later(ModuleType):
    """Stands in for a module, which is imported when something in it is used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(import_module(self.__name__), name)


def _stand_ins() -> dict[str, ModuleType | None]:
    altair, scipy = _Later("altair"), _Later("scipy")
    scipy.stats = _Later("scipy.stats")  # type: ignore[attr-defined]
    for one in (altair, scipy):
        one.__spec__ = find_spec(one.__name__)  # so that whoever asks hears that it is there
    # None is how Python marks what is not there
    return {"rfc3987_syntax": None, "debugpy": None, "altair": altair, "scipy": scipy}


@contextmanager
def light_imports() -> Iterator[None]:
    """Let what is imported meanwhile do without these; later anybody may have them."""
    left_out = {name: one for name, one in _stand_ins().items() if name not in sys.modules}
    sys.modules.update(left_out)  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in left_out:
            del sys.modules[name]
