"""What Jupyter's libraries never need is not imported with them, and is there for others."""

from __future__ import annotations

import subprocess
import sys

GRAMMARS = "rfc3987_syntax"
CODE = f"""
import sys
from kpi.processes import light_imports
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


LATER = """
import sys
from kpi.processes import light_imports
with light_imports():
    from scipy import stats
    import altair
assert "scipy" not in sys.modules
assert "altair" not in sys.modules
assert stats.norm.cdf(0) == 0.5
assert altair.__name__ == "altair"
assert altair.Chart().mark == altair.Undefined
import scipy.stats
assert scipy.stats.norm is stats.norm
with light_imports():
    assert sys.modules["scipy"] is scipy
"""


def test_what_is_seldom_used_is_imported_when_it_is():
    subprocess.run([sys.executable, "-c", LATER], check=True, timeout=120)


def test_great_expectations_comes_without_what_it_seldom_uses():
    code = (
        "import sys\n"
        "from kpi.quality.great_expectations import great_expectations\n"
        "with great_expectations() as gx:\n"
        "    gx.expectations.ExpectColumnKLDivergenceToBeLessThan\n"
        "assert not {'scipy', 'altair', 'debugpy'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
