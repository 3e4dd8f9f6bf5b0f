"""What is tried on a stage: another rhythm, or less room."""

from __future__ import annotations

from dataclasses import dataclass

from kpi.errors import ParameterError, did_you_mean

DAILY, WEEKLY = "daily", "weekly"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")


@dataclass(frozen=True)
class Change:
    """A stage and what is tried on it.

    `runs` are the weekdays (0 is Monday) on which cases leave the stage; empty means every working
    day, None that its rhythm stays. `room` is the most that leave on a day; None means any number.
    """

    stage: str
    runs: frozenset[int] | None = None
    room: int | None = None

    @classmethod
    def parse(cls, stage: str | None, rhythm: str | None, room: int | None) -> Change:
        """Read a change: a rhythm is "daily", "weekly:thu" or "weekly:mon,thu".

        Raises ParameterError for a rhythm or a room that makes no sense, and where nothing changes.
        """
        if not stage:
            raise ParameterError(
                "A simulation of payments changes one stage.",
                "none",
                "Add --stage sent-posted, or --validate to see how well the simulation predicts.",
            )
        if rhythm is None and room is None:
            raise ParameterError(
                "A stage gets another rhythm, a capacity, or both.",
                "neither",
                "Add --rhythm daily, --rhythm weekly:thu or --capacity 20.",
            )
        if room is not None and room < 1:
            raise ParameterError("A stage's capacity is 1 a day or more.", str(room))
        return cls(stage, None if rhythm is None else _runs(rhythm), room)


def _runs(rhythm: str) -> frozenset[int]:
    kind, colon, names = rhythm.strip().lower().partition(":")
    if kind == DAILY and not colon:
        return frozenset()
    days = [name.strip() for name in names.split(",")]
    if kind != WEEKLY or not colon:
        raise ParameterError(
            "A rhythm is daily, or weekly on weekdays.",
            f'"{rhythm}"',
            "Write daily, weekly:thu or weekly:mon,thu.",
        )
    for name in days:
        if name not in WEEKDAYS:
            raise ParameterError(
                "A run is on a weekday from mon to fri.", f'"{name}"', did_you_mean(name, WEEKDAYS)
            )
    return frozenset(WEEKDAYS.index(name) for name in days)
