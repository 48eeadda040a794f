"""One screen about a study, as lines of text: `run`, `watch` and `status` draw the same.

Lines are made for a width and cut to a height: a narrow screen shows the sections one below the
other, a wide one in two columns. What a low screen has no room for goes, what matters least first; a
high one gets air between the sections and more of the trials that ended. Nothing here knows a
terminal or a clock.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from tuner.report import sections as parts
from tuner.report.screen import Line
from tuner.report.sections import View
from tuner.report.standing import going_again

WIDE = 160  # columns from which on there are two columns of sections
BETWEEN = " │"
FEW_RECENT, MOST_RECENT = 5, 15
ORDER = (
    "head",
    "budgets",
    "best",
    "counts",
    "model",
    "running",
    "again",
    "recent",
    "failures",
    "warnings",
    "message",
)
LEFT, RIGHT = ("budgets", "best", "counts", "model"), ("recent",)
BELOW = ("running", "again", "failures", "warnings", "message")
# Under pressure each section loses lines down to the first number, in this order, then to the second.
GIVES: dict[str, tuple[int, int]] = {
    "warnings": (1, 0),
    "failures": (1, 0),
    "again": (1, 0),
    "recent": (2, 0),
    "model": (1, 0),
    "counts": (2, 0),
    "best": (2, 1),
    "running": (2, 1),
    "budgets": (1, 1),
}


@dataclass
class Section:
    """Lines that belong together.

    Attributes:
        lost: how many were left out at the end.
        entries: how many there are to tell of, a line each; 0 where nothing is said of those left out.
    """

    lines: list[Line]
    lost: int = 0
    entries: int = 0

    def cut(self, over: int, least: int) -> None:
        """Leave out as many of the last lines as are asked for and may go."""
        gone = min(over, max(0, len(self.lines) - least))
        if gone > 0:
            del self.lines[len(self.lines) - gone :]
            self.lost += gone


def board(view: View, width: int, height: int | None = None) -> list[Line]:
    """Draw everything; without a height nothing is left out."""
    lines = _wide(view, width, height) if width >= WIDE else _narrow(view, width, height)
    return [line.cut(width) for line in lines[:height]]


def _narrow(view: View, width: int, height: int | None) -> list[Line]:
    found = _sections(view, dict.fromkeys(ORDER, width))
    if height is None:
        return _joined(found, ORDER)
    spare = height - _size(found, ORDER) - _gaps(found, ORDER)
    if spare < 0:
        _fit(found, ORDER, height)
        return _joined(found, ORDER)
    found["recent"] = Section(list(parts.recent(view, min(MOST_RECENT, FEW_RECENT + spare))))
    return _joined(found, ORDER, air=True)


def _wide(view: View, width: int, height: int | None) -> list[Line]:
    """Draw what is short in two columns, and below it what is long over the whole width."""
    left = (width - len(BETWEEN)) // 2
    right = width - len(BETWEEN) - left
    widths = {
        **dict.fromkeys(ORDER, width),
        **dict.fromkeys(LEFT, left),
        **dict.fromkeys(RIGHT, right),
    }
    found = _sections(view, widths)
    tall = max(_size(found, LEFT), _size(found, RIGHT))
    if height is None:
        height = 1 + tall + _size(found, BELOW)
    room = height - 1 - _size(found, BELOW)
    airy = max(_size(found, LEFT) + _gaps(found, LEFT), _size(found, RIGHT) + _gaps(found, RIGHT))
    spare = room - airy - 1 - _gaps(found, BELOW) - bool(_size(found, BELOW))
    air = spare >= 0
    if air:
        free = airy + min(spare, 1) - _size(found, RIGHT) - _gaps(found, RIGHT)
        found["recent"] = Section(list(parts.recent(view, FEW_RECENT + free)))
    elif room < tall:
        _fit(found, BELOW, max(height - 1 - tall, (height - 1) // 2))
        room = height - 1 - _size(found, BELOW)
        _fit(found, LEFT, room)
        _fit(found, RIGHT, room)
    columns = (_joined(found, LEFT, air=air), _joined(found, RIGHT, air=air))
    gap = [Line()] if air else []
    below = _joined(found, BELOW, air=air)
    return [*found["head"].lines, *gap, *_beside(*columns, left, right), *gap * bool(below), *below]


def _sections(view: View, widths: Mapping[str, int]) -> dict[str, Section]:
    drawn: dict[str, Iterable[Line]] = {
        "head": parts.head(view, widths["head"]),
        "budgets": parts.used(view, widths["budgets"]),
        "best": parts.best(view, widths["best"]),
        "counts": parts.counts(view),
        "model": parts.model(view),
        "running": parts.running(view),
        "again": parts.again(view),
        "recent": parts.recent(view, FEW_RECENT),
        "failures": parts.failures(view),
        "warnings": parts.warnings(view),
        "message": parts.message(view),
    }
    entries = {"running": len(view.history.running), "again": len(going_again(view.history))}
    return {
        name: Section(list(lines), entries=entries.get(name, 0)) for name, lines in drawn.items()
    }


def _size(found: Mapping[str, Section], names: Sequence[str]) -> int:
    return sum(len(found[name].lines) for name in names)


def _gaps(found: Mapping[str, Section], names: Sequence[str]) -> int:
    """Count the empty lines between sections that have something to say."""
    return max(0, sum(bool(found[name].lines) for name in names) - 1)


def _joined(found: Mapping[str, Section], names: Sequence[str], *, air: bool = False) -> list[Line]:
    lines: list[Line] = []
    for name in names:
        section = found[name]
        lines += [Line()] if air and lines and section.lines else []
        lines += section.lines
    return lines


def _fit(found: Mapping[str, Section], names: Sequence[str], height: int) -> None:
    """Leave lines out until the sections fit, or have given all that they may."""
    for stage in (0, 1):
        for name, least in GIVES.items():
            if name in names:
                found[name].cut(_size(found, names) - height, least[stage])
    for section in (found[name] for name in names):
        if section.entries and section.lost and len(section.lines) > 1:
            section.lines[-1] = parts.more(section.entries - len(section.lines) + 1)


def _beside(left: list[Line], right: list[Line], at: int, width: int) -> list[Line]:
    """Lay two columns side by side."""
    lines = []
    for long, other in zip_longest(left, right, fillvalue=Line()):
        one = long.cut(at)
        padded = Line().add(one).add(" " * (at - one.width))
        lines.append(padded.add(BETWEEN, "bright_black").add(other.cut(width)))
    return lines
