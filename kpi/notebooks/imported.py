"""What the process of every notebook needs: made ready once where the system can fork."""

import os
from contextlib import suppress
from importlib import import_module

from kpi.errors import KpiError
from kpi.light import light_imports
from kpi.present.ready import make_ready

NEEDED = (
    "papermill", "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger",
    "IPython.core.completerlib", "tornado.platform.asyncio", "kpi.notebooks.kernel", "kpi.report",
    "matplotlib.figure", "matplotlib.backends.backend_svg", "networkx", "markdown_it", "nh3",
    "psutil", "pyarrow.dataset", "pyarrow.parquet",
)  # fmt: skip

# Where pictures go, matplotlib reads when it is imported: in a kernel that is the notebook.
_says_where = "MPLBACKEND" in os.environ
os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
with light_imports():
    for name in NEEDED:
        import_module(name)
    import nbformat
if not _says_where:
    del os.environ["MPLBACKEND"]
nbformat.validate(nbformat.v4.new_notebook())  # type: ignore[no-untyped-call]  # reads the schema
with suppress(KpiError):  # of a broken catalogue of words, the notebook that needs it tells
    make_ready()
