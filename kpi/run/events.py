"""What a run tells while it works: the step it is at, the notebook and cell, what it reuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

STEPS = ("sources", "quality", "measure", "evaluate", "disclosure", "notebooks", "export", "gate")


@dataclass(frozen=True)
class Event:
    """A step has begun, or got on: `part` names the notebook at work, of whose cells so many ran.

    A step, or a part of it, that `is_reused` was taken from an earlier run.
    """

    step: str
    part: str = ""
    done: int = 0
    of: int = 0
    is_reused: bool = False

    def __str__(self) -> str:
        count = f"{self.done}/{self.of}" if self.of else ""
        words = (self.step, self.part, count, "(reused)" if self.is_reused else "")
        return " ".join(word for word in words if word)


Progress = Callable[[Event], None]
