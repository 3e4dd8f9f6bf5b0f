"""The synthetic municipality: its extracts for 2018Q1 to 2019Q4, in the forms that systems give.

They hold the published figures of 2019Q4 (`calibration`) and known numbers of defects (`planted`).
"""

from __future__ import annotations

from pathlib import Path

from kpi.demo.planted import PLANTED

__all__ = ["PLANTED", "write_demo"]

README = """SYNTETISKE DATA - SYNTHETIC DATA

Udtrækkene i denne mappe er opdigtede af et program. Ingen person, regning eller sag er virkelig.
CPR-numrene er trukket tilfældigt i numrenes form; ligner et af dem et virkeligt, er det et
tilfælde. Fejlene i udtrækkene er plantet med vilje.

The extracts in this folder were invented by a program. No person, bill or case is real. The CPR
numbers were drawn at random in the form of such numbers; should one look like a real one, that is
a coincidence. The defects in the extracts were planted on purpose.
"""


def write_demo(folder: Path) -> list[Path]:
    """Write the extracts and a README into the folder, byte for byte the same each time."""
    from kpi.demo.municipality import write_extracts

    folder.mkdir(parents=True, exist_ok=True)
    readme = folder / "README.txt"
    readme.write_bytes(README.replace("\n", "\r\n").encode("utf-8-sig"))
    return [readme, *write_extracts(folder)]
