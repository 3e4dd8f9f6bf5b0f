"""The library bagit, imported without a part of setuptools that is gone.

bagit 1.8 asks pkg_resources for its own version and nothing else; setuptools 82 has none. bagit 1.9
asks importlib, but comes as source alone. It would write to the terminal what we say in words.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import sys
from importlib import metadata
from types import ModuleType
from typing import Any

_PART = "pkg_resources"


def _import() -> Any:
    if importlib.util.find_spec(_PART):
        return importlib.import_module("bagit")
    part: Any = ModuleType(_PART)
    part.DistributionNotFound = metadata.PackageNotFoundError
    part.get_distribution = metadata.distribution
    sys.modules[_PART] = part
    try:
        return importlib.import_module("bagit")
    finally:
        del sys.modules[_PART]


bagit = _import()
logging.getLogger("bagit").addHandler(logging.NullHandler())
logging.getLogger("bagit").propagate = False
