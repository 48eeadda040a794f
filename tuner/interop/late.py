"""Which columns of a table are results though nothing says so: failed runs lack them. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tuner.interop.values import ABSENT, STATES, is_number

NEARLY = 0.9  # of the runs that failed, and of those that were completed


@dataclass(frozen=True)
class Seen:
    """What the rows say of columns whose names say nothing.

    Attributes:
        late: completed runs have a value there, and failed ones hardly ever.
        gaps: completed runs have a value there, and some failed ones have none.
        rows: what was looked at.
    """

    late: Collection[str]
    gaps: Collection[str]
    rows: Sequence[tuple[int, dict[str, str]]]

    def has_numbers(self, name: str) -> bool:
        """Say whether a column has no cell but numbers."""
        cells = (row[name] for _, row in self.rows if name in row)
        return all(cell in ABSENT or is_number(cell) for cell in cells)


def seen_in(
    rows: Sequence[tuple[int, dict[str, str]]], columns: Sequence[str], state: str | None
) -> Seen:
    """Look at the rows of a table; without a column that tells how runs ended none is late."""
    words = [STATES.get(_word(row.get(state or "", ""))) for _, row in rows]
    completed = [row for (_, row), word in zip(rows, words, strict=True) if word == "completed"]
    failed = [row for (_, row), word in zip(rows, words, strict=True) if word == "failed"]
    late, gaps = set[str](), set[str]()
    for name in columns if completed and failed and state else ():
        if sum(name in row for row in completed) < NEARLY * len(completed):  # nan is a result, too
            continue
        lacking = sum(row.get(name, "") in ABSENT for row in failed)
        late |= {name} if lacking >= NEARLY * len(failed) else set()
        gaps |= {name} if lacking else set()
    return Seen(late, gaps, rows)


def _word(cell: str) -> str:
    return cell.strip().rpartition(".")[2].lower()
