"""A sealed report checked: which files were changed, removed or added since."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kpi.review.bagit_library import bagit
from kpi.review.seal import ALGORITHMS


@dataclass(frozen=True)
class Checked:
    """What was found in a bag: how many files were read, and what is wrong with which."""

    files: int
    faults: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing was changed."""
        return not self.faults


def check_bag(folder: Path) -> Checked:
    """Read every file of a sealed report and compare it with its checksums."""
    try:
        bag = bagit.Bag(str(folder))
    except (bagit.BagError, OSError, ValueError) as error:
        return Checked(0, (_unreadable(folder, error),))
    bag.info.pop("Payload-Oxum", None)  # a sum of sizes that differs would name no file
    faults = _missing_lists(folder)
    try:
        bag.validate()
    except bagit.BagValidationError as error:
        faults += [_in_words(detail) for detail in error.details] or [str(error)]
    except (bagit.BagError, OSError, LookupError) as error:
        faults.append(f"its lists of checksums cannot be read ({error})")
    faults += [f"{name} was added" for name in _strangers(folder, set(bag.entries))]
    return Checked(len(bag.entries), tuple(dict.fromkeys(faults)))


def _unreadable(folder: Path, error: Exception) -> str:
    if not (folder / "bagit.txt").is_file():
        return f"{folder.name} was never sealed: it has no bagit.txt"
    return f"its lists of checksums cannot be read ({error})"


def _missing_lists(folder: Path) -> list[str]:
    names = [f"{kind}-{name}.txt" for kind in ("manifest", "tagmanifest") for name in ALGORITHMS]
    return [f"{name} is missing" for name in names if not (folder / name).is_file()]


def _in_words(detail: Exception) -> str:
    if isinstance(detail, bagit.FileMissing):
        return f"{detail.path} is missing"
    if isinstance(detail, bagit.UnexpectedFile):
        return f"{detail.path} was added"
    if isinstance(detail, bagit.ChecksumMismatch):
        return f"{detail.path} was changed"
    return str(detail)


def _strangers(folder: Path, listed: set[str]) -> list[str]:
    """Return the files beside the payload that no list names; the library allows them."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in found if name not in listed and "tagmanifest-" not in name)
