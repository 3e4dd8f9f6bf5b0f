"""What Jupyter's libraries never need is not imported with them, and is there for others."""

from __future__ import annotations

import subprocess
import sys

GRAMMARS = "rfc3987_syntax"
CODE = f"""
import sys
from kpi.light import light_imports
with light_imports():
    import nbformat
assert "jsonschema" in sys.modules
assert "{GRAMMARS}.syntax_helpers" not in sys.modules
nbformat.validate(nbformat.v4.new_notebook())
with light_imports():
    import papermill
import {GRAMMARS}
with light_imports():
    assert sys.modules["{GRAMMARS}"] is {GRAMMARS}
    import ipykernel.debugger
assert "debugpy.server" not in sys.modules
import debugpy.server
"""


def test_what_jupyter_does_not_need_is_not_imported_and_others_may_import_it():
    subprocess.run([sys.executable, "-c", CODE], check=True, timeout=120)
