"""What an attack came to, as one row, and all rows as a table."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One attack.

    Attributes:
        attack: what it was.
        tried: how often.
        broken: how often a promise did not hold.
        seconds: how long it took.
    """

    attack: str
    tried: int
    broken: int
    seconds: float

    def __add__(self, other: "Row") -> "Row":
        """Both parts of one attack."""
        return Row(
            self.attack,
            self.tried + other.tried,
            self.broken + other.broken,
            round(self.seconds + other.seconds, 1),
        )


def table(rows: Sequence[Row]) -> str:
    """The rows in Markdown."""
    lines = ["| Attack | Tried | Broken | Seconds |", "| --- | --- | --- | --- |"]
    lines += [f"| {r.attack} | {r.tried:,} | {r.broken:,} | {r.seconds:,.0f} |" for r in rows]
    return "\n".join(lines)
