"""A figure as values, whatever draws it: panels with axes, and marks on them.

The kinds of figures (`course.py`, `crowd.py`, `model.py`, `past.py`) make these; `plotly.py`,
`drawn.py` and `terminal.py` draw them and know nothing of studies. Texts may come from anywhere: who
draws takes them through `shown` and escapes what its library would read as markup. Numbers that are
not finite leave a gap.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tuner.report import numbers

Tone = Literal["main", "best", "model", "bad", "muted", "other", "extra", "plain"]
"""What a mark is about; `colours.py` says how it looks."""

Numbers = tuple[float, ...]

LONGEST = 48
"""Characters of a name that a figure shows."""

HUGE = 1e100
"""Numbers beyond are not drawn: no library has ranges for them."""


@dataclass(frozen=True, kw_only=True)
class Axis:
    """One side of a panel.

    Attributes:
        low, high: what is in sight; None for all there is.
        down: the lowest place is at the top.
        ticks: (place, words) of the only ticks, as for categories; empty for those of numbers.
    """

    label: str = ""
    log: bool = False
    low: float | None = None
    high: float | None = None
    down: bool = False
    ticks: tuple[tuple[float, str], ...] = ()

    @staticmethod
    def of(names: Iterable[str], label: str = "", *, down: bool = False) -> "Axis":
        """Give an axis of categories: the first one at 0, the next at 1."""
        ticks = tuple((float(place), name) for place, name in enumerate(names))
        end = max(len(ticks), 1) - 0.5
        return Axis(label=label, low=-0.5, high=end, down=down, ticks=ticks)


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line through (n,) places; `step`: a value holds until the next one.

    Attributes:
        hover: what is said of each place; empty for its numbers.
    """

    xs: Numbers
    ys: Numbers
    hover: tuple[str, ...] = ()
    name: str = ""
    tone: Tone = "main"
    step: bool = False
    dashed: bool = False
    thin: bool = False


@dataclass(frozen=True, kw_only=True)
class Band:
    """What lies between two lines; with `step` as steps."""

    xs: Numbers
    low: Numbers
    high: Numbers
    name: str = ""
    tone: Tone = "main"
    step: bool = False


@dataclass(frozen=True, kw_only=True)
class Points:
    """Single places (n,).

    Attributes:
        hover: what is said of each; empty for nothing.
        shades: (n,) numbers that give each its colour on the panel's shade; empty for the tone.
        low, high: (n,) ends of the interval of each along y; empty for none.
    """

    xs: Numbers
    ys: Numbers
    name: str = ""
    tone: Tone = "main"
    symbol: Literal["dot", "cross", "ring", "star", "dash"] = "dot"
    hover: tuple[str, ...] = ()
    shades: Numbers = ()
    low: Numbers = ()
    high: Numbers = ()


@dataclass(frozen=True, kw_only=True)
class Bars:
    """Bars from 0 along x, one for each place on y.

    Attributes:
        low, high: (n,) ends of the interval of each; empty for none.
    """

    places: Numbers
    lengths: Numbers
    name: str = ""
    tone: Tone = "main"
    low: Numbers = ()
    high: Numbers = ()
    hover: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Heat:
    """Values (b, a) over places xs (a,) and ys (b,), coloured on the panel's shade.

    Attributes:
        figures: write each value into its cell.
        smooth: the values between the places are like theirs, rather than cells of a table.
    """

    xs: Numbers
    ys: Numbers
    values: tuple[Numbers, ...]
    figures: bool = False
    smooth: bool = False


@dataclass(frozen=True, kw_only=True)
class Spans:
    """Bars from start to end along x, each on a row of y."""

    rows: Numbers
    starts: Numbers
    ends: Numbers
    name: str = ""
    tone: Tone = "main"
    hover: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Parallel:
    """Lines across upright axes: k axes, n lines.

    Attributes:
        axes: of each the label and the ticks, places from 0 to 1.
        lines: (n, k) places from 0 to 1.
        shades: (n,) numbers that give each line its colour on the panel's shade.
        hover: what is said of each line; empty for nothing.
        trials: (n,) whose lines they are; empty for nobody's.
    """

    axes: tuple[Axis, ...]
    lines: tuple[Numbers, ...]
    shades: Numbers
    hover: tuple[str, ...] = ()
    trials: tuple[int, ...] = ()


Mark = Line | Band | Points | Bars | Heat | Spans | Parallel


@dataclass(frozen=True, kw_only=True)
class Shade:
    """What colours mean: from `low` to `high`; `signed` has its middle without a colour."""

    label: str
    low: float
    high: float
    scale: Literal["vivid", "even", "signed"] = "vivid"
    reverse: bool = False


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Marks on two axes, drawn in their order."""

    marks: tuple[Mark, ...]
    title: str = ""
    x: Axis = Axis()
    y: Axis = Axis()
    shade: Shade | None = None


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A whole figure.

    Attributes:
        columns: panels side by side.
        notes: what has to be known to read it, a sentence each.
        rows: lines of text that a panel should have room for, where it is more than usual.
    """

    title: str
    panels: tuple[Panel, ...]
    columns: int = 1
    notes: tuple[str, ...] = ()
    rows: int = 0


@dataclass(frozen=True, kw_only=True)
class Nothing:
    """There is nothing to draw, and why."""

    reason: str


def shown(words: str, most: int = LONGEST) -> str:
    r"""Make a text fit to be shown: on one line, no control characters, no longer than `most`.

    Example:
        >>> shown("a\x1b[2J"), shown("x" * 50, 10)
        ('a\\x1b[2J', 'xxxxxxxxx…')
    """
    words = numbers.clean(words)
    return words if len(words) <= most else words[: most - 1] + "…"


def drawable(value: float | None) -> float:
    """Give a number, nan where there is none that can be drawn."""
    if value is None or not math.isfinite(value) or abs(value) > HUGE:
        return math.nan
    return float(value)


def within(values: Iterable[float], axis: Axis) -> Numbers:
    """Lift what is too low for a log axis onto its lower end; other axes need no help."""
    if not axis.log or axis.low is None:
        return tuple(values)
    low = axis.low
    return tuple(max(value, low) for value in values)  # nan stays


def finite(values: Iterable[float]) -> list[float]:
    """Keep the numbers that can be drawn."""
    return [value for value in values if math.isfinite(value)]
