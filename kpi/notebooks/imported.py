"""What the process of every notebook needs: imported once where the system can fork."""

from importlib import import_module

from kpi.light import light_imports

NEEDED = (
    "papermill", "ipykernel.kernelapp", "ipykernel.ipkernel", "kpi.notebooks.kernel", "kpi.report",
    "matplotlib.figure", "matplotlib.backends.backend_svg", "networkx", "markdown_it", "nh3",
    "babel.dates", "babel.lists", "babel.messages.pofile", "pyarrow.dataset",
)  # fmt: skip

with light_imports():
    for name in NEEDED:
        import_module(name)
