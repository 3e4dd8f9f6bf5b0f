"""JupyterLab at the project's root, and git told to leave outputs of notebooks out of commits."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

FILTER = "kpi-outputs"
START = """import sys
try:
    from jupyterlab.labapp import main
    sys.exit(main())
except KeyboardInterrupt:
    sys.exit(130)
"""
"""Starts JupyterLab; Ctrl-C while it loads ends it without a traceback."""
_NO_NEWS = (
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
)
_CLEAR = (
    "-m nbconvert --to notebook --ClearOutputPreprocessor.enabled=True --log-level=ERROR "
    "--stdin --stdout"
)


def opened_at(notebooks: Path) -> list[str]:
    """Return the options that open JupyterLab at the project's root, its notebooks in sight.

    The root is the folder that the command runs in, or the notebooks' own where they lie elsewhere.
    It asks no address outside for news and newer versions, even where its offer to is taken.
    """
    here, folder = Path.cwd(), notebooks.resolve()
    if not folder.is_relative_to(here):
        return [f"--ServerApp.root_dir={folder}", *_NO_NEWS]
    tree = "/".join(("/lab/tree", *folder.relative_to(here).parts))
    return [f"--ServerApp.root_dir={here}", f"--LabApp.default_url={tree}", *_NO_NEWS]


def clear_outputs_in_git(notebooks: Path) -> bool:
    """Let git clear the outputs of these notebooks (by nbconvert) in all that it is given.

    The files keep their outputs. It is set up in the clone's own settings: `filter.kpi-outputs` and
    a line in info/attributes. Tell whether it is; there may be no git, or no repository.
    """
    git = shutil.which("git")
    root = _answer(git, notebooks, "rev-parse", "--show-toplevel") if git else ""
    if not git or not root:
        return False
    attributes = Path(_answer(git, notebooks, "rev-parse", "--git-path", "info/attributes"))
    attributes = attributes if attributes.is_absolute() else notebooks / attributes
    inside = notebooks.resolve().relative_to(Path(root).resolve()).parts
    line = "/".join(("", *inside, "**", f"*.ipynb filter={FILTER}"))
    known = attributes.read_text("utf-8") if attributes.is_file() else ""
    if line not in known.splitlines():
        attributes.parent.mkdir(parents=True, exist_ok=True)
        start = known if not known or known.endswith("\n") else f"{known}\n"
        attributes.write_text(f"{start}{line}\n", "utf-8")
    python = Path(sys.executable).as_posix()
    _answer(git, notebooks, "config", "--local", f"filter.{FILTER}.clean", f'"{python}" {_CLEAR}')
    return True


def _answer(git: str, folder: Path, *arguments: str) -> str:
    """Return what git says, without the line's end; nothing where it refuses."""
    command = [git, "-C", str(folder), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.rstrip("\n") if done.returncode == 0 else ""
