"""A kernel forked from a process that has imported everything, where the system can fork.

Starting a kernel costs a second or two, nearly all of it imports. Here one server process imports
them once (kpi/run/notebooks.py); each notebook's process is forked from it, and forks its kernel
before it does anything else. The kernel is Jupyter's own and answers the same. Workers that make
pages of executed notebooks are forked from it, too (kpi/run/pages.py).
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from contextlib import suppress
from importlib import import_module
from importlib.metadata import EntryPoint
from multiprocessing import util
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from kpi.errors import KpiError
from kpi.page.fragments import make_ready
from kpi.processes import collect_seldom, lazy_imports

if TYPE_CHECKING:
    from subprocess import Popen


_NAME = "kpi-forked"
_LAUNCHER = "ipykernel_launcher"


class ForkedKernel:
    """A kernel that waits to be told where to listen; it looks like a process that was opened.

    The process that makes one must not have started threads yet.
    """

    stdin = stdout = stderr = None

    def __init__(self) -> None:
        context = multiprocessing.get_context("fork")
        theirs, self._tell = context.Pipe(duplex=False)
        self._process = context.Process(target=_serve, args=(theirs,))
        self._process.start()
        self.pid = self._process.pid
        theirs.close()
        # who ends waits for its children, and a kernel that nobody took would wait for ever
        util.Finalize(None, self._process.kill, exitpriority=10)

    def offer(self) -> None:
        """Let Jupyter take this kernel where it would start one."""
        factory = KernelProvisionerFactory.instance()
        name = f"{__name__}:ForkedProvisioner"
        factory.provisioners[_NAME] = EntryPoint(_NAME, name, factory.GROUP_NAME)
        factory.default_provisioner_name = _NAME
        ForkedProvisioner.offered = self

    def begin(self, arguments: list[str], environment: dict[str, str], folder: str) -> None:
        """Start serving: as the launcher is told on its command line."""
        self._tell.send((arguments, environment, folder, os.getpid()))

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        return self._process.exitcode

    def wait(self) -> int | None:
        """Wait for the end and return the exit code."""
        self._process.join()
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel alone."""
        if self.pid and self._process.is_alive():
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()


class ForkedProvisioner(LocalProvisioner):
    """Gives Jupyter the kernel that was forked beforehand."""

    offered: ForkedKernel

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Tell the kernel what its command line would say, and answer where it listens."""
        arguments = cmd[cmd.index(_LAUNCHER) + 1 :]
        self.offered.begin(arguments, dict(kwargs["env"]), str(kwargs.get("cwd") or Path.cwd()))
        self.process = cast("Popen[bytes]", self.offered)
        self.pid = self.offered.pid
        return self.connection_info


def _serve(told: Connection) -> None:
    from ipykernel import kernelapp

    arguments, environment, folder, parent = told.recv()
    os.environ.clear()
    os.environ.update(environment | {"JPY_PARENT_PID": str(parent)})
    os.chdir(folder)
    sys.argv[1:] = arguments
    # who its parent is, the kernel's program has read from the environment when it was imported
    kernelapp.launch_new_instance(argv=[*arguments, f"--IPKernelApp.parent_handle={parent}"])


NEEDED = (
    "papermill", "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger",
    "IPython.core.completerlib", "tornado.platform.asyncio", "kpi.run.kernel", "kpi.report",
    "matplotlib.figure", "matplotlib.backends.backend_svg", "networkx", "markdown_it", "nh3",
    "psutil", "pyarrow.dataset", "pyarrow.parquet", "kpi.publication.forms",
    "kpi.publication.html", "kpi.publication.open_data", "kpi.publication.gate_reading",
)  # fmt: skip

# Where pictures go, matplotlib reads when it is imported: in a kernel that is the notebook.
_says_where = "MPLBACKEND" in os.environ
os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
collect_seldom()
with lazy_imports():
    for name in NEEDED:
        import_module(name)
    import nbformat
if not _says_where:
    del os.environ["MPLBACKEND"]
nbformat.validate(nbformat.v4.new_notebook())  # type: ignore[no-untyped-call]  # reads the schema
with suppress(KpiError):  # of a broken catalogue of words, the notebook that needs it tells
    make_ready()
collect_seldom()  # now what is forked does not look at what was imported
