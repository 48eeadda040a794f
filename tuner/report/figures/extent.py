"""How far the marks of a panel reach, for who has to know before drawing."""

from tuner.report.figures.chart import (
    Band,
    Bars,
    Heat,
    Line,
    Panel,
    Parallel,
    Points,
    Spans,
    drawable,
    finite,
)


def extent(panel: Panel, which: str) -> tuple[float, float]:
    """Measure the marks along a side."""
    found: list[float] = []
    for mark in panel.marks:
        match mark:
            case Line() | Points() | Heat():
                found += mark.xs if which == "x" else mark.ys
                if isinstance(mark, Points) and which == "y":
                    found += [*mark.low, *mark.high]
            case Band():
                found += mark.xs if which == "x" else (*mark.low, *mark.high)
            case Bars():
                found += (0.0, *mark.lengths, *mark.high) if which == "x" else mark.places
            case Spans():
                found += (*mark.starts, *mark.ends) if which == "x" else mark.rows
            case Parallel():
                pass
    axis = panel.x if which == "x" else panel.y
    kept = [value for value in finite(map(drawable, found)) if value > 0 or not axis.log]
    if not kept:
        return (1.0, 10.0) if axis.log else (0.0, 1.0)
    low, high = min(kept), max(kept)
    if high > low:
        return low, high
    return (low / 2, high * 2) if axis.log else (low - 1.0, high + 1.0)
