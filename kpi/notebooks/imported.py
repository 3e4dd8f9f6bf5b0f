"""What the process of every notebook needs: imported once where the system can fork."""

import os
from importlib import import_module

from kpi.light import light_imports

NEEDED = (
    "papermill", "ipykernel.kernelapp", "ipykernel.ipkernel", "kpi.notebooks.kernel", "kpi.report",
    "matplotlib.figure", "matplotlib.backends.backend_svg", "networkx", "markdown_it", "nh3",
    "babel.dates", "babel.lists", "babel.messages.pofile", "pyarrow.dataset",
)  # fmt: skip

# Where pictures go, matplotlib reads when it is imported: in a kernel that is the notebook.
_says_where = "MPLBACKEND" in os.environ
os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
with light_imports():
    for name in NEEDED:
        import_module(name)
if not _says_where:
    del os.environ["MPLBACKEND"]
